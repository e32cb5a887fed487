#include "traces/lanes.h"

#include "traces/print.h"
#include "traces/trace_error.h"
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

ErrorTexts::Entry& ErrorTexts::entry(std::uint64_t order) {
  if (Entry* entry = place(order)) return *entry;
  return entries_.add(order, {order, 0, 0, false, false});
}

void ErrorTexts::add(std::uint64_t enterOrder, std::string_view text) {
  Entry& about = entry(enterOrder);
  about.at = texts_.add(text), about.size = text.size(), about.told = true;
}

std::optional<std::string> ErrorTexts::find(std::uint64_t enterOrder) {
  const Entry* about = place(enterOrder);
  return about && about->expected && about->told ? std::optional(texts_.read(about->at, about->size)) : std::nullopt;
}

std::uint32_t LaneReader::sessionOf(const Call& call) {
  if (call.object) {
    const Object* on = object(call.object);
    return on ? lanes_[on->lane].session : call.object;
  }
  for (const auto& value : call.outputs)  // the factory's call belongs to the session that it opens
    if (value.kind == ValueKind::object) return static_cast<std::uint32_t>(value.number);
  return 0;
}

std::uint32_t LaneReader::laneOf(const Call& call) {
  LaneId is{sessionOf(call), call.thread};
  if (last_ < lanes_.size() && id(last_) == is) return last_;
  std::uint64_t key = pairKey(is.first, is.second);
  if (const auto* known = laneNumbers_.find(key, [](std::uint32_t) { return true; })) return last_ = *known;
  if (lanes_.size() == UINT32_MAX) throw TraceError("more than four billion threads of sessions in one trace, and each has to be known");
  last_ = laneNumbers_.add(key, static_cast<std::uint32_t>(lanes_.size()));
  lanes_.push_back({is.first, is.second, 0});
  return last_;
}

std::uint32_t LaneReader::methodNumber(const std::string& name) {
  auto [place, isNew] = methodNumbers_.emplace(name, static_cast<std::uint32_t>(methods_.size()));
  if (isNew) methods_.push_back(name);
  return place->second;
}

// Whoever made an object or got an id first counts them; so names do not depend on how threads interleave.
std::string LaneReader::nameObject(std::uint32_t number, std::uint32_t here) {
  const Object* named = object(number);
  if (!named) return "an object from nowhere";
  std::string name = methods_[named->method];
  if (named->method) name += " " + std::to_string(named->count);
  const Lane& maker = lanes_[named->lane];
  if (maker.session != lanes_[here].session) return "another session's " + name;
  return number == maker.session || named->lane == here ? name : "another thread's " + name;
}

std::string LaneReader::nameId(const std::string& bytes, std::uint32_t here) {
  const Id* named = firstId(bytes);
  if (!named) return "";
  const char* whose = "";
  if (named->lane != here) {
    if (const Id* own = laterId(bytes, here)) named = own;
    else whose = lanes_[named->lane].session == lanes_[here].session ? "another thread's " : "another session's ";
  }
  return whose + ("{id " + std::to_string(named->number) + "}");
}

std::string LaneReader::printed(const Value& value, const SignatureParam& param, std::uint32_t here) {
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
void LaneReader::learn(const Call& call, std::uint32_t here) {
  const auto& signature = *call.signature;
  for (std::size_t i = 0; i < signature.wholeOutputs(call.outputs.size()) && i < call.outputs.size(); ++i) {
    const auto& value = call.outputs[i];
    if (value.kind == ValueKind::object) {
      auto number = static_cast<std::uint32_t>(value.number);
      if (object(number)) continue;
      Object made{number, here, 0, 0};
      if (call.object) {
        made.method = methodNumber(signature.method);
        std::uint64_t key = pairKey(here, made.method);
        Made* before = made_.find(key, [](const Made&) { return true; });
        made.count = ++(before ? *before : made_.add(key, {here, made.method, 0})).count;
      }
      objects_.add(number, made);
    } else if (value.kind == ValueKind::stored && signature.output(i).fresh) {
      if (value.guid() == Guid{}) {   // no id, and told as what it is; it counts, so that those behind it have the same names
        ++lanes_[here].ids;
        continue;
      }
      std::string bytes = value.bytes.str();
      const Id* first = firstId(bytes);
      if (first && (first->lane == here || laterId(bytes, here))) continue;
      Id id{first ? first->at : texts_.add(bytes), bytes.size(), here, ++lanes_[here].ids};
      first ? laterIds_.add(hashOf(bytes, here), id) : firstIds_.add(hashOf(bytes), id);
    }
  }
}

// How often an operation was asked before it ended is chance, and so is how often, or whether, a poller waited for a while in between.
// A wait without limit is none: it settles the operation.
bool LaneReader::isChance(const Call& call, std::uint32_t lane) {
  if (call.signature->interface_ != "IVssAsync" || !call.result) return false;
  std::uint64_t key = pairKey(lane, call.object);
  Asked* before = operations_.find(key, [](const Asked&) { return true; });
  Asked& asked = before ? *before : operations_.add(key, {lane, call.object, 0, 0, false});
  if (call.is("QueryStatus")) {
    const Value* status = call.output("pHrResult");
    if (status && status->kind == ValueKind::number && status->number == VSS_S_ASYNC_PENDING) return asked.pending = true;
  }
  const Value* limit = call.is("Wait") ? call.input("dwMilliseconds") : nullptr;
  if (!limit || limit->number == 0xFFFFFFFF) {
    asked.size = 0;
    return false;
  }
  std::string wait = printCall(call) + printResult(call);
  bool again = asked.size == wait.size() && texts_.is(asked.lastWait, wait);
  if (!again) asked.lastWait = texts_.add(wait), asked.size = wait.size();
  return again || (asked.pending && succeeded(static_cast<HRESULT>(*call.result)));
}

bool LaneReader::read(const Call& call, std::uint32_t lane, LaneCall* out) {
  if (isChance(call, lane)) return false;
  if (!out) {
    learn(call, lane);
    return true;
  }
  const auto& signature = *call.signature;
  *out = {};
  out->number = call.number;
  if (call.object) out->method = nameObject(call.object, lane) + " ";
  out->method += (signature.interface_.empty() ? "" : signature.interface_ + "::") + signature.method;
  for (std::size_t i = 0; i < call.inputs.size() && i < signature.inputs.size(); ++i)
    out->inputs.emplace_back(signature.inputs[i].name, printed(call.inputs[i], signature.inputs[i], lane));
  learn(call, lane);
  // Only whether references are left is a matter of meaning; how many is the implementation's own affair.
  out->result = call.result && signature.returns == Returns::count ? (*call.result ? "some" : "0") : printResult(call);
  for (std::size_t i = 0; i < signature.wholeOutputs(call.outputs.size()); ++i) {
    bool noPointer = i < signature.outputs.size() && i < 32 && (call.nulls >> i & 1);  // known even if the call never came back
    if (noPointer) out->outputs.emplace_back(signature.outputName(i), "no pointer");
    else if (i < call.outputs.size() && call.outputs[i].kind != ValueKind::absent)
      out->outputs.emplace_back(signature.outputName(i), printed(call.outputs[i], signature.output(i), lane));
  }
  if (auto text = errorTexts_.find(call.enterOrder)) out->outputs.emplace_back("error text", quoted(toUtf16(*text)));
  return true;
}

}  // namespace vss
