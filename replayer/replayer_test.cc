#include "replayer/testing.h"

namespace vss {
namespace {

using ReplayerTest = ReplayTest;

TEST_F(ReplayerTest, AnswersEveryCallAsItWasRecordedAndHasNothingToReport) {
  created(1);
  initialized(1);
  gathered(1, 2);
  counted(1, 2);
  told(1, 0, u"System Writer");
  told(1, 1, u"SqlServerWriter", VSS_WS_FAILED_AT_FREEZE, VSS_E_WRITERERROR_TIMEOUT);
  freed(1);

  auto* backup = gather();
  UINT count = 0;
  EXPECT_EQ(backup->GetWriterStatusCount(&count), S_OK);
  EXPECT_EQ(count, 2u);
  Status first = ask(backup, 0), second = ask(backup, 1);
  EXPECT_EQ(first.name, u"System Writer");
  EXPECT_EQ(first.instance, Guid{100});
  EXPECT_EQ(first.writer, Guid{200});
  EXPECT_EQ(first.state, VSS_WS_STABLE);
  EXPECT_EQ(first.failure, S_OK);
  EXPECT_EQ(second.name, u"SqlServerWriter");
  EXPECT_EQ(second.state, VSS_WS_FAILED_AT_FREEZE);
  EXPECT_EQ(second.failure, VSS_E_WRITERERROR_TIMEOUT);
  EXPECT_EQ(backup->FreeWriterStatus(), S_OK);
  EXPECT_EQ(reportAtEnd(), "");
}

TEST_F(ReplayerTest, GivesNullEmptyAndOddStringsBackAsTheyWere) {
  const std::u16string odd(u"a\0b\xD800 \"\n", 7);
  created(1);
  recorded(1, "SaveAsXML", {}, S_OK, {kind(ValueKind::null)});
  recorded(1, "SaveAsXML", {}, S_OK, {text(u"")});
  recorded(1, "SaveAsXML", {}, S_OK, {text(odd)});
  recorded(1, "GetRootAndLogicalPrefixPaths", {text(u"C:\\x"), number(0)}, S_OK, {text(u"C:\\"), kind(ValueKind::null)});
  auto* backup = create();
  char16_t* xml = reinterpret_cast<char16_t*>(1);
  EXPECT_EQ(backup->SaveAsXML(&xml), S_OK);
  EXPECT_EQ(xml, nullptr);
  EXPECT_EQ(backup->SaveAsXML(&xml), S_OK);
  ASSERT_NE(xml, nullptr);
  EXPECT_EQ(sysStringLen(xml), 0u);
  sysFreeString(xml);
  EXPECT_EQ(backup->SaveAsXML(&xml), S_OK);
  EXPECT_EQ(std::u16string(xml, sysStringLen(xml)), odd);
  sysFreeString(xml);
  char16_t *root = nullptr, *prefix = reinterpret_cast<char16_t*>(1);
  EXPECT_EQ(static_cast<IVssBackupComponentsEx4*>(backup)->GetRootAndLogicalPrefixPaths(u"C:\\x", &root, &prefix, 0), S_OK);
  EXPECT_EQ(std::u16string(root), u"C:\\");
  EXPECT_EQ(prefix, nullptr);
  coTaskMemFree(root);
  EXPECT_EQ(reportAtEnd(), "");
}

TEST_F(ReplayerTest, GivesAStructureBackWithStringsThatTheProgramMayFree) {
  created(1);
  In fields{id(1), id(2), number(3), text(u"\\\\?\\dev"), text(u"C:\\"), kind(ValueKind::null), text(u""), kind(ValueKind::null), kind(ValueKind::null), id(4),
            number(5), number(0x01D2345678ABCDEF), number(VSS_SS_CREATED)};
  recorded(1, "GetSnapshotProperties", {id(1)}, S_OK, fields);
  VSS_SNAPSHOT_PROP prop;
  std::memset(static_cast<void*>(&prop), 0xEE, sizeof prop);
  EXPECT_EQ(create()->GetSnapshotProperties(Guid{1}, &prop), S_OK);
  EXPECT_EQ(prop.m_SnapshotSetId, Guid{2});
  EXPECT_EQ(prop.m_lSnapshotsCount, 3);
  EXPECT_EQ(std::u16string(prop.m_pwszSnapshotDeviceObject), u"\\\\?\\dev");
  EXPECT_EQ(prop.m_pwszOriginatingMachine, nullptr);
  EXPECT_EQ(std::u16string(prop.m_pwszServiceMachine), u"");
  EXPECT_EQ(prop.m_ProviderId, Guid{4});
  EXPECT_EQ(prop.m_tsCreationTimestamp, 0x01D2345678ABCDEF);
  EXPECT_EQ(prop.m_eStatus, VSS_SS_CREATED);
  for (auto* text : {prop.m_pwszSnapshotDeviceObject, prop.m_pwszOriginalVolumeName, prop.m_pwszServiceMachine}) coTaskMemFree(text);
}

TEST_F(ReplayerTest, LeavesTheOutputsOfAFailedCallAsTheyWereLeft) {
  created(1);
  recorded(1, "GetWriterStatus", {number(0)}, VSS_E_BAD_STATE,
           {kind(ValueKind::unchanged), kind(ValueKind::zeroed), kind(ValueKind::zeroed), kind(ValueKind::unchanged), ValueView{ValueKind::raw, 0, {"\1\2\3\4", 4}}});
  Guid instance{0xAA}, writer{0xBB};
  char16_t* name = reinterpret_cast<char16_t*>(8);
  VSS_WRITER_STATE state = static_cast<VSS_WRITER_STATE>(9);
  HRESULT failure = 7;
  EXPECT_EQ(create()->GetWriterStatus(0, &instance, &writer, &name, &state, &failure), VSS_E_BAD_STATE);
  EXPECT_EQ(instance, Guid{0xAA});
  EXPECT_EQ(writer, Guid{});
  EXPECT_EQ(name, nullptr);
  EXPECT_EQ(state, 9);
  EXPECT_EQ(failure, 0x04030201);
  EXPECT_EQ(report(), "");
}

TEST_F(ReplayerTest, FillsWhatIsFilledOnFailureToo) {
  created(1);
  recorded(1, "DeleteSnapshots", {id(1), number(VSS_OBJECT_SNAPSHOT), number(0)}, VSS_E_OBJECT_NOT_FOUND, {number(2), id(5)});
  LONG deleted = -1;
  Guid left{};
  EXPECT_EQ(create()->DeleteSnapshots(Guid{1}, VSS_OBJECT_SNAPSHOT, 0, &deleted, &left), VSS_E_OBJECT_NOT_FOUND);
  EXPECT_EQ(deleted, 2);
  EXPECT_EQ(left, Guid{5});
}

TEST_F(ReplayerTest, TakesANullOutputPointerWhereOneWasRecorded) {
  created(1);
  recorded(1, "GetWriterStatusCount", {}, E_INVALIDARG, {kind(ValueKind::noPointer)}, 1);
  EXPECT_EQ(create()->GetWriterStatusCount(nullptr), E_INVALIDARG);
  EXPECT_EQ(reportAtEnd(), "");
}

TEST_F(ReplayerTest, ComparesInputsOfEveryKind) {
  created(1);
  std::string two = id(1).bytes.str() + id(2).bytes.str();
  recorded(1, "DisableWriterClasses", {ValueView::ofBytes(two), number(2)});
  recorded(1, "SetBackupState", {number(1), number(0), number(VSS_BT_FULL), number(0)});
  recorded(1, "AddComponent", {id(1), id(2), number(VSS_CT_DATABASE), kind(ValueKind::null), text(u"db")});
  auto* backup = create();
  Guid wrong[] = {{1}, {3}}, right[] = {{1}, {2}};
  EXPECT_EQ(backup->DisableWriterClasses(wrong, 2), VSS_E_UNEXPECTED);
  EXPECT_EQ(backup->DisableWriterClasses(right, 2), S_OK);
  EXPECT_EQ(backup->SetBackupState(true, true, VSS_BT_FULL, false), VSS_E_UNEXPECTED);
  EXPECT_EQ(backup->SetBackupState(true, false, VSS_BT_FULL, false), S_OK);
  EXPECT_EQ(backup->AddComponent(Guid{1}, Guid{2}, VSS_CT_DATABASE, u"", u"db"), VSS_E_UNEXPECTED);  // null is not empty
  EXPECT_EQ(backup->AddComponent(Guid{1}, Guid{2}, VSS_CT_DATABASE, nullptr, u"db"), S_OK);
  EXPECT_EQ(played->report.divergences(), 3);
}

TEST_F(ReplayerTest, HoldsNothingAgainstAnInputThatCouldNotBeRead) {
  created(1);
  recorded(1, "InitializeForBackup", {kind(ValueKind::unreadable)});
  EXPECT_EQ(create()->InitializeForBackup(const_cast<char16_t*>(u"anything")), S_OK);
  EXPECT_EQ(reportAtEnd(), "");
}

TEST_F(ReplayerTest, TakesTheIndexesInAnyOrder) {
  recordSession(3);
  auto* backup = gather();
  EXPECT_EQ(ask(backup, 2).name, u"Writer C");
  EXPECT_EQ(ask(backup, 0).name, u"Writer A");
  EXPECT_EQ(ask(backup, 1).name, u"Writer B");
  EXPECT_EQ(report(), "");
}

TEST_F(ReplayerTest, AnswersTheSecondGatherWithTheSecondRecordingHoweverMuchOfTheFirstWasRead) {
  recordSession(3);
  gathered(1, 3);
  counted(1, 1);
  told(1, 0, u"Second A", VSS_WS_FAILED_AT_THAW);
  auto* backup = gather();
  EXPECT_EQ(ask(backup, 0).name, u"Writer A");
  gatherAgain(backup);  // writers B and C, and the free, were left out
  UINT count = 0;
  EXPECT_EQ(backup->GetWriterStatusCount(&count), S_OK);
  EXPECT_EQ(count, 1u);
  EXPECT_EQ(ask(backup, 0).name, u"Second A");
  EXPECT_EQ(report(), "");
}

TEST_F(ReplayerTest, ReadsMetadataAndStatusIndependentlyOfEachOther) {
  created(1);
  recorded(1, "GatherWriterMetadata", {}, S_OK, {object(2)});
  recorded(1, "GetWriterMetadataCount", {}, S_OK, {number(4)});
  gathered(1, 3);
  counted(1, 4);
  auto* backup = create();
  IVssAsync* operation = nullptr;
  EXPECT_EQ(backup->GatherWriterMetadata(&operation), S_OK);
  gatherAgain(backup);
  UINT count = 0;
  EXPECT_EQ(backup->GetWriterStatusCount(&count), S_OK);
  EXPECT_EQ(backup->GetWriterMetadataCount(&count), S_OK);  // recorded before the status was gathered
  EXPECT_EQ(reportAtEnd(), "");
}

TEST_F(ReplayerTest, ComputesReferencesAndQueryInterface) {
  recordSession();
  recorded(1, "QueryInterface", {ValueView::ofGuid(IVssBackupComponentsEx2::iid)}, E_NOINTERFACE, {kind(ValueKind::zeroed)});
  auto* backup = create();
  EXPECT_EQ(backup->AddRef(), 2u);
  void* other = nullptr;
  EXPECT_EQ(backup->QueryInterface(IVssBackupComponentsEx3::iid, &other), S_OK);
  EXPECT_EQ(other, backup);
  EXPECT_EQ(backup->QueryInterface(IUnknown::iid, &other), S_OK);
  EXPECT_EQ(other, backup);
  EXPECT_EQ(backup->QueryInterface(IVssBackupComponentsEx2::iid, &other), E_NOINTERFACE);  // as when it was recorded
  EXPECT_EQ(other, nullptr);
  EXPECT_EQ(backup->QueryInterface(IVssAsync::iid, &other), E_NOINTERFACE);
  EXPECT_EQ(backup->QueryInterface(IUnknown::iid, nullptr), E_POINTER);
  for (ULONG left = 3; left + 1 > 0; --left) EXPECT_EQ(backup->Release(), left);
  EXPECT_EQ(report(), "");
}

TEST_F(ReplayerTest, KeepsObjectsThatTheProgramUsesAfterItsLastRelease) {
  recordSession(1);
  auto* backup = gather();
  EXPECT_EQ(backup->Release(), 0u);
  EXPECT_EQ(backup->Release(), 0u);
  EXPECT_EQ(ask(backup, 0).name, u"Writer A");
}

TEST_F(ReplayerTest, GivesFailuresOfTheFactoryInTheirOrder) {
  recorded(0, "CreateVssBackupComponents", {}, E_ACCESSDENIED, {kind(ValueKind::zeroed)});
  recorded(0, "CreateVssBackupComponents", {}, E_INVALIDARG, {kind(ValueKind::noPointer)}, 1);
  created(1);
  play();
  auto* backup = reinterpret_cast<IVssBackupComponents*>(1);
  EXPECT_EQ(played->replayer.create(&backup), E_ACCESSDENIED);
  EXPECT_EQ(backup, nullptr);
  EXPECT_EQ(played->replayer.create(&backup), S_OK);
  EXPECT_NE(backup, nullptr);
  EXPECT_EQ(played->replayer.create(nullptr), E_INVALIDARG);
  EXPECT_EQ(reportAtEnd(), "");
}

TEST_F(ReplayerTest, SaysVssEUnexpectedWithEveryOutputZeroWhereNothingMatchesAndGoesOn) {
  recordSession(1);
  auto* backup = gather();
  Status wrong = ask(backup, 5);
  EXPECT_EQ(wrong.result, VSS_E_UNEXPECTED);
  EXPECT_EQ(wrong.instance, Guid{});
  EXPECT_EQ(wrong.writer, Guid{});
  EXPECT_EQ(wrong.name, std::nullopt);
  EXPECT_EQ(wrong.state, 0);
  EXPECT_EQ(wrong.failure, 0);
  EXPECT_EQ(ask(backup, 0).name, u"Writer A");
  EXPECT_EQ(played->report.divergences(), 1);
  EXPECT_EQ(played->stops, 0);
}

TEST_F(ReplayerTest, StopsAtTheFirstDivergenceIfAskedToAndSaysFirstWhatWasNeverAskedFor) {
  recordSession(1);
  play("on-divergence=stop");
  auto* backup = create();
  EXPECT_EQ(played->stops, 0);
  backup->AbortBackup();
  EXPECT_EQ(played->stops, 1);
  EXPECT_NE(report().find("5 recorded calls were never asked for"), std::string::npos) << report();
  EXPECT_EQ(reportAtEnd(), report());  // once
}

TEST_F(ReplayerTest, RefusesWithoutCrashingWhatTheRecordingDoesNotHold) {
  created(1);
  recorded(1, "GetWriterMetadata", {number(0)}, S_OK, {id(1), kind(ValueKind::foreignObject)});
  Guid instance{7};
  auto* metadata = reinterpret_cast<IVssExamineWriterMetadata*>(1);
  EXPECT_EQ(create()->GetWriterMetadata(0, &instance, &metadata), VSS_E_UNEXPECTED);
  EXPECT_EQ(instance, Guid{});
  EXPECT_EQ(metadata, nullptr);
  EXPECT_NE(report().find("ppMetadata was an IVssExamineWriterMetadata, which this version does not record"), std::string::npos) << report();
}

TEST_F(ReplayerTest, ServesAnObjectWhoseCreationIsLost) {
  initialized(7);  // the trace begins after object 7 was made
  auto* backup = create();
  EXPECT_EQ(backup->InitializeForBackup(nullptr), S_OK);
  ASSERT_EQ(played->script.warnings().size(), 1u);
  EXPECT_NE(played->script.warnings()[0].find("the call that made object #7 is lost"), std::string::npos) << played->script.warnings()[0];
  EXPECT_EQ(reportAtEnd(), "");
}

TEST_F(ReplayerTest, SurvivesANoteWithFewerValuesThanItsMethodHas) {
  created(1);
  recorded(1, "GetWriterStatus", {}, S_OK, {id(1)});
  recorded(1, "QueryInterface", {}, E_NOINTERFACE, {});
  auto* backup = create();
  Status status = ask(backup, 0);
  EXPECT_EQ(status.result, S_OK);
  EXPECT_EQ(status.instance, Guid{1});
  EXPECT_EQ(status.name, std::nullopt);
  EXPECT_EQ(status.state, 0);
}

TEST_F(ReplayerTest, SaysWhereATraceWasCutOffAndServesWhatIsThere) {
  recordSession(2);
  writer->abandon();
  auto* backup = gather();
  EXPECT_EQ(ask(backup, 1).name, u"Writer B");
  ASSERT_EQ(played->script.warnings().size(), 1u);
  EXPECT_NE(played->script.warnings()[0].find("cut off: the recorder was killed or is still at work; what is served ends with call 10"), std::string::npos)
      << played->script.warnings()[0];
}

TEST_F(ReplayerTest, SaysWhichMethodsItDoesNotServe) {
  created(1);
  static const MethodInfo tomorrow{"IVssBackupComponents", "GetWriterStatus", 19, {}, Returns::hresult, nullptr};  // without parameters
  auto call = trace().enter(tomorrow, 1, 0, {});
  trace().leave(call, tomorrow, 1, 0, {});
  play();
  ASSERT_EQ(played->script.warnings().size(), 1u);
  EXPECT_NE(played->script.warnings()[0].find("call 2: IVssBackupComponents::GetWriterStatus@19() hresult is described otherwise in this version"),
            std::string::npos) << played->script.warnings()[0];
  EXPECT_EQ(ask(create(), 0).result, VSS_E_UNEXPECTED);
}

}  // namespace
}  // namespace vss
