// The Backup Components Document: what a requester saves is what it gets back, and what is no document is refused.
#include "document.h"

#include "testing.h"

namespace vss::model {
namespace {


std::u16string saved(const Requester& r) {
  char16_t* text = nullptr;
  EXPECT_EQ(r->SaveAsXML(&text), S_OK);
  return takeBstr(text).value_or(u"");
}
HRESULT save(const Requester& r) {
  char16_t* text = nullptr;
  HRESULT hresult = r->SaveAsXML(&text);
  EXPECT_EQ(text != nullptr, hresult == S_OK);
  sysFreeString(text);
  return hresult;
}

BackupDocument full() {
  BackupDocument document;
  document.selectComponents = document.bootableSystemState = document.partialFiles = true;
  document.backupType = VSS_BT_OTHER;
  document.restoreType = VSS_RTYPE_OTHER;
  ChosenComponent plain{{1, 2, 3, {}}, {4, 5, 6, {}}, {VSS_CT_DATABASE, u"", u"Plain"}};
  ChosenComponent said = plain;
  said.component = {VSS_CT_FILEGROUP, u"A\\B", u"Said"};
  said.backupSucceeded = said.selectedForRestore = true;
  said.restoreInstanceId = {7, 8, 9, {}};
  said.restoreStatus = VSS_RS_FAILED;
  ChosenComponent odd = plain;  // whatever a NUL-terminated text can hold
  const std::u16string oddText{u'<', u'&', u'"', u'\'', u'>', u'\n', u'\r', u'\t', 1, 0x1F, 0x7F, 0xE9, 0xD800, u'x', 0xDC00, 0xD83D, 0xDE00, 0xFFFF, u' ', u' '};
  odd.component.name = odd.backupOptions.emplace() = odd.notes.backupMetadata.emplace() = oddText;
  odd.alternateLocations = {{oddText, oddText, true, oddText}};
  odd.notes.applicationMessage = oddText + u'\0' + oddText;
  said.backupOptions = u"";  // not as none
  said.restoreOptions = u"o";
  said.previousBackupStamp = u"s";
  said.restoreName = u"n";
  said.rollForward = VSS_RF_PARTIAL;
  said.rollForwardPoint = u"p";
  said.additionalRestores = false;
  said.authoritativeRestore = true;
  said.newTargets = {{u"P", u"F", true, u"A", 1}, {u"P", u"F", false, {}, 0}};
  said.restoreSubcomponents = {{u"L", u"N", true}, {u"", u"N", false}};
  WriterNotes& notes = said.notes;
  notes.backupMetadata = notes.prepareForBackupFailureMsg = notes.backupStamp = notes.postSnapshotFailureMsg = u"";
  notes.restoreMetadata = u"1";
  notes.preRestoreFailureMsg = u"2";
  notes.postRestoreFailureMsg = u"3";
  notes.restoreTarget = VSS_RT_DIRECTED;
  notes.failure = VSS_E_WRITERERROR_TIMEOUT;
  notes.applicationFailure = INT32_MAX;
  notes.partialFiles = {{u"1", u"2", u"3", u"4"}, {}};
  notes.differencedFiles = {{u"1", u"2", true, INT64_MAX}, {}};
  notes.directedTargets = {{u"1", u"2", u"3", u"4", u"5", u"6"}, {}};
  document.components = {plain, said, odd};
  return document;
}

TEST(Document, IsReadBackAsItWasWritten) {
  for (const auto& document : {full(), BackupDocument()}) {
    auto back = readDocument(writeDocument(document, {}, {}).c_str());
    ASSERT_TRUE(back);
    EXPECT_TRUE(*back == document);
    EXPECT_EQ(writeDocument(*back, {}, {}), writeDocument(document, {}, {}));
  }
}
TEST(Document, LooksLikeThis) {
  Requester r;
  r.b4();
  r.succeeded();
  EXPECT_EQ(toUtf8(saved(r)),
            R"(<BACKUP_COMPONENTS xmlns="x-schema:#VssComponentMetadata" version="1.2" selectComponents="yes" bootableSystemStateBackup="no" )"
            R"(backupType="full" partialFileSupport="no"><WRITER_COMPONENTS instanceId="7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c01" )"
            R"(writerId="e8132975-6f93-4464-a53e-1050253ae220"><COMPONENT componentName="System Files" componentType="filegroup" )"
            R"(backupSucceeded="yes"/></WRITER_COMPONENTS><SNAPSHOT_SET_DESCRIPTION snapshotSetId=")" +
                toString(r.setId).substr(1, 36) + R"("><SNAPSHOT_DESCRIPTION snapshotId=")" + toString(r.copyId).substr(1, 36) +
                R"(" originalVolumeName="\\?\Volume{7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e0000}\"/></SNAPSHOT_SET_DESCRIPTION></BACKUP_COMPONENTS>)");
}
TEST(Document, IsRefusedWhereAnythingInItIsWrong) {
  const std::u16string good = writeDocument(full(), {}, {});
  auto with = [&](std::u16string from, const std::u16string& to) {
    std::u16string text = good;
    std::size_t at = text.find(from);
    EXPECT_NE(at, text.npos) << toUtf8(from);
    return text.replace(at, from.size(), to);
  };
  EXPECT_TRUE(readDocument(good.c_str()));
  EXPECT_TRUE(readDocument(with(u" version=\"1.2\"", u" more='1'").c_str()));
  for (const auto& bad : {with(u"backupType=\"other\"", u"backupType=\"most\""), with(u"selectComponents=\"yes\"", u"selectComponents=\"true\""),
                          with(u"restoreType=\"other\"", u"restoreType=\"\""), with(u"componentType=\"database\"", u"componentType=\"undefined\""),
                          with(u" componentType=\"database\"", u""), with(u"componentName=\"Plain\"", u""), with(u"writerId=\"0", u"writerId=\"x"),
                          with(u" instanceId=", u" instance="), with(u"restoreInstanceId=\"0", u"restoreInstanceId=\""),
                          with(u"filesRestored=\"failed\"", u"filesRestored=\"some\""), with(u"rollForward=\"VSS_RF_PARTIAL\"", u"rollForward=\"partial\""),
                          with(u"additionalRestores=\"no\"", u"additionalRestores=\"\""), with(u"restoreTarget=\"VSS", u"restoreTarget=\"VS"),
                          with(u" failure=\"-", u" failure=\"--"), with(u"applicationFailure=\"2", u"applicationFailure=\"3"),
                          with(u"lastModifyTime=\"", u"lastModifyTime=\"-"), with(u"repair=\"yes\"", u"repair=\"1\""),
                          with(u"applicationMessageUtf16=\"", u"applicationMessageUtf16=\"x"), with(u"</BACKUP_COMPONENTS>", u""),
                          u"<x>" + good + u"</x>", good + good, good + u"text"})
    EXPECT_FALSE(readDocument(bad.c_str())) << toUtf8(bad);
}
TEST(Document, OfAnyDepthOrLengthIsReadOrRefusedButNeverACrash) {
  std::u16string deep, closed, wide;
  for (int i = 0; i < 200'000; ++i) deep += u"<a>", closed += u"</a>";
  EXPECT_FALSE(readDocument(deep.c_str()));
  EXPECT_TRUE(readDocument((u"<BACKUP_COMPONENTS>" + deep + closed + u"</BACKUP_COMPONENTS>").c_str()));
  for (int i = 0; i < 20'000; ++i) wide += u"<WRITER_COMPONENTS/>";
  EXPECT_TRUE(readDocument((u"<BACKUP_COMPONENTS>" + wide + u"</BACKUP_COMPONENTS>").c_str()));
  const std::u16string good = writeDocument(full(), {}, {});
  for (std::size_t cut = 0; cut < good.size(); ++cut) EXPECT_FALSE(readDocument(good.substr(0, cut).c_str())) << cut;
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::u16string changed = good;
    changed[i] ^= 3;
    readDocument(changed.c_str());
  }
}

// ---- SaveAsXML ----
TEST(SaveAsXml, ComesAfterPrepareForBackup) {
  Requester fresh, open, prepared, done, completed, aborted;
  EXPECT_EQ(save(fresh), B);
  EXPECT_EQ(save(open.b2()), B);
  EXPECT_EQ(save(prepared.b3()), S_OK);
  EXPECT_EQ(prepared->SaveAsXML(nullptr), E_INVALIDARG);
  EXPECT_EQ(prepared->AbortBackup(), S_OK);
  EXPECT_EQ(save(done.b4()), S_OK);
  EXPECT_EQ(save(completed.b5()), S_OK);
}
TEST(SaveAsXml, OfARestoreHasWhatTheRequesterSaid) {
  Requester r;
  EXPECT_EQ(r.r3()->SetFileRestoreStatus(r.writer.classId, kSystemFiles.type, nullptr, kSystemFiles.name, VSS_RS_NONE), S_OK);
  auto document = readDocument(saved(r).c_str());
  ASSERT_TRUE(document);
  ASSERT_EQ(document->components.size(), 1u);
  EXPECT_TRUE(document->components[0].selectedForRestore);
  EXPECT_EQ(document->components[0].restoreStatus, VSS_RS_NONE);
}
TEST(SaveAsXml, HasTheComponentsOfASavedDocumentForABackupToo) {
  Requester r, again = r.beside();
  std::u16string text = saved(r.b3());
  EXPECT_EQ(r->AbortBackup(), S_OK);
  EXPECT_EQ(again->InitializeForBackup(text.data()), S_OK);
  EXPECT_EQ(again.withMetadata().add(), VSS_E_OBJECT_ALREADY_EXISTS);
  EXPECT_EQ(again->SetBackupState(true, false, VSS_BT_FULL, false), S_OK);
  again.startSet();
  again.addVolume();
  for (auto starter : {&IVssBackupComponents::PrepareForBackup, &IVssBackupComponents::DoSnapshotSet}) EXPECT_EQ(again.run(starter), F);
  EXPECT_EQ(again.succeeded(), S_OK);
}

}  // namespace
}  // namespace vss::model
