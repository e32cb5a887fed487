#include "explain/facts.h"

#include "traces/vss/structures.h"

namespace vss::explain {

std::span<const FailureFact> failureFacts() {
  static constexpr FailureFact all[] = {
#define FAILURE(code, did, meaning, remedy, again, page) {code, did, meaning, remedy, again, page},
#include "explain/failures.def"
#undef FAILURE
  };
  return all;
}

const FailureFact* failureFact(HRESULT code) {
  for (const auto& fact : failureFacts())
    if (fact.code == code) return &fact;
  return nullptr;
}

std::span<const StateFact> stateFacts() {
  static constexpr StateFact all[] = {
#define STATE(state, kind, event, words, meaning, remedy, page) {state, StateKind::kind, event, words, meaning, remedy, page},
#include "explain/states.def"
#undef STATE
  };
  return all;
}

const StateFact* stateFact(std::int32_t state) {
  for (const auto& fact : stateFacts())
    if (fact.state == state) return &fact;
  return nullptr;
}

std::span<const HostFact> hostFacts() {
  static constexpr HostFact all[] = {
#define HOST(classId, name, service, page) {classId, name, service, page},
#include "explain/hosts.def"
#undef HOST
  };
  return all;
}

const HostFact* hostFact(const std::optional<Guid>& classId, std::string_view name) {
  for (const auto& fact : hostFacts())
    if (classId ? parseGuid(fact.classId) == *classId : fact.name == name) return &fact;
  return nullptr;
}

std::span<const Policy> policies() {
  using enum Policy::Reads;
  using enum Policy::Does;
  static constexpr Policy all[] = {
#define POLICY(name, reads, onFailedState, failsOnUnknown, failsOnCode, selectedOnly) {name, reads, onFailedState, failsOnUnknown, failsOnCode, selectedOnly},
#include "explain/policies.def"
#undef POLICY
  };
  return all;
}

const DocumentedReturn* documentedReturn(std::string_view interface_, std::string_view method, HRESULT code) {
  const DocumentedReturn* found = nullptr;
  for (const auto& row : documentedReturns()) {
    if (row.method != method || row.code != code || row.channel == DocumentedReturn::Channel::writer) continue;
    if (row.interface_ == interface_) return &row;
    if (!found && interface_.starts_with(row.interface_) && !row.interface_.empty()) found = &row;
  }
  return found;
}

}  // namespace vss::explain
