#include "machine.h"

#include <algorithm>
#include <new>

namespace vss::model {

Machine::Machine(Scenario s, std::shared_ptr<Clock> c)
    : scenario(std::move(s)), clock(std::move(c)), writers(scenario), callCounts(scenario.calls.size()) {}

bool WriterSelection::has(const Writer& writer) const {
  auto in = [](const std::vector<Guid>& list, const Guid& id) { return std::find(list.begin(), list.end(), id) != list.end(); };
  return in(classes, writer.classId) == onlyListed && !in(instancesOff, writer.instanceId);
}

Guid Machine::freshId() { return {0x5E551000 + ++idsMade, 0x5AD0, 0x4A9E, {0x9C, 0x11, 0x56, 0x53, 0x53, 0x4D, 0x4F, 0x44}}; }

// What never ended holds its session and is held by it.
Machine::~Machine() {
  for (auto& operation : running) operation->atEnd = nullptr;
}

HRESULT Machine::ordered(Method method) {
  HRESULT result = S_OK;
  for (std::size_t i = 0; i < scenario.calls.size(); ++i) {
    const CallResult& row = scenario.calls[i];
    if (row.method != method) continue;
    ++callCounts[i];
    if (result == S_OK && (!row.onCall || *row.onCall == callCounts[i])) result = row.result;
  }
  return onThisSystem(result);
}

OperationPlan Machine::nextPlan(Method starter, OperationPlan plan) {
  std::uint32_t start = ++starts[starter];
  if (plan.onCall && *plan.onCall != start) plan.result = S_OK;
  return plan;
}

std::shared_ptr<Operation> Machine::start(const OperationPlan& plan) {
  auto operation = std::make_shared<Operation>();
  operation->plan = plan;
  if (plan.ms) operation->due = clock->now() + std::chrono::milliseconds(*plan.ms);
  operation->pollsLeft = plan.polls.value_or(0);
  running.push_back(operation);
  return operation;
}

void Machine::settleDue() {
  if (running.empty()) return;
  auto now = clock->now();
  for (;;) {
    std::shared_ptr<Operation> next;  // of two that are due at once, the one that began first
    for (const auto& operation : running)
      if (operation->due && *operation->due <= now && (!next || *operation->due < *next->due)) next = operation;
    if (!next) return;
    endAsPlanned(next);
  }
}

void Machine::endAsPlanned(const std::shared_ptr<Operation>& operation) {
  end(operation, operation->plan.result == S_OK ? VSS_S_ASYNC_FINISHED : onThisSystem(operation->plan.result));
}

void Machine::end(const std::shared_ptr<Operation>& given, HRESULT result) {
  auto operation = given;  // atEnd lets go of the session's reference, which may be `given`
  running.remove(operation);
  auto atEnd = std::move(operation->atEnd);
  operation->atEnd = nullptr;
  operation->result = result;
  try {
    if (atEnd) operation->result = atEnd(result);
  } catch (const std::bad_alloc&) {
    operation->result = E_OUTOFMEMORY;  // whoever waits must still be woken
  }
  operation->changed.notify_all();
}

}  // namespace vss::model
