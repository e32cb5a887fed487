// Every method of every interface and every exported function, from the description alone: an implementation that answers each with values made up for it, the recorder
// before it, and the replayer with what was recorded. Whoever calls sees the same three times.
#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "recorder/recorder.h"
#include "replayer/drive.h"
#include "replayer/replayer.h"
#include "replayer/values.h"
#include "traces/diff.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/vss/memory.h"
#include "traces/vss/results.h"
#include "traces/vss/text.h"

namespace vss {
namespace {

// How the implementation answers: every method the first time with all that it has to give, for that is how objects are had; then like this.
enum class Mode { fills, fillsNothing, failsAndTouchesNothing, failsAndClears, failsAndWritesRubbish };

constexpr std::uint32_t kElements = 3;  // that it puts into an array with room for more …
std::uint32_t elements = kElements;      // … but for one test

char16_t* newBstr(std::u16string_view text) { return sysAllocStringLen(text.data(), text.size()); }
char16_t* newCoString(std::u16string_view text) {
  auto* copy = static_cast<char16_t*>(coTaskMemAlloc((text.size() + 1) * 2));
  std::memcpy(copy, text.data(), text.size() * 2);
  copy[text.size()] = 0;
  return copy;
}

// How many elements a call fills: all that there is room for where nobody could be told how many.
std::uint32_t elementsOf(const ParamInfo& array, void* const* args) {
  auto room = load<std::uint32_t>(args[array.countParam]);
  return load<void*>(args[array.filledParam]) ? std::min(elements, room) : room;
}

// A stand-in for everything. What it answers depends on the method and the parameter, and on nothing else.
class Everything final : public Handler {
 public:
  struct Fake : Object {
    using Object::Object;
    std::uint32_t references = 1;
  };
  Mode mode = Mode::fills;

  static HRESULT VSS_CALL factory(Out<IVssBackupComponents*> out) {
    *out.at = reinterpret_cast<IVssBackupComponents*>(here()->make(interfaceOf<IVssBackupComponents>()));
    return S_OK;
  }
  Everything() { here() = this; }

  HRESULT handle(const MethodInfo& method, Object& self, void* const* args) override {
    auto& fake = static_cast<Fake&>(self);
    if (method.isUnknown()) {
      if (method.slot == 1) return static_cast<HRESULT>(++fake.references);
      if (method.slot == 2) return static_cast<HRESULT>(--fake.references);
      auto** out = load<void**>(args[1]);
      const InterfaceInfo* asked = interfaceWithId(*static_cast<Guid*>(args[0]));
      if (!out) return E_POINTER;
      *out = nullptr;
      if (!asked) return E_NOINTERFACE;
      ++fake.references;
      *out = asked == &interfaceOf<IUnknown>() && self.unknownVtable ? static_cast<void*>(&self.unknownVtable) : static_cast<void*>(&self);
      return S_OK;
    }
    return answer(method, args);
  }

  HRESULT answer(const MethodInfo& method, void* const* args) {
    Mode mode = answered_[&method]++ % 2 ? this->mode : Mode::fills;
    if (method.name == "FreeComponentInfo") return structures -= load<void*>(args[0]) != nullptr, freeHeld(method.params[0], load<void*>(args[0])), S_OK;
    for (std::size_t i = 0; i < method.params.size(); ++i) {
      const ParamInfo& param = method.params[i];
      auto* at = param.isInput() ? nullptr : load<char*>(args[i]);
      if (!at || mode == Mode::failsAndTouchesNothing || mode == Mode::fillsNothing) continue;
      if (mode == Mode::failsAndClears) std::memset(at, 0, param.size);
      else if (mode == Mode::failsAndWritesRubbish) std::memset(at, 0x5A, param.size);
      else fill(method, param, i, args, at);
    }
    return mode == Mode::fills || mode == Mode::fillsNothing ? S_OK : E_UNEXPECTED;
  }

  std::size_t alive() const {
    return static_cast<std::size_t>(std::count_if(objects_.begin(), objects_.end(), [](auto& object) { return object->references > 0; }));
  }
  int structures = 0;  // that GetComponentInfo handed out, and that were not given back

 private:
  static Everything*& here() {
    static Everything* last;
    return last;
  }
  void* make(const InterfaceInfo& described) { return static_cast<Object*>(objects_.emplace_back(std::make_unique<Fake>(widestOf(described), this, nullptr)).get()); }

  void fill(const MethodInfo& method, const ParamInfo& param, std::size_t i, void* const* args, char* at) {
    std::string name = std::string(method.name) + "." + std::string(param.name);
    if (param.role == Role::outArray) {
      for (std::uint32_t n = 0; n < elementsOf(param, args); ++n) fillFields(param, at + n * param.size, name, n);
      return;
    }
    for (const auto& other : method.params)
      if (other.role == Role::outArray && other.filledParam == i) return void(std::memcpy(at, &elements, sizeof elements));
    if (param.kind == Kind::object) {
      const InterfaceInfo* described = interfaceNamed(param.type);
      void* object = described ? make(*described) : nullptr;
      return void(std::memcpy(at, &object, sizeof object));
    }
    if (param.indirect) {
      auto* structure = static_cast<char*>(coTaskMemAlloc(param.structureSize));
      ++structures;
      fillFields(param, structure, name, 0);
      return void(std::memcpy(at, &structure, sizeof structure));
    }
    if (param.isStructure()) return fillFields(param, at, name, 0);
    fillValue(param.kind, at, name);
  }
  // Of a union the first member, the second, and so on.
  void fillFields(const ParamInfo& param, char* at, const std::string& name, std::uint32_t n) {
    std::memset(at, 0, param.structureSize);
    std::vector<std::int32_t> types;
    for (const auto& field : param.fields)
      if (field.when && (types.empty() || types.back() != field.when)) types.push_back(field.when);
    std::int32_t type = types.empty() ? 0 : types[n % types.size()];
    for (const auto& field : param.fields) {
      std::string its = name + "[" + std::to_string(n) + "]." + std::string(field.name);
      if (field.when && field.when != type) continue;
      if (field.kind == Kind::bytes) {
        auto* bytes = static_cast<char*>(coTaskMemAlloc(its.size()));
        std::memcpy(bytes, its.data(), its.size());
        std::memcpy(at + field.offset, &bytes, sizeof bytes);
        auto size = static_cast<std::uint32_t>(its.size());
        std::memcpy(at + field.countOffset, &size, sizeof size);
      } else if (&field == &param.fields[0] && type) std::memcpy(at + field.offset, &type, sizeof type);
      else if (field.name != "cbIcon") fillValue(field.kind, at + field.offset, its);
    }
  }
  void fillValue(Kind kind, char* at, const std::string& name) {
    std::uint64_t hash = 1469598103934665603ull;
    for (unsigned char c : name) hash = (hash ^ c) * 1099511628211ull;
    std::u16string text = toUtf16(name);
    char16_t* made = nullptr;
    switch (kind) {
      case Kind::bstr:
        text += std::u16string(u"\0\xD800 \"<é", 6);  // a NUL and half a pair: a BSTR holds them
        made = hash % 7 ? newBstr(text) : nullptr;
        return void(std::memcpy(at, &made, sizeof made));
      case Kind::coString:
        made = hash % 7 ? newCoString(text) : nullptr;
        return void(std::memcpy(at, &made, sizeof made));
      case Kind::boolean: return void(*at = static_cast<char>(hash & 1));
      case Kind::i64: return void(std::memcpy(at, &hash, 8));
      case Kind::guid: return void((std::memcpy(at, &hash, 8), std::memcpy(at + 8, &hash, 8)));
      default: return void(std::memcpy(at, &hash, 4));
    }
  }

  std::map<const MethodInfo*, int> answered_;
  std::vector<std::unique_ptr<Fake>> objects_;
};

// A requester that calls every method of an object and of every object it is handed, and writes down what it sees.
class Caller {
 public:
  // nullOutput: the output parameter for which it passes null the second time that it calls a method, by its number; -1: none.
  // skip: what it does not call.
  Caller(int nullOutput, std::function<bool(const MethodInfo&)> skip) : nullOutput_(nullOutput), skip_(std::move(skip)) {}

  std::string walk(IVssBackupComponents* root) {
    seen_.insert("IVssBackupComponents");
    queue_.push_back({&widestOf(interfaceOf<IVssBackupComponents>()), root});
    while (!queue_.empty()) {
      auto [described, object] = queue_.front();
      queue_.pop_front();
      for (const auto* method : described->methods)
        for (int twice = 0; twice < 2 && !method->isUnknown() && !skip_(*method); ++twice) call(*method, object, twice ? nullOutput_ : -1);
      identity(*described, object);
      release(*described, object);
    }
    return text_;
  }
  void call(const MethodInfo& method, void* target, int nullOutput) {
    alignas(16) static char rooms[16][4096];
    void *pointers[16], *args[17] = {};
    Guid ids[2] = {Guid{1}, Guid{2}};
    for (std::size_t i = 0; i < method.params.size(); ++i) {
      const ParamInfo& param = method.params[i];
      std::memset(rooms[i], 0xCC, sizeof rooms[i]);
      pointers[i] = static_cast<int>(i) == nullOutput ? nullptr : rooms[i];
      args[i] = param.isInput() ? static_cast<void*>(rooms[i]) : static_cast<void*>(&pointers[i]);
      if (param.isInput()) input(method, param, i, rooms[i], ids, args);
    }
    HRESULT result = method.invoke(target, args);
    text_ += std::string(method.interface_) + "::" + std::string(method.name) + " " + nameOf(result) + "\n";
    for (std::size_t i = 0; i < method.params.size(); ++i)
      if (!method.params[i].isInput() && pointers[i]) output(method.params[i], rooms[i], result, args);
  }
  const std::set<std::string>& interfacesSeen() const { return seen_; }

 private:
  struct Held { const InterfaceInfo* described; void* object; };

  void input(const MethodInfo& method, const ParamInfo& param, std::size_t i, char* room, Guid* ids, void** args) {
    static const char16_t* const text = u"C:\\a \xD800 text";
    void* pointer = nullptr;
    std::uint32_t number = param.kind == Kind::u32 && method.name == "Next" ? kElements + 1 : 2;
    if (param.role == Role::inArray) pointer = ids;
    else if (param.kind == Kind::guid) return void(args[i] = &ids[0]);
    else if (param.kind == Kind::bstr || param.kind == Kind::wstr) pointer = const_cast<char16_t*>(text);
    else if (param.isStructure() && !structures_.empty()) pointer = structures_.front(), structures_.pop_front();
    else if (param.isStructure()) pointer = nullptr;
    else if (param.kind == Kind::i64) return void(std::memset(room, 3, 8));
    else if (param.kind == Kind::boolean) return void(*room = 1);
    else return void(std::memcpy(room, &number, sizeof number));
    std::memcpy(room, &pointer, sizeof pointer);
  }
  void output(const ParamInfo& param, const char* at, HRESULT result, void* const* args) {
    (text_ += "  " + std::string(param.name)) += ": ";
    bool untouched = std::all_of(at, at + param.size, [](char c) { return c == static_cast<char>(0xCC); });
    if (failed(result) || untouched) text_ += untouched ? "untouched" : hexOf(at, param.size);
    else if (param.role == Role::outArray)
      for (std::uint32_t n = 0; n < elementsOf(param, args); ++n) fields(param, at + n * param.size);
    else if (param.kind == Kind::object) object(param, load<void*>(at));
    else if (param.indirect) {
      if (load<void*>(at)) structures_.push_back(load<void*>(at));
      fields(param, load<const char*>(at));
    } else if (param.isStructure()) fields(param, at);
    else value(param.kind, at);
    text_ += "\n";
  }
  void object(const ParamInfo& param, void* object) {
    const InterfaceInfo* described = interfaceNamed(param.type);
    text_ += object ? "an object" : "none";
    if (!object) return;
    described = &widestOf(*described);
    if (seen_.insert(std::string(param.type)).second) queue_.push_back({described, object});
    else release(*described, object);
  }
  // Frees what it owns.
  void fields(const ParamInfo& param, const char* at) {
    if (!at) return void(text_ += "null");
    auto type = load<std::int32_t>(at + param.fields[0].offset);
    for (const auto& field : param.fields) {
      if (field.when && field.when != type) continue;
      (text_ += std::string(field.name)) += '=';
      if (field.kind == Kind::bytes) text_ += hexOf(load<const char*>(at + field.offset), load<std::uint32_t>(at + field.countOffset));
      else value(field.kind, at + field.offset, !param.indirect);
      text_ += ' ';
    }
  }
  void value(Kind kind, const char* at, bool own = true) {
    auto* text = kind == Kind::bstr || kind == Kind::coString ? load<char16_t*>(at) : nullptr;
    switch (kind) {
      case Kind::bstr:
        text_ += text ? quoted(std::u16string(text, sysStringLen(text))) : "null";
        if (own) sysFreeString(text);
        return;
      case Kind::coString:
        text_ += text ? quoted(std::u16string(text)) : "null";
        if (own) coTaskMemFree(text);
        return;
      case Kind::boolean: return void(text_ += *at ? "true" : "false");
      case Kind::i64: return void(text_ += hexOf(at, 8));
      case Kind::guid: return void(text_ += hexOf(at, 16));
      default: return void(text_ += hexOf(at, 4));
    }
  }
  static std::string hexOf(const char* at, std::size_t size) {
    std::string out;
    char digits[3];
    for (std::size_t i = 0; i < size; ++i) std::snprintf(digits, sizeof digits, "%02x", static_cast<unsigned char>(at[i])), out += digits;
    return out;
  }
  // The same object has one IUnknown; an id that nobody knows is refused, and the variable nulled; counts go up and down.
  void identity(const InterfaceInfo& described, void* object) {
    auto* unknown = static_cast<IUnknown*>(described.unknownOf(object));
    void *one = nullptr, *two = nullptr, *none = object, *same = nullptr;
    EXPECT_EQ(unknown->QueryInterface(IUnknown::iid, &one), S_OK) << described.name;
    EXPECT_EQ(static_cast<IUnknown*>(one)->QueryInterface(IUnknown::iid, &two), S_OK) << described.name;
    EXPECT_EQ(one, two) << described.name;
    EXPECT_EQ(one, unknown) << described.name;
    EXPECT_EQ(unknown->QueryInterface(Guid{0xDEAD}, &none), E_NOINTERFACE) << described.name;
    EXPECT_EQ(none, nullptr) << described.name;
    if (!(described.iid == Guid())) {
      EXPECT_EQ(unknown->QueryInterface(described.iid, &same), S_OK) << described.name;
      EXPECT_EQ(same, object) << described.name;
      unknown->Release();
    }
    text_ += std::string(described.name) + " " + std::to_string(unknown->AddRef()) + "\n";
    unknown->Release();
    static_cast<IUnknown*>(one)->Release();
    static_cast<IUnknown*>(two)->Release();
  }
  void release(const InterfaceInfo& described, void* object) { EXPECT_EQ(static_cast<IUnknown*>(described.unknownOf(object))->Release(), 0u) << described.name; }

  int nullOutput_;
  std::function<bool(const MethodInfo&)> skip_;
  std::deque<Held> queue_;
  std::set<std::string> seen_;
  std::deque<void*> structures_;  // that GetComponentInfo gave; each goes back once
  std::string text_;
};

bool isOperations(const MethodInfo& method) { return method.interface_ == "IVssAsync"; }  // computed, and tried by tests of their own
bool nothingSkipped(const MethodInfo&) { return false; }

class EveryMethodPlain : public testing::Test {
 protected:
  EveryMethodPlain() : path(std::filesystem::temp_directory_path() / ("every_method_test-" + std::to_string(currentProcess()) + ".vsst")) {}
  ~EveryMethodPlain() override {
    std::error_code ignored;
    std::filesystem::remove(path, ignored);
  }
  std::filesystem::path path;
};

class EveryMethod : public EveryMethodPlain, public testing::WithParamInterface<Mode> {
 protected:
  // The root is always had; the mode holds from then on, but for those calls that hand out the objects.
  std::string direct(int nullOutput, std::function<bool(const MethodInfo&)> skip) {
    Everything everything;
    IVssBackupComponents* root = nullptr;
    EXPECT_EQ(Everything::factory(&root), S_OK);
    everything.mode = GetParam();
    Caller caller(nullOutput, std::move(skip));
    std::string seen = caller.walk(root);
    EXPECT_EQ(caller.interfacesSeen().size(), 10u) << "an interface was never reached";
    EXPECT_EQ(everything.alive(), 0u);
    EXPECT_EQ(everything.structures, 0);
    return seen;
  }
  std::string recorded(int nullOutput, std::function<bool(const MethodInfo&)> skip) {
    std::filesystem::remove(path);
    Everything everything;
    TraceWriter trace(path, TraceOrigin{Origin::model, "every_method_test", "everything"});
    Recorder recorder(trace);
    IVssBackupComponents* root = nullptr;
    EXPECT_EQ(recorder.create(&Everything::factory, &root), S_OK);
    everything.mode = GetParam();
    std::string seen = Caller(nullOutput, std::move(skip)).walk(root);
    EXPECT_EQ(everything.alive(), 0u) << "what the requester gave back, the implementation did not get";
    EXPECT_EQ(everything.structures, 0) << "the structure that the requester gave back was another one";
    EXPECT_EQ(recorder.liveObjects(), 0u);
    EXPECT_FALSE(trace.stopped());
    return seen;
  }
  std::string replayed(int nullOutput, std::function<bool(const MethodInfo&)> skip) {
    auto reportFile = path;
    reportFile += ".txt";
    std::filesystem::remove(reportFile);
    Script script(path);
    for (const auto& warning : script.warnings()) ADD_FAILURE() << warning;
    Report report(path, reportFile);
    Replayer replayer(script, report, {}, [] {});
    IVssBackupComponents* root = nullptr;
    EXPECT_EQ(replayer.create(&root), S_OK);
    std::string seen = root ? Caller(nullOutput, std::move(skip)).walk(root) : "";
    replayer.finish();
    std::ifstream told(reportFile);
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>(told), {}), "");
    told.close();
    std::filesystem::remove(reportFile);
    return seen;
  }
};

TEST_P(EveryMethod, IsSeenThroughARecorderAsWithoutOne) {
  for (int null = -1; null < 8; ++null) EXPECT_EQ(recorded(null, nothingSkipped), direct(null, nothingSkipped)) << "null for parameter " << null;
}

// Not of one that leaves rubbish: what looks like a pointer is not given back.
class EveryMethodServed : public EveryMethod {};
TEST_P(EveryMethodServed, IsServedAgainAsItWasRecorded) {
  for (int null = -1; null < 8; ++null) {
    std::string seen = recorded(null, isOperations);
    EXPECT_EQ(replayed(null, isOperations), seen) << "null for parameter " << null;
  }
}

TEST_P(EveryMethod, IsInTheTraceWithAllThatCameBack) {
  recorded(-1, nothingSkipped);
  TraceReader reader(path);
  std::set<std::string> called;
  std::map<std::string, int> times;
  for (const auto& call : loadCalls(reader).calls) {
    called.insert(call.signature->text);
    Mode mode = times[call.signature->text]++ % 2 ? GetParam() : Mode::fills;
    if (call.signature->returns != Returns::hresult || call.signature->interface_ == "IUnknown" || call.object == 0) continue;
    for (std::size_t i = 0; i < call.outputs.size(); ++i) {
      ValueKind kind = call.outputs[i].kind;
      if (call.signature->output(i).always && mode != Mode::fills) continue;  // a value, whatever the call returns
      std::string where = call.signature->method + " " + call.signature->outputName(i) + ": " + printValue(call.outputs[i], call.signature->output(i));
      switch (mode) {
        case Mode::fills:
          EXPECT_TRUE(kind == ValueKind::number || kind == ValueKind::stored || kind == ValueKind::null || kind == ValueKind::object || kind == ValueKind::absent) << where;
          break;
        case Mode::failsAndTouchesNothing: EXPECT_EQ(kind, ValueKind::unchanged) << where; break;
        case Mode::failsAndClears: EXPECT_EQ(kind, ValueKind::zeroed) << where; break;
        case Mode::failsAndWritesRubbish: EXPECT_TRUE(kind == ValueKind::raw || kind == ValueKind::missing) << where; break;
        case Mode::fillsNothing: break;
      }
    }
  }
  EXPECT_EQ(called.size(), 148u + 3 + 1) << "methods of 18 interfaces, IUnknown's, the factory";
}

// The functions that a library exports besides the factory, by pointers of their types.
struct Exported {
  static inline Everything* behind;
  template <const MethodInfo& (*function)()> static HRESULT answer(void* const* args) { return behind->answer(function(), args); }
  static HRESULT VSS_CALL createExamine(Bstr xml, Out<IVssExamineWriterMetadata*> out) {
    void* args[] = {&xml, &out, nullptr};
    return answer<createVssExamineWriterMetadata>(args);
  }
  static HRESULT VSS_CALL isSnapshotted(Wstr volume, Out<BOOL> present, Out<LONG> capability) {
    void* args[] = {&volume, &present, &capability, nullptr};
    return answer<isVolumeSnapshotted>(args);
  }
  static HRESULT VSS_CALL blocks(Wstr volume, Out<bool> block) {
    void* args[] = {&volume, &block, nullptr};
    return answer<shouldBlockRevert>(args);
  }
  static void VSS_CALL freeProperties(InStructure<VSS_SNAPSHOT_PROP> properties) { freeSnapshotProperties(properties.at, &coTaskMemFree); }

  // What a requester sees that calls them all.
  using Call = std::function<HRESULT(const MethodInfo&, void* implementation, void* const* args)>;
  static std::string use(const Call& call) {
    std::string seen;
    auto ask = [&](const MethodInfo& function, auto implementation, auto... arguments) {
      void* args[] = {static_cast<void*>(&arguments)..., nullptr};
      seen += std::string(function.name) + " " + nameOf(call(function, reinterpret_cast<void*>(implementation), args)) + "\n";
    };
    IVssExamineWriterMetadata* metadata = nullptr;
    ask(createVssExamineWriterMetadata(), &createExamine, u"<xml/>", &metadata);
    ask(createVssExamineWriterMetadata(), &createExamine, u"<xml/>", static_cast<IVssExamineWriterMetadata**>(nullptr));
    UINT one = 0, two = 0, three = 0;
    EXPECT_TRUE(metadata);
    if (metadata) {
      seen += nameOf(metadata->GetFileCounts(&one, &two, &three)) + std::to_string(one) + std::to_string(two) + std::to_string(three) + "\n";
      EXPECT_EQ(metadata->Release(), 0u);
    }
    BOOL present = 0;
    LONG capability = 0;
    bool block = false;
    ask(isVolumeSnapshotted(), &isSnapshotted, u"C:\\", &present, &capability);
    ask(shouldBlockRevert(), &blocks, u"C:\\", &block);
    seen += std::to_string(present) + " " + std::to_string(capability) + " " + std::to_string(block) + "\n";
    VSS_SNAPSHOT_PROP properties{};
    properties.m_lSnapshotsCount = 5;
    properties.m_pwszExposedName = newCoString(u"X:");
    ask(vssFreeSnapshotProperties(), &freeProperties, &properties);
    EXPECT_EQ(properties.m_pwszExposedName, nullptr);
    return seen;
  }
};

TEST_F(EveryMethodPlain, ExportedFunctionsAreRecordedAndServedToo) {
  Everything everything;
  Exported::behind = &everything;
  std::string direct = Exported::use([](const MethodInfo& function, void* implementation, void* const* args) { return function.invoke(implementation, args); });
  Everything again;
  Exported::behind = &again;
  {
    TraceWriter trace(path, TraceOrigin{Origin::model, "every_method_test", "everything"});
    Recorder recorder(trace);
    EXPECT_EQ(Exported::use([&](const MethodInfo& function, void* implementation, void* const* args) { return recorder.call(function, implementation, args); }), direct);
    EXPECT_EQ(recorder.liveObjects(), 0u);
  }
  auto reportFile = path;
  reportFile += ".txt";
  Script script(path);
  for (const auto& warning : script.warnings()) ADD_FAILURE() << warning;
  Report report(path, reportFile);
  Replayer replayer(script, report, {}, [] {});
  EXPECT_EQ(Exported::use([&](const MethodInfo& function, void*, void* const* args) { return replayer.call(function, args); }), direct);
  bool block = false;
  auto* volume = u"D:\\";
  bool* out = &block;
  void* args[] = {&volume, &out, nullptr};
  EXPECT_EQ(replayer.call(shouldBlockRevert(), args), VSS_E_UNEXPECTED);
  EXPECT_EQ(report.divergences(), 1);
  std::filesystem::remove(reportFile);
  TraceReader reader(path);
  std::string last;
  for (const auto& call : loadCalls(reader).calls) last = printCall(call) + " " + printResult(call);
  EXPECT_NE(last.find("VssFreeSnapshotProperties(m_SnapshotId="), std::string::npos) << last;
  EXPECT_NE(last.find("m_pwszExposedName=\"X:\""), std::string::npos) << last;
}

// Not of one that answers S_OK and fills nothing: what was in the variable before is not in a trace.
class EveryMethodDriven : public EveryMethod {};
TEST_P(EveryMethodDriven, IsDrivenAgainAndAnsweredTheSame) {
  auto again = path;
  again += ".again";
  for (int null = -1; null < 8; ++null) {
    // Two of its outputs have a value whatever it returns: where it wrote none that is chance.
    bool chance = GetParam() == Mode::failsAndTouchesNothing;
    recorded(null, [=](const MethodInfo& method) { return chance && method.name == "DeleteSnapshots"; });
    TraceReader reader(path);
    std::filesystem::remove(again);
    Everything everything;
    everything.mode = GetParam();
    {
      TraceWriter trace(again, TraceOrigin{Origin::model, "every_method_test", "everything"});
      Recorder recorder(trace);
      Driven driven = drive(reader, [&](const MethodInfo& function, void* const* args) { return recorder.call(function, reinterpret_cast<void*>(&Everything::factory), args); },
                            std::chrono::seconds(20));
      for (const auto& line : driven.notMade) ADD_FAILURE() << line;
      EXPECT_TRUE(driven.hung.empty());
      EXPECT_GT(driven.calls, 2 * 147u);
      EXPECT_EQ(recorder.liveObjects(), 0u);
    }
    EXPECT_EQ(everything.alive(), 0u) << "an object was not given back";
    EXPECT_EQ(everything.structures, 0) << "a structure was not given back";
    std::ostringstream out, err;
    EXPECT_EQ(diffTraces(shownPath(path), shownPath(again), "text", out, err), 0) << "null for parameter " << null << "\n" << out.str().substr(0, 2000) << err.str();
  }
  std::filesystem::remove(again);
}

// No server has so many shadow copies; still nothing is left out without a word, and the program gets all.
TEST_F(EveryMethodPlain, OfAnArrayTheFirstThousandAreNotedAndARemarkTellsOfTheRest) {
  constexpr std::uint32_t kMany = 1203;
  {
    Everything everything;
    TraceWriter trace(path, TraceOrigin{Origin::model, "every_method_test", "everything"});
    Recorder recorder(trace);
    IVssBackupComponents* root = nullptr;
    IVssEnumObject* found = nullptr;
    ASSERT_EQ(recorder.create(&Everything::factory, &root), S_OK);
    ASSERT_EQ(root->Query(Guid{}, VSS_OBJECT_NONE, VSS_OBJECT_SNAPSHOT, &found), S_OK);
    std::vector<VSS_OBJECT_PROP> all(kMany + 1);
    ULONG filled = 0;
    elements = kMany;
    EXPECT_EQ(found->Next(kMany + 1, all.data(), &filled), S_OK);
    elements = kElements;
    EXPECT_EQ(filled, kMany);
    EXPECT_NE(all[kMany - 1].Type, VSS_OBJECT_UNKNOWN);
    for (auto& object : all) {
      if (object.Type == VSS_OBJECT_SNAPSHOT) freeSnapshotProperties(&object.Obj.Snap, &coTaskMemFree);
      else coTaskMemFree(object.Obj.Prov.m_pwszProviderName), coTaskMemFree(object.Obj.Prov.m_pwszProviderVersion);
    }
    EXPECT_EQ(found->Release(), 0u);
    EXPECT_EQ(root->Release(), 0u);
    EXPECT_FALSE(trace.stopped());
  }
  TraceReader reader(path);
  auto loaded = loadCalls(reader);
  EXPECT_TRUE(reader.problems().empty());
  const Call& next = loaded.calls.at(2);
  ASSERT_TRUE(next.is("Next"));
  ASSERT_EQ(next.outputs.size(), 2 + 1000 * 20u);
  EXPECT_EQ(next.outputs[0].number, kMany);
  EXPECT_EQ(next.signature->outputName(2 + 999 * 20), "rgelt[999].Type");
  ASSERT_EQ(loaded.remarks.size(), 1u);
  EXPECT_EQ(loaded.remarks[0].about, next.enterOrder);
  EXPECT_EQ(loaded.remarks[0].text, "of what this call put into its array the first 1000 elements are noted, and 203 are not");
}

std::string nameOfMode(const testing::TestParamInfo<Mode>& mode) {
  static const char* const names[] = {"Fills", "FillsNothing", "FailsAndTouchesNothing", "FailsAndClears", "FailsAndWritesRubbish"};
  return names[static_cast<int>(mode.param)];
}
INSTANTIATE_TEST_SUITE_P(AnImplementationThat, EveryMethod,
                         testing::Values(Mode::fills, Mode::fillsNothing, Mode::failsAndTouchesNothing, Mode::failsAndClears, Mode::failsAndWritesRubbish),
                         nameOfMode);
INSTANTIATE_TEST_SUITE_P(AnImplementationThat, EveryMethodServed, testing::Values(Mode::fills, Mode::failsAndTouchesNothing, Mode::failsAndClears), nameOfMode);
INSTANTIATE_TEST_SUITE_P(AnImplementationThat, EveryMethodDriven,
                         testing::Values(Mode::fills, Mode::failsAndTouchesNothing, Mode::failsAndClears, Mode::failsAndWritesRubbish), nameOfMode);

}  // namespace
}  // namespace vss
