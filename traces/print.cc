#include "traces/print.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "traces/vss/results.h"
#include "traces/vss/text.h"

namespace vss {
namespace {

bool isText(Kind kind) { return kind == Kind::bstr || kind == Kind::wstr || kind == Kind::coString; }

std::string hex(std::string_view bytes) {
  std::string out;
  char digits[3];
  for (unsigned char byte : bytes) std::snprintf(digits, sizeof digits, "%02x", byte), out += digits;
  return out;
}

std::string printNumber(std::int64_t number, const SignatureParam& param) {
  switch (param.kind) {
    case Kind::boolean: return number == 0 ? "false" : number == 1 ? "true" : std::to_string(number);
    case Kind::hresult: return nameOf(static_cast<HRESULT>(number));
    case Kind::enumeration: return enumeratorName(param.type, static_cast<std::int32_t>(number));
    case Kind::u32: return param.name == "dwMilliseconds" && number == 0xFFFFFFFF ? "INFINITE" : std::to_string(number);
    default: return std::to_string(number);
  }
}

std::string printStored(const Value& value, const SignatureParam& param) {
  if (isText(param.kind)) return quoted(value.text());
  if (param.array) {
    std::string out = "[";
    for (std::size_t at = 0; at + sizeof(Guid) <= value.bytes.size(); at += sizeof(Guid)) {
      Guid guid;
      std::memcpy(&guid, value.bytes.data() + at, sizeof guid);
      out += (at ? ", " : "") + toString(guid);
    }
    return out + "]";
  }
  if (param.kind == Kind::guid && value.bytes.size() == sizeof(Guid)) return toString(value.guid());
  if (value.bytes.size() == 8) {
    std::int64_t number;
    std::memcpy(&number, value.bytes.data(), 8);
    return std::to_string(number);
  }
  return "bytes " + hex(value.bytes);
}

}  // namespace

std::string printValue(const Value& value, const SignatureParam& param) {
  switch (value.kind) {
    case ValueKind::number: return printNumber(value.number, param);
    case ValueKind::stored: return printStored(value, param);
    case ValueKind::null: return "null";
    case ValueKind::object: return "#" + std::to_string(value.number);
    case ValueKind::foreignObject: return "an object that is not recorded";
    case ValueKind::unchanged: return "unchanged";
    case ValueKind::zeroed: return "zeroed";
    case ValueKind::raw: return "bytes " + hex(value.bytes);
    case ValueKind::unreadable: return "unreadable";
    case ValueKind::noPointer: return "no pointer";
    case ValueKind::absent: return "absent";
    case ValueKind::missing: break;
  }
  return value.kind == ValueKind::missing ? "unknown" : "a kind of value that this version does not know";
}

std::string methodName(const Signature& signature) { return signature.interface_.empty() ? signature.method : signature.interface_ + "::" + signature.method; }

std::string printInputs(const Call& call) {
  std::string out;
  for (std::size_t i = 0; i < call.inputs.size() && i < call.signature->inputs.size(); ++i) {
    const auto& param = call.signature->inputs[i];
    out += (i ? ", " : "") + param.name + "=" + printValue(call.inputs[i], param);
  }
  return out;
}

std::string printCall(const Call& call) {
  return (call.object ? "#" + std::to_string(call.object) + " " : "") + methodName(*call.signature) + "(" + printInputs(call) + ")";
}

std::string printResult(const Call& call) {
  if (!call.result) return "never came back";
  switch (call.signature->returns) {
    case Returns::hresult: return nameOf(static_cast<HRESULT>(*call.result));
    case Returns::count: return std::to_string(*call.result);
    case Returns::nothing: break;
  }
  return "came back";
}

namespace {

std::string printElements(const Call& call) {
  const Signature& signature = *call.signature;
  std::size_t fields = signature.elements.size(), first = signature.outputs.size();
  std::string out = "[";
  for (std::size_t at = first; at < call.outputs.size(); at += fields) {
    out += at == first ? "{" : ", {";
    for (std::size_t f = at; f < std::min(at + fields, call.outputs.size()); ++f)
      if (call.outputs[f].kind != ValueKind::absent)
        out += (out.back() == '{' ? "" : " ") + signature.output(f).name + "=" + printValue(call.outputs[f], signature.output(f));
    out += "}";
  }
  return out + "]";
}

}  // namespace

std::string printOutputs(const Call& call) {
  std::string out;
  for (std::size_t i = 0; i < call.outputs.size() && i < call.signature->outputs.size(); ++i) {
    const auto& param = call.signature->outputs[i];
    const auto& value = call.outputs[i];
    out += (out.empty() ? "" : " ") + param.name + "=";
    out += param.array && value.kind == ValueKind::number ? printElements(call) : printValue(value, param);
  }
  return out;
}

std::string jsonString(std::u16string_view text) {
  std::string out = "\"";
  char escape[7];
  for (std::size_t i = 0; i < text.size(); ++i) {
    char16_t c = text[i];
    bool pair = c >= 0xD800 && c < 0xDC00 && i + 1 < text.size() && text[i + 1] >= 0xDC00 && text[i + 1] < 0xE000;
    if (pair) out += toUtf8(text.substr(i++, 2));
    else if (c == u'"' || c == u'\\') (out += '\\') += static_cast<char>(c);
    else if (c < 0x20 || (c >= 0xD800 && c < 0xE000)) std::snprintf(escape, sizeof escape, "\\u%04x", static_cast<unsigned>(c)), out += escape;
    else if (c < 0x80) out += static_cast<char>(c);
    else out += toUtf8(text.substr(i, 1));
  }
  return out + '"';
}

std::string jsonString(std::string_view utf8) {
  bool asItIs = std::all_of(utf8.begin(), utf8.end(), [](unsigned char c) { return c >= 0x20 && c < 0x80 && c != '"' && c != '\\'; });
  return asItIs ? '"' + std::string(utf8) + '"' : jsonString(toUtf16(utf8));
}

std::string markupString(std::string_view text) {
  std::string out;
  for (char c : plainUtf8(text)) switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\n': out += "&#10;"; break;
      case '\t': out += "&#9;"; break;
      default: out += static_cast<unsigned char>(c) < 0x20 ? '?' : c;
    }
  return out;
}

namespace {

std::string printTimeIn(std::int64_t nanoseconds, bool exactly) {
  using namespace std::chrono;
  auto time = floor<microseconds>(sys_time<std::chrono::nanoseconds>(std::chrono::nanoseconds(nanoseconds)));
  auto day = floor<days>(time);
  year_month_day date(day);
  hh_mm_ss clock(time - day);
  char text[64];
  std::snprintf(text, sizeof text, exactly ? "%04d-%02u-%02uT%02d:%02d:%02d.%06dZ" : "%04d-%02u-%02uT%02d:%02d:%02d.%03dZ", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()), static_cast<int>(clock.subseconds().count() / (exactly ? 1 : 1000)));
  return text;
}

}  // namespace

std::string printTime(std::int64_t nanoseconds) { return printTimeIn(nanoseconds, false); }
std::string printTimeExactly(std::int64_t nanoseconds) { return printTimeIn(nanoseconds, true); }

std::string printDuration(double seconds) {
  char text[32];
  if (seconds < 0.0995) std::snprintf(text, sizeof text, "%.1f ms", seconds * 1000);
  else if (seconds < 10) std::snprintf(text, sizeof text, "%.0f ms", seconds * 1000);
  else std::snprintf(text, sizeof text, "%.1f s", seconds);
  return text;
}

}  // namespace vss
