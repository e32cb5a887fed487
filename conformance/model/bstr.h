// New texts for a caller: all of a call's outputs are made before the first is handed out, so that memory running out leaves nothing behind.
#pragma once
#include <memory>
#include <new>

#include "traces/vss/memory.h"
#include "writer_metadata.h"

namespace vss::model {

struct FreeBstr {
  void operator()(char16_t* bstr) const { sysFreeString(bstr); }
};
using OwnedBstr = std::unique_ptr<char16_t, FreeBstr>;

// Null for a null text. Throws bad_alloc.
inline OwnedBstr newBstr(const MaybeText& text) {
  if (!text) return nullptr;
  OwnedBstr bstr(sysAllocStringLen(text->data(), text->size()));
  if (!bstr) throw std::bad_alloc();
  return bstr;
}

}  // namespace vss::model
