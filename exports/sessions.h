// Of each call which session it belongs to, and after which writer event of that session it was made.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "traces/call.h"
#include "traces/objects.h"
#include "traces/protocol.h"

namespace vss::exports {

// Fed with calls in the order in which they came back. Memory grows with the objects that are not released.
class Sessions {
 public:
  struct Place {
    std::uint32_t session = 0;    // the object of its IVssBackupComponents; 0: none, or not known
    std::string_view after = {};  // DoSnapshotSet: the session's last call before it that made an event for writers; empty: none
  };
  Place add(const Call& call);
  const Protocol& protocol() const { return protocol_; }

 private:
  Protocol protocol_;
  std::unordered_map<std::uint32_t, std::string_view> after_;  // by session
  ReleasedObjects released_;
};

// What a GetWriterStatus or GetWriterStatusEx that succeeded says of a writer. What its call does not tell is absent.
struct WriterStatus {
  std::optional<std::u16string> name;        // also absent: a null string
  std::optional<Guid> instanceId, classId;
  std::optional<std::int32_t> state, failure;
};
std::optional<WriterStatus> writerStatus(const Call& call);

// Nanoseconds since the start of the recording; nullopt: the trace does not know.
std::optional<std::int64_t> sinceStart(const TraceReader& reader, std::uint64_t tick);

}  // namespace vss::exports
