#include "replayer/values.h"

#include <algorithm>
#include <cstring>

#include "traces/platform.h"
#include "traces/print.h"
#include "traces/vss/memory.h"

namespace vss {
namespace {

bool isText(Kind kind) { return kind == Kind::bstr || kind == Kind::wstr || kind == Kind::coString; }

std::int64_t inputNumber(Kind kind, const void* arg) {
  switch (kind) {
    case Kind::u32: return load<std::uint32_t>(arg);
    case Kind::i64: return load<std::int64_t>(arg);
    case Kind::boolean: return load<std::uint8_t>(arg);
    default: return load<std::int32_t>(arg);
  }
}

bool hasBytes(const ParamInfo& param) { return param.role == Role::inArray || isText(param.kind) || param.kind == Kind::guid; }
bool isNull(const ParamInfo& param, const void* arg) { return (param.role == Role::inArray || isText(param.kind)) && !load<void*>(arg); }

std::optional<std::int64_t> recordedNumber(const Value& value) {
  if (value.kind == ValueKind::number) return value.number;
  if (value.kind == ValueKind::stored && value.bytes.size() == 8) return load<std::int64_t>(value.bytes.data());
  return std::nullopt;
}

// bytes: UTF-16, not aligned.
char16_t* newText(Kind kind, std::string_view bytes) {
  std::size_t size = bytes.size() / sizeof(char16_t);
  char16_t* memory = kind == Kind::bstr ? sysAllocStringLen(nullptr, size) : static_cast<char16_t*>(coTaskMemAlloc((size + 1) * sizeof(char16_t)));
  if (!memory) return nullptr;
  if (size) std::memcpy(memory, bytes.data(), size * sizeof(char16_t));
  memory[size] = u'\0';
  return memory;
}
char16_t* newText(Kind kind, const std::u16string& text) {
  return newText(kind, std::string_view(reinterpret_cast<const char*>(text.data()), text.size() * sizeof(char16_t)));
}

std::size_t sizeOf(Kind kind) {
  switch (kind) {
    case Kind::guid: return sizeof(Guid);
    case Kind::boolean: return 1;
    case Kind::i64: return 8;
    case Kind::bstr:
    case Kind::wstr:
    case Kind::coString:
    case Kind::bytes:
    case Kind::object: return sizeof(void*);
    default: return 4;
  }
}

template <class Visit> void forEachOutput(const MethodInfo& method, void* const* args, Visit&& visit) {
  std::size_t value = 0;
  for (std::size_t i = 0; i < method.params.size(); ++i) {
    if (method.params[i].isInput()) continue;
    visit(method.params[i], load<char*>(args[i]), value);
    value += method.params[i].values();
  }
}

// FNV-1a by words, mixed downwards: the low bits of a product know nothing of the high ones.
class Hash {
 public:
  Hash(const MethodInfo& method, std::uint32_t nulls) {
    add(reinterpret_cast<std::uintptr_t>(&method));
    add(nulls);
  }
  void addNumber(std::int64_t number) { add(static_cast<std::uint64_t>(number)); }
  void addBytes(std::string_view bytes) {
    add(bytes.size());
    for (; !bytes.empty(); bytes.remove_prefix(std::min<std::size_t>(bytes.size(), 8))) {
      std::uint64_t word = 0;
      std::memcpy(&word, bytes.data(), std::min<std::size_t>(bytes.size(), 8));
      add(word);
    }
  }
  void addNull() { add(UINT64_MAX); }
  std::uint64_t value() const { return value_; }

 private:
  void add(std::uint64_t word) {
    value_ = (value_ ^ word) * 0x100000001B3;
    value_ ^= value_ >> 32;
  }
  std::uint64_t value_ = 0xCBF29CE484222325;
};

bool isWord(char16_t c) { return (c >= u'0' && c <= u'9') || (c >= u'A' && c <= u'Z') || (c >= u'a' && c <= u'z'); }

// Replaces every `from` that no word or number goes on behind: …ShadowCopy1 is no part of …ShadowCopy12.
void replaceAll(std::u16string& text, const std::u16string& from, const std::u16string& to) {
  for (std::size_t at = text.find(from); at != std::u16string::npos; at = text.find(from, at)) {
    std::size_t end = at + from.size();
    if (isWord(from.back()) && end < text.size() && isWord(text[end])) ++at;
    else text.replace(at, from.size(), to), at += to.size();
  }
}

}  // namespace

// The longest first, so that a part of one does not take its place.
Matching::Matching(const ReplayOptions& options) : outward_(options.maps), ignored_(options.ignored) {
  for (const auto& [from, to] : options.maps)
    if (!to.empty()) inward_.emplace_back(to, from);
  if (options.key) pseudonyms_.emplace(redact::Key::read(pathFromUtf8(*options.key)));
  for (auto* maps : {&outward_, &inward_}) std::stable_sort(maps->begin(), maps->end(), [](auto& a, auto& b) { return a.first.size() > b.first.size(); });
}

bool Matching::ignores(const MethodInfo& method, std::size_t param) const {
  return !ignored_.empty() && std::find(ignored_.begin(), ignored_.end(), IgnoredParam{&method, param}) != ignored_.end();
}

std::uint32_t Matching::countedNulls(const MethodInfo& method, std::uint32_t nulls) const {
  if (ignored_.empty()) return nulls;
  std::size_t value = 0;
  for (std::size_t i = 0; i < method.params.size(); ++i) {
    if (method.params[i].isInput()) continue;
    if (ignores(method, i)) nulls &= ~(std::uint32_t{1} << value);
    value += method.params[i].values();
  }
  return nulls;
}

std::u16string Matching::told(std::u16string text) const {
  for (const auto& [from, to] : outward_) replaceAll(text, from, to);
  return text;
}

// A BSTR of a caller may be plain text: it ends at its NUL.
std::string_view Matching::inputBytes(const MethodInfo& method, std::size_t i, void* const* args, std::u16string& kept) const {
  const ParamInfo& param = method.params[i];
  auto asRecorded = [&](std::string_view bytes) {
    if (!pseudonyms_) return bytes;
    std::string made = pseudonyms_->stored(redact::named(method.interface_, method.name, param.name), param.kind, bytes);
    kept.resize(made.size() / sizeof(char16_t));  // texts and ids: an even number of bytes
    std::memcpy(kept.data(), made.data(), made.size());
    return std::string_view(reinterpret_cast<const char*>(kept.data()), made.size());
  };
  if (param.role == Role::inArray) return asRecorded({load<const char*>(args[i]), load<std::uint32_t>(args[param.countParam]) * param.size});
  if (!isText(param.kind)) return asRecorded({static_cast<const char*>(args[i]), param.size});
  std::u16string_view text = load<const char16_t*>(args[i]);
  if (!inward_.empty()) {
    kept = text;
    for (const auto& [from, to] : inward_) replaceAll(kept, from, to);
    text = kept;
  }
  return asRecorded({reinterpret_cast<const char*>(text.data()), text.size() * sizeof(char16_t)});
}

bool Matching::same(const MethodInfo& method, void* const* args, const Call& recorded) const {
  if (countedNulls(method, recorded.nulls) != countedNulls(method, nullOutputs(method, args))) return false;
  std::size_t input = 0;
  std::u16string kept;
  for (std::size_t i = 0; i < method.params.size(); ++i) {
    const ParamInfo& param = method.params[i];
    if (!param.isInput()) continue;
    std::size_t at = input++;
    if (ignores(method, i) || at >= recorded.inputs.size()) continue;
    const Value& value = recorded.inputs[at];
    if (value.kind == ValueKind::unreadable || value.kind == ValueKind::missing) continue;  // nothing is known to hold it against
    bool same = isNull(param, args[i]) ? value.kind == ValueKind::null
                : !hasBytes(param)     ? recordedNumber(value) == inputNumber(param.kind, args[i])
                                       : value.kind == ValueKind::stored && inputBytes(method, i, args, kept) == value.bytes;
    if (!same) return false;
  }
  return true;
}

std::uint64_t Matching::questionHash(const MethodInfo& method, void* const* args) const {
  Hash hash(method, countedNulls(method, nullOutputs(method, args)));
  std::u16string kept;
  for (std::size_t i = 0; i < method.params.size(); ++i) {
    const auto& param = method.params[i];
    if (!param.isInput() || ignores(method, i)) continue;
    if (isNull(param, args[i])) hash.addNull();
    else if (hasBytes(param)) hash.addBytes(inputBytes(method, i, args, kept));
    else hash.addNumber(inputNumber(param.kind, args[i]));
  }
  return hash.value();
}

std::optional<std::uint64_t> Matching::questionHash(const Call& recorded) const {
  const MethodInfo& method = *recorded.signature->known;
  Hash hash(method, countedNulls(method, recorded.nulls));
  std::size_t input = 0;
  for (std::size_t i = 0; i < method.params.size(); ++i) {
    const auto& param = method.params[i];
    if (!param.isInput()) continue;
    std::size_t at = input++;
    if (ignores(method, i)) continue;
    if (at >= recorded.inputs.size()) return std::nullopt;
    const Value& value = recorded.inputs[at];
    if (value.kind == ValueKind::null) hash.addNull();
    else if (hasBytes(param) && value.kind == ValueKind::stored) hash.addBytes(value.bytes);
    else if (auto number = recordedNumber(value); number && !hasBytes(param)) hash.addNumber(*number);
    else return std::nullopt;
  }
  return hash.value();
}

std::uint32_t nullOutputs(const MethodInfo& method, void* const* args) {
  std::uint32_t nulls = 0;
  forEachOutput(method, args, [&](const ParamInfo&, char* at, std::size_t value) {
    if (!at) nulls |= std::uint32_t{1} << value;
  });
  return nulls;
}

Call Matching::capture(const MethodInfo& method, std::uint32_t object, std::uint64_t number, const Signature& signature, void* const* args) const {
  std::u16string kept;
  Call call;
  call.number = number;
  call.object = object;
  call.signature = &signature;
  call.nulls = nullOutputs(method, args);
  for (std::size_t i = 0; i < method.params.size(); ++i) {
    const auto& param = method.params[i];
    if (!param.isInput()) continue;
    ValueView value;
    if (isNull(param, args[i])) value = ValueView::of(ValueKind::null);
    else if (hasBytes(param)) value = ValueView::ofBytes(inputBytes(method, i, args, kept));
    else value = ValueView::ofNumber(inputNumber(param.kind, args[i]));
    call.inputs.emplace_back(value);
  }
  return call;
}

std::string Matching::firstDifference(const Call& live, const Call& recorded) const {
  const Signature& signature = *live.signature;
  const MethodInfo& method = *recorded.signature->known;
  std::vector<bool> counts[2];  // of inputs, of outputs: whether a value is compared
  for (std::size_t i = 0; i < method.params.size(); ++i)
    counts[!method.params[i].isInput()].insert(counts[!method.params[i].isInput()].end(), method.params[i].values(), !ignores(method, i));
  auto known = [](const Value& value) { return value.kind != ValueKind::unreadable && value.kind != ValueKind::missing; };
  for (std::size_t i = 0; i < live.inputs.size() && i < recorded.inputs.size(); ++i)
    if (counts[0].at(i) && known(recorded.inputs[i]) && !(live.inputs[i] == recorded.inputs[i]))
      return signature.inputs[i].name + " is " + printValue(live.inputs[i], signature.inputs[i]) + ", was " +
             printValue(recorded.inputs[i], signature.inputs[i]) + " when recorded";
  for (std::size_t i = 0; i < signature.outputs.size(); ++i) {
    bool now = live.nulls >> i & 1, then = recorded.nulls >> i & 1;
    if (counts[1].at(i) && now != then) return signature.outputs[i].name + (now ? " is a null pointer, was none when recorded" : " is no null pointer, was one when recorded");
  }
  return "none in what was passed";
}

void Matching::writeValue(Kind kind, std::size_t size, void* at, const Value& value) const {
  // What a trace says in place of a text or an object is never taken for an address.
  bool pointer = isText(kind) || kind == Kind::bytes || kind == Kind::object || kind == Kind::structure;
  switch (value.kind) {
    case ValueKind::unchanged:
    case ValueKind::noPointer:
    case ValueKind::absent:
    case ValueKind::object: return;
    case ValueKind::number:
      if (pointer || size > sizeof value.number) break;
      std::memcpy(at, &value.number, size);  // little endian: the low bytes
      return;
    case ValueKind::stored:
      if (isText(kind)) {
        char16_t* text = outward_.empty() ? newText(kind, value.bytes) : newText(kind, told(value.text()));
        std::memcpy(at, &text, sizeof text);
      } else if (kind == Kind::bytes) {
        void* bytes = coTaskMemAlloc(std::max<std::size_t>(value.bytes.size(), 1));
        if (bytes) std::memcpy(bytes, value.bytes.data(), value.bytes.size());
        std::memcpy(at, &bytes, sizeof bytes);
      } else if (pointer) break;
      else if (value.bytes.size() == size) std::memcpy(at, value.bytes.data(), size);
      return;
    case ValueKind::raw:
      if (pointer || value.bytes.size() != size) break;
      std::memcpy(at, value.bytes.data(), size);
      return;
    default: break;
  }
  std::memset(at, 0, size);
}

// The fields of a structure from the values at `first`.
void Matching::writeFields(const ParamInfo& param, char* at, const Call& recorded, std::size_t first) const {
  std::memset(at, 0, param.structureSize);
  for (std::size_t f = 0; f < param.fields.size() && first + f < recorded.outputs.size(); ++f)
    writeValue(param.fields[f].kind, sizeOf(param.fields[f].kind), at + param.fields[f].offset, recorded.outputs[first + f]);
}

void Matching::writeElements(const ParamInfo& param, void* const* args, char* at, const Call& recorded, std::size_t count) const {
  std::size_t capacity = load<std::uint32_t>(args[param.countParam]), first = recorded.signature->outputs.size();
  for (std::size_t n = 0; n < std::min(count, capacity); ++n) writeFields(param, at + n * param.size, recorded, first + n * param.fields.size());
}

void freeHeld(const ParamInfo& param, void* structure) {
  if (!structure) return;
  for (const auto& field : param.fields) {
    auto* at = static_cast<char*>(structure) + field.offset;
    if (field.kind == Kind::bstr) sysFreeString(load<char16_t*>(at));
    if (field.kind == Kind::bytes || field.kind == Kind::coString) coTaskMemFree(load<void*>(at));
  }
  coTaskMemFree(structure);
}

void Matching::writeOutputs(const MethodInfo& method, void* const* args, const Call& recorded) const {
  forEachOutput(method, args, [&](const ParamInfo& param, char* at, std::size_t value) {
    if (!at || value >= recorded.outputs.size()) return;
    const auto& first = recorded.outputs[value];
    if (param.role == Role::outArray && first.kind == ValueKind::number) return writeElements(param, args, at, recorded, static_cast<std::size_t>(first.number));
    if (param.fields.empty()) return writeValue(param.kind, param.size, at, first);
    if (first.kind == ValueKind::unchanged) return;
    bool filled = recorded.hresult() && succeeded(*recorded.hresult());
    if (param.role == Role::outArray || first.kind == ValueKind::raw || first.kind == ValueKind::zeroed || (param.indirect && (!filled || first.kind == ValueKind::null)))
      return void(std::memset(at, 0, param.size));
    if (!param.indirect) return writeFields(param, at, recorded, value);
    auto* structure = static_cast<char*>(coTaskMemAlloc(param.structureSize));  // given back by freeHeld()
    if (structure) writeFields(param, structure, recorded, value);
    std::memcpy(at, &structure, sizeof structure);
  });
}

}  // namespace vss
