#include "recorder/recorder.h"

#include <array>
#include <atomic>
#include <cstdio>
#include <cstring>
#include <new>
#include <string>

#include "recorder/caller_memory.h"
#include "recorder/last_error.h"
#include "recorder/volume.h"
#include "traces/vss/memory.h"

namespace vss {
namespace {

constexpr std::size_t kGraves = 4096;
constexpr std::size_t kMaxValues = 32;
constexpr std::size_t kLongestArray = 65536;
constexpr std::size_t kMostElements = 1000;       // of an array that a call fills; a server has far fewer shadow copies
constexpr std::size_t kLongestBytes = 64 << 20;

// The values of one note, and the memory that those point to which were copied from foreign memory.
class Values {
 public:
  // Field by field, into its place: a copy of the whole would wait for the fields to be written.
  [[gnu::always_inline]] void add(ValueView value) {
    if (count_ < kFew) new (room_ + count_++ * sizeof(ValueView)) ValueView{value.kind, value.number, value.bytes};
    else addToMany(value.kind, value.number, value.bytes);
  }
  void addText(const std::optional<std::u16string>& text) {
    if (!text) return add(ValueView::of(ValueKind::unreadable));
    addBytes({reinterpret_cast<const char*>(text->data()), text->size() * sizeof(char16_t)});
  }
  void addBytes(std::string bytes, ValueKind kind = ValueKind::stored) { add({kind, 0, keep(std::move(bytes))}); }
  std::string_view keep(std::string bytes) {
    kept_.push_back(std::make_unique<std::string>(std::move(bytes)));
    return *kept_.back();
  }
  std::span<const ValueView> all() const {
    return many_.empty() ? std::span<const ValueView>(reinterpret_cast<const ValueView*>(room_), count_) : std::span<const ValueView>(many_);
  }

 private:
  [[gnu::noinline]] void addToMany(ValueKind kind, std::int64_t number, std::string_view bytes) {
    if (many_.empty()) many_.assign(all().begin(), all().end());
    many_.push_back({kind, number, bytes});
  }

  static constexpr std::size_t kFew = kMaxValues;
  alignas(ValueView) unsigned char room_[kFew * sizeof(ValueView)];  // not cleared first: this is made twice a call
  std::size_t count_ = 0;
  std::vector<ValueView> many_;                                      // all of them, if there are more than few
  std::vector<std::unique_ptr<std::string>> kept_;
};

// Copies or compares a variable that was written a moment ago, of the size that it was written in: the processor would wait for a vector of it.
void copyVariable(void* to, const void* from, std::size_t size) {
  switch (size) {
    case 4: std::memcpy(to, from, 4); break;
    case 8: std::memcpy(to, from, 8); break;
    default: std::memcpy(to, from, size);
  }
}
bool sameVariable(const void* a, const void* b, std::size_t size) {
  switch (size) {
    case 4: return load<std::uint32_t>(a) == load<std::uint32_t>(b);
    case 8: return load<std::uint64_t>(a) == load<std::uint64_t>(b);
    case 16: return load<std::uint64_t>(a) == load<std::uint64_t>(b) && load<std::uint64_t>(static_cast<const char*>(a) + 8) == load<std::uint64_t>(static_cast<const char*>(b) + 8);
    default: return std::memcmp(a, b, size) == 0;
  }
}

// A BSTR that the implementation has just handed out. The short way reads it where it is; it is taken only if everything lies in the page
// that the text starts in.
void addFreshBstr(Values& values, const char16_t* bstr) {
  auto at = reinterpret_cast<std::uintptr_t>(bstr);
  if (at % 4096 >= 4 && at % 2 == 0) {
    auto bytes = load<std::uint32_t>(reinterpret_cast<const char*>(bstr) - 4);
    if (bytes % 2 == 0 && at % 4096 + bytes + 2 <= 4096 && bstr[bytes / 2] == 0) return values.add(ValueView::ofText({bstr, bytes / 2}));
  }
  values.addText(readBstr(bstr));
}

// A value that is certainly there: an input, or an output that the implementation says it has filled.
// believed: the pointer was handed out by this very call.
void addValue(Values& values, Kind kind, const void* at, bool believed) {
  switch (kind) {
    case Kind::i32:
    case Kind::hresult:
    case Kind::enumeration: return values.add(ValueView::ofNumber(load<std::int32_t>(at)));
    case Kind::u32: return values.add(ValueView::ofNumber(load<std::uint32_t>(at)));
    case Kind::i64: return values.add(ValueView::ofNumber(load<std::int64_t>(at)));
    case Kind::boolean: return values.add(ValueView::ofNumber(load<std::uint8_t>(at)));
    case Kind::guid: return values.add(ValueView::ofBytes({static_cast<const char*>(at), sizeof(Guid)}));
    case Kind::bstr:
    case Kind::wstr:
    case Kind::coString: {
      auto* text = load<const char16_t*>(at);
      if (!text) return values.add(ValueView::of(ValueKind::null));
      if (kind == Kind::bstr && believed) return addFreshBstr(values, text);
      return values.addText(kind == Kind::bstr ? readBstr(text) : readText(text));
    }
    default: return values.add(ValueView::of(ValueKind::missing));
  }
}

// Bytes that a structure points to, as many as another of its fields says.
void addCounted(Values& values, const char* structure, const FieldInfo& field) {
  auto* at = load<const char*>(structure + field.offset);
  auto size = load<std::uint32_t>(structure + field.countOffset);
  if (!at) return values.add(ValueView::of(ValueKind::null));
  std::string bytes(std::min<std::size_t>(size, kLongestBytes), '\0');
  if (size > kLongestBytes || !copyFrom(at, bytes.data(), bytes.size())) return values.add(ValueView::of(ValueKind::unreadable));
  values.addBytes(std::move(bytes));
}

// The fields of a structure of which `structure` is a copy that lives as long as the values.
void addFields(Values& values, const ParamInfo& param, const char* structure) {
  auto type = load<std::int32_t>(structure + param.fields[0].offset);  // decides, where the structure has a union
  for (const auto& field : param.fields)
    if (field.when && field.when != type) values.add(ValueView::of(ValueKind::absent));
    else if (field.kind == Kind::bytes) addCounted(values, structure, field);
    else addValue(values, field.kind, structure + field.offset, false);
}

// The same of a structure that lies at `at`, in memory that is not ours.
void addStructure(Values& values, const ParamInfo& param, const void* at) {
  std::string copy(param.structureSize, '\0');
  ValueKind kind = !at ? ValueKind::null : copyFrom(at, copy.data(), copy.size()) ? ValueKind::stored : ValueKind::unreadable;
  if (kind == ValueKind::stored) return addFields(values, param, values.keep(std::move(copy)).data());
  for (std::size_t i = 0; i < param.fields.size(); ++i) values.add(ValueView::of(kind));
}

// An input as the caller passed it. A BSTR of a caller may be plain text: its length prefix is not looked at.
void addInput(Values& values, const ParamInfo& param, void* arg, void* const* args) {
  if (param.role == Role::inArray) {
    auto* array = load<const char*>(arg);
    auto count = load<std::uint32_t>(args[param.countParam]);
    if (!array) return values.add(ValueView::of(ValueKind::null));
    std::string bytes(std::min<std::size_t>(count, kLongestArray) * param.size, '\0');
    if (count > kLongestArray || !copyFrom(array, bytes.data(), bytes.size())) return values.add(ValueView::of(ValueKind::unreadable));
    return values.addBytes(std::move(bytes));
  }
  if (param.isStructure()) return addStructure(values, param, load<const void*>(arg));
  if (param.kind == Kind::bstr) {
    auto* text = load<const char16_t*>(arg);
    if (!text) return values.add(ValueView::of(ValueKind::null));
    return values.addText(readText(text));
  }
  if (param.byReference) {
    std::string bytes(param.size, '\0');
    if (!copyFrom(arg, bytes.data(), bytes.size())) return values.add(ValueView::of(ValueKind::unreadable));
    return values.addBytes(std::move(bytes));
  }
  addValue(values, param.kind, arg, false);
}

}  // namespace

// What a requester holds in place of an implementation's object.
struct Recorder::Wrapper : Object {
  Wrapper(const InterfaceInfo& described, Handler* recorder, void* real, std::uint32_t number)
      : Object(described, recorder, real), described(&described), number(number) {}
  // Where the slots of IUnknown are called.
  void* realUnknown() const { return described->unknownOf(real); }

  const InterfaceInfo* described;           // what the requester may call: see widestOf()
  const std::uint32_t number;
  std::atomic<std::int64_t> references{0};  // the requester's, through this pointer
  std::atomic<bool> holds{false};           // an operation during which a volume may be frozen
  bool alive = true;                        // under Recorder::mutex_
};

// The requester's output variables as they were before the call.
struct Recorder::Before {
  struct Variable { void* at; bool read; unsigned char bytes[16]; };
  std::array<Variable, kMaxValues> variables;             // filled for output parameters only
  std::unique_ptr<std::array<unsigned char, 256>> large;  // the one structure that a call may fill
  std::uint32_t nulls = 0;
};

Recorder::Recorder(TraceWriter& trace) : trace_(trace) { buried_.reserve(kGraves); }  // release() may not fail for want of memory
Recorder::~Recorder() = default;

std::size_t Recorder::liveObjects() const {
  std::lock_guard lock(mutex_);
  return wrappers_.size();
}

namespace {

// How many elements a call that succeeded has put into the array `param`.
std::size_t filledElements(HRESULT result, void* const* args, const ParamInfo& param) {
  std::size_t capacity = load<std::uint32_t>(args[param.countParam]);
  auto* filled = load<const std::uint32_t*>(args[param.filledParam]);
  std::uint32_t count = 0;
  if (!filled) return result == S_OK ? capacity : 0;
  return copyFrom(filled, &count, sizeof count) ? std::min<std::size_t>(count, capacity) : 0;
}

// Behind all other values those of the array that the call has filled. Returns how many elements were too many.
std::size_t addElements(Values& outputs, const MethodInfo& method, HRESULT result, void* const* args) {
  for (std::size_t i = 0; i < method.params.size(); ++i) {
    const ParamInfo& param = method.params[i];
    auto* at = param.role == Role::outArray ? load<const char*>(args[i]) : nullptr;
    if (!at) continue;
    std::size_t count = filledElements(result, args, param), noted = std::min(count, kMostElements);
    for (std::size_t n = 0; n < noted; ++n) addStructure(outputs, param, at + n * param.size);
    return count - noted;
  }
  return 0;
}

}  // namespace

namespace {

// Notes that a call ended in an exception, which passes through untouched.
class Unwinding {
 public:
  Unwinding(TraceWriter& trace, std::uint64_t call, bool freezes) : trace_(trace), call_(call), freezes_(freezes) {}
  ~Unwinding() {
    if (returned_) return;
    trace_.remark(RemarkKind::warning, call_, "this call ended in an exception, which the requester got");
    if (freezes_) trace_.release();
  }
  void returned() { returned_ = true; }

 private:
  TraceWriter& trace_;
  std::uint64_t call_;
  bool freezes_, returned_ = false;
};

}  // namespace

template <class Answer> HRESULT Recorder::pass(const MethodInfo& method, const Answer& answer, Wrapper* self, void* const* args) {
  Before before;
  std::uint32_t object = self ? self->number : 0;
  LastError beforehand;
  // DoSnapshotSet freezes volumes, perhaps the one that the trace lies on.
  bool freezes = method.name == "DoSnapshotSet";
  if (freezes) trace_.hold();
  std::uint64_t call = noteEnter(method, object, args, &before);
  beforehand.restore();
  HRESULT result;
  {
    Unwinding unwinding(trace_, call, freezes);
    result = answer();
    unwinding.returned();
  }
  LastError afterwards;
  noteLeave(call, method, object, result, args, &before);
  if (freezes && failed(result)) trace_.release();
  watchOperation(method, result, args, self);
  afterwards.restore();
  return result;
}

HRESULT Recorder::create(CreateVssBackupComponentsFunction factory, IVssBackupComponents** ppBackup) {
  Out<IVssBackupComponents*> out(ppBackup);
  void* args[] = {&out, nullptr};
  return call(createVssBackupComponents(), reinterpret_cast<void*>(factory), args);
}

HRESULT Recorder::call(const MethodInfo& function, void* implementation, void* const* args) {
  return pass(function, [&] { return function.invoke(implementation, args); }, nullptr, args);
}

HRESULT Recorder::call(const MethodInfo& function, const std::function<HRESULT(const MethodInfo& function, void* const* args)>& implementation, void* const* args) {
  return pass(function, [&] { return implementation(function, args); }, nullptr, args);
}

HRESULT Recorder::handle(const MethodInfo& method, Object& self, void* const* args) {
  auto& wrapper = static_cast<Wrapper&>(self);
  if (method.isUnknown()) {
    if (method.slot == 0) return queryInterface(method, wrapper, args);
    return method.slot == 1 ? addRef(method, wrapper, args) : release(method, wrapper, args);
  }
  return pass(method, [&] { return method.invoke(wrapper.real, args); }, &wrapper, args);
}

// Called where memory may have run out: it needs none.
void Recorder::stopAt(const char* when, const MethodInfo& method) noexcept {
  char text[128];
  int length = std::snprintf(text, sizeof text, "an error inside the recorder %s a call of %.*s", when, static_cast<int>(method.name.size()), method.name.data());
  trace_.stop({text, static_cast<std::size_t>(length)});
}

std::uint64_t Recorder::noteEnter(const MethodInfo& method, std::uint32_t object, void* const* args, Before* before) {
  // Before anything can fail: what comes after the call relies on it.
  for (std::size_t i = 0, output = 0; i < method.params.size(); ++i)
    if (const ParamInfo& param = method.params[i]; !param.isInput()) {
      before->variables[output].at = load<void*>(args[i]);
      before->variables[output].read = false;
      output += param.values();
    }
  try {
    Values inputs;
    std::size_t output = 0;
    for (std::size_t i = 0; i < method.params.size(); ++i) {
      const ParamInfo& param = method.params[i];
      if (param.isInput()) {
        addInput(inputs, param, args[i], args);
        continue;
      }
      auto& variable = before->variables[output];
      variable.at = load<void*>(args[i]);
      if (!variable.at) before->nulls |= std::uint32_t{1} << output;
      else {
        void* into = variable.bytes;
        if (param.size > sizeof variable.bytes) {
          before->large = std::make_unique<std::array<unsigned char, 256>>();
          into = before->large->data();
        }
        if (onOwnStack(variable.at, param.size)) copyVariable(into, variable.at, param.size), variable.read = true;
        else variable.read = copyFrom(variable.at, into, param.size);
      }
      output += param.values();
    }
    return trace_.enter(method, object, before->nulls, inputs.all());
  } catch (...) {
    stopAt("before", method);
    return 0;
  }
}

void Recorder::noteLeave(std::uint64_t call, const MethodInfo& method, std::uint32_t object, HRESULT result, void* const* args, const Before* before) {
  try {
    Values outputs;
    std::size_t output = 0;
    for (std::size_t i = 0; i < method.params.size(); ++i) {
      const ParamInfo& param = method.params[i];
      if (param.isInput()) continue;
      const auto& variable = before->variables[output];
      const unsigned char* old = param.size > sizeof variable.bytes ? (before->large ? before->large->data() : nullptr) : variable.bytes;
      std::size_t fields = param.values();
      output += fields;
      auto addAll = [&](ValueView value) {
        for (std::size_t f = 0; f < fields; ++f) outputs.add(value);
      };
      if (!variable.at) {
        addAll(ValueView::of(ValueKind::noPointer));
        continue;
      }
      bool filled = succeeded(result) || param.role == Role::outAlways;
      unsigned char now[256];
      if (!variable.read && !copyFrom(variable.at, now, param.size)) {
        addAll(ValueView::of(ValueKind::unreadable));
        continue;
      }
      copyVariable(now, variable.at, param.size);
      bool unchanged = variable.read && old && sameVariable(now, old, param.size);
      if (filled && param.kind == Kind::object) {
        outputs.add(wrapOutput(interfaceNamed(param.type), variable.at, unchanged));
        continue;
      }
      if (filled && param.role == Role::outArray) {
        outputs.add(ValueView::ofNumber(static_cast<std::int64_t>(filledElements(result, args, param))));
        continue;
      }
      if (filled) {
        // A pointer that is what it was before may be left from another call: it is read with care. One that leads nowhere was never set.
        bool pointer = param.indirect || param.kind == Kind::bstr || param.kind == Kind::coString;
        char first;
        if (unchanged && pointer && load<void*>(now) && !copyFrom(load<void*>(now), &first, 1)) addAll(ValueView::of(ValueKind::unchanged));
        else if (param.isStructure()) addStructure(outputs, param, param.indirect ? load<void*>(now) : variable.at);
        else addValue(outputs, param.kind, param.kind == Kind::guid ? variable.at : now, !unchanged);
        continue;
      }
      static constexpr unsigned char zeros[256] = {};
      if (unchanged) addAll(ValueView::of(ValueKind::unchanged));
      else if (std::memcmp(now, zeros, param.size) == 0) addAll(ValueView::of(ValueKind::zeroed));
      else {
        outputs.addBytes(std::string(reinterpret_cast<char*>(now), param.size), ValueKind::raw);
        for (std::size_t f = 1; f < fields; ++f) outputs.add(ValueView::of(ValueKind::missing));
      }
    }
    if (std::size_t left = succeeded(result) ? addElements(outputs, method, result, args) : 0)
      trace_.remark(RemarkKind::warning, call, "of what this call put into its array the first " + std::to_string(kMostElements) + " elements are noted, and " + std::to_string(left) + " are not");
    trace_.leave(call, method, object, static_cast<std::uint32_t>(result), outputs.all());
  } catch (...) {
    stopAt("after", method);
  }
}

Recorder::Wrapper* Recorder::wrap(void* real, const InterfaceInfo& described, std::uint32_t number) {
  std::lock_guard lock(mutex_);
  auto& slot = wrappers_[real];
  if (!slot) slot = std::make_unique<Wrapper>(described, this, real, number ? number : trace_.newObject());
  else if (slot->described != &described && isA(described, *slot->described)) {  // met as IUnknown before
    slot->described = &described;
    slot->vtable = described.vtable;
  }
  ++slot->references;
  return slot.get();
}

// A wrapper of this recorder's; nullptr: it is none. The pointer may be anything.
Recorder::Wrapper* Recorder::ours(void* object) const noexcept {
  const void* vtable = nullptr;
  if (!copyFrom(object, &vtable, sizeof vtable)) return nullptr;
  for (const auto* described : interfaces()) {
    void* at = vtable == described->vtable                                          ? object
               : described->unknownVtable && vtable == described->unknownVtable ? static_cast<char*>(object) - sizeof(void*)
                                                                                : nullptr;
    if (at && static_cast<Object*>(at)->handler == this) return static_cast<Wrapper*>(static_cast<Object*>(at));
  }
  return nullptr;
}

// Puts a wrapper in place of the object that the implementation has put into a variable, and returns what is noted.
// unchanged: the variable is as it was before the call. Then it holds what the requester never initialized, or what we gave it
// earlier, unless an object has come to lie just where such a value points.
ValueView Recorder::wrapOutput(const InterfaceInfo* described, void* variable, bool unchanged, Wrapper* sameAs) {
  void* real = load<void*>(variable);
  if (!real) return ValueView::of(ValueKind::null);
  char first;
  if (unchanged && (ours(real) || !copyFrom(real, &first, 1))) return ValueView::of(ValueKind::unchanged);
  if (!described) return ValueView::of(ValueKind::foreignObject);
  Wrapper* wrapper = nullptr;
  void* object = nullptr;
  if (sameAs && real == sameAs->realUnknown() && real != sameAs->real) {  // its second vtable pointer
    std::lock_guard lock(mutex_);
    ++sameAs->references;
    wrapper = sameAs;
    object = sameAs->described->unknownOf(static_cast<Object*>(sameAs));
  } else {
    bool sameFamily = sameAs && isA(*sameAs->described, *described) && (described->base || real == sameAs->real);
    wrapper = wrap(real, sameFamily ? *sameAs->described : widestOf(*described), sameAs ? sameAs->number : 0);
    object = static_cast<Object*>(wrapper);
  }
  std::memcpy(variable, &object, sizeof object);
  return ValueView::ofObject(wrapper->number);
}

HRESULT Recorder::queryInterface(const MethodInfo& method, Wrapper& self, void* const* args) {
  Before before;
  LastError beforehand;
  std::uint64_t call = noteEnter(method, self.number, args, &before);
  beforehand.restore();
  HRESULT result = method.invoke(self.realUnknown(), args);
  LastError afterwards;
  try {
    void** out = load<void**>(args[1]);
    Guid iid{};
    const InterfaceInfo* asked = copyFrom(args[0], &iid, sizeof iid) ? interfaceWithId(iid) : nullptr;
    void* now = nullptr;
    ValueView noted = ValueView::of(ValueKind::noPointer);
    if (out && !copyFrom(out, &now, sizeof now)) noted = ValueView::of(ValueKind::unreadable);
    else if (out) {
      bool unchanged = before.variables[0].read && std::memcmp(before.variables[0].bytes, &now, sizeof now) == 0;
      if (succeeded(result)) noted = wrapOutput(asked, out, unchanged, &self);
      else noted = ValueView::of(unchanged ? ValueKind::unchanged : now ? ValueKind::missing : ValueKind::zeroed);
    }
    trace_.leave(call, method, self.number, static_cast<std::uint32_t>(result), {&noted, 1});
  } catch (...) {
    stopAt("after", method);
  }
  afterwards.restore();
  return result;
}

HRESULT Recorder::addRef(const MethodInfo& method, Wrapper& self, void* const* args) {
  LastError beforehand;
  std::uint64_t call = trace_.enter(method, self.number, 0, {});
  ++self.references;
  beforehand.restore();
  HRESULT count = method.invoke(self.realUnknown(), args);
  LastError afterwards;
  trace_.leave(call, method, self.number, static_cast<std::uint32_t>(count), {});
  afterwards.restore();
  return count;
}

HRESULT Recorder::release(const MethodInfo& method, Wrapper& self, void* const* args) {
  LastError beforehand;
  std::uint32_t number = self.number;
  std::uint64_t call = trace_.enter(method, number, 0, {});
  {
    // Forgotten before the implementation hears of it: from then on another thread may get a new object at the same address.
    std::lock_guard lock(mutex_);
    if (--self.references == 0 && self.alive) {
      self.alive = false;
      auto found = wrappers_.find(self.real);
      if (found != wrappers_.end() && found->second.get() == &self) {
        if (buried_.size() < kGraves) buried_.push_back(std::move(found->second));
        else {
          buried_[nextGrave_] = std::move(found->second);
          nextGrave_ = (nextGrave_ + 1) % kGraves;
        }
        wrappers_.erase(found);
      }
      endHold(self);
    }
  }
  void* real = self.realUnknown();
  beforehand.restore();
  HRESULT count = method.invoke(real, args);
  LastError afterwards;
  trace_.leave(call, method, number, static_cast<std::uint32_t>(count), {});
  afterwards.restore();
  return count;
}

// From the enter of DoSnapshotSet until its operation has settled the trace's file does not grow.
void Recorder::watchOperation(const MethodInfo& method, HRESULT result, void* const* args, Wrapper* self) {
  if (method.name == "DoSnapshotSet" && succeeded(result)) {
    auto* out = load<void**>(args[0]);
    // If there was no memory for a wrapper, the requester has the implementation's own object.
    if (Wrapper* operation = out ? ours(*out) : nullptr) operation->holds = true;
    else trace_.release();
  } else if (method.name == "AddToSnapshotSet" && succeeded(result)) warnAboutVolume(args);
  else if (self && self->holds) {
    if (method.name == "QueryStatus" && succeeded(result)) {
      auto* status = load<HRESULT*>(args[0]);
      if (status && *status != VSS_S_ASYNC_PENDING) endHold(*self);
    } else if (method.name == "Wait" && load<DWORD>(args[0]) == kInfinite) endHold(*self);
  }
}

void Recorder::endHold(Wrapper& operation) noexcept {
  if (operation.holds.exchange(false)) trace_.release();
}

void Recorder::warnAboutVolume(void* const* args) noexcept {
  try {
    auto* name = load<const char16_t*>(args[0]);
    auto volume = name ? readText(name) : std::nullopt;
    if (volume && liesOnVolume(trace_.path(), *volume))
      trace_.remark(RemarkKind::warning, 0, "the trace lies on a volume that is being shadow-copied; record to another volume if there is one");
  } catch (...) {
  }
}

}  // namespace vss
