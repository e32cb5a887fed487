// What the documentation says about writers' states and failures, and what public requesters make of them: the tables failures.def, states.def, hosts.def
// and policies.def.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "traces/vss/guid.h"
#include "traces/vss/results.h"
#include "traces/vss/returns.h"

namespace vss::explain {

struct FailureFact {
  HRESULT code;
  std::string_view did, meaning, remedy;
  bool again;
  std::string_view page;
};
std::span<const FailureFact> failureFacts();
const FailureFact* failureFact(HRESULT code);     // nullptr: no page lists it as a writer's

enum class StateKind : std::uint8_t { unknown, stable, waits, failed };
struct StateFact {
  std::int32_t state;
  StateKind kind;
  std::string_view event, words, meaning, remedy, page;
};
std::span<const StateFact> stateFacts();
const StateFact* stateFact(std::int32_t state);   // nullptr: no VSS_WRITER_STATE that is ever reported

struct HostFact { std::string_view classId, name, service, page; };
std::span<const HostFact> hostFacts();
// By the class id, and where a listing does not say it by the name.
const HostFact* hostFact(const std::optional<Guid>& classId, std::string_view name);

struct Policy {
  enum class Reads : std::uint8_t { statuses, gatherAlone, nothing };
  enum class Does : std::uint8_t { goesOn, warns, fails };
  std::string_view name;
  Reads reads;
  Does onFailedState;
  bool failsOnUnknown, failsOnCode, selectedOnly;
};
std::span<const Policy> policies();

// What a method's page says of a code that it returned, or with which its operation ended; nullptr: nothing. For the longer interfaces too.
const DocumentedReturn* documentedReturn(std::string_view interface_, std::string_view method, HRESULT code);

}  // namespace vss::explain
