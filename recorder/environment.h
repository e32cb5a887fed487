// Learns what a trace can tell about the machine (traces/environment.def). By the command in its own process, never in the recorded program.
#pragma once
#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "traces/environment.h"
#include "traces/trace_writer.h"
#include "traces/vss/results.h"

namespace vss {

// The facts of some classes, while they are collected.
class Facts {
 public:
  explicit Facts(FactClasses classes) : classes_(std::move(classes)) {}
  bool wants(std::string_view class_) const { return classes_.count(class_) != 0; }
  // Where the value is known and its class wanted.
  void add(const char* key, const std::optional<std::string>& value);
  void add(const char* key, std::initializer_list<std::string> columns);
  const std::vector<Fact>& all() const { return all_; }

 private:
  FactClasses classes_;
  std::vector<Fact> all_;
};

// What one run of a command adds to its traces: how the machine is when it is added, and the events that were logged since this was made.
class Environment {
 public:
  // command: program and arguments; empty: not known, for it runs already. change: what becomes of each fact, outlives this; nullptr: it stays. comSecurity: what
  // CoInitializeSecurity said, where it was called.
  Environment(FactClasses classes, std::vector<std::string> command, const TraceChange* change, std::optional<HRESULT> comSecurity = std::nullopt);
  // To a trace that is not written any more. What cannot be is a line on err: the trace is good without.
  void addTo(const std::filesystem::path& trace, std::ostream& err) const;

 private:
  const FactClasses classes_;
  const std::vector<std::string> command_;
  const TraceChange* const change_;
  const std::optional<HRESULT> comSecurity_;
  const std::int64_t start_;           // nanoseconds since 1970
};

// The platform's own. Each adds what it can learn; what is not known is absent.
void addMachineFacts(Facts& facts);
// What VSS and volsnap logged from `start` to `end`, nanoseconds since 1970.
void addEventFacts(Facts& facts, std::int64_t start, std::int64_t end);

// The services whose state tells of VSS and its writers; those of environment.def.
struct HostingService { const char* service; const char* hosts; };
std::span<const HostingService> hostingServices();

// An event-log query (XPath) for these providers and that time, in nanoseconds since 1970. For addEventFacts on Windows.
std::string eventQuery(const std::vector<std::string>& providers, std::int64_t start, std::int64_t end);

}  // namespace vss
