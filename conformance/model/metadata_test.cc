// Writer metadata as a requester reads it, and as it is saved and loaded again.
#include "metadata_document.h"
#include "testing_readers.h"

namespace vss::model {
namespace {

using Metadata = IVssExamineWriterMetadataEx2;

// All that can be read through an object, as text: two objects that say the same are equal here.
std::string shown(const MaybeText& text) { return text ? vss::quoted(*text) : "null"; }
template <class I> std::string textShown(I* object, HRESULT (VSS_CALL I::*get)(Out<Bstr>)) {
  char16_t* text = nullptr;
  HRESULT hresult = (object->*get)(&text);
  return shown(takeBstr(text)) + (hresult == S_OK ? "" : " " + nameOf(hresult)) + "; ";
}
std::string all(IVssWMFiledesc* file) {
  std::string text = textShown(file, &IVssWMFiledesc::GetPath) + textShown(file, &IVssWMFiledesc::GetFilespec) +
                     (valueOf<bool>(file, &IVssWMFiledesc::GetRecursive) ? "recursive; " : "") +
                     textShown(file, &IVssWMFiledesc::GetAlternateLocation) + std::to_string(valueOf<DWORD>(file, &IVssWMFiledesc::GetBackupTypeMask));
  EXPECT_EQ(file->Release(), 0u);
  return text + "\n";
}
std::string all(IVssWMDependency* dependency) {
  Guid writer{1, 2, 3, {}};
  const HRESULT hresult = dependency->GetWriterId(&writer);
  std::string text = nameOf(hresult) + " " + toString(writer) + " " + textShown(dependency, &IVssWMDependency::GetLogicalPath) +
                     textShown(dependency, &IVssWMDependency::GetComponentName);
  EXPECT_EQ(dependency->Release(), 0u);
  return text + "\n";
}
std::string all(IVssWMComponent* component);
// Every item of a list, and that there is none behind.
template <class I, class O> std::string items(UINT count, O* object, HRESULT (VSS_CALL O::*get)(UINT, Out<I*>)) {
  std::string text;
  for (UINT i = 0; i < count; ++i) {
    I* item = nullptr;
    EXPECT_EQ((object->*get)(i, &item), S_OK);
    text += "- " + all(item);
  }
  for (UINT i : {count, ~0u}) {
    I* none = reinterpret_cast<I*>(object);
    EXPECT_EQ((object->*get)(i, &none), N);
    EXPECT_EQ(none, nullptr);
  }
  return text;
}
std::string all(IVssWMComponent* component) {
  VSS_COMPONENTINFO* info = nullptr;
  EXPECT_EQ(component->GetComponentInfo(&info), S_OK);
  auto bstr = [](char16_t* text) { return shown(text ? MaybeText(std::u16string(text, sysStringLen(text))) : std::nullopt) + "; "; };
  std::string text = enumeratorName("VSS_COMPONENT_TYPE", info->type) + " " + bstr(info->bstrLogicalPath) + bstr(info->bstrComponentName) +
                     bstr(info->bstrCaption) + "icon";
  for (UINT i = 0; i < info->cbIcon; ++i) text += " " + std::to_string(info->pbIcon[i]);
  EXPECT_EQ(info->pbIcon != nullptr, info->cbIcon != 0);
  for (unsigned value : {unsigned(info->bRestoreMetadata), unsigned(info->bNotifyOnBackupComplete), unsigned(info->bSelectable),
                         unsigned(info->bSelectableForRestore), info->dwComponentFlags})
    text += "; " + std::to_string(value);
  text += "\n" + items(info->cFileCount, component, &IVssWMComponent::GetFile) + items(info->cDatabases, component, &IVssWMComponent::GetDatabaseFile) +
          items(info->cLogFiles, component, &IVssWMComponent::GetDatabaseLogFile) + items(info->cDependencies, component, &IVssWMComponent::GetDependency);
  EXPECT_EQ(component->FreeComponentInfo(info), S_OK);
  EXPECT_EQ(component->Release(), 0u);
  return text;
}
std::string all(Metadata* metadata) {
  Guid instance, writer, instanceEx, writerEx;
  char16_t *name = nullptr, *nameEx = nullptr, *instanceName = nullptr, *service = nullptr, *procedure = nullptr;
  VSS_USAGE_TYPE usage, usageEx;
  VSS_SOURCE_TYPE source, sourceEx;
  EXPECT_EQ(metadata->GetIdentity(&instance, &writer, &name, &usage, &source), S_OK);
  EXPECT_EQ(metadata->GetIdentityEx(&instanceEx, &writerEx, &nameEx, &instanceName, &usageEx, &sourceEx), S_OK);
  std::string text = toString(instance) + toString(writer) + shown(takeBstr(name)) + enumeratorName("VSS_USAGE_TYPE", usage) +
                     enumeratorName("VSS_SOURCE_TYPE", source);
  EXPECT_EQ(text, toString(instanceEx) + toString(writerEx) + shown(takeBstr(nameEx)) + enumeratorName("VSS_USAGE_TYPE", usageEx) +
                      enumeratorName("VSS_SOURCE_TYPE", sourceEx));
  text += " " + shown(takeBstr(instanceName)) + "\n";
  UINT included = 77, excluded = 77, components = 77, mappings = 77;
  EXPECT_EQ(metadata->GetFileCounts(&included, &excluded, &components), S_OK);
  EXPECT_EQ(included, 0u);
  VSS_RESTOREMETHOD_ENUM method;
  VSS_WRITERRESTORE_ENUM writerRestore;
  bool reboot = true;
  text += nameOf(metadata->GetRestoreMethod(&method, &service, &procedure, &writerRestore, &reboot, &mappings)) + " ";
  text += enumeratorName("VSS_RESTOREMETHOD_ENUM", method) + " " + shown(takeBstr(service)) + " " + shown(takeBstr(procedure)) + " " +
          enumeratorName("VSS_WRITERRESTORE_ENUM", writerRestore) + (reboot ? " reboot" : "") + "\n";
  DWORD major = 77, minor = 77;
  EXPECT_EQ(metadata->GetVersion(&major, &minor), S_OK);
  text += std::to_string(major) + "." + std::to_string(minor) + " schema " + std::to_string(valueOf<DWORD>(static_cast<IVssExamineWriterMetadata*>(metadata), &IVssExamineWriterMetadata::GetBackupSchema)) + "\n";
  IVssExamineWriterMetadata* base = metadata;
  text += items(excluded, base, &IVssExamineWriterMetadata::GetExcludeFile) + items(mappings, base, &IVssExamineWriterMetadata::GetAlternateLocationMapping) +
          items(valueOf<UINT>(metadata, &Metadata::GetExcludeFromSnapshotCount), metadata, &Metadata::GetExcludeFromSnapshotFile) +
          items(components, base, &IVssExamineWriterMetadata::GetComponent);
  return text;
}
std::u16string savedMetadata(IVssExamineWriterMetadata* metadata) {
  char16_t* text = nullptr;
  EXPECT_EQ(metadata->SaveAsXML(&text), S_OK);
  return takeBstr(text).value_or(u"");
}
// What CreateVssExamineWriterMetadata makes of a text.
struct Loaded : Released<Metadata> {
  Loaded(const Requester& r, std::u16string text) {
    IVssExamineWriterMetadata* made = nullptr;
    hresult = createMetadata(r.service, text.data(), &made);
    object = static_cast<Metadata*>(made);
  }
  HRESULT hresult;
};

// ---- What it says ----
TEST(WriterMetadataOf, ARichWriterSaysAllThatTheScenarioSays) {
  Requester r(rich());
  MetadataReader metadata(r.b1());
  EXPECT_EQ(all(metadata.object), R"({00000000-0000-4000-8000-000000000000}{00000000-0000-0000-0000-0000000000c1}"Writer"VSS_UT_USERDATAVSS_ST_TRANSACTEDDB "one"
S_OK VSS_RME_STOP_RESTORE_START "svc" "call us" VSS_WRE_ALWAYS reboot
3.1 schema 272
- "E:\\"; "*.tmp"; recursive; null S_FALSE; 3855
- "E:\\more"; "*"; null S_FALSE; 3855
- "from"; "*"; "to"; 3855
- "S:\\"; "*.vhd"; null S_FALSE; 3855
- VSS_CT_FILEGROUP null; "System Files"; "All"; icon 0 255 161; 1; 1; 0; 1; 4
- "F:\\"; "*"; recursive; "A:\\"; 8
- S_OK {00000000-0000-0000-0000-0000000000c2} "L"; "D"; 
- S_FALSE {00000000-0000-0000-0000-000000000000} null S_FALSE; null S_FALSE; 
- VSS_CT_FILEGROUP "System Files"; "Part"; null; icon; 0; 0; 1; 1; 0
- "P:\\"; "*"; null S_FALSE; 3855
- VSS_CT_DATABASE null; "Data"; null; icon; 0; 0; 1; 1; 0
- "DB"; "*.mdf"; null S_FALSE; 3855
- "LOG"; "*.ldf"; null S_FALSE; 3855
)");
}
TEST(WriterMetadataOf, AWriterThatSaysNothingHasNothing) {
  Requester r(oneWriter());
  MetadataReader metadata(r.b1());
  EXPECT_EQ(all(metadata.object), R"({00000000-0000-4000-8000-000000000000}{00000000-0000-0000-0000-0000000000c1}"Writer"VSS_UT_OTHERVSS_ST_OTHER null
S_FALSE VSS_RME_UNDEFINED null null VSS_WRE_UNDEFINED
0.0 schema 0
)");
}
TEST(WriterMetadataOf, TheSystemWriterHasItsFiles) {
  Requester r;
  MetadataReader metadata(r.b1(), 3);
  const std::string text = all(metadata.object);
  for (const char* part : {"\"System Writer\"VSS_UT_BOOTABLESYSTEMSTATE", "VSS_RME_RESTORE_AT_REBOOT", "null; \"System Files\"; \"System files\"",
                           "\"%SystemRoot%\\\\WinSxS\"; \"*\"; recursive"})
    EXPECT_NE(text.find(part), text.npos) << part << " is not in\n" << text;
}

// ---- How a requester comes to it ----
TEST(GetWriterMetadata, IsForWhatWasGatheredAndNotFreed) {
  Requester r;
  VSS_ID id{1, 2, 3, {}};
  IVssExamineWriterMetadata* metadata = nullptr;
  IVssExamineWriterMetadataEx* ex = nullptr;
  auto both = [&](UINT index, HRESULT expected) {
    auto* old = reinterpret_cast<IVssExamineWriterMetadataEx*>(&id);
    metadata = ex = old;
    EXPECT_EQ(r->GetWriterMetadata(index, &id, &metadata), expected);
    EXPECT_EQ(r->GetWriterMetadataEx(index, &id, &ex), expected);
    EXPECT_EQ(metadata, nullptr);
    EXPECT_EQ(ex, nullptr);
    EXPECT_EQ(id, Guid());
  };
  both(0, B);
  both(0, (r.forBackup(), B));
  auto* pending = r.start(&Starters::GatherWriterMetadata);
  both(0, B);
  EXPECT_EQ(Requester::end(pending), F);
  both(9, N);
  both(~0u, N);
  EXPECT_EQ(r->GetWriterMetadata(0, nullptr, &metadata), A);
  EXPECT_EQ(r->GetWriterMetadata(0, &id, nullptr), A);
  EXPECT_EQ(r->GetWriterMetadataEx(0, nullptr, &ex), A);
  EXPECT_EQ(r->GetWriterMetadataEx(0, &id, nullptr), A);
  UINT count = 0;
  EXPECT_EQ(r->GetWriterMetadataCount(&count), S_OK);
  for (UINT i = 0; i < count; ++i) {
    MetadataReader one(r, i), two(r, i);
    EXPECT_NE(one.object, two.object);
    EXPECT_EQ(all(one.object), all(two.object));
    EXPECT_EQ(all(one.object).substr(0, 38), toString(one.instance));
    Released<IVssExamineWriterMetadataEx> third;
    EXPECT_EQ(r->GetWriterMetadataEx(i, &id, &third.object), S_OK);
    EXPECT_EQ(all(static_cast<Metadata*>(third.object)), all(one.object));
    EXPECT_EQ(id, one.instance);
  }
  EXPECT_EQ(r->FreeWriterMetadata(), S_OK);
  both(0, B);
  EXPECT_EQ(r->FreeWriterMetadata(), B);
  EXPECT_EQ(r.run(&Starters::GatherWriterMetadata), B);
}
TEST(GetWriterMetadata, IsForARestoreToo) {
  Requester r;
  MetadataReader metadata(r.r1(), 3);
  EXPECT_NE(all(metadata.object).find("System Writer"), std::string::npos);
}
TEST(GetWriterMetadata, GivesAnObjectThatFreeWriterMetadataDoesNotTouch) {
  Requester r;
  MetadataReader metadata(r.b1());
  const std::string before = all(metadata.object);
  EXPECT_EQ(r->FreeWriterMetadata(), S_OK);
  EXPECT_EQ(all(metadata.object), before);
  r.release();
  EXPECT_EQ(all(metadata.object), before);
}
TEST(GetWriterMetadata, ShowsWhomTheRequesterWantsToHear) {
  Requester r;
  EXPECT_EQ(r.forBackup()->EnableWriterClasses(&kSystemFiles.writerClassId, 1), S_OK);
  MetadataReader metadata(r.withMetadata(), 0);
  EXPECT_NE(all(metadata.object).find("System Writer"), std::string::npos);
  IVssExamineWriterMetadata* none = nullptr;
  VSS_ID id;
  EXPECT_EQ(r->GetWriterMetadata(1, &id, &none), N);
}

// ---- What cannot be read ----
TEST(WriterMetadata, HasNoIncludeFilesAndNoDocumentOfMsxml) {
  Requester r;
  MetadataReader metadata(r.b1());
  auto* file = reinterpret_cast<IVssWMFiledesc*>(&r);
  auto* document = reinterpret_cast<IXMLDOMDocument*>(&r);
  EXPECT_EQ(metadata->GetIncludeFile(0, &file), E_NOTIMPL);
  EXPECT_EQ(metadata->GetDocument(&document), E_NOTIMPL);
  EXPECT_EQ(file, nullptr);
  EXPECT_EQ(document, nullptr);
  EXPECT_EQ(metadata->GetIncludeFile(0, nullptr), E_NOTIMPL);
  EXPECT_EQ(metadata->GetDocument(nullptr), E_NOTIMPL);
}
TEST(FreeComponentInfo, TakesOneOfAnotherObjectAndNull) {
  Requester r(rich());
  MetadataReader metadata(r.b1());
  Released<IVssWMComponent> one, two;
  EXPECT_EQ(metadata->GetComponent(0, &one.object), S_OK);
  EXPECT_EQ(metadata->GetComponent(2, &two.object), S_OK);
  VSS_COMPONENTINFO *first = nullptr, *again = nullptr;
  EXPECT_EQ(one->GetComponentInfo(&first), S_OK);
  EXPECT_EQ(one->GetComponentInfo(&again), S_OK);
  EXPECT_NE(first, again);
  EXPECT_EQ(two->FreeComponentInfo(first), S_OK);
  EXPECT_EQ(again->pbIcon[1], 0xFF);
  EXPECT_EQ(one->FreeComponentInfo(again), S_OK);
  EXPECT_EQ(one->FreeComponentInfo(nullptr), S_OK);
}

// ---- Saved and loaded ----
TEST(SavedMetadata, SaysWhatTheLiveObjectSays) {
  for (const std::string& scenario : {rich(), oneWriter(), std::string("{}")}) {
    Requester r(scenario);
    r.b1();
    UINT count = 0;
    EXPECT_EQ(r->GetWriterMetadataCount(&count), S_OK);
    for (UINT i = 0; i < count; ++i) {
      MetadataReader live(r, i);
      Loaded loaded(r, savedMetadata(live.object));
      ASSERT_EQ(loaded.hresult, S_OK);
      EXPECT_EQ(all(loaded.object), all(live.object));
      EXPECT_EQ(savedMetadata(loaded.object), savedMetadata(live.object));
    }
  }
}
TEST(SavedMetadata, LooksLikeThis) {
  Requester r(oneWriter(R"("components": [{"name": "C", "files": [{"path": "P", "filespec": "*"}]}])"));
  MetadataReader metadata(r.b1());
  EXPECT_EQ(toUtf8(savedMetadata(metadata.object)),
            R"(<WRITER_METADATA xmlns="x-schema:#VssWriterMetadataInfo" version="1.1"><IDENTIFICATION writerId="00000000-0000-0000-0000-0000000000c1" )"
            R"(instanceId="00000000-0000-4000-8000-000000000000" friendlyName="Writer" usage="VSS_UT_OTHER" dataSource="VSS_ST_OTHER"/>)"
            R"(<COMPONENT componentType="VSS_CT_FILEGROUP" componentName="C" selectable="yes" selectableForRestore="yes">)"
            R"(<FILE_LIST path="P" filespec="*" filespecBackupType="3855"/></COMPONENT></WRITER_METADATA>)");
}
WriterMetadata odd() {
  WriterMetadata metadata = parseScenario(rich()).writers[0];
  for (auto& component : metadata.components) component.notes = {};  // no part of the document
  const std::u16string text{u'<', u'&', u'"', u'\'', u'>', u'\n', u'\r', u'\t', 1, 0x1F, 0x7F, 0xE9, 0xD800, u'x', 0xDC00, 0xD83D, 0xDE00, 0xFFFF, u' ', u' '};
  metadata.name = text + u'\0' + text + u'\0';
  metadata.instanceName = u"";
  metadata.restoreMethod->service = metadata.restoreMethod->userProcedure = text;
  metadata.excludeFiles[0].path = metadata.alternateLocations[0].filespec = text;
  metadata.alternateLocations[0].alternateLocation = text;
  metadata.components[0].caption = metadata.components[0].logicalPath = metadata.components[0].name = text;
  metadata.components[0].dependencies[0].name = text;
  metadata.components[1].caption = u"";
  metadata.majorVersion = metadata.backupSchema = 0xFFFFFFFF;
  return metadata;
}
TEST(SavedMetadata, LosesNothing) {
  for (MaybeText name : {odd().name, MaybeText(), MaybeText(u""), MaybeText(std::u16string(3, u'\0'))}) {
    WriterMetadata metadata = odd();
    metadata.name = name;
    auto back = readMetadata(writeMetadata(metadata).c_str());
    ASSERT_TRUE(back);
    EXPECT_TRUE(*back == metadata);
  }
}
TEST(SavedMetadata, OfANameWithNulHasItsCodeUnits) {
  WriterMetadata metadata;
  metadata.classId = {1, 2, 3, {}};
  metadata.name = std::u16string(u"A\0", 2) + char16_t(0xD800);
  const std::string text = toUtf8(writeMetadata(metadata));
  EXPECT_NE(text.find(R"( friendlyNameUtf16="00410000d800")"), text.npos) << text;
  EXPECT_EQ(text.find("friendlyName="), text.npos) << text;
}
TEST(SavedMetadata, IsRefusedWhereAnythingInItIsWrong) {
  const std::u16string good = writeMetadata(odd());
  auto with = [&](std::u16string from, const std::u16string& to) {
    std::u16string text = good;
    std::size_t at = text.find(from);
    EXPECT_NE(at, text.npos) << toUtf8(from);
    return text.replace(at, from.size(), to);
  };
  Requester r;
  EXPECT_EQ(Loaded(r, with(u" version=\"1.1\"", u" more='1'")).hresult, S_OK);
  for (const auto& bad : {with(u"VSS_UT_USERDATA", u"USERDATA"), with(u"VSS_CT_DATABASE", u"VSS_CT_UNDEFINED"), with(u" componentType=\"VSS_CT_DATABASE\"", u""),
                          with(u"componentName=\"Data\"", u""), with(u"writerId=\"0", u"writerId=\"x"), with(u" writerId=", u" writer="),
                          with(u"IDENTIFICATION", u"IDENTITY"), with(u"<RESTORE_METHOD", u"<IDENTIFICATION writerId=\"1\"/><RESTORE_METHOD"),
                          with(u"recursive=\"yes\"", u"recursive=\"true\""), with(u"filespecBackupType=\"3855\"", u"filespecBackupType=\"3855x\""),
                          with(u"filespecBackupType=\"3855\"", u"filespecBackupType=\"4294967296\""), with(u"filespecBackupType=\"3855\"", u"filespecBackupType=\"-1\""),
                          with(u"icon=\"00ffa1\"", u"icon=\"00ffa\""), with(u"icon=\"00ffa1\"", u"icon=\"00ffg1\""), with(u"friendlyNameUtf16=\"", u"friendlyNameUtf16=\"0"),
                          with(u"</WRITER_METADATA>", u""), u"<x>" + good + u"</x>", good + good, good + u"text", std::u16string(), std::u16string(u"no XML"),
                          std::u16string(u"<BACKUP_COMPONENTS/>"), std::u16string(u"<WRITER_METADATA/>")})
    EXPECT_EQ(nameOf(Loaded(r, bad).hresult), "VSS_E_INVALID_XML_DOCUMENT") << toUtf8(bad);
  for (std::size_t cut = 0; cut < good.size(); ++cut) EXPECT_FALSE(readMetadata(good.substr(0, cut).c_str())) << cut;
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::u16string changed = good;
    changed[i] ^= 3;
    readMetadata(changed.c_str());
  }
}
TEST(LoadFromXml, TakesThePlaceOfWhatWasThereAndLeavesWhatWasHandedOut) {
  Requester r(rich());
  MetadataReader metadata(r.b1());
  Released<IVssWMComponent> component;
  EXPECT_EQ(metadata->GetComponent(0, &component.object), S_OK);
  const std::string before = all(metadata.object);
  std::u16string other = writeMetadata(odd()), bad = u"<WRITER_METADATA>";
  EXPECT_EQ(metadata->LoadFromXML(bad.data()), VSS_E_INVALID_XML_DOCUMENT);
  EXPECT_EQ(metadata->LoadFromXML(nullptr), A);
  EXPECT_EQ(all(metadata.object), before);
  EXPECT_EQ(metadata->LoadFromXML(other.data()), S_OK);
  EXPECT_EQ(savedMetadata(metadata.object), other);
  VSS_COMPONENTINFO* info = nullptr;
  EXPECT_EQ(component->GetComponentInfo(&info), S_OK);
  EXPECT_EQ(std::u16string(info->bstrComponentName), u"System Files");
  EXPECT_EQ(component->FreeComponentInfo(info), S_OK);
  MetadataReader again(r);
  EXPECT_EQ(all(again.object), before);
}
TEST(LoadFromXml, MaySayNoByFalse) {
  Requester r(choosing("loadOfBadDocument", "sFalse"));
  MetadataReader metadata(r.b1());
  const std::string before = all(metadata.object);
  char16_t bad[] = u"<WRITER_METADATA>";
  EXPECT_EQ(metadata->LoadFromXML(bad), S_FALSE);
  EXPECT_EQ(all(metadata.object), before);
}
TEST(CreateVssExamineWriterMetadata, GoesThroughTheExportedFunction) {
  Requester r(rich());
  MetadataReader live(r.b1());
  std::u16string text = savedMetadata(live.object);
  char16_t* xml = text.data();
  Released<IVssExamineWriterMetadata> made;
  IVssExamineWriterMetadata** out = &made.object;
  void* args[] = {&xml, &out};
  const MethodInfo& function = createVssExamineWriterMetadata();
  EXPECT_EQ(callFunction(nullptr, function, args), VSS_E_UNEXPECTED);
  EXPECT_EQ(callFunction(r.service, function, args), S_OK);
  EXPECT_EQ(all(static_cast<Metadata*>(made.object)), all(live.object));
  IVssExamineWriterMetadata* none = live.object;
  out = &none;
  xml = nullptr;
  EXPECT_EQ(callFunction(r.service, function, args), A);
  char16_t bad[] = u"<a/>";
  xml = bad;
  EXPECT_EQ(callFunction(r.service, function, args), VSS_E_INVALID_XML_DOCUMENT);
  EXPECT_EQ(none, nullptr);
  out = nullptr;
  EXPECT_EQ(callFunction(r.service, function, args), A);
}
TEST(CreateVssExamineWriterMetadata, FailsAsTheScenarioOrders) {
  for (const char* code : {"E_ACCESSDENIED", "E_INVALIDARG", "E_OUTOFMEMORY", "VSS_E_INVALID_XML_DOCUMENT", "VSS_E_UNEXPECTED"}) {
    Requester r(R"({"calls": [{"method": "CreateVssExamineWriterMetadata", "result": ")" + std::string(code) + "\"}]}");
    EXPECT_EQ(nameOf(Loaded(r, writeMetadata(odd())).hresult), code);
  }
  auto service = std::make_shared<Service>(parseScenario(R"({"accessDenied": "create"})"));
  IVssExamineWriterMetadata* none = nullptr;
  std::u16string text = writeMetadata(odd());
  EXPECT_EQ(createMetadata(service, text.data(), &none), E_ACCESSDENIED);
}

}  // namespace
}  // namespace vss::model
