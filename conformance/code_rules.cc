// Rules that the catalogue's notation cannot say: they look at several calls at once. Each class is one way of looking.
#include <algorithm>
#include <functional>
#include <map>
#include <unordered_map>
#include <utility>

#include "conformance/driver.h"
#include "conformance/fixtures.h"
#include "conformance/judge.h"
#include "traces/by_method.h"
#include "traces/objects.h"
#include "traces/print.h"
#include "traces/statuses.h"
#include "traces/vss/text.h"

namespace vss::conformance {
namespace {

bool ok(const Call& call) { return call.hresult() == S_OK; }

class Base : public CodeRule {
 public:
  explicit Base(const Catalogue& catalogue) : catalogue_(catalogue) {}

 protected:
  // Asked at every call: the few ids of a class are looked up once. The texts are literals, so their addresses tell them apart.
  const Rule& rule(std::string_view id) const {
    for (const auto& [known, rule] : known_)
      if (known == id.data()) return *rule;
    return *known_.emplace_back(id.data(), catalogue_.find(id)).second;
  }
  Finding finding(std::string_view id, std::vector<std::uint64_t> calls, const Call* call, const std::string& state, const std::string& seen) const {
    const Rule& broken = rule(id);
    return {&broken, std::move(calls), call ? printCall(*call) : "", state, broken.expected, seen};
  }
  Finding finding(std::string_view id, const StepReader::Step& step, const std::string& seen) const {
    return finding(id, {step.call.number}, &step.call, describeState(step.before), seen);
  }
  // seen: a text, or what makes one, for it is seldom needed.
  template <class Seen> void verdict(Verdicts& verdicts, bool kept, std::string_view id, const StepReader::Step& step, Seen&& seen) const {
    if (kept) verdicts.kept(rule(id));
    else if constexpr (std::is_invocable_v<Seen>) verdicts.broken(finding(id, step, seen()));
    else verdicts.broken(finding(id, step, seen));
  }

 private:
  const Catalogue& catalogue_;
  mutable std::vector<std::pair<const char*, const Rule*>> known_;
};

// ---- Rows ----

struct Row {
  std::uint64_t call = 0;
  Guid instanceId, classId;
  Value name;  // stored; or missing
  std::int64_t state = 0, failure = 0;
};

std::string printRow(const Row& row) {
  return (row.name.kind == ValueKind::stored ? quoted(row.name.text()) : "null") + " " + toString(row.instanceId) + " " + enumeratorName("VSS_WRITER_STATE", static_cast<std::int32_t>(row.state)) +
         " " + nameOf(static_cast<HRESULT>(row.failure));
}

// Where a method's outputs are that make a row.
struct RowColumns {
  bool plain, extended, release;
  std::size_t instance, writer, name, state, failure;
  explicit RowColumns(const Signature& signature)
      : plain(signature.method == "GetWriterStatus"), extended(signature.method == "GetWriterStatusEx"), release(signature.method == "Release") {
    auto place = [&](std::string_view output) {
      auto found = std::find_if(signature.outputs.begin(), signature.outputs.end(), [&](const SignatureParam& param) { return param.name == output; });
      return static_cast<std::size_t>(found - signature.outputs.begin());
    };
    instance = place("pidInstance"), writer = place("pidWriter"), name = place("pbstrWriter"), state = place("pnStatus");
    failure = place(plain ? "phResultFailure" : "phrFailureWriter");
  }
};

std::optional<Row> rowOf(const Call& call, const RowColumns& columns) {
  if (!(columns.plain || columns.extended) || !ok(call)) return std::nullopt;
  auto at = [&](std::size_t place) { return place < call.outputs.size() && place < call.signature->outputs.size() ? &call.outputs[place] : nullptr; };
  const Value *instance = at(columns.instance), *writer = at(columns.writer), *name = at(columns.name), *state = at(columns.state), *failure = at(columns.failure);
  if (!instance || !writer || !name || !state || !failure) return std::nullopt;
  if (instance->kind != ValueKind::stored || writer->kind != ValueKind::stored || state->kind != ValueKind::number || failure->kind != ValueKind::number)
    return std::nullopt;
  return Row{call.number, instance->guid(), writer->guid(), name->kind == ValueKind::stored ? *name : Value(), state->number, failure->number};
}

// By index.
class RowTable {
 public:
  const Row* find(std::uint32_t index) const {
    auto place = std::lower_bound(rows_.begin(), rows_.end(), index, before);
    return place != rows_.end() && place->first == index ? &place->second : nullptr;
  }
  void put(std::uint32_t index, Row row) {
    auto place = rows_.empty() || rows_.back().first < index ? rows_.end() : std::lower_bound(rows_.begin(), rows_.end(), index, before);
    if (place != rows_.end() && place->first == index) place->second = std::move(row);
    else rows_.insert(place, {index, std::move(row)});
  }
  auto begin() const { return rows_.begin(); }
  auto end() const { return rows_.end(); }
  std::size_t size() const { return rows_.size(); }
  bool empty() const { return rows_.empty(); }
  void clear() { rows_.clear(); }

 private:
  static bool before(const std::pair<std::uint32_t, Row>& row, std::uint32_t index) { return row.first < index; }
  std::vector<std::pair<std::uint32_t, Row>> rows_;
};

// What every gather of a session showed: by its number, then by index.
class Rows : public Base {
 public:
  Rows(const Catalogue& catalogue, std::string recipe) : Base(catalogue), recipe_(std::move(recipe)) {}

  void see(const StepReader::Step& step, const Protocol&, Verdicts& verdicts) override {
    const Call& call = step.call;
    if (!recipe_.empty()) seeRecipe(call);
    // Without a recipe only the present gather of each object counts; a trace may have many.
    auto forget = [&](std::uint32_t object, std::uint64_t before) {
      for (auto old = gathers_.lower_bound({object, 0}), end = gathers_.lower_bound({object, before}); old != end; old = gathers_.erase(old)) {
        spare_ = std::move(old->second);
        spare_.plain.clear(), spare_.extended.clear();
      }
      present_ = nullptr;
    };
    const RowColumns& columns = columns_.of(*call.signature);
    if (recipe_.empty() && columns.release && call.result && *call.result == 0) forget(call.object, UINT64_MAX);
    auto row = rowOf(call, columns);
    if (!row || !step.before.session || call.inputs.empty()) return;
    std::pair key(step.before.session->object, step.before.session->statusSince);
    if (!present_ || presentKey_ != key) {
      if (recipe_.empty()) forget(key.first, key.second);
      present_ = &gathers_.try_emplace(key, std::move(spare_)).first->second;
      presentKey_ = key;
    }
    Gather& gather = *present_;
    auto index = static_cast<std::uint32_t>(call.inputs[0].number);
    if (columns.extended) {
      if (const Row* plain = gather.plain.find(index)) sameThroughBoth(*plain, *row, step, verdicts);
      gather.extended.put(index, std::move(*row));
    } else {
      instancesDiffer(gather.plain, index, *row, step, verdicts);
      if (const Row* extended = gather.extended.find(index)) sameThroughBoth(*row, *extended, step, verdicts);
      gather.plain.put(index, std::move(*row));
    }
  }

  void end(const Protocol&, bool, Verdicts& verdicts) override {
    if (gathers_.empty() || recipe_.empty()) return;
    const auto& last = gathers_.rbegin()->second;
    auto any = [&](const RowTable& rows, auto&& is) {
      return std::any_of(rows.begin(), rows.end(), [&](const auto& row) { return is(row.second); });
    };
    auto say = [&](std::string_view id, bool kept, const RowTable& rows) {
      if (recipe_ != id) return;
      if (kept) return verdicts.kept(rule(id));
      std::string seen;
      std::vector<std::uint64_t> calls;
      for (const auto& [index, row] : rows) seen += (seen.empty() ? "" : "; ") + printRow(row), calls.push_back(row.call);
      verdicts.broken(finding(id, calls, nullptr, "after the gather", seen.empty() ? "no row" : seen));
    };
    auto isFixture = [](const Row& row) { return row.classId == kFixtureWriter; };
    say("WS-011", any(last.plain, [](const Row& row) { return row.state == VSS_WS_FAILED_AT_PREPARE_BACKUP; }), last.plain);
    say("WS-040", !last.plain.empty() && !any(last.plain, isFixture), last.plain);
    say("WS-041", any(last.plain, [&](const Row& row) { return isFixture(row) && row.failure == VSS_E_WRITER_NOT_RESPONDING; }), last.plain);
    say("WS-042", !last.plain.empty() && !any(last.plain, isFixture), last.plain);
    say("WS-095", !failedEx_ && any(last.extended, [](const Row& row) { return row.failure == VSS_E_WRITERERROR_PARTIAL_FAILURE; }), last.extended);
    say("WS-096", applicationSeen_, last.extended);
    if ((recipe_ == "WS-025" || recipe_ == "SM-002") && gathers_.size() >= 2) {
      const auto& before = std::next(gathers_.rbegin())->second;
      bool same = before.plain.size() == last.plain.size();
      for (const auto& [index, row] : last.plain) {
        const Row* old = before.plain.find(index);
        same = same && old && old->instanceId == row.instanceId && old->state == row.state && old->failure == row.failure;
      }
      say("WS-025", same, last.plain);
      say("SM-002", same, last.plain);
    }
    say("WS-026", !last.plain.empty() && !any(last.plain, [&](const Row& row) { return row.classId == switchedOff_; }), last.plain);
  }

 private:
  struct Gather { RowTable plain, extended; };

  void seeRecipe(const Call& call) {
    if (recipe_ == "WS-095" && call.is("GetWriterStatusEx") && call.hresult() && !ok(call)) failedEx_ = call.number;
    if (recipe_ == "WS-096" && call.is("GetWriterStatusEx") && ok(call)) seeApplication(call);
    if (recipe_ == "WS-026" && call.is("DisableWriterClasses") && ok(call) && !call.inputs.empty() && call.inputs[0].bytes.size() == sizeof(Guid)) switchedOff_ = call.inputs[0].guid();
  }
  void seeApplication(const Call& call) {
    const Value *code = call.output("phrApplication"), *message = call.output("pbstrApplicationMessage");
    applicationSeen_ |= code && message && code->kind == ValueKind::number && static_cast<std::uint32_t>(code->number) == 0x80070020 &&
                        message->kind == ValueKind::stored && message->text() == u"disk is full";
  }
  void instancesDiffer(const RowTable& rows, std::uint32_t index, const Row& row, const StepReader::Step& step, Verdicts& verdicts) {
    bool kept = true;
    for (const auto& [other, known] : rows)
      if (other != index && known.instanceId == row.instanceId) {
        kept = false;
        verdicts.broken(finding("WS-076", {known.call, row.call}, &step.call, describeState(step.before),
                                "index " + std::to_string(other) + ": " + printRow(known) + "; index " + std::to_string(index) + ": " + printRow(row)));
        break;
      }
    if (kept) verdicts.kept(rule("WS-076"));
  }
  void sameThroughBoth(const Row& plain, const Row& extended, const StepReader::Step& step, Verdicts& verdicts) {
    bool same = plain.instanceId == extended.instanceId && plain.classId == extended.classId && plain.name == extended.name && plain.state == extended.state &&
                (plain.failure == extended.failure || extended.failure == VSS_E_WRITERERROR_PARTIAL_FAILURE);
    if (same) return verdicts.kept(rule("WS-094"));
    verdicts.broken(finding("WS-094", {plain.call, extended.call}, &step.call, describeState(step.before),
                            "GetWriterStatus: " + printRow(plain) + "; GetWriterStatusEx: " + printRow(extended)));
  }

  std::string recipe_;
  std::map<std::pair<std::uint32_t, std::uint64_t>, Gather> gathers_;  // by object and the call that began it
  Gather spare_;                                                       // the memory of one that is forgotten
  Gather* present_ = nullptr;                                          // of the row before, mostly of the next
  std::pair<std::uint32_t, std::uint64_t> presentKey_;
  ByMethod<RowColumns> columns_;
  std::uint64_t failedEx_ = 0;
  bool applicationSeen_ = false;
  Guid switchedOff_{};
};

// ---- References ----

// AS-001, AS-002, and that everything is given back: OW-003 … OW-010, OW-012, OW-023, OW-024, OW-025, OW-027, OW-028.
class References : public Base {
 public:
  using Base::Base;

  void see(const StepReader::Step& step, const Protocol&, Verdicts& verdicts) override {
    const Call& call = step.call;
    const Facts& method = methods_.of(*call.signature);
    if (!method.matters || !call.result) return;
    for (std::size_t i = 0; i < call.outputs.size() && i < call.signature->outputs.size(); ++i) {
      if (call.outputs[i].kind != ValueKind::object) continue;
      auto number = static_cast<std::uint32_t>(call.outputs[i].number);
      auto& object = objects_[number];
      ++object.references;
      if (!object.call) {
        object.call = call.number;
        object.handedOutBy = call.signature;
        object.isOperation = call.signature->outputs[i].type == "IVssAsync";
      }
    }
    if (method.starter && ok(call) && !call.outputs.empty()) {
      const Value& out = call.outputs.back();
      verdict(verdicts, out.kind == ValueKind::object, "AS-002", step, [&] { return printResult(call) + " " + printOutputs(call); });
    }
    if (method.getInfo && ok(call)) infos_.push_back(call.number);
    if (method.freeInfo && call.hresult() >= S_OK && !infos_.empty()) {
      infos_.pop_back();
      verdicts.kept(rule("OW-010"));
    }
    auto found = objects_.find(call.object);
    if (found == objects_.end()) {
      if (method.release && operations_.contains(call.object))
        verdicts.broken(finding("OW-025", step, "released once more than it was handed out"));
      return;
    }
    auto& object = found->second;
    if (method.addRef) ++object.references;
    if (!method.release) return;
    --object.references;
    if (object.references < 0) {
      if (object.isOperation) verdicts.broken(finding("OW-025", {object.call, call.number}, &call, describeState(step.before), "released once more than it was handed out"));
      return;
    }
    if (object.isOperation)
      verdict(verdicts, static_cast<std::int64_t>(*call.result) == object.references, "AS-001", step,
              [&] { return std::to_string(*call.result) + " where " + std::to_string(object.references) + (object.references == 1 ? " reference is left" : " references are left"); });
    if (object.references != 0) return;
    verdicts.kept(rule(ruleFor(object)));
    forget(released_.add(call.object));
  }

  void end(const Protocol&, bool whole, Verdicts& verdicts) override {
    std::vector<std::pair<std::uint32_t, Object>> left;
    for (const auto& known : objects_)
      if (known.second.references > 0) left.push_back(known);
    std::sort(left.begin(), left.end(), [](auto& a, auto& b) { return a.first < b.first; });
    for (const auto& [number, object] : left) {
      if (!whole) verdicts.untestable(rule(ruleFor(object)));
      else verdicts.broken(finding(ruleFor(object), {object.call}, nullptr, "at the end of the trace",
                                   "#" + std::to_string(number) + ", handed out by " + object.handedOutBy->method + ", still has " + std::to_string(object.references) +
                                       (object.references == 1 ? " reference" : " references")));
    }
    for (auto number : infos_) {
      if (!whole) verdicts.untestable(rule("OW-010"));
      else verdicts.broken(finding("OW-010", {number}, nullptr, "at the end of the trace", "FreeComponentInfo did not take what call " + std::to_string(number) + " handed out"));
    }
  }

 private:
  struct Object {
    std::int64_t references = 0;
    std::uint64_t call = 0;
    const Signature* handedOutBy = nullptr;
    bool isOperation = false;
  };
  struct Facts {
    bool starter, getInfo, freeInfo, addRef, release, matters;
    explicit Facts(const Signature& s)
        : starter(!s.outputs.empty() && s.outputs.back().type == "IVssAsync"), getInfo(s.method == "GetComponentInfo"), freeInfo(s.method == "FreeComponentInfo"),
          addRef(s.method == "AddRef"), release(s.method == "Release") {
      matters = starter || getInfo || freeInfo || addRef || release || std::any_of(s.outputs.begin(), s.outputs.end(), [](auto& output) { return output.kind == Kind::object; });
    }
  };
  static std::string_view ruleFor(const Object& object) {
    struct Handed { std::string_view interface_, method, rule; };
    static constexpr Handed all[] = {
        {"IVssBackupComponents", "GetWriterMetadata", "OW-005"},      {"IVssBackupComponentsEx", "GetWriterMetadataEx", "OW-006"},
        {"IVssBackupComponents", "GetWriterComponents", "OW-007"},    {"IVssWriterComponents", "GetComponent", "OW-008"},
        {"IVssExamineWriterMetadata", "GetComponent", "OW-009"},      {"IVssWMComponent", "GetFile", "OW-012"},
        {"IVssWMComponent", "GetDatabaseFile", "OW-012"},             {"IVssWMComponent", "GetDatabaseLogFile", "OW-012"},
        {"IVssWMComponent", "GetDependency", "OW-012"},               {"IVssBackupComponents", "Query", "OW-023"},
        {"IVssEnumObject", "Clone", "OW-024"},                        {"", "CreateVssExamineWriterMetadata", "OW-028"}};
    for (const auto& handed : all)
      if (handed.method == object.handedOutBy->method && handed.interface_ == object.handedOutBy->interface_) return handed.rule;
    if (!object.isOperation) return "OW-027";
    return object.handedOutBy->method == "GatherWriterStatus" ? "OW-003" : object.handedOutBy->method == "GatherWriterMetadata" ? "OW-004" : "OW-025";
  }
  // So that memory does not grow with them; that it was an operation is remembered, for OW-025.
  void forget(std::uint32_t number) {
    auto found = objects_.find(number);
    if (found == objects_.end() || found->second.references > 0) return;
    if (found->second.isOperation) operations_.insert(number);
    objects_.erase(found);
  }

  std::unordered_map<std::uint32_t, Object> objects_;
  ReleasedObjects released_;
  ObjectSet operations_;                   // of those that are forgotten
  ByMethod<Facts> methods_;
  std::vector<std::uint64_t> infos_;  // calls of GetComponentInfo whose structure was not given back
};

// ---- What the driver saw that is in no call ----

// It notes "rule WS-107 kept" or "rule WS-107 broken: …".
class FromDriver : public Base {
 public:
  FromDriver(const Catalogue& catalogue, const std::vector<Remark>& remarks) : Base(catalogue), remarks_(remarks) {}
  void see(const StepReader::Step&, const Protocol&, Verdicts&) override {}
  void end(const Protocol&, bool, Verdicts& verdicts) override {
    for (std::string_view id : rulesByDriver()) {
      for (const auto& remark : remarks_) {
        std::string start = "rule " + std::string(id);
        if (remark.text == start + " kept") verdicts.kept(rule(id));
        else if (remark.text.starts_with(start + " broken: ")) verdicts.broken(finding(id, {}, nullptr, "in the driver", remark.text.substr(start.size() + 9)));
      }
    }
  }

 private:
  const std::vector<Remark>& remarks_;
};

// ---- What a requester does ----

class Requester : public Base {
 public:
  using Base::Base;

  void see(const StepReader::Step& step, const Protocol& protocol, Verdicts& verdicts) override {
    const Call& call = step.call;
    const SessionState* session = step.before.session;
    if (!session || step.before.operation) {
      noteFailedSet(step, protocol);
      return;
    }
    const Facts& method = methods_.of(*call.signature);
    if (method.name == Facts::nothing && !method.needs && session->kind != SessionKind::uninitialized) return;
    if (!lastWalk_ || lastObject_ != session->object) lastWalk_ = &walks_[session->object], lastObject_ = session->object;
    Walk& walk = *lastWalk_;
    if (method.name == Facts::release) {
      if (call.result && *call.result == 0) released(walk, *session, step, verdicts);
      return;
    }
    if (session->kind == SessionKind::unknown) return;
    if (session->kind == SessionKind::uninitialized) return initialized(walk, step, verdicts);
    if (method.needs) waited(session->*method.needs, step, verdicts);
    if (method.name == Facts::status || method.name == Facts::statusCount) {
      if (ok(call) && (method.name == Facts::status || (!call.outputs.empty() && call.outputs[0].number == 0))) walk.read = call.number;  // of no writers the count tells all
    } else if (call.is("GatherWriterStatus")) {
      if (session->status == Stage::finished || session->status == Stage::stale) freed(false, step, verdicts);
      if (ok(call)) walk.gather = call.number;
    } else if (call.is("FreeWriterStatus")) {
      if (ok(call)) freed(true, step, verdicts);
    } else if (call.is("PrepareForBackup")) {
      verdict(verdicts, session->backupStateSet, "RQ-023", step, "SetBackupState was not called");
      if (ok(call)) walk.prepare = call.number;
    } else if (call.is("DoSnapshotSet")) {
      if (walk.prepare) asked(walk, walk.prepare, "RQ-001", step, verdicts);
      if (ok(call)) walk.set = call.number, walk.failedSet = 0;  // another try may go well
      else if (call.hresult()) walk.failedSet = call.number;
    } else if (call.is("SetBackupSucceeded") || call.is("BackupComplete")) {
      afterSet(walk, *session, step, verdicts);
      if (call.is("BackupComplete")) {
        if (session->aborted) verdicts.broken(finding("RQ-020", step, "BackupComplete after AbortBackup"));
        if (ok(call)) walk.complete = call.number;
      }
    } else if (call.is("PreRestore")) {
      if (ok(call)) walk.preRestore = call.number;
    } else if (call.is("PostRestore")) {
      if (walk.preRestore) asked(walk, walk.preRestore, "RQ-004", step, verdicts);
      if (ok(call)) walk.postRestore = call.number;
    } else if (call.is("AbortBackup") && ok(call)) {
      if (walk.failedSet) verdicts.kept(rule("RQ-018"));
      else if (session->set == SetStage::started || session->set == SetStage::filled) verdicts.kept(rule("RQ-019"));
      verdicts.kept(rule("RQ-020"));
    }
  }

 private:
  // Numbers of the calls that began each step with S_OK, and that read the statuses last.
  struct Walk {
    std::uint64_t prepare = 0, set = 0, complete = 0, preRestore = 0, postRestore = 0, gather = 0, read = 0, failedSet = 0;
    bool toldOfSet = false;
    bool called = false, toldOfStart = false;   // before it was initialized
  };

  // The first thing that an object is for is said by Initialize…; told once for each object.
  void initialized(Walk& walk, const StepReader::Step& step, Verdicts& verdicts) {
    const Call& call = step.call;
    bool first = !std::exchange(walk.called, true);
    if (call.signature->method.starts_with("InitializeFor")) {
      if (ok(call) && !walk.toldOfStart) verdicts.kept(rule("RQ-027"));
      return;
    }
    bool needsIt = call.signature->interface_ != "IUnknown";
    if (!needsIt || !call.hresult() || *call.hresult() >= 0 || std::exchange(walk.toldOfStart, true)) return;
    bool wrongSlot = first && call.is("GetWriterComponentsCount") && (call.nulls & 1);
    verdicts.broken(finding("RQ-027", step, wrongSlot ? "probably meant InitializeForBackup(NULL): that is slot 5 of the vtable, and slot 3 was called, so the program's "
                                                        "declaration of IVssBackupComponents lacks the two methods GetWriterComponentsCount and GetWriterComponents"
                                                      : call.signature->method + " before InitializeForBackup or InitializeForRestore"));
  }

  // DoSnapshotSet's operation failed, or was cancelled: nothing was made.
  void noteFailedSet(const StepReader::Step& step, const Protocol&) {
    const OperationState* operation = step.before.operation;
    if (!operation || !operation->starter || operation->starter->method != "DoSnapshotSet" || !step.call.is("QueryStatus") || !ok(step.call)) return;
    const Value* status = step.call.output("pHrResult");
    bool told = status && status->kind == ValueKind::number;
    if (told && (status->number < 0 || status->number == VSS_S_ASYNC_CANCELLED)) walks_[operation->session].failedSet = operation->startedBy;
  }

  void asked(Walk& walk, std::uint64_t since, std::string_view id, const StepReader::Step& step, Verdicts& verdicts) {
    if (walk.read > since) return verdicts.kept(rule(id));
    verdicts.broken(finding(id, {since, step.call.number}, &step.call, describeState(step.before),
                            "no writer status was read since call " + std::to_string(since)));
  }
  void freed(bool kept, const StepReader::Step& step, Verdicts& verdicts) {
    verdict(verdicts, kept, "RQ-007", step, "the writer status gathered by call " + std::to_string(step.before.session->statusSince) + " was not freed");
  }
  // The set was made, or was not: what may come now.
  void afterSet(Walk& walk, const SessionState& session, const StepReader::Step& step, Verdicts& verdicts) {
    if (walk.failedSet && !session.aborted)
      verdicts.broken(finding("RQ-018", {walk.failedSet, step.call.number}, &step.call, describeState(step.before),
                              step.call.signature->method + " although DoSnapshotSet, call " + std::to_string(walk.failedSet) + ", failed"));
    if (!walk.set || walk.failedSet || walk.toldOfSet || session.withoutWriters()) return;
    walk.toldOfSet = true;
    asked(walk, walk.set, "RQ-002", step, verdicts);
  }
  void released(Walk& walk, const SessionState& session, const StepReader::Step& step, Verdicts& verdicts) {
    if (session.status == Stage::finished || session.status == Stage::stale) freed(false, step, verdicts);
    if (walk.failedSet && !session.aborted) verdicts.broken(finding("RQ-018", {walk.failedSet, step.call.number}, &step.call, describeState(step.before), "released without AbortBackup"));
    if (auto open = leavesSetOpen(session); !walk.failedSet && open != false) {
      if (open) verdicts.broken(finding("RQ-019", step, "released with a shadow copy set that was started and not finished"));
      else verdicts.untestable(rule("RQ-019"));
    }
    if (walk.set && !walk.complete && !session.aborted && !session.withoutWriters() && !walk.failedSet) afterSet(walk, session, step, verdicts);
    if (walk.complete) {
      if (walk.gather > walk.complete) verdicts.kept(rule("RQ-003"));
      else verdicts.broken(finding("RQ-003", {walk.complete, step.call.number}, &step.call, describeState(step.before),
                                   "no GatherWriterStatus since BackupComplete, call " + std::to_string(walk.complete)));
    }
    if (walk.postRestore) asked(walk, walk.postRestore, "RQ-005", step, verdicts);
    walks_.erase(session.object);
    lastWalk_ = nullptr;
  }

  // RQ-024: what each step waits for.
  static Stage SessionState::* neededBy(std::string_view method) {
    struct Needs { std::string_view method; Stage SessionState::* stage; };
    static constexpr Needs needs[] = {
        {"GetWriterMetadataCount", &SessionState::metadata}, {"GetWriterMetadata", &SessionState::metadata},  {"FreeWriterMetadata", &SessionState::metadata},
        {"AddComponent", &SessionState::metadata},           {"PrepareForBackup", &SessionState::metadata},   {"GetWriterStatusCount", &SessionState::status},
        {"GetWriterStatus", &SessionState::status},          {"GetWriterStatusEx", &SessionState::status},    {"FreeWriterStatus", &SessionState::status},
        {"DoSnapshotSet", &SessionState::prepare},           {"SetBackupSucceeded", &SessionState::snapshot}, {"BackupComplete", &SessionState::snapshot},
        {"SetFileRestoreStatus", &SessionState::preRestore}, {"PostRestore", &SessionState::preRestore}};
    for (const auto& need : needs)
      if (method == need.method) return need.stage;
    return nullptr;
  }
  void waited(Stage stage, const StepReader::Step& step, Verdicts& verdicts) {
    if (stage == Stage::none || stage == Stage::unknown) return;
    if (!step.before.certain) verdicts.untestable(rule("RQ-024"));
    else verdict(verdicts, stage != Stage::running && stage != Stage::pending && stage != Stage::ended, "RQ-024", step,
                 stage == Stage::ended ? "QueryStatus was not asked how the operation ended; Wait may succeed although it failed"
                                       : "nobody had waited for the operation to its end");
  }
  struct Facts {
    enum Name : std::uint8_t { nothing, release, status, statusCount, other } name = nothing;
    Stage SessionState::* needs;
    explicit Facts(const Signature& s) : needs(neededBy(s.method)) {
      static constexpr std::string_view others[] = {"GatherWriterStatus", "FreeWriterStatus", "PrepareForBackup", "DoSnapshotSet", "SetBackupSucceeded",
                                                    "BackupComplete", "PreRestore", "PostRestore", "AbortBackup"};
      if (s.method == "Release") name = release;
      else if (s.method == "GetWriterStatus" || s.method == "GetWriterStatusEx") name = status;
      else if (s.method == "GetWriterStatusCount") name = statusCount;
      else if (std::find(std::begin(others), std::end(others), s.method) != std::end(others)) name = other;
    }
  };

  std::unordered_map<std::uint32_t, Walk> walks_;
  std::uint32_t lastObject_ = 0;
  Walk* lastWalk_ = nullptr;   // of it
  ByMethod<Facts> methods_;
};

}  // namespace

std::optional<bool> leavesSetOpen(const SessionState& session) {
  bool begun = session.kind == SessionKind::backup && (session.set == SetStage::started || session.set == SetStage::filled);
  if (!begun || session.aborted || session.snapshot == Stage::finished) return false;
  if (session.snapshot == Stage::ended || session.complete == Stage::ended || session.complete == Stage::finished) return std::nullopt;
  return true;
}

std::vector<std::unique_ptr<CodeRule>> codeRules(const Catalogue& catalogue, const std::vector<Remark>& remarks, const std::string& recipe) {
  std::vector<std::unique_ptr<CodeRule>> rules;
  rules.push_back(std::make_unique<Rows>(catalogue, recipe));
  rules.push_back(std::make_unique<References>(catalogue));
  rules.push_back(std::make_unique<FromDriver>(catalogue, remarks));
  rules.push_back(std::make_unique<Requester>(catalogue));
  return rules;
}

std::vector<std::string_view> rulesInCode() {
  std::vector<std::string_view> ids{"WS-011", "WS-025", "WS-026", "WS-040", "WS-041", "WS-042", "WS-076", "WS-094", "WS-095", "WS-096", "AS-001", "AS-002",
                                    "OW-003", "OW-004", "OW-005", "OW-006", "OW-007", "OW-008", "OW-009", "OW-010", "OW-012", "OW-023", "OW-024", "OW-025",
                                    "OW-027", "OW-028", "RQ-001", "RQ-002", "RQ-003", "RQ-004", "RQ-005", "RQ-007", "RQ-018", "RQ-019", "RQ-020", "RQ-023",
                                    "RQ-024", "RQ-027", "SM-002"};
  ids.insert(ids.end(), rulesByDriver().begin(), rulesByDriver().end());
  return ids;
}

}  // namespace vss::conformance
