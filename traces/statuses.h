// The writers' statuses that a trace shows: what GetWriterStatus and GetWriterStatusEx said, gather by gather.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "traces/call.h"
#include "traces/objects.h"

namespace vss {

struct StatusRow {
  std::uint32_t index = 0;
  Guid instanceId, classId;
  std::optional<std::u16string> name;  // absent: a null string
  std::int32_t state = 0, failure = 0;
  std::uint64_t enterOrder = 0;        // of the call; remarks are about it
};
struct Gather {
  std::uint32_t object = 0;
  std::vector<StatusRow> rows;         // one for each writer that was asked for, by index; asked twice: the last answer
  bool counted = false;                // GetWriterStatusCount or a status was asked: the gather had finished
};

// Fed with calls in the order in which they came back; holds one gather for each object that is not released, and the last finished one.
class StatusCollector {
 public:
  void add(const Call& call);
  const Gather* last() const { return last_ ? &*last_ : nullptr; }
  std::uint64_t gathers() const { return gathers_; }

 private:
  struct Current : Gather { bool unused = false; };     // since its object was released
  std::unordered_map<std::uint32_t, Current> current_;  // by object
  ReleasedObjects released_;
  std::optional<Gather> last_;
  std::uint64_t gathers_ = 0;
};

}  // namespace vss
