#include "traces/json_call.h"

#include <algorithm>
#include <cstdio>
#include <span>

#include "traces/print.h"
#include "traces/vss/text.h"

namespace vss {
namespace {

// What is no value: why there is none, or its bytes.
std::string jsonReason(const Value& value, const SignatureParam& param) {
  std::string out = "{\"is\": ";
  if (value.kind == ValueKind::stored) {
    Value bytes = value;
    bytes.kind = ValueKind::raw;
    return out + jsonString(printValue(bytes, param)) + ", \"stored\": true}";
  }
  out += jsonString(printValue(value, param));
  if (value.kind > ValueKind::absent) out += ", \"kind\": " + std::to_string(static_cast<unsigned>(value.kind));
  if (value.number) out += ", \"number\": " + jsonNumber(value.number);
  return out + "}";
}

bool isOf32Bits(std::int64_t number) { return number == static_cast<std::int32_t>(number); }

// One value for a program: null, a number, a string; what is no value is an object that says why.
std::string jsonValue(const Value& value, const SignatureParam& param) {
  std::size_t size = value.bytes.size();
  switch (value.kind) {
    case ValueKind::number:
      if ((param.kind == Kind::hresult || param.kind == Kind::enumeration) && isOf32Bits(value.number)) return jsonString(printValue(value, param));
      if (param.kind == Kind::boolean && (value.number | 1) == 1) return value.number ? "true" : "false";
      return jsonNumber(value.number);
    case ValueKind::stored:
      if (param.kind == Kind::bstr || param.kind == Kind::wstr || param.kind == Kind::coString) return size % sizeof(char16_t) ? jsonReason(value, param) : jsonString(value.text());
      if (param.array) {
        if (size % sizeof(Guid)) return jsonReason(value, param);
        SignatureParam element = param;
        element.array = false;
        std::string out = "[";
        for (std::size_t at = 0; at < size; at += sizeof(Guid))
          out += (at ? ", " : "") + jsonValue(ValueView::ofBytes(std::string_view(value.bytes).substr(at, sizeof(Guid))), element);
        return out + "]";
      }
      if (param.kind == Kind::guid && size == sizeof(Guid)) return jsonString(printValue(value, param));
      if (size == 8) {
        std::int64_t number;
        std::memcpy(&number, value.bytes.data(), sizeof number);
        return jsonNumber(number);
      }
      return jsonReason(value, param);
    case ValueKind::null: return "null";
    case ValueKind::object: return "{\"object\": " + std::to_string(value.number) + "}";
    default: return jsonReason(value, param);
  }
}

using Values = std::span<const Value>;

std::string jsonValues(Values values, const std::vector<SignatureParam>& params, Values elements = {}, const std::vector<SignatureParam>& fields = {}) {
  std::string out = "{";
  for (std::size_t i = 0; i < values.size() && i < params.size(); ++i) {
    if (values[i].kind == ValueKind::absent) continue;
    out += (out.size() > 1 ? ", " : "") + jsonString(params[i].name) + ": ";
    if (!params[i].array || values[i].kind != ValueKind::number) {
      out += jsonValue(values[i], params[i]);
      continue;
    }
    out += "[";
    for (auto rest = elements; !rest.empty(); rest = rest.subspan(std::min(fields.size(), rest.size())))
      out += (rest.size() == elements.size() ? "" : ", ") + jsonValues(rest.first(std::min(fields.size(), rest.size())), fields);
    out += "]";
  }
  return out + "}";
}

// Only damage, or somebody's malice, makes more values than there are parameters.
std::string jsonMore(const char* name, Values more) {
  std::string out;
  for (const auto& value : more) out += (out.empty() ? "" : ", ") + jsonValue(value, {});
  return more.empty() ? "" : ", \"" + std::string(name) + "\": [" + out + "]";
}

std::string jsonOutputs(const Call& call) {
  Values all = call.outputs, behind = all.subspan(std::min(all.size(), call.signature->outputs.size()));
  bool elements = !call.signature->elements.empty();
  return "\"outputs\": " + jsonValues(all.first(all.size() - behind.size()), call.signature->outputs, elements ? behind : Values(), call.signature->elements) +
         jsonMore("moreOutputs", elements ? Values() : behind);
}

}  // namespace

std::string jsonNumber(std::int64_t number) {
  constexpr std::int64_t kExact = std::int64_t{1} << 53;
  std::string digits = std::to_string(number);
  return number > kExact || number < -kExact ? '"' + digits + '"' : digits;
}

std::string jsonMembers(const TraceReader& reader, const Call& call) {
  std::string out = "\"call\": " + std::to_string(call.number) + ", \"thread\": " + std::to_string(call.thread) + ", \"object\": " + std::to_string(call.object) +
                    ", \"interface\": " + jsonString(call.signature->interface_) + ", \"method\": " + jsonString(call.signature->method);
  if (auto time = reader.timeOf(call.enterTick)) out += ", \"time\": \"" + printTime(*time) + "\"";
  Values inputs = call.inputs;
  out += ", \"inputs\": " + jsonValues(inputs, call.signature->inputs) + jsonMore("moreInputs", inputs.subspan(std::min(inputs.size(), call.signature->inputs.size())));
  if (!call.result) return out + ", \"result\": null";
  out += ", \"result\": " + (call.signature->returns == Returns::count ? printResult(call) : call.signature->returns == Returns::hresult ? jsonString(printResult(call)) : "null") +
         ", " + jsonOutputs(call);
  if (reader.header().startTime) {
    char seconds[32];
    std::snprintf(seconds, sizeof seconds, "%g", reader.seconds(call.leaveTick - call.enterTick));
    out += std::string(", \"seconds\": ") + seconds;
  }
  return out;
}

}  // namespace vss
