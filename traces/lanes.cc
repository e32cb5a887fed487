#include "traces/lanes.h"

#include "traces/print.h"
#include "traces/vss/results.h"
#include "traces/vss/text.h"

namespace vss {

std::string LaneCall::called() const {
  std::string text = method + "(";
  for (const auto& [name, value] : inputs) text += (text.back() == '(' ? "" : ", ") + name + "=" + value;
  return text + ")";
}

std::string LaneCall::key() const {
  std::string key = called() + '\n' + result;
  for (const auto& [name, value] : outputs) key += '\n' + name + '=' + value;
  return key;
}

std::uint32_t LaneReader::sessionOf(const Call& call) const {
  if (call.object) {
    auto object = objects_.find(call.object);
    return object == objects_.end() ? call.object : object->second.maker.first;
  }
  for (const auto& value : call.outputs)  // the factory's call belongs to the session that it opens
    if (value.kind == ValueKind::object) return static_cast<std::uint32_t>(value.number);
  return 0;
}

// Whoever made an object or got an id first counts them; so names do not depend on how threads interleave.
std::string LaneReader::nameObject(std::uint32_t number, LaneId here) const {
  auto object = objects_.find(number);
  if (object == objects_.end()) return "an object from nowhere";
  const auto& [maker, name] = object->second;
  if (maker.first != here.first) return "another session's " + name;
  return number == maker.first || maker.second == here.second ? name : "another thread's " + name;
}

std::string LaneReader::nameId(const std::string& bytes, LaneId here) const {
  if (auto lane = lanes_.find(here); lane != lanes_.end())
    if (auto own = lane->second.ids.find(bytes); own != lane->second.ids.end()) return own->second;
  auto first = ids_.find(bytes);
  if (first == ids_.end()) return "";
  return (first->second.first == here.first ? "another thread's " : "another session's ") + lanes_.at(first->second).ids.at(bytes);
}

std::string LaneReader::printed(const Value& value, const SignatureParam& param, LaneId here) const {
  if (value.kind == ValueKind::object) return nameObject(static_cast<std::uint32_t>(value.number), here);
  if (value.kind == ValueKind::stored && param.kind == Kind::guid && !param.array)
    if (auto name = nameId(value.bytes.str(), here); !name.empty()) return name;
  if ((value.kind == ValueKind::number || value.kind == ValueKind::stored) && param.kind == Kind::i64 && param.name.ends_with("Timestamp")) return "a time";
  // What a failed call left in a pointer, or in a structure with pointers, is an address, and as such an accident of the run.
  bool addresses = param.kind == Kind::object || param.kind == Kind::bstr || param.kind == Kind::wstr || param.kind == Kind::coString ||
                   value.bytes.size() > sizeof(Guid);
  if (value.kind == ValueKind::raw && addresses) return "an address";
  return printValue(value, param);
}

// Names what the call handed out.
void LaneReader::learn(const Call& call, LaneId here) {
  Lane& lane = lanes_[here];
  const auto& signature = *call.signature;
  for (std::size_t i = 0; i < signature.wholeOutputs(call.outputs.size()) && i < call.outputs.size(); ++i) {
    const auto& value = call.outputs[i];
    if (value.kind == ValueKind::object) {
      auto number = static_cast<std::uint32_t>(value.number);
      if (objects_.count(number)) continue;
      const auto& method = call.signature->method;
      objects_[number] = {here, call.object ? method + " " + std::to_string(++lane.made[method]) : "session"};
    } else if (value.kind == ValueKind::stored && signature.output(i).fresh) {
      lane.ids.emplace(value.bytes.str(), "{id " + std::to_string(lane.ids.size() + 1) + "}");
      ids_.emplace(value.bytes.str(), here);
    }
  }
}

// How often an operation was asked before it ended is chance, and so is how often, or whether, a poller waited for a while in between.
// A wait without limit is none: it settles the operation.
bool LaneReader::isChance(Lane& lane, const Call& call) {
  if (call.signature->interface_ != "IVssAsync" || !call.result) return false;
  Asked& asked = lane.operations[call.object];
  if (call.is("QueryStatus")) {
    const Value* status = call.output("pHrResult");
    if (status && status->kind == ValueKind::number && status->number == VSS_S_ASYNC_PENDING) return asked.pending = true;
  }
  const Value* limit = call.is("Wait") ? call.input("dwMilliseconds") : nullptr;
  if (!limit || limit->number == 0xFFFFFFFF) {
    asked.lastWait.clear();
    return false;
  }
  std::string wait = printCall(call) + printResult(call);
  bool again = asked.lastWait == wait;
  asked.lastWait = wait;
  return again || (asked.pending && succeeded(static_cast<HRESULT>(*call.result)));
}

bool LaneReader::read(const Call& call, LaneId& lane, LaneCall& out) {
  lane = {sessionOf(call), call.thread};
  const auto& signature = *call.signature;
  if (isChance(lanes_[lane], call)) return false;

  out = {};
  out.number = call.number;
  if (call.object) out.method = nameObject(call.object, lane) + " ";
  out.method += (signature.interface_.empty() ? "" : signature.interface_ + "::") + signature.method;
  for (std::size_t i = 0; i < call.inputs.size() && i < signature.inputs.size(); ++i)
    out.inputs.emplace_back(signature.inputs[i].name, printed(call.inputs[i], signature.inputs[i], lane));
  learn(call, lane);
  // Only whether references are left is a matter of meaning; how many is the implementation's own affair.
  out.result = call.result && signature.returns == Returns::count ? (*call.result ? "some" : "0") : printResult(call);
  for (std::size_t i = 0; i < signature.wholeOutputs(call.outputs.size()); ++i) {
    bool noPointer = i < signature.outputs.size() && i < 32 && (call.nulls >> i & 1);  // known even if the call never came back
    if (noPointer) out.outputs.emplace_back(signature.outputName(i), "no pointer");
    else if (i < call.outputs.size() && call.outputs[i].kind != ValueKind::absent)
      out.outputs.emplace_back(signature.outputName(i), printed(call.outputs[i], signature.output(i), lane));
  }
  if (auto text = errorTexts_.find(call.enterOrder); text != errorTexts_.end()) out.outputs.emplace_back("error text", quoted(toUtf16(text->second)));
  return true;
}

}  // namespace vss
