#include "conformance/shrink/test_source.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "conformance/shrink/structures.h"
#include "traces/print.h"
#include "traces/vss/api.h"
#include "traces/vss/results.h"

namespace vss::conformance {
namespace {

constexpr std::size_t kLine = 120;   // characters of a text before it goes on in the next line

bool isName(std::string_view text) { return !text.empty() && (text[0] == 'V' || text[0] == 'S' || text[0] == 'E'); }

std::string hex(std::uint32_t value) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%08x", value);
  return text;
}

// W("…"): u"…" or L"…".
std::string literalOf(std::u16string_view text) {
  std::string out = "W(\"";
  std::size_t from = 0;
  bool escaped = false;                  // a hexadecimal escape goes on for as long as there are digits
  for (char16_t c : text) {
    if (out.size() - from > kLine) out += "\"\n      \"", from = out.size(), escaped = false;
    bool digit = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
    if (escaped && digit) out += "\" \"";
    escaped = c < 0x20 || c > 0x7E;
    if (escaped) {
      char code[8];
      std::snprintf(code, sizeof code, "\\x%04x", static_cast<unsigned>(c));
      out += code;
    } else {
      if (c == '"' || c == '\\') out += '\\';
      out += static_cast<char>(c);
    }
  }
  return out + "\")";
}

std::string literalOf(const Guid& id) {
  char text[96];
  std::snprintf(text, sizeof text, "{0x%08x, 0x%04x, 0x%04x, {0x%02x, 0x%02x, 0x%02x, 0x%02x, 0x%02x, 0x%02x, 0x%02x, 0x%02x}}", static_cast<unsigned>(id.a), id.b, id.c, id.d[0], id.d[1], id.d[2],
                id.d[3], id.d[4], id.d[5], id.d[6], id.d[7]);
  return text;
}

// What every such file begins with, behind its comment. W, At, Text: one source for both platforms' headers.
constexpr const char* kHead = R"(#if defined(_WIN32)
#include <windows.h>

#include <vss.h>
#include <vswriter.h>

#include <vsbackup.h>
#define W(text) const_cast<wchar_t*>(L##text)   // VSS_PWSZ stands also where nothing is changed
// The headers spell 32 bits as int, long, unsigned or unsigned long, and bool as boolean.
template <class T> struct At {
  T& value;
  template <class U> operator U*() const { return static_cast<U*>(static_cast<void*>(&value)); }
};
#else
#include <shadowtape/vsbackup.h>
#define W(text) const_cast<char16_t*>(u##text)
template <class T> T* At(T& value) { return &value; }
#endif
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <thread>
#include <type_traits>
#include <vector>

)";
constexpr const char* kText = R"(using Character = std::remove_pointer_t<BSTR>;
struct Text {
  BSTR at = nullptr;
  Text() = default;
  Text(const Character* text, unsigned length) : at(SysAllocStringLen(text, length)) {}
  Text(const Text&) = delete;
  ~Text() { SysFreeString(at); }
  bool is(const Character* text, unsigned length) const { return at && SysStringLen(at) == length && std::equal(at, at + length, text); }
};

)";
// Of a text that is not a BSTR, or lies in a structure.
constexpr const char* kSays = R"(bool Says(const std::remove_pointer_t<BSTR>* at, const std::remove_pointer_t<BSTR>* text, unsigned length) {
  return at && std::equal(text, text + length + 1, at);
}

)";
constexpr const char* kEnded = R"(// How the operation ended; asks until it has, for a minute at most.
HRESULT Ended(IVssAsync* operation) {
  HRESULT status = VSS_S_ASYNC_PENDING;
  for (int tries = 0; tries < 60000 && status == VSS_S_ASYNC_PENDING; ++tries) {
    HRESULT result = operation->QueryStatus(&status, nullptr);
    if (result != S_OK) return result;
    if (status == VSS_S_ASYNC_PENDING) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return status;
}

)";

constexpr const char* kUnknown = R"(// The second base of IVssWriterComponentsExt, which not every header has.
template <class T> IUnknown* Unknown(T* object) {
  if constexpr (std::is_convertible_v<T*, IUnknown*>) return object;
  else return reinterpret_cast<IUnknown*>(reinterpret_cast<void**>(object) + 1);
}

)";

class TestPrinter {
 public:
  explicit TestPrinter(const SessionTest& test) : test_(test) {
    const auto& outputs = test_.calls.at(test_.judged).signature->outputs;
    keepsTexts_ = std::any_of(outputs.begin(), outputs.end(), [&](const SignatureParam& param) {
      return param.kind == Kind::bstr && std::find(test_.answers.begin(), test_.answers.end(), param.name) != test_.answers.end();
    });
  }

  std::string print() {
    for (std::size_t i = 0; i <= test_.judged; ++i) call(test_.calls[i], i == test_.judged);
    end();
    std::string out;
    for (const auto& line : test_.comment) out += "// " + line + "\n";
    out += kHead + codes() + "namespace {\n\n" + (usesText_ ? kText : "") + (usesSays_ ? kSays : "") + (usesEnded_ ? kEnded : "") + (usesUnknown_ ? kUnknown : "") + "TEST(Shrunk, " + test_.name + ") {\n" + body_ + "}\n\n}  // namespace\n";
    return out;
  }

 private:
  struct Pointer { std::string interface_, variable; };
  struct Structure { RecordedStructure recorded; std::string variable; };

  void line(const std::string& text) { body_ += "  " + text + "\n"; }
  std::string fresh(const std::string& stem) { return stem + std::to_string(++variables_); }

  // Codes that older headers of Windows do not have.
  std::string codes() const {
    std::string out;
    for (auto code : codes_)
      if (nameOf(code).starts_with("VSS_")) out += "#ifndef " + nameOf(code) + "\n#define " + nameOf(code) + " static_cast<HRESULT>(" + hex(static_cast<std::uint32_t>(code)) + ")\n#endif\n";
    return out.empty() ? out : "#if defined(_WIN32)\n" + out + "#endif\n\n";
  }
  std::string code(HRESULT result) {
    codes_.insert(result);
    std::string name = nameOf(result);
    return isName(name) ? name : "static_cast<HRESULT>(" + name + ")";
  }

  // ---- Arguments ----

  std::string numberOf(const ParamInfo& param, const Value& value) { return numberOf(param.kind, param.type, value); }
  std::string numberOf(Kind kind, std::string_view type, const Value& value) {
    std::int64_t number = value.kind == ValueKind::stored && value.bytes.size() == 8 ? load<std::int64_t>(value.bytes.data()) : value.number;
    switch (kind) {
      case Kind::boolean: return number ? "true" : "false";
      case Kind::hresult: return code(static_cast<HRESULT>(number));
      case Kind::enumeration: {
        std::string name = enumeratorName(type, static_cast<std::int32_t>(number));
        return isName(name) ? name : "static_cast<" + std::string(type) + ">(" + std::to_string(number) + ")";
      }
      case Kind::u32: {
        auto bits = static_cast<std::uint32_t>(number);
        return bits == 0xFFFFFFFF ? "INFINITE" : std::to_string(bits) + "u";
      }
      case Kind::i64: return "std::int64_t{" + std::to_string(number) + "}";
      default: return std::to_string(static_cast<std::int32_t>(number));
    }
  }
  std::string idOf(const std::string& bytes) {
    if (auto known = ids_.find(bytes); known != ids_.end()) return known->second;
    Value value;
    value.bytes = Bytes(bytes);
    std::string name = fresh("id");
    line("const VSS_ID " + name + " = " + literalOf(value.guid()) + ";");
    return ids_[bytes] = name;
  }
  std::string inputOf(const Call& call, const ParamInfo& param, const Value& value) {
    if (value.kind == ValueKind::unreadable || value.kind == ValueKind::missing)
      throw std::runtime_error("call " + std::to_string(call.number) + ": what it passed as " + std::string(param.name) + " is not in the trace, so there is no test of it");
    if (param.role == Role::inArray) {
      if (value.kind == ValueKind::null) return "nullptr";
      std::string ids;
      for (std::size_t at = 0; at + sizeof(Guid) <= value.bytes.size(); at += sizeof(Guid)) ids += (ids.empty() ? "" : ", ") + idOf(value.bytes.str().substr(at, sizeof(Guid)));
      std::string name = fresh("ids");
      line("const std::vector<VSS_ID> " + name + "{" + ids + "};");
      return name + ".data()";
    }
    switch (param.kind) {
      case Kind::guid: return idOf(value.bytes.str());
      case Kind::bstr:
      case Kind::wstr: {
        if (value.kind == ValueKind::null) return "nullptr";
        std::u16string text = value.text();
        if (auto known = texts_.find(text); known != texts_.end() && !text.empty()) return known->second;
        if (param.kind == Kind::wstr) return literalOf(text);
        usesText_ = true;
        std::string name = fresh("text");
        line("Text " + name + "(" + literalOf(text) + ", " + std::to_string(text.size()) + ");");
        return name + ".at";
      }
      default: return numberOf(param, value);
    }
  }
  // A structure that an earlier call filled, and that nobody gave back since.
  std::string structureOf(const Call& call, const ParamInfo& param) {
    auto taken = structureTaken(call);
    if (!taken) return "nullptr";
    auto known = std::find_if(structures_.begin(), structures_.end(), [&](const Structure& one) { return isTheSame(*taken, one.recorded); });
    if (known != structures_.end()) {
      std::string variable = known->variable;
      structures_.erase(known);
      return variable;
    }
    if (!isEmpty(*taken)) throw none(call, "nothing in the session filled what it passes as " + std::string(param.name));
    std::string name = fresh("structure");
    line(std::string(param.type) + " " + name + " = {};");
    return "&" + name;
  }
  static std::runtime_error none(const Call& call, const std::string& why) { return std::runtime_error("call " + std::to_string(call.number) + ": " + why + "; there is no test of it"); }

  struct Output { const ParamInfo* param; std::string variable; std::size_t at; };  // at: in call.outputs
  std::string outputOf(const Call& call, const ParamInfo& param, std::size_t at, std::vector<Output>& outputs, const std::string& capacity) {
    if (call.nulls >> at & 1) return "nullptr";
    std::string stem(param.name);
    stem.erase(0, stem.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") == stem.npos ? 0 : stem.find_first_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
    if (!stem.empty()) stem[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(stem[0])));
    std::string name = fresh(stem.empty() ? "out" : stem);
    outputs.push_back({&param, name, at});
    if (auto filled = filledBefore(call, param, at, name); !filled.empty()) return filled;
    if (param.role == Role::outArray) return line("std::vector<" + std::string(param.type) + "> " + name + "(" + capacity + ");"), name + ".data()";
    if (param.indirect) return line(std::string(param.type) + "* " + name + " = nullptr;"), "At(" + name + ")";
    if (param.isStructure()) return line(std::string(param.type) + " " + name + " = {};"), "&" + name;
    switch (param.kind) {
      case Kind::boolean: return line("bool " + name + " = false;"), "At(" + name + ")";
      case Kind::hresult: return line("HRESULT " + name + " = S_OK;"), "&" + name;
      case Kind::enumeration: return line(std::string(param.type) + " " + name + "{};"), "&" + name;
      case Kind::guid: return line("VSS_ID " + name + "{};"), "&" + name;
      case Kind::bstr: return usesText_ = true, line("Text " + name + ";"), "&" + name + ".at";
      case Kind::coString: return line("VSS_PWSZ " + name + " = nullptr;"), "&" + name;
      case Kind::object: {
        bool isUnknown = !interfaceNamed(param.type);
        std::string type = isUnknown ? asked(call) : std::string(param.type);
        line(type + "* " + name + " = nullptr;");
        return isUnknown ? "reinterpret_cast<void**>(&" + name + ")" : "&" + name;
      }
      case Kind::u32: return line("std::uint32_t " + name + " = 0;"), "At(" + name + ")";
      case Kind::i64: return line("std::int64_t " + name + " = 0;"), "At(" + name + ")";
      default: return line("std::int32_t " + name + " = 0;"), "At(" + name + ")";
    }
  }
  // The judged call's variable that has to be set to zero, or left alone: it holds something else before. Empty: it is none of these.
  std::string filledBefore(const Call& call, const ParamInfo& param, std::size_t at, const std::string& name) {
    if (&call != &test_.calls[test_.judged] || at >= call.outputs.size() || param.role == Role::outArray || param.indirect || param.isStructure()) return {};
    const Value& value = call.outputs[at];
    // What a call that succeeded left null or 0 may be what was there before, unless the caller had put something else there.
    bool left = !test_.variablesWereFilled && (test_.expectation || value.kind == ValueKind::null);
    bool zeroed = value.kind == ValueKind::zeroed || (value.kind == ValueKind::null && !left);
    bool number = !left && (value.kind == ValueKind::number || (value.kind == ValueKind::stored && value.bytes.size() == 8 && param.kind == Kind::i64));
    if (value.kind == ValueKind::raw && param.kind == Kind::bstr) return plain_.insert(name), line("BSTR " + name + " = nullptr;"), "&" + name;   // whatever it is, it is not freed
    if (!zeroed && !number && !(value.kind == ValueKind::unchanged && isHeldToBefore())) return {};
    std::string type(param.type), before;
    switch (param.kind) {
      case Kind::boolean: before = number && value.number ? "false" : "true", type = "bool"; break;
      case Kind::hresult: before = "static_cast<HRESULT>(0xcccccccc)", type = "HRESULT"; break;
      case Kind::enumeration: before = "static_cast<" + type + ">(0xcc)"; break;
      case Kind::u32: before = "0xcccccccc", type = "std::uint32_t"; break;
      case Kind::i64: before = "-0xcccccccc", type = "std::int64_t"; break;
      case Kind::guid: before = "{0xcccccccc}", type = "VSS_ID"; break;
      case Kind::bstr:
      case Kind::coString: before = "W(\"as it was before\")", type = param.kind == Kind::bstr ? "BSTR" : "VSS_PWSZ"; break;
      case Kind::object:
        if (!interfaceNamed(param.type)) return {};
        type += "*", before = "reinterpret_cast<" + type + ">(0xcc)";
        break;
      default: before = "-0xcc", type = "std::int32_t";
    }
    plain_.insert(name);
    line(type + " " + name + (before[0] == '{' ? before : " = " + before) + ";");
    if (value.kind == ValueKind::unchanged) line((test_.expectation ? "[[maybe_unused]] const " : "const ") + type + " " + name + "Before = " + name + ";");
    bool at32 = param.kind == Kind::boolean || param.kind == Kind::u32 || param.kind == Kind::i64 || type == "std::int32_t";
    return at32 ? "At(" + name + ")" : "&" + name;
  }
  // What was left as it was has to be left again. Where the trace does not tell what was there, only a rule holds anybody to it.
  bool isHeldToBefore() const { return test_.variablesWereFilled || test_.expectation; }
  // The interface that QueryInterface is asked for.
  static std::string asked(const Call& call) {
    const InterfaceInfo* described = call.inputs.empty() ? nullptr : interfaceWithId(call.inputs[0].guid());
    return described ? std::string(described->name) : "IUnknown";
  }

  // ---- Calls ----

  std::string onObject(const Call& call, const MethodInfo& method) {
    if (method.slot == kNoSlot) return std::string(method.name);
    auto known = pointers_.find(call.object);
    if (known == pointers_.end()) throw std::runtime_error("call " + std::to_string(call.number) + ": nothing in the session hands out object #" + std::to_string(call.object) + ", so there is no test of it");
    if (method.isUnknown()) return unknown(known->second[0]) + "->" + std::string(method.name);
    for (const auto& pointer : known->second)
      for (const InterfaceInfo* one = interfaceNamed(pointer.interface_); one; one = one->base)
        if (one->name == method.interface_) return pointer.variable + "->" + std::string(method.name);
    return "static_cast<" + std::string(method.interface_) + "*>(" + known->second[0].variable + ")->" + std::string(method.name);
  }

  std::string unknown(const Pointer& pointer) {
    const InterfaceInfo* described = interfaceNamed(pointer.interface_);
    if (!described || !described->unknownVtable) return pointer.variable;
    usesUnknown_ = true;
    return "Unknown(" + pointer.variable + ")";
  }

  void call(const Call& call, bool judged) {
    const MethodInfo* method = call.signature->known;
    if (!method) throw std::runtime_error("call " + std::to_string(call.number) + ": this version describes " + call.signature->method + " otherwise, so there is no test of it");
    if (!call.result && !judged) throw std::runtime_error("call " + std::to_string(call.number) + " never came back, so there is no test of what follows");
    if (auto status = endedStatus(call, *method)) {
      usesEnded_ = true;
      std::string asked = onObject(call, *method), ended = "Ended(" + asked.substr(0, asked.rfind("->")) + ")";
      if (!judged) return line("ASSERT_EQ(" + ended + ", " + code(*status) + ");");
      line(ended + ";");
    }
    std::vector<Output> outputs;
    std::vector<std::string> arguments;
    std::size_t input = 0, output = 0;
    for (const auto& param : method->params) {
      if (!param.isInput()) arguments.push_back(outputOf(call, param, output, outputs, param.role == Role::outArray ? arguments.at(param.countParam) : ""));
      else if (param.isStructure()) arguments.push_back(structureOf(call, param));
      else arguments.push_back(inputOf(call, param, input < call.inputs.size() ? call.inputs[input] : Value()));
      (param.isInput() ? input : output) += param.values();
    }
    std::string made = onObject(call, *method) + "(";
    for (std::size_t i = 0; i < arguments.size(); ++i) made += (i ? ", " : "") + arguments[i];
    made += ")";
    if (judged) judge(call, *method, made, outputs);
    else if (method->returns != Returns::hresult) line(made + ";");
    else line("ASSERT_EQ(" + made + ", " + code(static_cast<HRESULT>(*call.result)) + ");");
    learn(call, *method, outputs);
  }
  // What QueryStatus said of an operation that had ended.
  static std::optional<HRESULT> endedStatus(const Call& call, const MethodInfo& method) {
    if (method.interface_ != "IVssAsync" || method.name != "QueryStatus" || call.result != std::uint32_t{S_OK} || !(call.nulls & 2)) return std::nullopt;
    const Value* told = call.output("pHrResult");
    if (!told || told->kind != ValueKind::number || told->number == VSS_S_ASYNC_PENDING) return std::nullopt;
    return static_cast<HRESULT>(told->number);
  }

  // An output, a field of one or of an element of one, and what says it in C++.
  struct Part {
    std::string name;                     // in the trace
    std::string_view field;               // of the rules
    Kind kind;
    std::string_view type;
    const Value* value;
    std::string expression;
    const Output* output;
    bool isWhole;                         // no field
  };
  std::vector<Part> partsOf(const Call& call, const MethodInfo& method, const std::vector<Output>& outputs) const {
    std::vector<Part> parts;
    auto add = [&](const Output& output, const FieldInfo& field, std::size_t at, const std::string& in, std::string_view type) {
      if (at >= call.outputs.size() || call.outputs[at].kind == ValueKind::absent) return;
      std::string path = type == "VSS_OBJECT_PROP" && field.when ? field.when == VSS_OBJECT_SNAPSHOT ? "Obj.Snap." : "Obj.Prov." : "";
      parts.push_back({call.signature->outputName(at), field.name, field.kind, field.type, &call.outputs[at], in + path + std::string(field.name), &output, false});
    };
    for (const auto& output : outputs) {
      const ParamInfo& param = *output.param;
      if (param.role == Role::outArray) {
        std::size_t fields = param.fields.size(), first = elementsAt(method);
        for (std::size_t at = first; fields && at < call.outputs.size(); ++at)
          add(output, param.fields[(at - first) % fields], at, output.variable + ".at(" + std::to_string((at - first) / fields) + ").", param.type);
      } else if (param.isStructure()) {
        for (std::size_t i = 0; i < param.fields.size(); ++i) add(output, param.fields[i], output.at + i, output.variable + (param.indirect ? "->" : "."), param.type);
      } else if (output.at < call.outputs.size()) {
        parts.push_back({std::string(param.name), param.name, param.kind, param.type, &call.outputs[output.at], output.variable, &output, true});
      }
    }
    return parts;
  }
  // Whether the test is about it.
  bool isNamed(const Part& part) const {
    if (!test_.expectation) return std::find(test_.answers.begin(), test_.answers.end(), part.name) != test_.answers.end();
    const auto& effects = test_.expectation->effects;
    return std::any_of(effects.begin(), effects.end(), [&](const Condition& effect) { return effect.name == part.field; });
  }

  // What holds if an output is as it is recorded: that two expressions are equal.
  struct Equal { std::string left, right; };
  std::optional<Equal> asRecorded(const Part& part) {
    const Value& value = *part.value;
    const std::string& variable = part.expression;
    const bool named = isNamed(part), whole = part.isWhole;
    const bool stored = value.kind == ValueKind::stored, raw = value.kind == ValueKind::raw && whole;
    bool zero = value.kind == ValueKind::null || (value.kind == ValueKind::zeroed && whole);
    auto holds = [&](const std::string& condition) { return Equal{part.output->param->indirect && !whole ? part.output->variable + " && " + condition : condition, "true"}; };
    // What fills the variables where they are filled, and a call that succeeded has left.
    if (test_.variablesWereFilled && value.kind == ValueKind::number && static_cast<std::uint32_t>(value.number) == 0xCCCCCCCC) return std::nullopt;
    if (value.kind == ValueKind::unchanged) {
      if (part.kind == Kind::object && !interfaceNamed(part.type)) return std::nullopt;
      if (whole && isHeldToBefore()) return part.kind == Kind::guid ? Equal{variable + " == " + variable + "Before", "true"} : Equal{variable, variable + "Before"};
      if (!named || test_.expectation) return std::nullopt;
      zero = true;   // as it was before the call
    }
    switch (part.kind) {
      case Kind::bstr:
      case Kind::coString:
      case Kind::wstr: {
        std::string pointer = whole && part.kind == Kind::bstr && !plain_.count(variable) ? variable + ".at" : variable;
        if (zero) return holds(pointer + " == nullptr");
        if (raw) return holds(pointer + " != nullptr");
        if (!stored) return std::nullopt;
        std::string text = "(" + (whole && part.kind == Kind::bstr ? "" : variable + ", ") + literalOf(value.text()) + ", " + std::to_string(value.text().size()) + ")";
        if (whole && part.kind == Kind::bstr) return Equal{variable + ".is" + text, "true"};
        usesSays_ = true;
        return holds("Says" + text);
      }
      case Kind::object:
        if (zero) return Equal{variable, "nullptr"};
        if (auto known = pointers_.find(static_cast<std::uint32_t>(value.number)); value.kind == ValueKind::object && known != pointers_.end())
          for (const auto& pointer : known->second)
            if (pointer.interface_ == part.type) return Equal{variable, pointer.variable};
        if (stored || raw || value.kind == ValueKind::object || value.kind == ValueKind::foreignObject) return Equal{variable + " != nullptr", "true"};
        return std::nullopt;
      case Kind::guid: {
        if (zero || ((stored || raw) && value.guid() == Guid{})) return holds(variable + " == VSS_ID{}");
        if (!stored && !raw) return std::nullopt;
        if (auto known = ids_.find(value.bytes.str()); known != ids_.end()) return holds(variable + " == " + known->second);
        // A new one; or one that is not what it was, against a rule.
        if ((whole && part.output->param->fresh) || (test_.expectation && !idsHandedOut_.empty())) {
          std::string differs = "!(" + variable + " == VSS_ID{})";
          for (const auto& id : idsHandedOut_) differs += " && !(" + variable + " == " + id + ")";
          return holds(differs);
        }
        return named ? std::optional(holds(variable + " == " + idOf(value.bytes.str()))) : std::nullopt;
      }
      case Kind::bytes: return zero ? std::optional(holds(variable + " == nullptr")) : std::nullopt;
      default: break;
    }
    bool isZero = zero || (value.bytes.size() == 8 ? load<std::int64_t>(value.bytes.data()) : value.number) == 0;
    if (part.kind == Kind::i64 && part.name.ends_with("Timestamp") && !isZero) return named ? std::optional(holds(variable + " != 0")) : std::nullopt;
    Value number = zero ? Value(ValueView::ofNumber(0)) : value;
    if (raw && value.bytes.size() == sizeof(std::int32_t)) number = Value(ValueView::ofNumber(load<std::int32_t>(value.bytes.data())));
    else if (!zero && !stored && value.kind != ValueKind::number) return std::nullopt;
    std::string recorded = numberOf(part.kind, part.type, number);
    return part.output->param->indirect && !whole ? holds(variable + " == " + recorded) : Equal{variable, recorded};
  }
  // Of the judged call's outputs. Of a difference one has to be said that differs; of a rule all that it names: with one less, another answer would be wrong too.
  std::vector<Equal> allAsRecorded(const Call& call, const MethodInfo& method, const std::vector<Output>& outputs) {
    auto parts = partsOf(call, method, outputs);
    bool ofRule = test_.expectation, any = std::any_of(parts.begin(), parts.end(), [&](const Part& part) { return isNamed(part); });
    bool said = test_.answers.empty() || std::find(test_.answers.begin(), test_.answers.end(), "result") != test_.answers.end();
    std::vector<Equal> equal;
    for (const auto& part : parts) {
      bool named = isNamed(part);
      if (any && ofRule && !named) continue;
      auto one = asRecorded(part);
      if (ofRule && named && !one) throw none(call, "C++ cannot say what is recorded of " + part.name);
      if (one) equal.push_back(*one);
      said |= one && named;
    }
    if (!ofRule && !said) throw none(call, "C++ cannot say what is recorded of " + test_.answers[0]);
    return equal;
  }
  std::string isOneOf(const std::vector<HRESULT>& listed) {
    std::string out;
    for (auto one : listed) out += (out.empty() ? "result == " : " || result == ") + code(one);
    return out;
  }
  static bool allows(const Expectation& expectation, HRESULT result) {
    bool listed = std::find(expectation.listed.begin(), expectation.listed.end(), result) != expectation.listed.end();
    switch (expectation.codes) {
      case Expectation::Codes::listed: return listed;
      case Expectation::Codes::notListed: return !listed;
      case Expectation::Codes::failure: return failed(result);
      default: return true;
    }
  }
  void judge(const Call& call, const MethodInfo& method, const std::string& made, const std::vector<Output>& outputs) {
    bool hresult = method.returns == Returns::hresult;
    if (!call.result) return line(made + ";   // it never came back");
    line((hresult ? "const HRESULT result = " : method.returns == Returns::count ? "const auto result = " : "") + made + ";");
    std::string recorded = hresult ? code(static_cast<HRESULT>(*call.result)) : std::to_string(*call.result) + "u";
    bool byCode = test_.expectation && hresult && !allows(*test_.expectation, static_cast<HRESULT>(*call.result));
    auto equal = byCode ? std::vector<Equal>() : allAsRecorded(call, method, outputs);
    if (!test_.expectation) {
      if (method.returns != Returns::nothing) line("EXPECT_EQ(result, " + recorded + ");");
      for (const auto& text : keptTexts_) line("EXPECT_TRUE(" + text + ".is(" + text + "Was.data(), static_cast<unsigned>(" + text + "Was.size())));   // it is the caller's");
      for (const auto& [left, right] : equal) line(right == "true" ? "EXPECT_TRUE(" + left + ");" : "EXPECT_EQ(" + left + ", " + right + ");");
    } else if (byCode) {
      if (test_.expectation->codes == Expectation::Codes::failure) line("EXPECT_TRUE(FAILED(result)) << result;");
      else if (test_.expectation->codes == Expectation::Codes::listed) line("EXPECT_TRUE(" + isOneOf(test_.expectation->listed) + ") << result;");
      else line("EXPECT_FALSE(" + isOneOf(test_.expectation->listed) + ") << result;");
    } else {
      // The rule asks for more than a code: what was recorded is wrong, and no more is said.
      std::string all = method.returns == Returns::nothing ? "true" : "result == " + recorded;
      for (const auto& [left, right] : equal) all += " && " + left + (right == "true" ? "" : " == " + right);
      line("EXPECT_FALSE(" + all + ");");
    }
  }

  void learn(const Call& call, const MethodInfo& method, const std::vector<Output>& outputs) {
    if (method.isUnknown() && method.slot == 1) ++references_[call.object];
    if (method.isUnknown() && method.slot == 2 && --references_[call.object] <= 0) pointers_.erase(call.object), references_.erase(call.object);
    for (const auto& output : outputs) {
      const ParamInfo& param = *output.param;
      if (output.at >= call.outputs.size()) continue;
      const Value& value = call.outputs[output.at];
      if (param.isStructure() || param.role == Role::outArray) continue;
      if (value.kind == ValueKind::object) {
        auto number = static_cast<std::uint32_t>(value.number);
        pointers_[number].push_back({interfaceNamed(param.type) ? std::string(param.type) : asked(call), output.variable});
        ++references_[number];
      } else if (value.kind == ValueKind::stored && param.kind == Kind::guid) learnId(value, output.variable);
      else if (value.kind == ValueKind::stored && param.kind == Kind::bstr) {
        texts_.try_emplace(value.text(), output.variable + ".at");
        if (!keepsTexts_ || &call == &test_.calls[test_.judged]) continue;
        keptTexts_.push_back(output.variable);
        line("const std::vector<Character> " + output.variable + "Was(" + output.variable + ".at, " + output.variable + ".at + SysStringLen(" + output.variable + ".at));");
      } else if (value.kind == ValueKind::stored && param.kind == Kind::coString) texts_.try_emplace(value.text(), output.variable);
    }
    learnStructures(call, outputs);
  }
  void learnStructures(const Call& call, const std::vector<Output>& outputs) {
    for (auto& one : structuresHandedOut(call)) {
      auto output = std::find_if(outputs.begin(), outputs.end(), [&](const Output& o) { return o.param == one.param; });
      if (output == outputs.end()) continue;
      bool array = one.param->role == Role::outArray;
      if (array && one.member.empty()) continue;   // what lies in the element comes by itself
      std::string in = output->variable + (array ? ".at(" + std::to_string(one.element) + ")" : "") + std::string(one.member);
      std::size_t at = 0;
      for (const auto& field : one.param->fields) {
        if (array && field.when != VSS_OBJECT_SNAPSHOT) continue;
        const Value& value = one.values.at(at++);
        if (field.kind == Kind::guid && value.kind == ValueKind::stored) learnId(value, in + (one.param->indirect ? "->" : ".") + std::string(field.name));
      }
      structures_.push_back({std::move(one), one.param->indirect ? in : "&" + in});
    }
  }
  // GUID_NULL is no id: where it comes back it is meant as such.
  void learnId(const Value& value, const std::string& expression) {
    if (value.guid() == Guid{}) return;
    ids_.try_emplace(value.bytes.str(), expression);
    idsHandedOut_.push_back(expression);
  }
  // Gives back what the session had when the judged call came back.
  void end() {
    for (auto left = references_.rbegin(); left != references_.rend(); ++left)
      for (int n = 0; n < left->second; ++n)
        line((n ? "" : "if (" + pointers_[left->first].at(0).variable + ") ") + unknown(pointers_[left->first].at(0)) + "->Release();");
  }

  const SessionTest& test_;
  std::string body_;
  int variables_ = 0;
  bool usesText_ = false, usesSays_ = false, usesEnded_ = false, usesUnknown_ = false;
  std::set<HRESULT> codes_;
  std::map<std::uint32_t, std::vector<Pointer>> pointers_;   // by object
  std::map<std::uint32_t, int> references_;
  std::map<std::string, std::string> ids_;                   // 16 bytes: the variable that has it in this run
  std::map<std::u16string, std::string> texts_;
  bool keepsTexts_ = false;                                  // what differs is a text: it may be that somebody writes into those that are the caller's
  std::vector<std::string> keptTexts_;
  std::set<std::string> plain_;                              // variables for texts that are no Text
  std::vector<std::string> idsHandedOut_;                    // what says each of them that a call handed out
  std::vector<Structure> structures_;                        // that nobody gave back so far
};

}  // namespace

std::string printGoogleTest(const SessionTest& test) { return TestPrinter(test).print(); }

}  // namespace vss::conformance
