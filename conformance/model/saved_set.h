// The shadow copy set that a saved document describes: what ImportSnapshots and AddSnapshotToRecoverySet go by.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "snapshots.h"

namespace vss::model {

struct SavedShadowCopy {
  Guid id;
  std::optional<Guid> provider;  // a hardware provider; nothing: another one
  LONG context = VSS_CTX_BACKUP;
  std::u16string volumeName;
};

// A value. Without copies: the document describes none.
struct SavedSet {
  Guid id;
  std::vector<SavedShadowCopy> copies;
  bool isTransportable() const;
  const SavedShadowCopy* find(const Guid& copy) const;  // nullptr: not in it
};

// Of a text that readDocument takes. What is misspelt there is left out. Throws bad_alloc.
SavedSet readSavedSet(const char16_t* document);

}  // namespace vss::model
