#include "replayer/drive.h"

#include <algorithm>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "traces/call.h"
#include "traces/file_array.h"
#include "traces/print.h"
#include "traces/vss/memory.h"

namespace vss {
namespace {

using Function = std::function<HRESULT(const MethodInfo& function, void* const* args)>;

constexpr char kBefore = '\xCD';
constexpr std::size_t kLargestRoom = 64 << 20;   // for an array that a call fills

std::string named(const Call& call) { return "call " + std::to_string(call.number) + ": " + printCall(call); }

// One argument: where it lies, and what it points to.
struct Argument {
  alignas(16) unsigned char value[16] = {};
  std::string bytes;                              // of an array, or the room of an output
  std::u16string text;
  char16_t* bstr = nullptr;
  ~Argument() { sysFreeString(bstr); }
};

// Why a call cannot be made.
struct CannotBeMade { std::string why; };

// What the trace called by number, and what stands for it in this run. Any thread.
class Run {
 public:
  explicit Run(Function function) : function_(std::move(function)) {}

  // Throws CannotBeMade before the call.
  void make(const Call& call, std::chrono::steady_clock::time_point giveUp);
  // Gives back what the recorded program left.
  void releaseAll();

 private:
  struct Live { void* object; const InterfaceInfo* described; };
  using Arguments = std::vector<std::unique_ptr<Argument>>;

  Live objectOf(std::uint32_t number);
  static void giveBack(const Live& live, int references);
  void fill(const MethodInfo& method, std::size_t param, const Value& value, Argument& argument, std::uint32_t capacity);
  void fillStructure(const Call& call, const MethodInfo& method, Argument& argument);
  HRESULT invoke(const MethodInfo& method, const Live& on, void* const* args);
  void learn(const Call& call, const MethodInfo& method, HRESULT result, Arguments& arguments);
  void learnValue(const Value& recorded, Kind kind, void* at, bool free);
  void learnObject(const Call& call, const Value& recorded, const ParamInfo& param, void* object);
  std::u16string textNow(std::u16string recorded);

  const Function function_;
  std::mutex mutex_;                                // what follows
  std::map<std::uint32_t, Live> objects_;           // by the number in the trace
  std::map<std::uint32_t, int> references_;         // that the recorded program left, by that number
  std::map<std::string, std::string> ids_;          // 16 bytes each: as recorded, as now; only where they differ
  std::map<std::u16string, std::u16string> texts_;  // as recorded, as now; only where they differ
  std::map<std::string, std::deque<VSS_SNAPSHOT_PROP>> properties_;  // by the recorded id of the shadow copy: to be given back by VssFreeSnapshotProperties
  struct Held { std::vector<Value> recorded; void* structure; };
  std::map<std::uint32_t, std::vector<Held>> held_;                  // by object: to be given back by FreeComponentInfo
};

Run::Live Run::objectOf(std::uint32_t number) {
  auto found = objects_.find(number);
  if (found == objects_.end()) throw CannotBeMade{"there is no object #" + std::to_string(number) + " in this run"};
  return found->second;
}

void Run::giveBack(const Live& live, int references) {
  for (; references > 0; --references) static_cast<IUnknown*>(live.described->unknownOf(live.object))->Release();
}

std::u16string Run::textNow(std::u16string recorded) {
  if (auto found = texts_.find(recorded); found != texts_.end()) return found->second;
  return recorded;
}

// Where an input or an output of a call lies.
void Run::fill(const MethodInfo& method, std::size_t i, const Value& value, Argument& argument, std::uint32_t capacity) {
  const ParamInfo& param = method.params[i];
  void* pointer = nullptr;
  if (!param.isInput()) {
    std::size_t elements = param.role == Role::outArray ? capacity : 1;
    if (elements * param.size > kLargestRoom) throw CannotBeMade{"it asks for " + std::to_string(elements) + " elements at once"};
    // What the recorded call set to zero was not zero before.
    bool wrote = value.kind == ValueKind::zeroed || value.kind == ValueKind::raw;
    argument.bytes.assign(std::max<std::size_t>(elements * param.size, 16), wrote ? kBefore : '\0');
    pointer = argument.bytes.data();
  } else if (value.kind == ValueKind::unreadable || value.kind == ValueKind::missing) {
    throw CannotBeMade{"what it passed as " + std::string(param.name) + " is not in the trace"};
  } else if (param.role == Role::inArray) {
    if (value.kind == ValueKind::null) return;
    for (std::size_t at = 0; at + sizeof(Guid) <= value.bytes.size(); at += sizeof(Guid)) {
      std::string id(value.bytes.data() + at, sizeof(Guid));
      argument.bytes += ids_.count(id) ? ids_[id] : id;
    }
    if (argument.bytes.empty()) argument.bytes.push_back('\0');  // an array of none is no null pointer
    pointer = argument.bytes.data();
  } else if (param.kind == Kind::guid) {
    auto known = ids_.find(value.bytes.str());
    std::string_view id = known != ids_.end() ? std::string_view(known->second) : std::string_view(value.bytes);
    return void(std::copy_n(id.begin(), std::min(id.size(), sizeof(Guid)), reinterpret_cast<char*>(argument.value)));
  } else if (param.kind == Kind::bstr || param.kind == Kind::wstr) {
    if (value.kind == ValueKind::null) return;
    argument.text = textNow(value.text());
    if (param.kind == Kind::bstr) pointer = argument.bstr = sysAllocStringLen(argument.text.data(), argument.text.size());
    else pointer = argument.text.data();
  } else {
    std::int64_t number = value.kind == ValueKind::stored && value.bytes.size() == 8 ? load<std::int64_t>(value.bytes.data()) : value.number;
    if (param.kind == Kind::boolean) number = number != 0;
    return void(std::memcpy(argument.value, &number, sizeof number));
  }
  std::memcpy(argument.value, &pointer, sizeof pointer);
}

// A structure that the recorded program gave back: the one of this run that stands for it.
void Run::fillStructure(const Call& call, const MethodInfo& method, Argument& argument) {
  void* pointer = nullptr;
  if (&method == &vssFreeSnapshotProperties()) {
    auto& known = properties_[call.inputs.empty() ? "" : call.inputs[0].bytes.str()];
    argument.bytes.assign(sizeof(VSS_SNAPSHOT_PROP), '\0');  // whose strings are null, if there is none
    if (!known.empty()) {
      std::memcpy(argument.bytes.data(), &known.front(), sizeof known.front());
      known.pop_front();
    }
    if (!call.inputs.empty() && call.inputs[0].kind != ValueKind::null) pointer = argument.bytes.data();
  } else {
    auto& known = held_[call.object];
    auto found = std::find_if(known.begin(), known.end(), [&](const Held& held) { return held.recorded == call.inputs; });
    if (found != known.end()) {
      pointer = found->structure;
      known.erase(found);
    } else if (!call.inputs.empty() && call.inputs[0].kind != ValueKind::null) throw CannotBeMade{"what it gives back was not handed out in this run"};
  }
  std::memcpy(argument.value, &pointer, sizeof pointer);
}

HRESULT Run::invoke(const MethodInfo& method, const Live& on, void* const* args) {
  if (method.slot == kNoSlot) return function_(method, args);
  return method.invoke(method.isUnknown() ? on.described->unknownOf(on.object) : on.object, args);
}

void Run::make(const Call& call, std::chrono::steady_clock::time_point giveUp) {
  const MethodInfo* method = call.signature->known;
  if (!method) throw CannotBeMade{"the method is described otherwise in this version"};
  Arguments arguments;
  std::vector<void*> args;
  Live on{};
  {
    std::lock_guard lock(mutex_);
    if (call.object) on = objectOf(call.object);
    else if (method->slot != kNoSlot) throw CannotBeMade{"the trace does not tell on which object"};
    if (call.object && method->slot != kNoSlot && !method->isUnknown() && (on.described->methods.size() <= method->slot || on.described->methods[method->slot] != method))
      throw CannotBeMade{"the object is of another interface in this run"};
    std::size_t input = 0, output = 0;
    std::uint32_t capacity = 0;
    for (std::size_t i = 0; i < method->params.size(); ++i) {
      const ParamInfo& param = method->params[i];
      auto& argument = *arguments.emplace_back(std::make_unique<Argument>());
      bool null = !param.isInput() && (call.nulls >> output & 1);
      if (param.role == Role::outArray) capacity = load<std::uint32_t>(args[param.countParam]);
      if (param.isInput() && param.isStructure()) fillStructure(call, *method, argument);
      else if (!null) {
        const auto& values = param.isInput() ? call.inputs : call.outputs;
        std::size_t at = param.isInput() ? input : output;
        fill(*method, i, at < values.size() ? values[at] : Value(), argument, capacity);
      }
      (param.isInput() ? input : output) += param.values();
      args.push_back(argument.value);
    }
    args.push_back(nullptr);
  }
  bool asks = method->interface_ == "IVssAsync" && method->name == "QueryStatus";
  const Value* told = asks ? call.output("pHrResult") : nullptr;
  bool hadEnded = told && told->kind == ValueKind::number && told->number != VSS_S_ASYNC_PENDING;
  HRESULT result = invoke(*method, on, args.data());
  // Operations take as long as they take.
  auto* status = asks ? load<HRESULT*>(args[0]) : nullptr;
  while (hadEnded && status && result == S_OK && *status == VSS_S_ASYNC_PENDING && std::chrono::steady_clock::now() < giveUp) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    result = invoke(*method, on, args.data());
  }
  std::lock_guard lock(mutex_);
  learn(call, *method, result, arguments);
}

void Run::learnObject(const Call& call, const Value& recorded, const ParamInfo& param, void* object) {
  if (!object) return;
  if (recorded.kind != ValueKind::object) {  // the recorded program got none: nobody would ever give this one back
    if (const InterfaceInfo* described = interfaceNamed(param.type)) static_cast<IUnknown*>(widestOf(*described).unknownOf(object))->Release();
    return;
  }
  auto number = static_cast<std::uint32_t>(recorded.number);
  const InterfaceInfo* described = interfaceNamed(param.type);
  // Two objects of this run stand for one of the recording: the first is given back, for nothing leads to it any more.
  if (auto known = objects_.find(number); described && known != objects_.end() && known->second.object != object)
    giveBack(known->second, std::exchange(references_[number], 0));
  ++references_[number];
  if (described) objects_[number] = {object, &widestOf(*described)};
  else if (!objects_.count(number)) {  // QueryInterface for something that was not seen before
    Guid iid = call.inputs.empty() ? Guid() : call.inputs[0].guid();
    if (const InterfaceInfo* asked = interfaceWithId(iid)) objects_[number] = {object, asked};
  }
}

void Run::learnValue(const Value& recorded, Kind kind, void* at, bool free) {
  auto* text = load<char16_t*>(at);
  switch (kind) {
    case Kind::guid:
      if (recorded.kind != ValueKind::stored) return;
      if (std::string now(static_cast<const char*>(at), sizeof(Guid)); recorded.bytes.str() != now) ids_[recorded.bytes.str()] = now;
      else ids_.erase(now);
      return;
    case Kind::bstr:
    case Kind::coString: {
      if (!text) return;
      std::u16string now = kind == Kind::bstr ? std::u16string(text, sysStringLen(text)) : std::u16string(text);
      if (recorded.kind == ValueKind::stored && recorded.text() != now) texts_[recorded.text()] = now;
      if (free) kind == Kind::bstr ? sysFreeString(text) : coTaskMemFree(text);
      return;
    }
    default: return;
  }
}

void Run::learn(const Call& call, const MethodInfo& method, HRESULT result, Arguments& arguments) {
  if (method.isUnknown() && method.slot == 1) ++references_[call.object];
  if (method.isUnknown() && method.slot == 2) {
    if (--references_[call.object] <= 0) objects_.erase(call.object), references_.erase(call.object), held_.erase(call.object);
    return;
  }
  bool good = method.returns == Returns::hresult && succeeded(result);
  std::size_t output = 0;
  auto recorded = [&](std::size_t n) { return n < call.outputs.size() ? call.outputs[n] : Value(); };
  for (std::size_t i = 0; i < method.params.size(); ++i) {
    const ParamInfo& param = method.params[i];
    if (param.isInput()) continue;
    std::size_t first = output;
    output += param.values();
    auto* at = load<char*>(arguments[i]->value);
    if (!at || !(good || param.role == Role::outAlways)) continue;
    if (arguments[i]->bytes.find_first_not_of(kBefore) == std::string::npos) continue;  // not written
    auto learnFields = [&](const char* structure, std::size_t from, bool free) {
      auto type = load<std::int32_t>(structure + param.fields[0].offset);
      for (std::size_t f = 0; f < param.fields.size(); ++f) {
        const FieldInfo& field = param.fields[f];
        if (!field.when || field.when == type) learnValue(recorded(from + f), field.kind, const_cast<char*>(structure) + field.offset, free);
      }
    };
    if (param.role == Role::outArray) {
      auto* filled = load<const std::uint32_t*>(arguments[param.filledParam]->value);
      std::size_t room = arguments[i]->bytes.size() / param.size, count = filled ? *filled : result == S_OK ? room : 0;
      for (std::size_t n = 0; n < std::min(count, room); ++n) {
        std::size_t values = call.signature->outputs.size() + n * param.fields.size();
        bool snapshot = param.type == "VSS_OBJECT_PROP" && load<std::int32_t>(at + n * param.size) == VSS_OBJECT_SNAPSHOT;
        learnFields(at + n * param.size, values, !snapshot);
        if (snapshot) properties_[recorded(values + 1).bytes.str()].push_back(load<VSS_SNAPSHOT_PROP>(at + n * param.size + offsetof(VSS_OBJECT_PROP, Obj)));
      }
    } else if (param.kind == Kind::object) learnObject(call, recorded(first), param, load<void*>(at));
    else if (param.indirect) {
      if (auto* structure = load<char*>(at)) {
        learnFields(structure, first, false);
        Held held{{}, structure};
        for (std::size_t f = 0; f < param.fields.size(); ++f) held.recorded.push_back(recorded(first + f));
        held_[call.object].push_back(std::move(held));
      }
    } else if (param.isStructure()) {
      learnFields(at, first, false);
      properties_[recorded(first).bytes.str()].push_back(load<VSS_SNAPSHOT_PROP>(at));
    } else learnValue(recorded(first), param.kind, at, true);
  }
}

void Run::releaseAll() {
  for (auto& [id, all] : properties_)
    for (auto& one : all) freeSnapshotProperties(&one, &coTaskMemFree);
  for (auto [number, live] : objects_) giveBack(live, references_[number]);
  objects_.clear();
}

// The calls of a trace, and which of them have been made. A call may be made when all those have come back that had come back before it was made.
class Order {
 public:
  Order(std::size_t calls, FileArray<std::uint64_t> leaves) : all_(calls), leaves_(std::move(leaves)), done_(leaves_.size()) { std::sort(leaves_.begin(), leaves_.end()); }
  void waitFor(const Call& call) {
    auto before = static_cast<std::size_t>(std::lower_bound(leaves_.begin(), leaves_.end(), call.enterOrder) - leaves_.begin());
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return prefix_ >= before; });
  }
  void done(const Call& call) {
    std::lock_guard lock(mutex_);
    ++made_;
    last_ = std::chrono::steady_clock::now();
    if (call.leaveOrder) done_[static_cast<std::size_t>(std::lower_bound(leaves_.begin(), leaves_.end(), call.leaveOrder) - leaves_.begin())] = true;
    while (prefix_ < done_.size() && done_[prefix_]) ++prefix_;
    changed_.notify_all();
    if (made_ == all_) ended_.notify_all();
  }
  // false: nothing has come back for so long.
  bool waitForAll(std::chrono::milliseconds limit) {
    std::unique_lock lock(mutex_);
    last_ = std::chrono::steady_clock::now();
    while (!ended_.wait_until(lock, last_ + limit, [&] { return made_ == all_; }))
      if (std::chrono::steady_clock::now() - last_ >= limit) return false;
    return true;
  }

 private:
  const std::size_t all_;
  FileArray<std::uint64_t> leaves_;
  FileArray<bool> done_;
  std::mutex mutex_;
  std::condition_variable changed_, ended_;   // a call has come back; all have
  std::chrono::steady_clock::time_point last_;   // when one came back
  std::size_t prefix_ = 0, made_ = 0;
};

// Shared with threads that may be left behind.
struct Drive {
  CallIndex trace;
  std::map<std::uint32_t, FileArray<std::uint32_t>> byThread;   // numbers of calls
  Order order;
  Run run;
  std::chrono::milliseconds limit;
  std::mutex mutex;                       // what follows
  Driven driven;
  std::vector<std::uint32_t> underWay;

  Drive(TraceReader& reader, Function function, std::chrono::milliseconds limit) : trace(reader), order(trace.size(), sort()), run(std::move(function)), limit(limit) {}

  // By thread; gives when each came back.
  FileArray<std::uint64_t> sort() {
    FileArray<std::uint64_t> leaves;
    Call call;
    for (std::uint32_t number = 1; number <= trace.size(); ++number) {
      trace.read(number, call);
      byThread[call.thread].push_back(number);
      if (call.leaveOrder) leaves.push_back(call.leaveOrder);
    }
    return leaves;
  }

  void makeAll(const FileArray<std::uint32_t>& calls) {
    Call call;
    for (auto number : calls) {
      trace.read(number, call);
      order.waitFor(call);
      std::string notMade;
      {
        std::lock_guard lock(mutex);
        underWay.push_back(number);
      }
      try {
        run.make(call, std::chrono::steady_clock::now() + limit);
      } catch (const CannotBeMade& e) {
        notMade = named(call) + ": not made: " + e.why;
      }
      {
        std::lock_guard lock(mutex);
        std::erase(underWay, number);
        if (notMade.empty()) ++driven.calls;
        else driven.notMade.push_back(notMade);
      }
      order.done(call);
    }
  }
};

}  // namespace

Driven drive(TraceReader& trace, const Function& function, std::chrono::milliseconds limit) {
  auto all = std::make_shared<Drive>(trace, function, limit);
  std::vector<std::thread> threads;
  for (const auto& lane : all->byThread) threads.emplace_back([all, &calls = lane.second] { all->makeAll(calls); });
  bool ended = all->order.waitForAll(limit);
  for (auto& thread : threads) ended ? thread.join() : thread.detach();
  if (ended) all->run.releaseAll();
  std::lock_guard lock(all->mutex);
  Call call;
  for (auto number : all->underWay) {
    all->trace.read(number, call);
    all->driven.hung.push_back(named(call) + (call.result ? ": does not come back, which it did when it was recorded" : ": does not come back, as when it was recorded"));
  }
  return all->driven;
}

}  // namespace vss
