// The components of the Backup Components Document: what a requester says of them and what a writer writes, read back at once, through
// SaveAsXML, and in the restore that loads it.
#include <functional>
#include <map>

#include "snapshots.h"
#include "testing_readers.h"

namespace vss::model {
namespace {

constexpr const char16_t* kComponent = kSystemFiles.name;
constexpr VSS_COMPONENT_TYPE kType = kSystemFiles.type;

// The setters, for the component of the rich writer (or the default scenario's), each with good arguments.
using Setter = std::function<HRESULT(const Requester&)>;
HRESULT backupOptions(const Requester& r, Wstr text = u"options", const char16_t* name = kComponent) {
  return r->SetBackupOptions(r.writer.classId, kType, nullptr, name, text);
}
HRESULT previousStamp(const Requester& r, Wstr text = u"stamp", const char16_t* name = kComponent) {
  return r->SetPreviousBackupStamp(r.writer.classId, kType, nullptr, name, text);
}
HRESULT restoreOptions(const Requester& r, Wstr text = u"how", const char16_t* name = kComponent) {
  return r->SetRestoreOptions(r.writer.classId, kType, nullptr, name, text);
}
HRESULT additional(const Requester& r, bool yes = true, const char16_t* name = kComponent) {
  return r->SetAdditionalRestores(r.writer.classId, kType, nullptr, name, yes);
}
HRESULT newTarget(const Requester& r, Wstr path = u"F:\\", Wstr file = u"*", bool recursive = true, Wstr to = u"N:\\", const char16_t* name = kComponent) {
  return r->AddNewTarget(r.writer.classId, kType, nullptr, name, path, file, recursive, to);
}
HRESULT mapping(const Requester& r, Wstr path = u"F:\\", Wstr spec = u"*", bool recursive = true, Wstr to = u"M:\\", const char16_t* name = kComponent) {
  return r->AddAlternativeLocationMapping(r.writer.classId, kType, nullptr, name, path, spec, recursive, to);
}
HRESULT part(const Requester& r, Wstr path = u"System Files", Wstr partName = u"Part", const char16_t* name = kComponent) {
  return r->AddRestoreSubcomponent(r.writer.classId, kType, nullptr, name, path, partName, false);
}
HRESULT rangesFile(const Requester& r, UINT index = 0, Wstr file = u"R", const char16_t* name = kComponent) {
  return r->SetRangesFilePath(r.writer.classId, kType, nullptr, name, index, file);
}
HRESULT authoritative(const Requester& r, bool yes = true, const char16_t* name = kComponent) {
  return r->SetAuthoritativeRestore(r.writer.classId, kType, nullptr, name, yes);
}
HRESULT rollForward(const Requester& r, VSS_ROLLFORWARD_TYPE type = VSS_RF_PARTIAL, Wstr point = u"here", const char16_t* name = kComponent) {
  return r->SetRollForward(r.writer.classId, kType, nullptr, name, type, point);
}
HRESULT restoreName(const Requester& r, Wstr text = u"New name", const char16_t* name = kComponent) {
  return r->SetRestoreName(r.writer.classId, kType, nullptr, name, text);
}

std::string count(const ComponentReader& c, HRESULT (VSS_CALL IVssComponent::*get)(Out<UINT>)) {
  return std::to_string(valueOf<UINT>(static_cast<IVssComponent*>(c.object), get));
}
std::string text(MaybeText value) { return value ? toUtf8(*value) : "-"; }
template <class I> std::string get(I* object, HRESULT (VSS_CALL I::*getter)(Out<Bstr>)) { return text(textOf(object, getter)); }
// The rows of a list of file sets: "path|spec|recursive|where to".
std::string fileSets(const ComponentReader& c, HRESULT (VSS_CALL IVssComponent::*countOf)(Out<UINT>), HRESULT (VSS_CALL IVssComponent::*row)(UINT, Out<IVssWMFiledesc*>)) {
  std::string all;
  UINT n = valueOf<UINT>(static_cast<IVssComponent*>(c.object), countOf);
  for (UINT i = 0; i < n; ++i) {
    Released<IVssWMFiledesc> file;
    EXPECT_EQ((c.object->*row)(i, &file.object), S_OK);
    all += get(file.object, &IVssWMFiledesc::GetPath) + "|" + get(file.object, &IVssWMFiledesc::GetFilespec) + "|" +
           std::to_string(valueOf<bool>(file.object, &IVssWMFiledesc::GetRecursive)) + "|" + get(file.object, &IVssWMFiledesc::GetAlternateLocation) + " ";
  }
  IVssWMFiledesc* none = reinterpret_cast<IVssWMFiledesc*>(c.object);
  EXPECT_EQ((c.object->*row)(n, &none), N);
  EXPECT_EQ(none, nullptr);
  return all;
}
template <std::size_t Texts, class Row> std::string rows(UINT n, Row&& row) {
  std::string all;
  for (UINT i = 0; i <= n; ++i) {
    char16_t* texts[Texts];
    for (auto& each : texts) each = reinterpret_cast<char16_t*>(texts);
    EXPECT_EQ(row(i, texts), i < n ? S_OK : N);
    for (auto* each : texts) {
      if (i < n) all += text(takeBstr(each)) + "|";
      else EXPECT_EQ(each, nullptr);
    }
  }
  return all;
}

// What a restore's object says of a component, all of it.
std::map<std::string, std::string> everything(const ComponentReader& c) {
  IVssComponent* base = c.object;
  IVssComponentEx* ex = c.object;
  std::map<std::string, std::string> all;
  all["what"] = get(base, &IVssComponent::GetLogicalPath) + "|" + get(base, &IVssComponent::GetComponentName) + "|" +
                enumeratorName("VSS_COMPONENT_TYPE", valueOf<VSS_COMPONENT_TYPE>(base, &IVssComponent::GetComponentType));
  bool yes = false;
  HRESULT succeeded = c->GetBackupSucceeded(&yes);
  all["succeeded"] = nameOf(succeeded) + " " + std::to_string(yes);
  all["backupOptions"] = get(base, &IVssComponent::GetBackupOptions);
  all["previousStamp"] = get(base, &IVssComponent::GetPreviousBackupStamp);
  all["restoreOptions"] = get(base, &IVssComponent::GetRestoreOptions);
  all["additional"] = std::to_string(valueOf<bool>(base, &IVssComponent::GetAdditionalRestores));
  all["mappings"] = fileSets(c, &IVssComponent::GetAlternateLocationMappingCount, &IVssComponent::GetAlternateLocationMapping);
  all["targets"] = fileSets(c, &IVssComponent::GetNewTargetCount, &IVssComponent::GetNewTarget);
  all["parts"] = rows<2>(std::stoul(count(c, &IVssComponent::GetRestoreSubcomponentCount)), [&](UINT i, char16_t** t) {
    bool repair = true;
    HRESULT hresult = c->GetRestoreSubcomponent(i, &t[0], &t[1], &repair);
    EXPECT_FALSE(repair);
    return hresult;
  });
  all["authoritative"] = std::to_string(valueOf<bool>(ex, &IVssComponentEx::GetAuthoritativeRestore));
  char16_t* point = nullptr;
  VSS_ROLLFORWARD_TYPE type;
  EXPECT_EQ(c->GetRollForward(&type, &point), S_OK);
  all["rollForward"] = enumeratorName("VSS_ROLLFORWARD_TYPE", type) + " " + text(takeBstr(point));
  char16_t* newName = nullptr;
  EXPECT_EQ(c->GetRestoreName(&newName), S_OK);
  all["restoreName"] = text(takeBstr(newName));
  all["target"] = enumeratorName("VSS_RESTORE_TARGET", valueOf<VSS_RESTORE_TARGET>(base, &IVssComponent::GetRestoreTarget));
  for (auto [key, getter] : {std::pair{"backupMetadata", &IVssComponent::GetBackupMetadata}, {"restoreMetadata", &IVssComponent::GetRestoreMetadata},
                             {"stamp", &IVssComponent::GetBackupStamp}, {"preRestoreMsg", &IVssComponent::GetPreRestoreFailureMsg},
                             {"postRestoreMsg", &IVssComponent::GetPostRestoreFailureMsg}})
    all[key] = get(base, getter);
  all["prepareMsg"] = get(ex, &IVssComponentEx::GetPrepareForBackupFailureMsg);
  all["postSnapshotMsg"] = get(ex, &IVssComponentEx::GetPostSnapshotFailureMsg);
  all["partial"] = rows<4>(std::stoul(count(c, &IVssComponent::GetPartialFileCount)),
                           [&](UINT i, char16_t** t) { return c->GetPartialFile(i, &t[0], &t[1], &t[2], &t[3]); });
  all["directed"] = rows<6>(std::stoul(count(c, &IVssComponent::GetDirectedTargetCount)),
                            [&](UINT i, char16_t** t) { return c->GetDirectedTarget(i, &t[0], &t[1], &t[2], &t[3], &t[4], &t[5]); });
  all["differenced"] = rows<2>(std::stoul(count(c, &IVssComponent::GetDifferencedFilesCount)), [&](UINT i, char16_t** t) {
    char16_t* lsn = reinterpret_cast<char16_t*>(t);
    BOOL recursive = 77;
    FILETIME time{7, 7};
    HRESULT hresult = c->GetDifferencedFile(i, &t[0], &t[1], &recursive, &lsn, &time);
    EXPECT_EQ(lsn, nullptr);
    if (hresult == S_OK) all["when"] = std::to_string(recursive) + " " + std::to_string(std::uint64_t(time.dwHighDateTime) << 32 | time.dwLowDateTime);
    return hresult;
  });
  HRESULT failure = 7, application = 7;
  DWORD reserved = 7;
  char16_t* message = nullptr;
  EXPECT_EQ(c->GetFailure(&failure, &application, &message, &reserved), S_OK);
  EXPECT_EQ(reserved, 0u);
  all["failure"] = nameOf(failure) + " " + std::to_string(application) + " " + text(takeBstr(message));
  return all;
}
std::u16string savedDocument(const Requester& r) {
  char16_t* xml = nullptr;
  EXPECT_EQ(r->SaveAsXML(&xml), S_OK);
  return takeBstr(xml).value_or(u"");
}
// A restore from what the requester has saved.
void restoreFrom(const Requester& r, Requester& restore) {
  std::u16string document = savedDocument(r);
  EXPECT_EQ(restore->InitializeForRestore(document.data()), S_OK);
}

// ---- Writers and their components ----
TEST(GetWriterComponents, CountsWritersNotComponents) {
  Requester r(rich());
  r.b1();
  auto writers = [&] {
    UINT n = 77;
    EXPECT_EQ(r->GetWriterComponentsCount(&n), S_OK);
    return n;
  };
  EXPECT_EQ(writers(), 0u);
  IVssWriterComponentsExt* none = reinterpret_cast<IVssWriterComponentsExt*>(&r);
  EXPECT_EQ(r->GetWriterComponents(0, &none), N);
  EXPECT_EQ(none, nullptr);
  EXPECT_EQ(r.add(), S_OK);
  EXPECT_EQ(r.add(u"Part", u"System Files"), S_OK);
  EXPECT_EQ(writers(), 1u);
  Released<IVssWriterComponentsExt> components;
  EXPECT_EQ(r->GetWriterComponents(0, &components.object), S_OK);
  EXPECT_EQ(valueOf<UINT>(static_cast<IVssWriterComponents*>(components.object), &IVssWriterComponents::GetComponentCount), 2u);
  VSS_ID instance, writer;
  EXPECT_EQ(components->GetWriterInfo(&instance, &writer), S_OK);
  EXPECT_EQ(instance, r.writer.instanceId);
  EXPECT_EQ(writer, r.writer.classId);
  IVssComponent* component = nullptr;
  EXPECT_EQ(components->GetComponent(2, &component), N);
  EXPECT_EQ(r->GetWriterComponents(1, &none), N);
  EXPECT_EQ(everything(ComponentReader(r, 0, 1)).at("what"), "System Files|Part|VSS_CT_FILEGROUP");
  EXPECT_EQ(everything(ComponentReader(r, 0, 0)).at("what"), "-|System Files|VSS_CT_FILEGROUP");
}
TEST(GetWriterComponents, TellsTheInstancesOfAWriterApart) {
  const std::string one = R"({"name": "A", "classId": "00000000-0000-0000-0000-0000000000c1", )" + systemFiles() + "}";
  Requester r(R"({"writers": [)" + one + ", " + one + "]}");
  r.b1();
  EXPECT_EQ(r.add(), S_OK);
  const Guid second = parseScenario(R"({"writers": [)" + one + ", " + one + "]}").writers[1].instanceId;
  EXPECT_EQ(r->AddComponent(second, r.writer.classId, kType, nullptr, kComponent), S_OK);
  UINT n = 0;
  EXPECT_EQ(r->GetWriterComponentsCount(&n), S_OK);
  EXPECT_EQ(n, 2u);
  // What is said by the class is said of both.
  EXPECT_EQ(backupOptions(r), S_OK);
  for (UINT writer : {0u, 1u}) {
    ComponentReader c(r, writer);
    EXPECT_EQ(get(static_cast<IVssComponent*>(c.object), &IVssComponent::GetBackupOptions), "options");
  }
}
TEST(GetWriterComponents, NeedsAnInitialisedObject) {
  Requester r;
  UINT n = 77;
  auto* writer = reinterpret_cast<IVssWriterComponentsExt*>(&n);
  EXPECT_EQ(r->GetWriterComponentsCount(nullptr), A);
  EXPECT_EQ(r->GetWriterComponentsCount(&n), B);
  EXPECT_EQ(n, 0u);
  EXPECT_EQ(r->GetWriterComponents(0, &writer), B);
  EXPECT_EQ(writer, nullptr);
  EXPECT_EQ(r->GetWriterComponents(0, nullptr), A);
  EXPECT_EQ(r.r0()->GetWriterComponentsCount(&n), S_OK);
  EXPECT_EQ(n, 1u);
}
// As a program sees it that was built with Microsoft's headers: IUnknown's slots are in the second vtable.
TEST(WriterComponents, HasIUnknownInItsSecondVtable) {
  Requester r;
  IVssWriterComponentsExt* object = nullptr;
  EXPECT_EQ(r.b2()->GetWriterComponents(0, &object), S_OK);
  const InterfaceInfo& info = interfaceOf<IVssWriterComponentsExt>();
  auto* unknown = static_cast<IUnknown*>(info.unknownOf(object));
  EXPECT_EQ(static_cast<void*>(unknown), reinterpret_cast<char*>(object) + sizeof(void*));
  EXPECT_EQ(unknown, static_cast<IUnknown*>(object));
  EXPECT_EQ(unknown->AddRef(), 2u);
  EXPECT_EQ(unknown->Release(), 1u);
  EXPECT_EQ(object->Release(), 0u);
}

// ---- When a requester may say what ----
TEST(ComponentSetters, AnswerByState) {
  enum : unsigned { b1 = 1, b2 = 2, b3 = 4, b4 = 8, b5 = 16, r0 = 32, r1 = 64, r2 = 128, r3 = 256, r4 = 512 };
  const std::function<void(Requester&)> states[] = {[](Requester& r) { r.b1(); r.add(); }, [](Requester& r) { r.b2(); }, [](Requester& r) { r.b3(); },
                                                    [](Requester& r) { r.b4(); },          [](Requester& r) { r.b5(); }, [](Requester& r) { r.r0(); },
                                                    [](Requester& r) { r.r1(); },          [](Requester& r) { r.r2(); }, [](Requester& r) { r.r3(); },
                                                    [](Requester& r) { r.r4(); }};
  struct Row {
    const char* name;
    Setter set;
    unsigned allowed;
  };
  const Row rows[] = {{"SetBackupOptions", [](auto& r) { return backupOptions(r); }, b1 | b2},
                      {"SetPreviousBackupStamp", [](auto& r) { return previousStamp(r); }, b1 | b2},
                      {"SetRestoreOptions", [](auto& r) { return restoreOptions(r); }, r0 | r1 | r2},
                      {"SetAdditionalRestores", [](auto& r) { return additional(r); }, r0 | r1 | r2 | r3},
                      {"AddNewTarget", [](auto& r) { return newTarget(r); }, r1 | r2},
                      {"AddAlternativeLocationMapping", [](auto& r) { return mapping(r); }, r1 | r2 | r3},
                      {"AddRestoreSubcomponent", [](auto& r) { return part(r); }, r2},
                      {"SetRangesFilePath", [](auto& r) { return rangesFile(r); }, r0 | r1 | r2 | r3},
                      {"SetAuthoritativeRestore", [](auto& r) { return authoritative(r); }, r0 | r1 | r2},
                      {"SetRollForward", [](auto& r) { return rollForward(r); }, r0 | r1 | r2},
                      {"SetRestoreName", [](auto& r) { return restoreName(r); }, r0 | r1 | r2}};
  for (const Row& row : rows) {
    Requester fresh;
    EXPECT_EQ(row.set(fresh), B) << row.name;
    for (unsigned i = 0; i < std::size(states); ++i) {
      Requester r(rich());
      states[i](r);
      EXPECT_EQ(row.set(r), row.allowed >> i & 1 ? S_OK : B) << row.name << " in state " << i;
    }
  }
}
TEST(ComponentSetters, RefuseWhatTheDocumentDoesNotHave) {
  Requester backup(rich()), r(rich());
  backup.b2();
  r.r2();
  for (HRESULT hresult : {backupOptions(backup, u"", u"Other"), previousStamp(backup, u"", u"Other"), restoreOptions(r, u"", u"Other"), additional(r, true, u"Other"),
                          newTarget(r, u"F:\\", u"*", true, u"", u"Other"), mapping(r, u"F:\\", u"*", true, u"", u"Other"), part(r, u"System Files", u"Part", u"Other"),
                          rangesFile(r, 0, u"", u"Other"), authoritative(r, true, u"Other"), rollForward(r, VSS_RF_ALL, u"", u"Other"), restoreName(r, u"", u"Other")})
    EXPECT_EQ(hresult, N);
  for (HRESULT hresult : {backupOptions(backup, u"", nullptr), previousStamp(backup, u"", nullptr), restoreOptions(r, u"", nullptr), additional(r, true, nullptr),
                          newTarget(r, u"F:\\", u"*", true, u"", nullptr), mapping(r, u"F:\\", u"*", true, u"", nullptr), part(r, u"System Files", u"Part", nullptr),
                          rangesFile(r, 0, u"", nullptr), authoritative(r, true, nullptr), rollForward(r, VSS_RF_ALL, u"", nullptr), restoreName(r, u"", nullptr)})
    EXPECT_EQ(hresult, A);
  EXPECT_EQ(r->SetRestoreOptions(kSystemProvider, kType, nullptr, kComponent, u""), N);
  EXPECT_EQ(r->SetRestoreOptions(r.writer.classId, VSS_CT_DATABASE, nullptr, kComponent, u""), N);
  EXPECT_EQ(r->SetRestoreOptions(r.writer.classId, kType, u"Path", kComponent, u""), N);
  EXPECT_EQ(r->SetRestoreOptions(r.writer.classId, kType, u"", kComponent, u""), S_OK);  // no path is an empty one
}
TEST(ComponentSetters, RefuseBadArguments) {
  Requester backup(rich()), r(rich());
  backup.b2();
  r.r2();
  for (HRESULT hresult : {backupOptions(backup, nullptr), previousStamp(backup, nullptr), restoreOptions(r, nullptr), restoreName(r, nullptr), rangesFile(r, 0, nullptr),
                          newTarget(r, nullptr), newTarget(r, u"F:\\", nullptr), newTarget(r, u"F:\\", u"*", true, nullptr),
                          mapping(r, nullptr), mapping(r, u"F:\\", nullptr), mapping(r, u"F:\\", u"*", true, nullptr), part(r, nullptr), part(r, u"System Files", nullptr),
                          rollForward(r, VSS_RF_UNDEFINED), rollForward(r, static_cast<VSS_ROLLFORWARD_TYPE>(4)), rollForward(r, VSS_RF_PARTIAL, nullptr)})
    EXPECT_EQ(hresult, A);
  EXPECT_EQ(rollForward(r, VSS_RF_NONE, nullptr), S_OK);
  EXPECT_EQ(rollForward(r, VSS_RF_ALL, nullptr), S_OK);
  const auto before = everything(ComponentReader(r));
  EXPECT_EQ(before.at("restoreName"), "-");
  EXPECT_EQ(before.at("targets"), "");
}
TEST(AddNewTarget, NeedsAFileSetOfTheComponent) {
  Requester r(rich());
  r.r2();
  EXPECT_EQ(newTarget(r, u"G:\\"), N);
  EXPECT_EQ(newTarget(r, u"F:\\", u"*.x"), N);
  EXPECT_EQ(newTarget(r, u"F:\\", u"*", false), N);
  EXPECT_EQ(newTarget(r, u"P:\\", u"*", false), N);  // of a part of it
  EXPECT_EQ(newTarget(r), S_OK);
}
TEST(AddAlternativeLocationMapping, NeedsAFileSetOfTheComponentOrOfAPartOfIt) {
  Requester r(rich());
  r.r3();
  EXPECT_EQ(mapping(r, u"G:\\"), N);
  EXPECT_EQ(mapping(r, u"DB", u"*.mdf", false), N);  // of another component
  EXPECT_EQ(mapping(r, u"P:\\", u"*", false), S_OK);
  EXPECT_EQ(mapping(r), S_OK);
}
TEST(AddRestoreSubcomponent, NeedsAPartOfTheComponentThatIsSelected) {
  Requester r(rich()), unselected(rich());
  EXPECT_EQ(part(unselected.r1()), B);
  r.r2();
  EXPECT_EQ(part(r, u"System Files", u"Other"), N);
  EXPECT_EQ(part(r, u"", u"Data"), N);  // is there, but no part of it
  EXPECT_EQ(part(r), S_OK);
}
TEST(SetRangesFilePath, TakesThePlaceOfTheRanges) {
  Requester r(rich());
  r.r3();
  EXPECT_EQ(rangesFile(r, 1), N);
  EXPECT_EQ(rangesFile(r), S_OK);
  EXPECT_EQ(everything(ComponentReader(r)).at("partial"), "P|f|R|m|");
}
TEST(UnsupportedBySchema, MayBeRefused) {
  Requester r(rich(R"("choices": {"unsupportedBySchema": "invalidArgument"})"));
  r.r2();
  EXPECT_EQ(newTarget(r), S_OK);  // the rich writer's schema has it
  EXPECT_EQ(authoritative(r), A);
  EXPECT_EQ(rollForward(r), A);
  EXPECT_EQ(restoreName(r), A);
}

// ---- What is said is read back ----
TEST(Component, OfWhichNothingWasSaidSaysNothing) {
  Requester r;
  std::map<std::string, std::string> expected{
      {"what", "-|System Files|VSS_CT_FILEGROUP"}, {"succeeded", "S_OK 0"}, {"additional", "0"}, {"mappings", ""}, {"targets", ""}, {"parts", ""},
      {"authoritative", "0"}, {"rollForward", "VSS_RF_UNDEFINED -"}, {"target", "VSS_RT_ORIGINAL"}, {"partial", ""}, {"directed", ""}, {"differenced", ""},
      {"failure", "S_OK 0 -"}};
  for (const char* key : {"backupOptions", "previousStamp", "restoreOptions", "restoreName", "backupMetadata", "restoreMetadata", "stamp", "preRestoreMsg",
                          "postRestoreMsg", "prepareMsg", "postSnapshotMsg"})
    expected[key] = "-";
  EXPECT_EQ(everything(ComponentReader(r.r4())), expected);
}
TEST(Component, ShowsAndKeepsAllThatWasSaidFromTheBackupToTheEndOfTheRestore) {
  Requester backup(rich()), restore = backup.beside();
  backup.b2();
  EXPECT_EQ(backupOptions(backup), S_OK);
  EXPECT_EQ(previousStamp(backup), S_OK);
  EXPECT_EQ(everything(ComponentReader(backup)).at("backupOptions"), "options");
  EXPECT_EQ(everything(ComponentReader(backup)).at("previousStamp"), "stamp");
  for (auto starter : {&Starters::PrepareForBackup, &Starters::DoSnapshotSet}) EXPECT_EQ(backup.run(starter), F);
  EXPECT_EQ(backup.succeeded(), S_OK);
  EXPECT_EQ(everything(ComponentReader(backup)).at("succeeded"), "S_FALSE 0");
  EXPECT_EQ(backup.run(&Starters::BackupComplete), F);
  EXPECT_EQ(everything(ComponentReader(backup)).at("succeeded"), "S_OK 1");

  restoreFrom(backup, restore);
  EXPECT_EQ(restore.withMetadata()->SetSelectedForRestore(restore.writer.classId, kType, nullptr, kComponent, true), S_OK);
  EXPECT_EQ(restoreOptions(restore), S_OK);
  EXPECT_EQ(additional(restore), S_OK);
  EXPECT_EQ(newTarget(restore), S_OK);
  EXPECT_EQ(part(restore), S_OK);
  EXPECT_EQ(authoritative(restore), S_OK);
  EXPECT_EQ(rollForward(restore), S_OK);
  EXPECT_EQ(restoreName(restore), S_OK);
  EXPECT_EQ(restore.run(&Starters::PreRestore), F);
  EXPECT_EQ(mapping(restore), S_OK);
  EXPECT_EQ(mapping(restore, u"P:\\", u"*", false, u"Q:\\"), S_OK);
  EXPECT_EQ(rangesFile(restore), S_OK);
  EXPECT_EQ(restore->SetFileRestoreStatus(restore.writer.classId, kType, nullptr, kComponent, VSS_RS_NONE), S_OK);
  EXPECT_EQ(restore.run(&Starters::PostRestore), F);

  const std::map<std::string, std::string> expected{
      {"what", "-|System Files|VSS_CT_FILEGROUP"}, {"succeeded", "S_OK 1"}, {"backupOptions", "options"}, {"previousStamp", "stamp"}, {"restoreOptions", "how"},
      {"additional", "1"}, {"mappings", "F:\\|*|1|M:\\ P:\\|*|0|Q:\\ "}, {"targets", "F:\\|*|1|N:\\ "}, {"parts", "System Files|Part|"},
      {"authoritative", "1"}, {"rollForward", "VSS_RF_PARTIAL here"}, {"restoreName", "New name"}, {"target", "VSS_RT_DIRECTED"}, {"backupMetadata", "b"},
      {"restoreMetadata", "m"}, {"stamp", "s"}, {"preRestoreMsg", "r"}, {"postRestoreMsg", "t"}, {"prepareMsg", "p"}, {"postSnapshotMsg", "o"},
      {"partial", "P|f|R|m|"}, {"directed", "1|2|3|4|5|6|"}, {"differenced", "D|*|"}, {"when", "1 134400744000000000"}, {"failure", "S_OK 0 -"}};
  ComponentReader c(restore);
  EXPECT_EQ(everything(c), expected);
  EXPECT_TRUE(valueOf<bool>(static_cast<IVssComponent*>(c.object), &IVssComponent::IsSelectedForRestore));
  EXPECT_EQ(valueOf<VSS_FILE_RESTORE_STATUS>(static_cast<IVssComponent*>(c.object), &IVssComponent::GetFileRestoreStatus), VSS_RS_NONE);

  Requester again = restore.beside();  // and once more through the text
  restoreFrom(restore, again);
  EXPECT_EQ(everything(ComponentReader(again)), expected);
}
TEST(Component, OfABackupHasNoAnswerToWhatOnlyARestoreKnows) {
  Requester r;
  ComponentReader c(r.b2());
  bool selected = true;
  VSS_FILE_RESTORE_STATUS status = VSS_RS_ALL;
  EXPECT_EQ(c->IsSelectedForRestore(&selected), B);
  EXPECT_EQ(c->GetFileRestoreStatus(&status), B);
  EXPECT_FALSE(selected);
  EXPECT_EQ(status, VSS_RS_UNDEFINED);
}
TEST(Component, IsReadAsItIsNowThroughAnObjectThatWasFetchedEarlier) {
  Requester r(rich());
  ComponentReader early(r.b2());
  EXPECT_EQ(get(static_cast<IVssComponent*>(early.object), &IVssComponent::GetBackupMetadata), "-");
  EXPECT_EQ(r.run(&Starters::PrepareForBackup), F);
  EXPECT_EQ(get(static_cast<IVssComponent*>(early.object), &IVssComponent::GetBackupMetadata), "b");
  EXPECT_EQ(r.release(), 0u);
  EXPECT_EQ(get(static_cast<IVssComponent*>(early.object), &IVssComponent::GetBackupMetadata), "b");
}

// ---- What a writer writes ----
std::string noted(const Requester& r) {
  auto all = everything(ComponentReader(r));
  return all.at("backupMetadata") + all.at("prepareMsg") + (all.at("partial").empty() ? "-" : "F") + (all.at("differenced").empty() ? "-" : "D") + " " + all.at("stamp") +
         all.at("postSnapshotMsg") + " " + all.at("restoreMetadata") + all.at("preRestoreMsg") + (all.at("directed").empty() ? "-" : "T") + " " + all.at("postRestoreMsg");
}
TEST(WriterNotes, AreWrittenAtTheirEvents) {
  Requester r(rich()), restore = r.beside();
  EXPECT_EQ(noted(r.b2()), "---- -- --- -");
  EXPECT_EQ(r.run(&Starters::PrepareForBackup), F);
  EXPECT_EQ(noted(r), "bpFD -- --- -");
  auto* pending = r.start(&Starters::DoSnapshotSet);
  EXPECT_EQ(noted(r), "bpFD -- --- -");
  EXPECT_EQ(Requester::end(pending), F);
  EXPECT_EQ(noted(r), "bpFD so --- -");
  restoreFrom(r, restore);
  EXPECT_EQ(restore.withMetadata()->SetSelectedForRestore(restore.writer.classId, kType, nullptr, kComponent, true), S_OK);
  EXPECT_EQ(noted(restore), "bpFD so --- -");
  EXPECT_EQ(restore.run(&Starters::PreRestore), F);
  EXPECT_EQ(noted(restore), "bpFD so mrT -");
  EXPECT_EQ(restore.run(&Starters::PostRestore), F);
  EXPECT_EQ(noted(restore), "bpFD so mrT t");
}
TEST(WriterNotes, AreNotOfAWriterThatHasVetoedOrGetsNoEvent) {
  for (const char* event : {"prepareSnapshot", "freeze", "thaw"}) {
    Requester r(oneWriter(kRichWriter + ", " + failsAt(event)));
    r.b4();
    EXPECT_EQ(noted(r), "bpFD -- --- -") << event;
  }
  Requester late(oneWriter(kRichWriter + ", " + failsAt("postSnapshot"))), unselected(rich());
  EXPECT_EQ(noted(late.b4()), "bpFD so --- -");  // the event came
  unselected.r1();
  EXPECT_EQ(unselected.run(&Starters::PreRestore), F);
  EXPECT_EQ(noted(unselected), "bpFD -- --- -");
}
TEST(WriterNotes, SayWhichComponentsFailedWhereTheWriterReportsAPartialFailure) {
  const std::string partial = R"("failure": "VSS_E_WRITERERROR_PARTIAL_FAILURE", "fatal": false)";
  for (const char* event : {"prepareBackup", "prepareSnapshot", "freeze", "thaw", "postSnapshot", "backupComplete"}) {
    Requester r(oneWriter(kRichWriter + ", " + failsAt(event, partial))), silent(oneWriter(systemFiles(failsAt(event, partial))));
    EXPECT_EQ(everything(ComponentReader(r.b5())).at("failure"), "VSS_E_WRITERERROR_TIMEOUT 5 a") << event;
    EXPECT_EQ(everything(ComponentReader(silent.b5())).at("failure"), "VSS_E_WRITERERROR_NONRETRYABLE 0 -") << event;
  }
  for (const char* event : {"preRestore", "postRestore"}) {
    Requester r(oneWriter(kRichWriter + ", " + failsAt(event, partial)));
    EXPECT_EQ(everything(ComponentReader(r.r4())).at("failure"), "VSS_E_WRITERERROR_TIMEOUT 5 a") << event;
  }
  Requester other(oneWriter(kRichWriter + ", " + failsAt("prepareBackup", R"("fatal": false)")));
  EXPECT_EQ(everything(ComponentReader(other.b5())).at("failure"), "S_OK 0 -");
}
TEST(WriterNotes, AreForWritersToWrite) {
  Requester r(rich());
  ComponentReader c(r.b2());
  for (HRESULT hresult : {c->SetBackupMetadata(u"x"), c->AddPartialFile(u"p", u"f", u"r", nullptr), c->AddDirectedTarget(u"1", u"2", u"3", u"4", u"5", u"6"),
                          c->SetRestoreMetadata(u"x"), c->SetRestoreTarget(VSS_RT_ALTERNATE), c->SetPreRestoreFailureMsg(u"x"), c->SetPostRestoreFailureMsg(u"x"),
                          c->SetBackupStamp(u"x"), c->AddDifferencedFilesByLastModifyTime(u"p", u"*", false, {}), c->SetPrepareForBackupFailureMsg(u"x"),
                          c->SetPostSnapshotFailureMsg(u"x"), c->SetFailure(VSS_E_WRITERERROR_TIMEOUT, S_OK, nullptr, 0)})
    EXPECT_EQ(hresult, B);
  for (HRESULT hresult : {c->SetBackupMetadata(nullptr), c->AddPartialFile(nullptr, u"f", u"r", u"m"), c->AddDirectedTarget(u"1", u"2", u"3", u"4", u"5", nullptr),
                          c->SetRestoreMetadata(nullptr), c->SetRestoreTarget(VSS_RT_UNDEFINED), c->SetPreRestoreFailureMsg(nullptr), c->SetPostRestoreFailureMsg(nullptr),
                          c->SetBackupStamp(nullptr), c->AddDifferencedFilesByLastModifyTime(u"p", nullptr, false, {}), c->SetPrepareForBackupFailureMsg(nullptr),
                          c->SetPostSnapshotFailureMsg(nullptr)})
    EXPECT_EQ(hresult, A);
  EXPECT_EQ(c->AddDifferencedFilesByLastModifyLSN(nullptr, nullptr, false, nullptr), E_NOTIMPL);
  Requester stateFirst(rich(R"("choices": {"argumentOrder": "stateFirst"})"));
  ComponentReader other(stateFirst.b2());
  EXPECT_EQ(other->SetBackupMetadata(nullptr), B);
  EXPECT_EQ(noted(r), "---- -- --- -");
}

}  // namespace
}  // namespace vss::model
