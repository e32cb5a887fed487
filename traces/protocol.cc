#include "traces/protocol.h"

#include <algorithm>

#include "traces/vss/api.h"

namespace vss {
namespace {

using StageMember = Stage SessionState::*;

const Value* firstOutput(const Call& call) { return call.outputs.empty() ? nullptr : &call.outputs[0]; }
std::uint32_t objectIn(const Value* value) { return value && value->kind == ValueKind::object ? static_cast<std::uint32_t>(value->number) : 0; }

bool settled(Stage stage) { return stage == Stage::finished || stage == Stage::failed || stage == Stage::cancelled; }
bool underWay(Stage stage) { return stage == Stage::running || stage == Stage::pending; }
bool gathered(Stage stage) { return stage == Stage::finished || stage == Stage::stale; }

// ---- What a call that succeeded makes of its session ----

void initialize(SessionState& session, SessionKind kind) {
  // This is the first real call of an object: nothing was done before, even if its creation is not in the trace.
  if (session.kind == SessionKind::unknown) session = SessionState::created(session.object);
  session.kind = kind;
}

struct Effect { std::string_view method; void (*apply)(SessionState&, const Call&); };
constexpr Effect kEffects[] = {
    {"InitializeForBackup", [](SessionState& s, const Call&) { initialize(s, SessionKind::backup); }},
    {"InitializeForRestore", [](SessionState& s, const Call&) { initialize(s, SessionKind::restore); }},
    {"SetContext",
     [](SessionState& s, const Call& c) {
       s.contextSet = true;
       if (const Value* context = c.input("lContext")) s.context = static_cast<std::int32_t>(context->number);
     }},
    {"SetBackupState", [](SessionState& s, const Call&) { s.backupStateSet = true; }},
    {"AddComponent", [](SessionState& s, const Call&) { s.componentAdded = true; }},
    {"StartSnapshotSet", [](SessionState& s, const Call&) { s.set = SetStage::started; }},
    {"AddToSnapshotSet", [](SessionState& s, const Call&) { s.set = SetStage::filled; }},
    {"SetBackupSucceeded", [](SessionState& s, const Call&) { s.succeededSet = true; }},
    {"SetSelectedForRestore", [](SessionState& s, const Call&) { s.selected = true; }},
    {"SetSelectedForRestoreEx", [](SessionState& s, const Call&) { s.selected = true; }},
    {"SetFileRestoreStatus", [](SessionState& s, const Call&) { s.fileStatusSet = true; }},
    {"AbortBackup",
     [](SessionState& s, const Call&) {
       if (s.set == SetStage::none && s.prepare == Stage::none) return;  // nothing is under way: ignored, says its page
       s.aborted = true;
       for (StageMember stage : {&SessionState::prepare, &SessionState::snapshot, &SessionState::complete})
         if (underWay(s.*stage)) s.*stage = Stage::unknown;
     }},
    {"FreeWriterMetadata",
     [](SessionState& s, const Call& c) { if (s.metadata != Stage::none) s.metadata = Stage::freed, s.metadataCount.reset(), s.metadataSince = c.number; }},
    {"FreeWriterStatus", [](SessionState& s, const Call& c) { if (s.status != Stage::none) s.status = Stage::freed, s.statusCount.reset(), s.statusSince = c.number; }},
    {"GetWriterMetadataCount",
     [](SessionState& s, const Call& c) {
       if (const Value* n = firstOutput(c); n && n->kind == ValueKind::number) s.metadataCount = static_cast<std::uint32_t>(n->number);
       if (s.metadata == Stage::ended) s.metadata = Stage::finished;  // somebody has waited for it, and it is served
     }},
    {"GetWriterStatusCount",
     [](SessionState& s, const Call& c) {
       if (const Value* n = firstOutput(c); n && n->kind == ValueKind::number) s.statusCount = static_cast<std::uint32_t>(n->number);
       if (s.status == Stage::ended) s.status = Stage::finished;
     }},
};

struct Start { std::string_view method; StageMember stage; bool event; };  // event: the writers hear of it, so a status gathered before is stale
constexpr Start kStarts[] = {
    {"GatherWriterMetadata", &SessionState::metadata, false}, {"GatherWriterStatus", &SessionState::status, false},
    {"PrepareForBackup", &SessionState::prepare, true},       {"DoSnapshotSet", &SessionState::snapshot, true},
    {"BackupComplete", &SessionState::complete, true},        {"PreRestore", &SessionState::preRestore, true},
    {"PostRestore", &SessionState::postRestore, true},
};

// Methods that leave a session as it is, whatever they answer.
bool onlyAsks(const Signature& signature) {
  return signature.interface_ == "IUnknown" || signature.interface_ == "IVssAsync" || signature.method.starts_with("Get") ||
         signature.method.starts_with("Is") || signature.method == "SaveAsXML" || signature.method == "Query";
}

bool begun(Stage stage) { return stage != Stage::none && stage != Stage::unknown; }

}  // namespace

std::string_view nameOf(Stage stage) {
  static constexpr std::string_view names[] = {"none", "running", "pending", "ended", "finished", "failed", "cancelled", "stale", "freed", "unknown"};
  return names[static_cast<std::size_t>(stage)];
}

Stage stageToldBy(HRESULT status) {
  switch (status) {
    case VSS_S_ASYNC_PENDING: return Stage::pending;
    case VSS_S_ASYNC_FINISHED: return Stage::finished;
    case VSS_S_ASYNC_CANCELLED: return Stage::cancelled;
  }
  return Stage::failed;
}

std::string_view nameOf(SessionKind kind) {
  static constexpr std::string_view names[] = {"unknown", "uninitialized", "backup", "restore"};
  return names[static_cast<std::size_t>(kind)];
}

SessionState SessionState::created(std::uint32_t object) {
  SessionState session;
  session.object = object;
  session.kind = SessionKind::uninitialized;
  session.metadata = session.status = session.prepare = session.snapshot = session.complete = session.preRestore = session.postRestore = Stage::none;
  session.set = SetStage::none;
  return session;
}

SessionState reached(const SessionState& state) {
  SessionState all = state;
  all.object = all.statusGathers = 0;
  all.statusSince = all.metadataSince = 0;
  all.metadataCount.reset();
  all.statusCount.reset();
  all.released = false;
  for (StageMember stage : {&SessionState::metadata, &SessionState::status, &SessionState::prepare, &SessionState::snapshot, &SessionState::complete,
                            &SessionState::preRestore, &SessionState::postRestore}) {
    if (all.*stage == Stage::pending) all.*stage = Stage::running;   // whether somebody has asked meanwhile
    if (all.*stage == Stage::ended) all.*stage = Stage::finished;    // or only waited
  }
  return all;
}

bool SessionState::withoutWriters() const {
  return context != static_cast<LONG>(VSS_CTX_ALL) && (context & VSS_VOLSNAP_ATTR_NO_WRITERS);
}

namespace {

constexpr std::string_view kLabels[] = {"U", "@B0", "@B1", "@B2", "@B3", "@B4", "@B5", "@R0", "@R1", "@R2", "@R3", "@R4"};

// The last clean state, and the step from there that is under way or went wrong.
struct Place { unsigned number; std::string_view step; Stage stage; };
Place placeOf(const SessionState& s) {
  bool metadata = gathered(s.metadata) || s.metadata == Stage::freed || s.metadata == Stage::ended;
  if (s.kind == SessionKind::restore) {
    if (s.postRestore == Stage::finished) return {11, "", Stage::none};
    if (s.preRestore == Stage::finished) return {10, "PostRestore", s.postRestore};
    if (s.selected || begun(s.preRestore)) return {9, "PreRestore", s.preRestore};
    return metadata ? Place{8, "", Stage::none} : Place{7, "GatherWriterMetadata", s.metadata};
  }
  if (s.kind != SessionKind::backup) return {0, "", Stage::none};
  if (s.complete == Stage::finished) return {6, "", Stage::none};
  if (s.snapshot == Stage::finished) return {5, "BackupComplete", s.complete};
  if (s.prepare == Stage::finished || begun(s.snapshot)) return {4, "DoSnapshotSet", s.snapshot};
  if (s.set == SetStage::started || s.set == SetStage::filled || begun(s.prepare)) return {3, "PrepareForBackup", s.prepare};
  return metadata ? Place{2, "", Stage::none} : Place{1, "GatherWriterMetadata", s.metadata};
}

}  // namespace

std::string stateLabel(const SessionState& s) {
  if (s.kind == SessionKind::unknown) return "unknown";
  Place place = placeOf(s);
  std::string label(kLabels[place.number]);
  if (place.stage != Stage::none) label += " > " + std::string(place.step) + " " + std::string(nameOf(place.stage));
  return s.aborted ? label + " > AbortBackup" : label;
}

std::optional<unsigned> stateNumber(const SessionState& s) {
  if (s.kind == SessionKind::unknown || s.aborted) return std::nullopt;
  Place place = placeOf(s);
  return place.stage == Stage::none ? std::optional(place.number) : std::nullopt;
}

std::optional<unsigned> stateNumber(std::string_view label) {
  auto found = std::find(std::begin(kLabels), std::end(kLabels), label);
  return found == std::end(kLabels) ? std::nullopt : std::optional<unsigned>(found - std::begin(kLabels));
}

std::string stateInWords(const SessionState& s) {
  if (s.released) return "released";
  if (s.kind == SessionKind::unknown) return "begun before the trace";
  if (s.kind == SessionKind::uninitialized) return "created, not initialized";
  std::string words(s.kind == SessionKind::backup ? "initialized for backup" : "initialized for restore");
  auto add = [&](Stage stage, std::string_view running, std::string_view topic, std::string_view finished) {
    std::string text;
    switch (stage) {
      case Stage::none: return;
      case Stage::running: text = std::string(running) + ", perhaps ended"; break;
      case Stage::pending: text = running; break;
      case Stage::ended: text = std::string(topic) + " ended, not told how"; break;
      case Stage::finished: text = finished; break;
      case Stage::failed: text = std::string(topic) + " failed"; break;
      case Stage::cancelled: text = std::string(topic) + " cancelled"; break;
      case Stage::stale: text = std::string(finished) + " before the last writer event"; break;
      case Stage::freed: text = std::string(topic) + " freed"; break;
      case Stage::unknown: text = std::string(topic) + " unknown"; break;
    }
    words += "; " + text;
  };
  add(s.metadata, "writer metadata being gathered", "writer metadata", "writer metadata gathered");
  if (s.set == SetStage::started) words += "; shadow copy set started";
  if (s.set == SetStage::filled) words += "; shadow copy set with volumes";
  add(s.prepare, "preparing for backup", "PrepareForBackup", "prepared for backup");
  add(s.snapshot, "shadow copy set being created", "DoSnapshotSet", "shadow copy set created");
  add(s.complete, "backup being completed", "BackupComplete", "backup completed");
  add(s.preRestore, "in PreRestore", "PreRestore", "PreRestore done");
  add(s.postRestore, "in PostRestore", "PostRestore", "PostRestore done");
  if (s.aborted) words += "; backup aborted";
  add(s.status, "writer status being gathered", "writer status", "writer status gathered");
  return words;
}

namespace {

using S = const SessionState&;
bool backup(S s) { return s.kind == SessionKind::backup && !s.aborted && s.complete == Stage::none; }
bool restore(S s) { return s.kind == SessionKind::restore; }
bool initialized(S s) { return s.kind == SessionKind::backup || s.kind == SessionKind::restore; }

// Who may call what when, by the methods' own pages.
struct Legal { std::string_view method; bool (*allowed)(S); };
constexpr Legal kLegal[] = {
    {"InitializeForBackup", [](S s) { return s.kind == SessionKind::uninitialized; }},
    {"InitializeForRestore", [](S s) { return s.kind == SessionKind::uninitialized; }},
    {"SetContext", [](S s) { return backup(s) && !s.contextSet && s.set == SetStage::none; }},
    {"SetBackupState", [](S s) { return backup(s) && s.prepare == Stage::none; }},
    {"SetRestoreState", [](S s) { return restore(s) && s.preRestore == Stage::none; }},
    {"GatherWriterMetadata", [](S s) { return initialized(s) && s.metadata == Stage::none && !s.aborted; }},
    {"GetWriterMetadataCount", [](S s) { return initialized(s) && s.metadata == Stage::finished; }},
    {"GetWriterMetadata", [](S s) { return initialized(s) && s.metadata == Stage::finished; }},
    {"FreeWriterMetadata", [](S s) { return initialized(s) && s.metadata == Stage::finished; }},
    {"AddComponent", [](S s) { return backup(s) && !s.withoutWriters() && (s.metadata == Stage::finished || s.metadata == Stage::freed) && s.snapshot == Stage::none; }},
    {"StartSnapshotSet", [](S s) { return backup(s) && s.set == SetStage::none; }},
    {"AddToSnapshotSet", [](S s) { return backup(s) && s.set != SetStage::none && s.snapshot == Stage::none; }},
    {"PrepareForBackup", [](S s) { return backup(s) && !s.withoutWriters() && s.backupStateSet && s.set != SetStage::none && s.prepare == Stage::none; }},
    {"DoSnapshotSet", [](S s) { return backup(s) && s.set == SetStage::filled && s.snapshot == Stage::none && (s.prepare == Stage::finished || s.prepare == Stage::none); }},
    {"SetBackupSucceeded", [](S s) { return backup(s) && s.snapshot == Stage::finished; }},
    {"BackupComplete", [](S s) { return backup(s) && !s.withoutWriters() && s.snapshot == Stage::finished; }},
    {"SetSelectedForRestore", [](S s) { return restore(s) && s.preRestore == Stage::none; }},
    {"PreRestore", [](S s) { return restore(s) && s.selected && s.preRestore == Stage::none; }},
    {"SetFileRestoreStatus", [](S s) { return restore(s) && s.preRestore == Stage::finished && s.postRestore == Stage::none; }},
    {"PostRestore", [](S s) { return restore(s) && s.preRestore == Stage::finished && s.postRestore == Stage::none; }},
    {"GatherWriterStatus", [](S s) { return initialized(s) && !underWay(s.status); }},
    {"GetWriterStatusCount", [](S s) { return initialized(s) && gathered(s.status); }},
    {"GetWriterStatus", [](S s) { return initialized(s) && gathered(s.status); }},
    {"GetWriterStatusEx", [](S s) { return initialized(s) && gathered(s.status); }},
    {"FreeWriterStatus", [](S s) { return initialized(s) && gathered(s.status); }},
    {"AbortBackup", [](S s) { return s.kind == SessionKind::backup && s.complete == Stage::none; }},
    {"SaveAsXML", [](S s) { return initialized(s) && (s.kind == SessionKind::restore || s.prepare == Stage::finished); }},
};

}  // namespace

std::vector<std::string_view> legalCalls(const SessionState& state) {
  std::vector<std::string_view> legal;
  for (const auto& row : kLegal)
    if (row.allowed(state)) legal.push_back(row.method);
  return legal;
}

std::optional<bool> isLegal(std::string_view method, const SessionState& state) {
  for (const auto& row : kLegal)
    if (row.method == method) return row.allowed(state);
  return std::nullopt;
}

std::string operationInWords(const OperationState& operation) {
  std::string words = operation.starter ? operation.starter->method + "'s operation, " : "an operation, ";
  words += operation.stage == Stage::running ? "running, perhaps ended" : operation.stage == Stage::ended ? "ended, not told how" : nameOf(operation.stage);
  if (operation.stage == Stage::failed && operation.result) words += " with " + nameOf(*operation.result);
  return words;
}

// ---- Proofs ----

// Looks at the notes, not at calls: only these few answers matter.
PendingProofs::PendingProofs(TraceReader& reader) {
  auto mayProve = [](const Signature& s) { return s.interface_ == "IVssAsync" && (s.method == "Cancel" || s.method == "QueryStatus"); };
  reader.skimLeaves(mayProve, [this](const NoteView& note) {
    if (static_cast<HRESULT>(note.result) != S_OK) return;
    bool proves = note.signature->method == "Cancel";  // S_OK: it was under way when it was asked to stop
    if (note.signature->method == "QueryStatus" && !note.values.empty() && note.values[0].kind == ValueKind::number)
      proves = note.values[0].number == VSS_S_ASYNC_PENDING;
    if (!proves) return;
    auto& until = until_[note.object];
    until = std::max(until, note.call);
  });
}

bool PendingProofs::wasPending(std::uint32_t operation, std::uint64_t order) const {
  auto found = until_.find(operation);
  return found != until_.end() && order <= found->second;
}

// ---- The protocol ----

// What there is to know of a method.
struct Protocol::Row {
  enum Name : std::uint8_t { other, create, release, queryStatus, wait, cancel };
  const Effect* effect = nullptr;
  const Start* start = nullptr;
  Name name = other;
  bool ofUnknown = false, ofAsync = false, ofOthers = false;  // its interface
  bool onlyAsks = false;
  bool handsOut = false;                                      // objects that may be no sessions and no operations
};

Protocol::Protocol(const PendingProofs* proofs) : proofs_(proofs) {}
Protocol::~Protocol() = default;

Protocol::Row Protocol::rowOf(const Signature& signature) {
  Row row;
  for (const auto& effect : kEffects)
    if (effect.method == signature.method) row.effect = &effect;
  for (const auto& start : kStarts)
    if (start.method == signature.method) row.start = &start;
  static constexpr std::pair<std::string_view, Row::Name> names[] = {
      {"CreateVssBackupComponents", Row::create}, {"Release", Row::release}, {"QueryStatus", Row::queryStatus}, {"Wait", Row::wait}, {"Cancel", Row::cancel}};
  for (auto [text, name] : names)
    if (text == signature.method) row.name = name;
  const std::string& interface_ = signature.interface_;
  row.ofUnknown = interface_ == "IUnknown";
  row.ofAsync = interface_ == "IVssAsync";
  row.ofOthers = !interface_.empty() && !row.ofUnknown && !row.ofAsync && !interface_.starts_with("IVssBackupComponents");
  row.onlyAsks = onlyAsks(signature);
  for (const auto& output : signature.outputs) row.handsOut |= output.kind == Kind::object;
  return row;
}

Protocol::Tracked& Protocol::tracked(std::uint32_t object, bool fromBirth) {
  auto [at, isNew] = sessions_.try_emplace(object);
  if (fromBirth) at->second.state = SessionState::created(object);
  else if (isNew) at->second.state.object = object, at->second.state.released = forgotten_.contains(object);
  return at->second;
}

void Protocol::releasedOnce(std::uint32_t object) {
  std::uint32_t oldest = released_.add(object);
  if (!oldest) return;
  auto session = sessions_.find(oldest);
  auto operation = operations_.find(oldest);
  if (operation != operations_.end() && operation->second.unused) operations_.erase(operation), forgotten_.insert(oldest);
  if (session == sessions_.end() || !session->second.unused) return;
  sessions_.erase(session);
  forgotten_.insert(oldest);
  lastSession_ = 0;
}

OperationState* Protocol::findOperation(std::uint32_t object) {
  if (object == lastSession_) return nullptr;
  auto found = operations_.find(object);
  return found == operations_.end() ? nullptr : &found->second;
}

bool Protocol::isOther(const Row& row, const Call& call) const {
  return row.ofUnknown ? others_.size() && others_.contains(call.object) : row.ofOthers;
}

void Protocol::learnOthers(const Call& call) {
  for (std::size_t i = 0; i < call.outputs.size() && i < call.signature->outputs.size(); ++i) {
    if (call.outputs[i].kind != ValueKind::object) continue;
    const std::string& type = call.signature->outputs[i].type;
    auto number = static_cast<std::uint32_t>(call.outputs[i].number);
    if (type != "IVssAsync" && type != "IVssBackupComponents" && type != "void") others_.insert(number);
  }
}

const SessionState* Protocol::session(std::uint32_t object) const {
  auto found = sessions_.find(object);
  return found == sessions_.end() ? nullptr : &found->second.state;
}

const OperationState* Protocol::operation(std::uint32_t object) const {
  auto found = operations_.find(object);
  return found == operations_.end() ? nullptr : &found->second;
}

Protocol::Before Protocol::before(const Call& call, const OpenCalls& open) {
  Before before;
  const Row& row = rows_.of(*call.signature, rowOf);
  if (!call.object || isOther(row, call)) return before;
  // What is proven only by later answers is put in.
  std::uint64_t now = call.leaveOrder ? call.leaveOrder : call.enterOrder;
  auto proven = [&](std::uint32_t operation) { return proofs_ && proofs_->wasPending(operation, now); };
  std::uint32_t root = call.object;
  OperationState* operation = findOperation(call.object);
  if (operation) {
    root = operation->session;
    before.operation = operation;
    // A call that itself settles or proves was made while that was so.
    if (operation->stage == Stage::running && proofs_ && proofs_->wasPending(call.object, call.enterOrder)) {
      seenOperation_ = *operation;
      seenOperation_.stage = Stage::pending;
      before.operation = &seenOperation_;
    }
  } else if (row.ofAsync) root = 0;
  if (!root) return before;
  if (root != lastSession_) {
    lastTracked_ = &tracked(root, false);
    lastSession_ = operations_.count(root) ? 0 : root;
  }
  Tracked& session = *lastTracked_;
  before.session = &session.state;
  for (const auto& [stage, number] : session.operations)
    if (session.state.*stage == Stage::running && proven(number)) {
      if (before.session != &seen_) seen_ = session.state, before.session = &seen_;
      seen_.*stage = Stage::pending;
    }
  before.certain = session.lastChange <= call.enterOrder;
  open.forEach([&](const Call& other) {
    if (other.object == root && other.enterOrder != call.enterOrder && !onlyAsks(*other.signature)) before.certain = false;
  });
  return before;
}

void Protocol::add(const Call& call) {
  if (!call.result) return;  // it never came back
  const Row& row = rows_.of(*call.signature, rowOf);
  if (row.handsOut) learnOthers(call);
  if (isOther(row, call)) return;
  if (!call.object) {
    if (row.name == Row::create && call.hresult() == S_OK)
      if (auto object = objectIn(firstOutput(call))) tracked(object, true);
    return;
  }
  OperationState* operation = findOperation(call.object);
  if (!operation && row.ofAsync) {  // it was begun before the trace
    operation = &operations_[call.object];
    operation->object = call.object;
    operation->released = forgotten_.contains(call.object);
    lastSession_ = 0;
  }
  if (operation) return addToOperation(*operation, row, call);
  addToSession(call.object == lastSession_ ? *lastTracked_ : tracked(call.object, false), row, call);
}

void Protocol::addToSession(Tracked& session, const Row& row, const Call& call) {
  SessionState& state = session.state;
  session.unused = row.ofUnknown && session.unused;
  if (row.name == Row::release) {
    state.released = session.unused = *call.result == 0;
    if (state.released) releasedOnce(call.object);
    return;
  }
  if (!call.hresult()) return;
  HRESULT result = *call.hresult();
  if (result != S_OK) {
    // What a gather that could not begin leaves of the one before is told nowhere.
    if (row.start && row.start->stage == &SessionState::status && result != E_INVALIDARG && state.status != Stage::none) {
      state.status = Stage::unknown;
      session.lastChange = call.leaveOrder;
    }
    return;
  }
  if (row.start) begin(session, row, call);
  if (row.effect) row.effect->apply(state, call);
  if (!row.onlyAsks) session.lastChange = call.leaveOrder;
}

void Protocol::begin(Tracked& session, const Row& row, const Call& call) {
  SessionState& state = session.state;
  StageMember stage = row.start->stage;
  state.*stage = Stage::running;
  if (stage == &SessionState::status) state.statusSince = call.number, state.statusCount.reset(), ++state.statusGathers;
  if (stage == &SessionState::metadata) state.metadataSince = call.number, state.metadataCount.reset();
  if (row.start->event && state.status == Stage::finished) state.status = Stage::stale;
  std::erase_if(session.operations, [&](const auto& known) { return known.first == stage; });
  if (auto object = objectIn(firstOutput(call))) {
    session.operations.emplace_back(stage, object);
    auto& operation = operations_[object];
    lastSession_ = 0;
    operation = {};
    operation.object = object;
    operation.session = state.object;
    operation.starter = call.signature;
    operation.startedBy = call.number;
  }
}

void Protocol::addToOperation(OperationState& operation, const Row& row, const Call& call) {
  operation.unused = row.ofUnknown && operation.unused;
  if (row.name == Row::release) {
    operation.released = operation.unused = *call.result == 0;
    if (operation.released) releasedOnce(call.object);
    return;
  }
  if (!call.hresult()) return;
  HRESULT result = *call.hresult();
  if (row.name == Row::queryStatus) {
    const Value* status = firstOutput(call);
    if (result != S_OK || !status || status->kind != ValueKind::number) return;
    auto told = static_cast<HRESULT>(status->number);
    if (told == VSS_S_ASYNC_PENDING) return;
    operation.result = told;
    settle(operation, stageToldBy(told), call.number, call.leaveOrder);
  } else if (row.name == Row::wait) {
    const Value* time = call.input("dwMilliseconds");
    if (result == S_OK && time && static_cast<DWORD>(time->number) == kInfinite && !settled(operation.stage)) settle(operation, Stage::ended, call.number, call.leaveOrder);
  } else if (row.name == Row::cancel && result == S_OK) operation.cancelAsked = true;
}

void Protocol::settle(std::uint32_t operation, Stage stage) {
  if (auto found = operations_.find(operation); found != operations_.end()) settle(found->second, stage, 0, 0);
}

void Protocol::settle(OperationState& operation, Stage stage, std::uint64_t by, std::uint64_t order) {
  if (operation.stage == stage) return;
  operation.stage = stage;
  operation.settledBy = by;
  auto found = sessions_.find(operation.session);
  if (found == sessions_.end()) return;
  Tracked& session = found->second;
  for (const auto& [member, number] : session.operations) {
    if (number != operation.object) continue;
    Stage& now = session.state.*member;
    if (now != Stage::running && now != Stage::ended) continue;  // freed meanwhile, or another was begun
    now = stage;
    session.lastChange = order;
  }
}

std::optional<StepReader::Step> StepReader::next() {
  if (last_) protocol_.add(*last_);
  last_ = calls_.next();
  if (!last_) return std::nullopt;
  return Step{*last_, protocol_.before(*last_, calls_.open())};
}

}  // namespace vss
