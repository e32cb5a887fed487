#include "traces/lanes.h"

#include "traces/print.h"
#include "traces/vss/results.h"

namespace vss {

std::string LaneCall::key() const {
  std::string key = called + '\n' + result;
  for (const auto& [name, value] : outputs) key += '\n' + name + '=' + value;
  return key;
}

std::uint32_t LaneReader::rootOf(const Call& call) const {
  if (call.object) {
    auto root = roots_.find(call.object);
    return root == roots_.end() ? call.object : root->second;
  }
  for (const auto& value : call.outputs)  // the factory's call belongs to the session that it opens
    if (value.kind == ValueKind::object) return static_cast<std::uint32_t>(value.number);
  return 0;
}

std::string LaneReader::printInput(Session& session, const Value& value, const SignatureParam& param) const {
  if (param.kind == Kind::guid) {
    auto fresh = session.freshIds.find(value.bytes);
    if (fresh != session.freshIds.end()) return fresh->second;
  }
  return printValue(value, param);
}

bool LaneReader::read(const Call& call, LaneId& lane, LaneCall& out) {
  std::uint32_t root = rootOf(call);
  lane = {root, call.thread};
  Session& session = sessions_[root];
  const auto& signature = *call.signature;

  // How often an operation was asked before it ended is chance, and so is how often it was waited for in vain.
  if (signature.interface_ == "IVssAsync") {
    const Value* status = call.output("pHrResult");
    if (signature.method == "QueryStatus" && status && status->kind == ValueKind::number && status->number == VSS_S_ASYNC_PENDING) return false;
    std::string wait;
    if (signature.method == "Wait" && call.result) wait = printCall(call) + printResult(call);
    bool repeated = !wait.empty() && session.lastWait[call.object] == wait;
    session.lastWait[call.object] = wait;
    if (repeated) return false;
  }

  out.number = call.number;
  out.called = (call.object ? session.objects[call.object] : "") + " " + signature.interface_ + "::" + signature.method + "(";
  for (std::size_t i = 0; i < call.inputs.size() && i < signature.inputs.size(); ++i)
    out.called += (i ? ", " : "") + signature.inputs[i].name + "=" + printInput(session, call.inputs[i], signature.inputs[i]);
  out.called += ")";
  for (std::size_t i = 0; i < signature.outputs.size() && i < 32; ++i)
    if (call.nulls >> i & 1) out.called += " " + signature.outputs[i].name + " is null";
  // Only whether references are left is a matter of meaning; how many is the implementation's own affair.
  out.result = call.result && !signature.returnsHresult ? (*call.result ? "some" : "0") : printResult(call);
  out.outputs.clear();
  for (std::size_t i = 0; i < call.outputs.size() && i < signature.outputs.size(); ++i) {
    const auto& value = call.outputs[i];
    const auto& param = signature.outputs[i];
    std::string text = printValue(value, param);
    if (value.kind == ValueKind::object) {
      auto number = static_cast<std::uint32_t>(value.number);
      roots_.emplace(number, root);
      auto& name = session.objects[number];
      if (name.empty()) name = call.object ? signature.method + " " + std::to_string(++session.made[signature.method]) : "session";
      text = "the object of " + name;
    } else if (param.fresh && value.kind == ValueKind::stored) {
      auto& name = session.freshIds[value.bytes];
      if (name.empty()) name = "{id " + std::to_string(session.freshIds.size()) + "}";
      text = name;
    } else if (param.kind == Kind::guid && value.kind == ValueKind::stored) {
      auto fresh = session.freshIds.find(value.bytes);
      if (fresh != session.freshIds.end()) text = fresh->second;
    }
    out.outputs.emplace_back(param.name, std::move(text));
  }
  return true;
}

}  // namespace vss
