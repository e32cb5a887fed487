#include "exports/sessions.h"

#include "traces/vss/results.h"

namespace vss::exports {
namespace {

// docs: "Writer events", and the pages of these methods.
constexpr std::string_view kMakeEvents[] = {"GatherWriterMetadata", "PrepareForBackup", "DoSnapshotSet", "BackupComplete", "AbortBackup", "PreRestore", "PostRestore"};

}  // namespace

Sessions::Place Sessions::add(const Call& call) {
  auto before = protocol_.before(call);
  Place place;
  if (before.operation) place.session = before.operation->session;
  else if (before.session) place.session = before.session->object;
  if (auto last = after_.find(place.session); last != after_.end()) place.after = last->second;
  if (place.session && call.hresult() && !failed(*call.hresult()))
    for (auto method : kMakeEvents)
      if (call.is(method)) after_[place.session] = method;
  if (call.is("Release") && call.result && *call.result == 0) after_.erase(released_.add(call.object));
  protocol_.add(call);
  return place;
}

std::optional<WriterStatus> writerStatus(const Call& call) {
  if (!(call.is("GetWriterStatus") || call.is("GetWriterStatusEx")) || !call.hresult() || failed(*call.hresult())) return std::nullopt;
  auto number = [&](std::string_view name) -> std::optional<std::int32_t> {
    const Value* value = call.output(name);
    return value && value->kind == ValueKind::number ? std::optional(static_cast<std::int32_t>(value->number)) : std::nullopt;
  };
  auto id = [&](std::string_view name) -> std::optional<Guid> {
    const Value* value = call.output(name);
    return value && value->kind == ValueKind::stored && value->bytes.size() == sizeof(Guid) ? std::optional(value->guid()) : std::nullopt;
  };
  WriterStatus status;
  const Value* name = call.output("pbstrWriter");
  if (name && name->kind == ValueKind::stored) status.name = name->text();
  status.instanceId = id("pidInstance");
  status.classId = id("pidWriter");
  status.state = number("pnStatus");
  status.failure = call.output("phResultFailure") ? number("phResultFailure") : number("phrFailureWriter");
  return status;
}

std::optional<std::int64_t> sinceStart(const TraceReader& reader, std::uint64_t tick) {
  auto time = reader.timeOf(tick);
  return time ? std::optional(*time - reader.header().startTime) : std::nullopt;
}

}  // namespace vss::exports
