#include "scenario.h"

#include <capnp/compat/json.h>
#include <capnp/message.h>
#include <kj/exception.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <fstream>

#include "conformance/model/scenario.capnp.h"
#include "in_box_writers.h"
#include "json_text.h"
#include "model.h"
#include "traces/vss/plain_json.h"
#include "traces/vss/text.h"

namespace vss::model {
namespace {

using capnp::JsonValue;

// Twice the text of 10,000 writers: a scenario that is larger is some other file.
constexpr std::size_t kLargestFile = 8 << 20;

std::string textOf(capnp::Text::Reader text) { return {text.begin(), text.end()}; }

// The default name of the volume at this place in the list.
std::u16string volumeName(std::size_t index) {
  Guid id{0x7A1C6B0E, 0x4D0B, 0x4F52, {0x9A, 0x63, 0x2F, 0x5B, 0x8D, 0x1E, static_cast<std::uint8_t>(index >> 8), static_cast<std::uint8_t>(index)}};
  return u"\\\\?\\Volume" + toUtf16(toString(id)) + u"\\";
}

// One of a list of names, by its place in the list.
template <class E, std::size_t N> E nameOneOf(const std::string_view (&names)[N], const std::string& given, const Place& place) {
  for (std::size_t i = 0; i < N; ++i)
    if (names[i] == given) return static_cast<E>(i);
  place.wrong(vss::quoted(toUtf16(given)) + " is unknown; known: " + listed(names, [](auto name) { return std::string(name); }));
}

std::uint32_t readNumber(JsonValue::Reader value, std::uint32_t least, const Place& place) {
  double n = value.isNumber() ? value.getNumber() : -1;
  if (n < least || n > 0xFFFFFFFF || n != std::floor(n))
    place.wrong("expected a whole number from " + std::to_string(least) + " to 4294967295");
  return static_cast<std::uint32_t>(n);
}

HRESULT readResult(JsonValue::Reader value, const Place& place) {
  if (value.isString()) {
    if (auto known = resultNamed(textOf(value.getString()))) return *known;
  } else if (value.isNumber()) {
    double n = value.getNumber();
    if (n == std::floor(n) && n >= INT32_MIN && n <= UINT32_MAX) return static_cast<HRESULT>(static_cast<std::int64_t>(n));
  }
  place.wrong("expected an HRESULT: a name such as VSS_E_WRITERERROR_RETRYABLE, \"0x800423f3\", or a number of 32 bits");
}

VSS_WRITER_STATE readState(JsonValue::Reader value, const Place& place) {
  std::optional<std::int32_t> state;
  if (value.isString()) state = enumeratorNamed("VSS_WRITER_STATE", textOf(value.getString()));
  if (value.isNumber() && value.getNumber() == std::floor(value.getNumber()) && std::abs(value.getNumber()) < 100)
    state = static_cast<std::int32_t>(value.getNumber());
  if (!state || *state < 0 || *state >= VSS_WS_COUNT)
    place.wrong("expected a writer state: a name such as VSS_WS_STABLE, or a number from 0 to 15");
  return static_cast<VSS_WRITER_STATE>(*state);
}

MaybeText readText(JsonValue::Reader value, const Place& place) {
  if (value.isNull()) return std::nullopt;
  if (!value.isString()) place.wrong("expected a text in double quotes, or null");
  return toUtf16(textOf(value.getString()));
}

Guid readGuid(capnp::Text::Reader text, const Place& place) {
  auto guid = parseGuid(textOf(text));
  if (!guid) place.wrong(vss::quoted(toUtf16(textOf(text))) + " is no GUID; write it like e8132975-6f93-4464-a53e-1050253ae220");
  return *guid;
}

// A failure that the scenario orders from a method must be one that its page lists.
void checkDocumented(HRESULT result, std::string_view documented, const std::string& from, const Place& place) {
  std::string name = " " + nameOf(result) + " ";
  if ((" " + std::string(documented) + " ").find(name) == std::string::npos)
    place.wrong(nameOf(result) + " is no documented failure of " + from + "; documented: " + std::string(documented));
}

// Some codes came with later systems.
bool existsOn(const Profile& os, HRESULT failure) {
  switch (failure) {
    case VSS_E_WRITER_STATUS_NOT_AVAILABLE: return os.statusNotAvailable;
    case VSS_E_WRITERERROR_PARTIAL_FAILURE:
    case VSS_E_NESTED_VOLUME_LIMIT: return os.newestInterface >= 3;
    case VSS_E_REBOOT_REQUIRED:
    case VSS_E_TRANSACTION_FREEZE_TIMEOUT:
    case VSS_E_TRANSACTION_THAW_TIMEOUT: return os.newestInterface >= 2;
    default: return true;
  }
}

void checkExists(HRESULT failure, const Profile& os, const Place& place) {
  if (!existsOn(os, failure))
    place.wrong(nameOf(failure) + " does not exist on " + std::string(os.name) + "; take another code, or a later \"os\"");
}

EventFailure readFailure(json::Failure::Reader in, const Profile& os, const Place& place) {
  EventFailure out;
  if (!in.hasEvent()) place.at("event").wrong("is missing; known: " + listed(kEventNames, [](auto name) { return std::string(name); }));
  out.event = nameOneOf<Event>(kEventNames, textOf(in.getEvent()), place.at("event"));
  bool more = in.hasFailure() || !in.getFatal() || in.hasApplicationFailure() || in.hasApplicationMessage();
  if (out.event == Event::identify && more) place.wrong("a writer cannot report a failure at identify; give \"event\" alone");
  if (in.hasFailure()) out.failure = readResult(in.getFailure(), place.at("failure"));
  checkExists(out.failure, os, place.at("failure"));
  if (out.failure == VSS_E_WRITER_NOT_RESPONDING || out.failure == VSS_E_WRITER_STATUS_NOT_AVAILABLE)
    place.at("failure").wrong(nameOf(out.failure) + " is made by VSS, never by a writer; see \"responds\" and \"limits\"");
  out.fatal = in.getFatal();
  if (in.hasApplicationFailure()) out.applicationFailure = readResult(in.getApplicationFailure(), place.at("applicationFailure"));
  if (in.hasApplicationMessage()) out.applicationMessage = readText(in.getApplicationMessage(), place.at("applicationMessage"));
  return out;
}

// ---- What writers say of themselves and of their components ----

// Writers hand their texts to VSS as plain strings.
std::u16string readPlain(capnp::Text::Reader in, const Place& place) {
  std::u16string text = toUtf16(textOf(in));
  if (text.find(u'\0') != text.npos) place.wrong("a writer can say no NUL; leave it out");
  return text;
}
MaybeText readPlain(JsonValue::Reader in, const Place& place) {
  MaybeText text = readText(in, place);
  if (text && text->find(u'\0') != text->npos) place.wrong("a writer can say no NUL; leave it out");
  return text;
}

template <class E> E readEnumerator(capnp::Text::Reader in, const char* type, const Place& place) {
  auto known = enumeratorNamed(type, textOf(in));
  if (!known) place.wrong(vss::quoted(toUtf16(textOf(in))) + " is no " + type + "; take a name from its page, such as " + enumeratorName(type, 1));
  return static_cast<E>(*known);
}
DWORD readMask(capnp::List<capnp::Text>::Reader in, const char* type, const Place& place) {
  DWORD mask = 0;
  std::size_t i = 0;
  for (auto name : in) mask |= readEnumerator<DWORD>(name, type, place.at(i++));
  return mask;
}

// A list of structures.
template <class In, class Read> auto readList(const In& in, const Place& place, Read&& read) {
  std::vector<decltype(read(in[0], place))> out;
  for (auto item : in) out.push_back(read(item, place.at(out.size())));
  return out;
}

FileSet readFileSet(json::FileSet::Reader in, const Place& place) {
  FileSet out;
  if (!in.hasPath()) place.at("path").wrong("is missing; a file set has one such as \"%SystemRoot%\"");
  if (!in.hasFilespec()) place.at("filespec").wrong("is missing; a file set has one such as \"*\"");
  out.path = readPlain(in.getPath(), place.at("path"));
  out.filespec = readPlain(in.getFilespec(), place.at("filespec"));
  out.recursive = in.getRecursive();
  if (in.hasAlternateLocation()) out.alternateLocation = readPlain(in.getAlternateLocation(), place.at("alternateLocation"));
  if (in.hasBackupTypeMask()) out.backupTypeMask = readMask(in.getBackupTypeMask(), "VSS_FILE_SPEC_BACKUP_TYPE", place.at("backupTypeMask"));
  return out;
}
FileSet readDatabaseFile(json::FileSet::Reader in, const Place& place) {
  FileSet out = readFileSet(in, place);
  if (out.recursive) place.at("recursive").wrong("a database's files stand in one folder; leave it out");
  return out;
}

Dependency readDependency(json::Dependency::Reader in, const Place& place) {
  Dependency out;
  if (in.hasWriterId()) out.writerId = readGuid(in.getWriterId(), place.at("writerId"));
  if (!in.hasName()) place.at("name").wrong("is missing; it names a component");
  out.logicalPath = readPlain(in.getLogicalPath(), place.at("logicalPath"));
  out.name = readPlain(in.getName(), place.at("name"));
  return out;
}

// "2026-11-25T10:00:00Z" as a FILETIME: 100 ns since 1601, UTC.
std::uint64_t readTime(capnp::Text::Reader text, const Place& place) {
  using namespace std::chrono;
  constexpr sys_days first = 1601y / January / 1;
  int y = 0, end = 0;
  unsigned m = 0, d = 0, h = 0, min = 0, s = 0;
  std::sscanf(text.cStr(), "%4d-%2u-%2uT%2u:%2u:%2uZ%n", &y, &m, &d, &h, &min, &s, &end);
  year_month_day date{year(y), month(m), day(d)};
  if (end != 20 || text.size() != 20 || !date.ok() || sys_days(date) < first || h > 23 || min > 59 || s > 59)
    place.wrong("expected a time such as \"2026-11-25T10:00:00Z\", in UTC, from 1601 on");
  return static_cast<std::uint64_t>(duration_cast<seconds>(sys_days(date) - first + hours(h) + minutes(min) + seconds(s)).count()) * 10'000'000;
}
PartialFile readPartialFile(json::PartialFile::Reader in, const Place& place) {
  return {readPlain(in.getPath(), place.at("path")), readPlain(in.getFilename(), place.at("filename")),
          readPlain(in.getRanges(), place.at("ranges")), readPlain(in.getMetadata(), place.at("metadata"))};
}
DifferencedFiles readDifferencedFiles(json::DifferencedFiles::Reader in, const Place& place) {
  DifferencedFiles out{readPlain(in.getPath(), place.at("path")), readPlain(in.getFilespec(), place.at("filespec")), in.getRecursive()};
  if (in.hasLastModifyTime()) out.lastModifyTime = readTime(in.getLastModifyTime(), place.at("lastModifyTime"));
  return out;
}
DirectedTarget readDirectedTarget(json::DirectedTarget::Reader in, const Place& place) {
  return {readPlain(in.getSourcePath(), place.at("sourcePath")),           readPlain(in.getSourceFilename(), place.at("sourceFilename")),
          readPlain(in.getSourceRanges(), place.at("sourceRanges")),       readPlain(in.getDestinationPath(), place.at("destinationPath")),
          readPlain(in.getDestinationFilename(), place.at("destinationFilename")),
          readPlain(in.getDestinationRanges(), place.at("destinationRanges"))};
}

WriterNotes readNotes(json::Notes::Reader in, const Place& place) {
  WriterNotes out;
  auto text = [&](bool given, JsonValue::Reader value, const char* key) { return given ? readPlain(value, place.at(key)) : std::nullopt; };
  out.backupMetadata = text(in.hasBackupMetadata(), in.getBackupMetadata(), "backupMetadata");
  out.prepareForBackupFailureMsg = text(in.hasPrepareForBackupFailureMsg(), in.getPrepareForBackupFailureMsg(), "prepareForBackupFailureMsg");
  out.backupStamp = text(in.hasBackupStamp(), in.getBackupStamp(), "backupStamp");
  out.postSnapshotFailureMsg = text(in.hasPostSnapshotFailureMsg(), in.getPostSnapshotFailureMsg(), "postSnapshotFailureMsg");
  out.restoreMetadata = text(in.hasRestoreMetadata(), in.getRestoreMetadata(), "restoreMetadata");
  out.preRestoreFailureMsg = text(in.hasPreRestoreFailureMsg(), in.getPreRestoreFailureMsg(), "preRestoreFailureMsg");
  out.postRestoreFailureMsg = text(in.hasPostRestoreFailureMsg(), in.getPostRestoreFailureMsg(), "postRestoreFailureMsg");
  out.applicationMessage = text(in.hasApplicationMessage(), in.getApplicationMessage(), "applicationMessage");
  out.partialFiles = readList(in.getPartialFiles(), place.at("partialFiles"), readPartialFile);
  out.differencedFiles = readList(in.getDifferencedFiles(), place.at("differencedFiles"), readDifferencedFiles);
  out.directedTargets = readList(in.getDirectedTargets(), place.at("directedTargets"), readDirectedTarget);
  if (in.hasRestoreTarget())
    out.restoreTarget = readEnumerator<VSS_RESTORE_TARGET>(in.getRestoreTarget(), "VSS_RESTORE_TARGET", place.at("restoreTarget"));
  if (in.hasFailure()) out.failure = readResult(in.getFailure(), place.at("failure"));
  if (in.hasApplicationFailure()) out.applicationFailure = readResult(in.getApplicationFailure(), place.at("applicationFailure"));
  return out;
}

std::vector<std::uint8_t> readBytes(capnp::Text::Reader in, const Place& place) {
  const std::string text = textOf(in);
  std::vector<std::uint8_t> bytes(text.size() / 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    char c = text[i];
    int digit = c >= '0' && c <= '9' ? c - '0' : (c | 32) >= 'a' && (c | 32) <= 'f' ? (c | 32) - 'a' + 10 : -1;
    if (digit < 0 || text.size() % 2) place.wrong("expected bytes: two hexadecimal digits for each, such as \"89504e47\"");
    bytes[i / 2] = static_cast<std::uint8_t>(bytes[i / 2] << 4 | digit);
  }
  return bytes;
}

OfferedComponent readComponent(json::Component::Reader in, const Place& place) {
  OfferedComponent out;
  if (in.hasType()) {
    auto type = enumeratorNamed("VSS_COMPONENT_TYPE", textOf(in.getType()));
    if (!type || *type == VSS_CT_UNDEFINED)
      place.at("type").wrong(vss::quoted(toUtf16(textOf(in.getType()))) + " is unknown; known: VSS_CT_FILEGROUP, VSS_CT_DATABASE");
    out.type = static_cast<VSS_COMPONENT_TYPE>(*type);
  }
  out.logicalPath = toUtf16(textOf(in.getLogicalPath()));
  out.name = toUtf16(textOf(in.getName()));
  if (out.name.empty()) place.at("name").wrong("is missing; a component has a name such as \"System Files\"");
  for (const auto& text : {out.logicalPath, out.name})
    if (text.find(u'\0') != text.npos) place.wrong("no call can pass a NUL in a component's name or path; leave it out");
  if (in.hasCaption()) out.caption = readPlain(in.getCaption(), place.at("caption"));
  out.icon = readBytes(in.getIcon(), place.at("icon"));
  out.restoreMetadata = in.getRestoreMetadata();
  out.notifyOnBackupComplete = in.getNotifyOnBackupComplete();
  out.selectable = in.getSelectable();
  out.selectableForRestore = in.getSelectableForRestore();
  out.flags = readMask(in.getFlags(), "VSS_COMPONENT_FLAGS", place.at("flags"));
  out.files = readList(in.getFiles(), place.at("files"), readFileSet);
  out.databaseFiles = readList(in.getDatabaseFiles(), place.at("databaseFiles"), readDatabaseFile);
  out.logFiles = readList(in.getLogFiles(), place.at("logFiles"), readDatabaseFile);
  out.dependencies = readList(in.getDependencies(), place.at("dependencies"), readDependency);
  bool database = out.type == VSS_CT_DATABASE;
  if (database && !out.files.empty()) place.at("files").wrong("a VSS_CT_DATABASE has databaseFiles and logFiles");
  for (const char* key : {"databaseFiles", "logFiles"})
    if (!database && !(key[0] == 'd' ? out.databaseFiles : out.logFiles).empty()) place.at(key).wrong("a VSS_CT_FILEGROUP has files");
  out.notes = readNotes(in.getNotes(), place.at("notes"));
  return out;
}

RestoreMethod readRestoreMethod(json::RestoreMethod::Reader in, const Place& place) {
  RestoreMethod out;
  if (!in.hasMethod()) place.at("method").wrong("is missing; name one such as VSS_RME_RESTORE_IF_CAN_REPLACE");
  out.method = readEnumerator<VSS_RESTOREMETHOD_ENUM>(in.getMethod(), "VSS_RESTOREMETHOD_ENUM", place.at("method"));
  bool stops = out.method == VSS_RME_STOP_RESTORE_START || out.method == VSS_RME_RESTORE_STOP_START;
  if (stops != in.hasService()) place.at("service").wrong(stops ? "is missing; name the service that is stopped" : "no service is stopped by this method; leave it out");
  if (in.hasService()) out.service = readPlain(in.getService(), place.at("service"));
  if (in.hasUserProcedure()) out.userProcedure = readPlain(in.getUserProcedure(), place.at("userProcedure"));
  if (in.hasWriterRestore())
    out.writerRestore = readEnumerator<VSS_WRITERRESTORE_ENUM>(in.getWriterRestore(), "VSS_WRITERRESTORE_ENUM", place.at("writerRestore"));
  out.rebootRequired = in.getRebootRequired();
  return out;
}

void readMetadataOf(json::Writer::Reader in, WriterMetadata& out, const Place& place) {
  if (in.hasInstanceName()) out.instanceName = readPlain(in.getInstanceName(), place.at("instanceName"));
  if (in.hasUsage()) out.usage = readEnumerator<VSS_USAGE_TYPE>(in.getUsage(), "VSS_USAGE_TYPE", place.at("usage"));
  if (in.hasSource()) out.source = readEnumerator<VSS_SOURCE_TYPE>(in.getSource(), "VSS_SOURCE_TYPE", place.at("source"));
  if (in.hasMajorVersion()) out.majorVersion = readNumber(in.getMajorVersion(), 0, place.at("majorVersion"));
  if (in.hasMinorVersion()) out.minorVersion = readNumber(in.getMinorVersion(), 0, place.at("minorVersion"));
  out.backupSchema = readMask(in.getBackupSchema(), "VSS_BACKUP_SCHEMA", place.at("backupSchema"));
  if (in.hasRestoreMethod()) out.restoreMethod = readRestoreMethod(in.getRestoreMethod(), place.at("restoreMethod"));
  out.alternateLocations = readList(in.getAlternateLocations(), place.at("alternateLocations"), readFileSet);
  for (std::size_t i = 0; i < out.alternateLocations.size(); ++i)
    if (!out.alternateLocations[i].alternateLocation)
      place.at("alternateLocations").at(i).at("alternateLocation").wrong("is missing; say where the files go");
  out.excludeFiles = readList(in.getExcludeFiles(), place.at("excludeFiles"), readFileSet);
  out.excludeFromSnapshot = readList(in.getExcludeFromSnapshot(), place.at("excludeFromSnapshot"), readFileSet);
}

Volume readVolume(json::Volume::Reader in, std::size_t index, const Place& place) {
  Volume out{toUtf16(textOf(in.getPath())), volumeName(index), in.getSupported(), in.getInUse(), in.getRevertible(), in.getBlocksRevert()};
  if (in.hasName()) out.name = toUtf16(textOf(in.getName()));
  if (in.hasDeleteFails()) {
    out.deleteFails = readResult(in.getDeleteFails(), place.at("deleteFails"));
    if (out.deleteFails != S_OK) checkDocumented(out.deleteFails, rowOf(Method::deleteSnapshots).failures, "DeleteSnapshots", place.at("deleteFails"));
  }
  if (out.path.empty()) place.at("path").wrong("is missing; write it like \"C:\\\\\"");
  if (out.path.back() != u'\\') place.at("path").wrong("ends without a backslash; write it like \"C:\\\\\"");
  if (out.name.empty() || out.name.back() != u'\\')
    place.at("name").wrong("ends without a backslash; write it like \"\\\\\\\\?\\\\Volume{7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e0000}\\\\\"");
  return out;
}

Provider readProvider(json::Provider::Reader in, std::size_t index, const std::vector<Volume>& volumes, const Place& place) {
  Provider out;
  out.name = toUtf16(textOf(in.getName()));
  if (out.name.empty()) place.at("name").wrong("is missing; write it like \"Storage Provider\"");
  out.type = VSS_PROV_HARDWARE;
  if (in.hasType()) {
    auto type = enumeratorNamed("VSS_PROVIDER_TYPE", textOf(in.getType()));
    if (type != VSS_PROV_HARDWARE && type != VSS_PROV_SOFTWARE)
      place.at("type").wrong(vss::quoted(toUtf16(textOf(in.getType()))) + " is unknown; known: VSS_PROV_HARDWARE, VSS_PROV_SOFTWARE");
    out.type = static_cast<VSS_PROVIDER_TYPE>(*type);
  }
  out.id = {0, 0, 0x4000, {0x90, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(index >> 8), static_cast<std::uint8_t>(index)}};
  if (in.hasId()) out.id = readGuid(in.getId(), place.at("id"));
  out.version = in.hasVersion() ? toUtf16(textOf(in.getVersion())) : u"1.0";
  if (in.hasVolumes()) out.volumes.emplace();
  for (auto path : in.getVolumes()) {
    auto text = toUtf16(textOf(path));
    auto found = std::find_if(volumes.begin(), volumes.end(), [&](const Volume& volume) { return volume.path == text; });
    if (found == volumes.end())
      place.at("volumes").at(out.volumes->size()).wrong(vss::quoted(text) + " is no volume of this system; known: " +
                                                        listed(volumes, [](auto& volume) { return vss::quoted(volume.path); }));
    out.volumes->push_back(static_cast<std::size_t>(found - volumes.begin()));
  }
  return out;
}

Writer readWriter(json::Writer::Reader in, std::size_t index, const Profile& os, const Place& place) {
  Writer out;
  if (in.hasName() == in.hasNameUtf16())
    place.at("name").wrong("give exactly one of name (a text, or null for a null BSTR) and nameUtf16");
  if (in.hasName()) out.name = readText(in.getName(), place.at("name"));
  else out.name.emplace();
  for (auto unit : in.getNameUtf16()) *out.name += static_cast<char16_t>(unit);
  if (!in.hasClassId()) place.at("classId").wrong("is missing; write it like e8132975-6f93-4464-a53e-1050253ae220");
  out.classId = readGuid(in.getClassId(), place.at("classId"));
  out.instanceId = {0, 0, 0x4000, {0x80, 0, 0, 0, 0, 0, static_cast<std::uint8_t>(index >> 8), static_cast<std::uint8_t>(index)}};
  if (in.hasInstanceId()) out.instanceId = readGuid(in.getInstanceId(), place.at("instanceId"));
  if (in.hasState()) out.state = readState(in.getState(), place.at("state"));
  if (in.hasFailure()) out.failure = readResult(in.getFailure(), place.at("failure"));
  checkExists(out.failure, os, place.at("failure"));
  if (in.hasApplicationFailure()) out.applicationFailure = readResult(in.getApplicationFailure(), place.at("applicationFailure"));
  if (in.hasApplicationMessage()) out.applicationMessage = readText(in.getApplicationMessage(), place.at("applicationMessage"));
  std::size_t i = 0;
  for (auto failure : in.getFailsAt()) {
    Place here = place.at("failsAt").at(i++);
    out.failsAt.push_back(readFailure(failure, os, here));
    for (std::size_t k = 0; k + 1 < out.failsAt.size(); ++k)
      if (out.failsAt[k].event == out.failsAt.back().event) here.at("event").wrong("this event stands in the list already; give each once");
  }
  out.responds = in.getResponds();
  static constexpr std::string_view runs[] = {"always", "untilIdentify", "afterIdentify"};
  if (in.hasRuns()) out.runs = nameOneOf<Runs>(runs, textOf(in.getRuns()), place.at("runs"));
  for (auto component : in.getComponents()) {
    Place here = place.at("components").at(out.components.size());
    OfferedComponent read = readComponent(component, here);
    for (const auto& earlier : out.components)
      if (earlier.logicalPath == read.logicalPath && earlier.name == read.name) here.wrong("this path and name stand in the list already");
    out.components.push_back(std::move(read));
  }
  readMetadataOf(in, out, place);
  return out;
}

OperationPlan readOperation(json::Operation::Reader in, Method starter, const Profile& os, const Place& place) {
  OperationPlan out;
  if (in.hasMs() + in.hasPolls() + in.getNever() > 1) place.wrong("give one of ms, polls and never");
  if (in.hasMs() || in.getNever()) out.polls.reset();
  if (in.hasMs()) out.ms = readNumber(in.getMs(), 0, place.at("ms"));
  if (in.hasPolls()) out.polls = readNumber(in.getPolls(), 0, place.at("polls"));
  static constexpr std::string_view through[] = {"async", "call"};
  if (in.hasThrough()) out.through = nameOneOf<Through>(through, textOf(in.getThrough()), place.at("through"));
  if (in.hasResult()) out.result = readResult(in.getResult(), place.at("result"));
  if (in.hasOnCall()) out.onCall = readNumber(in.getOnCall(), 1, place.at("onCall"));
  if (out.result == S_OK) return out;
  const MethodRow& row = rowOf(starter);
  if (out.through == Through::call) checkDocumented(out.result, row.failures, std::string(row.name), place.at("result"));
  else checkDocumented(out.result, row.operationFailures, std::string(row.name) + "'s operation", place.at("result"));
  checkExists(out.result, os, place.at("result"));
  if (in.getNever() && out.through == Through::async) place.at("result").wrong("an operation that never ends has no result; leave out one of the two");
  return out;
}

CallResult readCall(json::CallResult::Reader in, const Profile& os, const Place& place) {
  static constexpr std::string_view names[] = {
#define METHOD(id, name, ...) name,
#include "methods.def"
#undef METHOD
  };
  CallResult out;
  if (!in.hasMethod()) place.at("method").wrong("is missing; name a method such as GetWriterStatus");
  if (!in.hasResult()) place.at("result").wrong("is missing; give a failure such as E_OUTOFMEMORY");
  out.method = nameOneOf<Method>(names, textOf(in.getMethod()), place.at("method"));
  out.result = readResult(in.getResult(), place.at("result"));
  const MethodRow& row = rowOf(out.method);
  checkDocumented(out.result, row.failures, std::string(row.name), place.at("result"));
  checkExists(out.result, os, place.at("result"));
  if (in.hasOnCall()) out.onCall = readNumber(in.getOnCall(), 1, place.at("onCall"));
  return out;
}

Choices readChoices(JsonValue::Reader in, const Place& place) {
  Choices out;
  if (!in.isObject()) place.wrong("expected an object { }");
  std::vector<const ChoiceInfo*> seen;
  for (auto field : in.getObject()) {
    std::string name = textOf(field.getName());
    Place here = place.at(name);
    const ChoiceInfo* row = choiceNamed(name);
    if (!row) here.wrong("unknown choice; known: " + listed(choiceTable(), [](auto& r) { return std::string(r.name); }));
    for (auto* earlier : seen)
      if (earlier == row) here.wrong("is given twice");
    seen.push_back(row);
    if (!field.getValue().isString() || !choose(out, name, textOf(field.getValue().getString())))
      here.wrong("expected one of " + listed(row->values, [](auto v) { return "\"" + std::string(v) + "\""; }));
  }
  return out;
}

Scenario readScenario(json::Scenario::Reader in, const Place& root) {
  Scenario out = defaultScenario();
  if (in.hasOs()) {
    out.os = profileNamed(textOf(in.getOs()));
    if (!out.os)
      root.at("os").wrong(vss::quoted(toUtf16(textOf(in.getOs()))) +
                          " is unknown; known: " + listed(profiles(), [](auto& p) { return std::string(p.name); }));
  }
  if (in.hasWriters()) {
    out.writers.clear();
    for (auto writer : in.getWriters())
      out.writers.push_back(readWriter(writer, out.writers.size(), *out.os, root.at("writers").at(out.writers.size())));
  }
  if (in.hasVolumes()) {
    out.volumes.clear();
    for (auto volume : in.getVolumes())
      out.volumes.push_back(readVolume(volume, out.volumes.size(), root.at("volumes").at(out.volumes.size())));
  }
  std::vector<Provider> others;
  for (auto provider : in.getProviders()) {
    Place here = root.at("providers").at(others.size());
    others.push_back(readProvider(provider, others.size(), out.volumes, here));
    for (std::size_t i = 0; i + 1 < others.size(); ++i)
      if (others[i].id == others.back().id) here.at("id").wrong("this id stands in the list already");
    if (others.back().id == kSystemProvider) here.at("id").wrong("this is the system provider's; leave the provider out, it is always there");
  }
  for (auto type : {VSS_PROV_HARDWARE, VSS_PROV_SOFTWARE})
    for (const Provider& provider : others)
      if (provider.type == type) out.providers.insert(out.providers.end() - 1, provider);  // before the system's
  Place operations = root.at("operations");
  auto plans = in.getOperations();
  auto plan = [&](json::Operation::Reader given, Method starter, std::string_view key) {
    return readOperation(given, starter, *out.os, operations.at(key));
  };
  out.gatherWriterMetadata = plan(plans.getGatherWriterMetadata(), Method::gatherWriterMetadata, "gatherWriterMetadata");
  out.prepareForBackup = plan(plans.getPrepareForBackup(), Method::prepareForBackup, "prepareForBackup");
  out.gatherWriterStatus = plan(plans.getGatherWriterStatus(), Method::gatherWriterStatus, "gatherWriterStatus");
  out.backupComplete = plan(plans.getBackupComplete(), Method::backupComplete, "backupComplete");
  out.doSnapshotSet = plan(plans.getDoSnapshotSet(), Method::doSnapshotSet, "doSnapshotSet");
  out.preRestore = plan(plans.getPreRestore(), Method::preRestore, "preRestore");
  out.postRestore = plan(plans.getPostRestore(), Method::postRestore, "postRestore");
  out.importSnapshots = plan(plans.getImportSnapshots(), Method::importSnapshots, "importSnapshots");
  out.breakSnapshotSetEx = plan(plans.getBreakSnapshotSetEx(), Method::breakSnapshotSetEx, "breakSnapshotSetEx");
  out.queryRevertStatus = plan(plans.getQueryRevertStatus(), Method::queryRevertStatus, "queryRevertStatus");
  out.recoverSet = plan(plans.getRecoverSet(), Method::recoverSet, "recoverSet");
  if (in.hasChoices()) out.choices = readChoices(in.getChoices(), root.at("choices"));
  for (auto call : in.getCalls()) out.calls.push_back(readCall(call, *out.os, root.at("calls").at(out.calls.size())));
  auto limits = in.getLimits();
  Place sessions = root.at("limits").at("writerSessions");
  if (limits.hasWriterSessions()) out.writerSessions = readNumber(limits.getWriterSessions(), 0, sessions);
  if (out.writerSessions) checkExists(VSS_E_WRITER_STATUS_NOT_AVAILABLE, *out.os, sessions);
  static constexpr std::string_view denied[] = {"nowhere", "create", "initialize", "starters", "results", "async"};
  if (in.hasAccessDenied()) out.accessDenied = nameOneOf<AccessDenied>(denied, textOf(in.getAccessDenied()), root.at("accessDenied"));
  return out;
}

}  // namespace

const MethodRow& rowOf(Method method) {
  static constexpr MethodRow rows[] = {
#define METHOD(id, name, failures, operationFailures) {name, failures, operationFailures},
#include "methods.def"
#undef METHOD
  };
  return rows[static_cast<std::size_t>(method)];
}

Scenario defaultScenario() {
  Scenario scenario;
  scenario.os = profileNamed("server2022");
  scenario.writers = inBoxWriters();
  scenario.volumes.push_back({u"C:\\", volumeName(0)});
  scenario.providers.emplace_back();
  return scenario;
}

Scenario parseScenario(std::string_view text, std::string_view file) {
  Place root{file, ""};
  std::string plain;
  try {
    plain = plainJson(text, file);
  } catch (const PlainJsonError& error) {
    throw ScenarioError(error.what());
  }
  try {
    capnp::JsonCodec codec;
    codec.setRejectUnknownFields(true);
    codec.handleByAnnotation<json::Scenario>();
    capnp::MallocMessageBuilder tree, message;
    auto value = tree.initRoot<JsonValue>();
    codec.decodeRaw({plain.data(), plain.size()}, value);
    checkAgainst(value.asReader(), capnp::Type(capnp::Schema::from<json::Scenario>()), root);
    auto decoded = message.initRoot<json::Scenario>();
    codec.decode(value.asReader(), capnp::toDynamic(decoded));
    return readScenario(decoded.asReader(), root);
  } catch (const kj::Exception& exception) {
    root.wrong(std::string("is not understood: ") + exception.getDescription().cStr());
  }
}

Scenario loadScenario(const std::filesystem::path& path) {
  auto name8 = path.u8string();
  std::string name(name8.begin(), name8.end());
  std::error_code problem;
  if (!std::filesystem::exists(path, problem)) throw ScenarioError(name + ": no such file; name a JSON scenario");
  if (std::filesystem::is_directory(path, problem)) throw ScenarioError(name + ": is a folder; name a JSON file");
  std::ifstream in(path, std::ios::binary);
  std::string text(kLargestFile + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  if (in.bad() || (!in.eof() && text.empty())) throw ScenarioError(name + ": cannot be read; check its permissions");
  if (text.size() > kLargestFile) throw ScenarioError(name + ": larger than 8 MiB; this is no scenario");
  return parseScenario(text, name);
}

}  // namespace vss::model
