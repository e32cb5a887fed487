#include "replayer/script.h"

#include "traces/platform.h"

namespace vss {
namespace {

void learn(OperationFacts& facts, const Call& call) {
  const Value* ms = call.input("dwMilliseconds");
  if (call.is("Wait") && ms && call.hresult()) {
    auto time = static_cast<std::uint32_t>(ms->number);
    facts.waits[time] = *call.hresult();
    if (time == kInfinite && !facts.outcome) facts.outcome = failed(*call.hresult()) ? *call.hresult() : VSS_S_ASYNC_FINISHED;
  } else if (call.is("QueryStatus") && call.hresult()) {
    const Value* status = call.output("pHrResult");
    if (call.nulls & 1) facts.nullQueries[call.nulls] = *call.hresult();
    else if (failed(*call.hresult())) facts.refused = *call.hresult();
    else if (status && status->kind == ValueKind::number) {
      if (status->number == VSS_S_ASYNC_PENDING) facts.pendingSeen = true;
      else facts.outcome = static_cast<HRESULT>(status->number);
    }
  } else if (call.is("Cancel") && call.hresult()) facts.cancel = *call.hresult();
}

// An operation of which nobody asked anything may as well have ended well; one that was asked and never settled hangs.
void settle(OperationFacts& facts, bool waitedInVain) {
  bool cancelled = facts.outcome == VSS_S_ASYNC_CANCELLED || (facts.cancel == S_OK && !facts.outcome);
  if (cancelled) facts.outcome.reset();
  else if (!facts.outcome && !facts.pendingSeen && !waitedInVain) facts.outcome = VSS_S_ASYNC_FINISHED;
}

}  // namespace

bool isComputed(const MethodInfo& method) { return method.interface_ == "IUnknown" || method.interface_ == "IVssAsync"; }

Script::Script(const std::filesystem::path& trace) : reader_(trace), loaded_(loadCalls(reader_)) {
  for (const auto& problem : reader_.problems())
    warnings_.push_back(shownPath(trace) + ": byte " + std::to_string(problem.offset) + ": " + problem.text);
  std::unordered_map<std::uint32_t, std::uint32_t> roots;
  std::set<std::uint32_t> waitedInVain;
  for (const auto& call : loaded_.calls) {
    const MethodInfo* method = call.signature->known;
    std::uint32_t root = call.object ? (roots.count(call.object) ? roots[call.object] : call.object) : 0;
    for (const auto& value : call.outputs)
      if (value.kind == ValueKind::object) roots.emplace(static_cast<std::uint32_t>(value.number), root ? root : static_cast<std::uint32_t>(value.number));
    if (!method) {
      warnings_.push_back(shownPath(trace) + ": call " + std::to_string(call.number) + ": " + call.signature->text + " is described otherwise here; it is not served");
      continue;
    }
    if (call.object == 0) {
      factoryCalls_.push_back(&call);
      continue;
    }
    auto& object = objects_[call.object];
    object.number = call.object;
    object.session = root;
    if (call.signature->interface_ == "IVssAsync") {
      learn(object.operation, call);
      if (!call.result && call.is("Wait")) waitedInVain.insert(call.object);
    } else if (call.is("QueryInterface") && call.hresult() && failed(*call.hresult())) object.refusedInterfaces.insert(call.inputs.at(0).bytes);
    if (isComputed(*method)) continue;
    object.byMethod[method].push_back(static_cast<std::uint32_t>(object.calls.size()));
    object.calls.push_back(&call);
  }
  // Objects on which nothing was called exist all the same.
  for (auto [number, root] : roots) {
    auto& object = objects_[number];
    object.number = number;
    object.session = root;
  }
  for (auto& [number, object] : objects_) settle(object.operation, waitedInVain.count(number) != 0);
}

const RecordedObject* Script::object(std::uint32_t number) const {
  auto found = objects_.find(number);
  return found == objects_.end() ? nullptr : &found->second;
}

}  // namespace vss
