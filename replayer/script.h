// A recorded trace as scripts: for each session what was called on each object, and what was answered. Read once, never changed.
#pragma once
#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "traces/call.h"
#include "traces/vss/api.h"

namespace vss {

// How an asynchronous operation went when it was recorded.
struct OperationFacts {
  std::optional<HRESULT> outcome;      // what QueryStatus said in the end; absent: it never ended, or was cancelled
  bool pendingSeen = false;
  std::unordered_map<std::uint32_t, HRESULT> waits;   // milliseconds → what the last such Wait returned
  std::optional<HRESULT> cancel;       // what Cancel returned
  std::optional<HRESULT> refused;      // QueryStatus itself failed
  std::unordered_map<std::uint32_t, HRESULT> nullQueries;  // by null pointers: what QueryStatus returned
};

struct RecordedObject {
  std::uint32_t number = 0;
  std::uint32_t session = 0;           // its root object
  std::vector<const Call*> calls;      // those that are matched, in the order in which they were made
  std::unordered_map<const MethodInfo*, std::vector<std::uint32_t>> byMethod;  // method → places in calls
  OperationFacts operation;
  std::set<std::string> refusedInterfaces;  // ids (16 bytes) for which QueryInterface failed
};

class Script {
 public:
  // Throws TraceError: see TraceReader.
  explicit Script(const std::filesystem::path& trace);

  const RecordedObject* object(std::uint32_t number) const;  // nullptr: there is none
  template <class Visit> void forEachObject(Visit&& visit) const {
    for (const auto& [number, object] : objects_) visit(object);
  }
  const std::vector<const Call*>& factoryCalls() const { return factoryCalls_; }
  const std::vector<Call>& calls() const { return loaded_.calls; }
  const std::vector<std::string>& warnings() const { return warnings_; }
  const std::filesystem::path& path() const { return reader_.path(); }

 private:
  TraceReader reader_;
  LoadedTrace loaded_;
  std::unordered_map<std::uint32_t, RecordedObject> objects_;
  std::vector<const Call*> factoryCalls_;
  std::vector<std::string> warnings_;
};

// Computed from counts and facts, not matched against single recorded calls.
bool isComputed(const MethodInfo& method);

}  // namespace vss
