#include "recorder/recorder.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <thread>

#include "recorder/fake_vss.h"
#include "recorder/lone_pages.h"
#include "recorder/memory_limit.h"
#include "recorder/status.h"
#include "traces/call.h"

namespace vss {
namespace {

class RecorderTest : public testing::Test {
 protected:
  RecorderTest() {
    std::filesystem::remove(path);
    trace = std::make_unique<TraceWriter>(path, TraceOrigin{Origin::model, "recorder_test", "fake"});
    recorder = std::make_unique<Recorder>(*trace);
  }
  ~RecorderTest() override {
    recorder.reset();
    trace.reset();
    std::filesystem::remove(path);
  }

  IVssBackupComponents* newBackup() {
    IVssBackupComponents* backup = nullptr;
    EXPECT_EQ(recorder->create(&FakeVss::factory, &backup), S_OK);
    return backup;
  }

  // Ends the recording and reads it.
  std::vector<Call> calls() {
    trace->finish(TraceWriter::Ending::threadsDone);
    reader = std::make_unique<TraceReader>(path);
    auto loaded = loadCalls(*reader);
    EXPECT_EQ(reader->lostNotes(), 0u);
    EXPECT_TRUE(reader->problems().empty());
    remarks = loaded.remarks;
    return loaded.calls;
  }
  Call lastCall(const std::string& method) {
    Call found;
    for (auto& call : calls())
      if (call.is(method)) found = call;
    EXPECT_TRUE(found.signature) << "no call of " << method;
    return found;
  }

  std::filesystem::path path = std::filesystem::temp_directory_path() /
                               ("recorder_test-" + std::to_string(std::hash<std::thread::id>()(std::this_thread::get_id())) + "-" +
                                testing::UnitTest::GetInstance()->current_test_info()->name() + ".vsst");
  FakeVss vss;
  std::unique_ptr<TraceWriter> trace;
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<TraceReader> reader;
  std::vector<Remark> remarks;
};

const Guid kClass{0xE8132975, 0x6F93, 0x4464, {1}};

TEST_F(RecorderTest, NotesEveryOutputOfGetWriterStatus) {
  vss["GetWriterStatus"] = [](void* const* args) {
    *argument<Guid*>(args, 1) = kInstance;
    *argument<Guid*>(args, 2) = kClass;
    *argument<char16_t**>(args, 3) = sysAllocStringLen(u"Syst\0em \xD800", 9);
    *argument<std::int32_t*>(args, 4) = VSS_WS_FAILED_AT_FREEZE;
    *argument<HRESULT*>(args, 5) = VSS_E_WRITERERROR_TIMEOUT;
    return S_OK;
  };
  auto* backup = newBackup();
  Guid instance, writer;
  char16_t* name = nullptr;
  VSS_WRITER_STATE state;
  HRESULT failure;
  EXPECT_EQ(backup->GetWriterStatus(7, &instance, &writer, &name, &state, &failure), S_OK);
  EXPECT_EQ(instance, kInstance);
  EXPECT_EQ(std::u16string(name, sysStringLen(name)), std::u16string(u"Syst\0em \xD800", 9));
  sysFreeString(name);

  Call call = lastCall("GetWriterStatus");
  EXPECT_EQ(call.input("iWriter")->number, 7);
  EXPECT_EQ(call.hresult(), S_OK);
  EXPECT_EQ(call.output("pidInstance")->guid(), kInstance);
  EXPECT_EQ(call.output("pidWriter")->guid(), kClass);
  EXPECT_EQ(call.output("pbstrWriter")->text(), std::u16string(u"Syst\0em \xD800", 9));
  EXPECT_EQ(call.output("pnStatus")->number, VSS_WS_FAILED_AT_FREEZE);
  EXPECT_EQ(call.output("phResultFailure")->number, VSS_E_WRITERERROR_TIMEOUT);
}

TEST_F(RecorderTest, TellsANullStringFromAnEmptyOneAndALongOneFromItsStart) {
  std::u16string longName(5000, u'x');
  int round = 0;
  vss["SaveAsXML"] = [&](void* const* args) {
    char16_t*& out = *argument<char16_t**>(args, 0);
    out = round == 0 ? nullptr : round == 1 ? sysAllocStringLen(u"", 0) : sysAllocStringLen(longName.data(), longName.size());
    ++round;
    return S_OK;
  };
  auto* backup = newBackup();
  for (int i = 0; i < 3; ++i) {
    char16_t* text = nullptr;
    backup->SaveAsXML(&text);
    sysFreeString(text);
  }
  auto all = calls();
  EXPECT_EQ(all[1].outputs[0].kind, ValueKind::null);
  EXPECT_EQ(all[2].outputs[0].kind, ValueKind::stored);
  EXPECT_EQ(all[2].outputs[0].text(), u"");
  EXPECT_EQ(all[3].outputs[0].text(), longName);
}

TEST_F(RecorderTest, NotesWhichOutputPointersWereNullAndPassesThemOn) {
  vss["GetWriterStatus"] = [](void* const* args) { return argument<Guid*>(args, 1) || argument<void*>(args, 4) ? S_OK : E_INVALIDARG; };
  auto* backup = newBackup();
  char16_t* name = nullptr;
  EXPECT_EQ(backup->GetWriterStatus(0, nullptr, nullptr, &name, nullptr, nullptr), E_INVALIDARG);
  Call call = lastCall("GetWriterStatus");
  EXPECT_EQ(call.nulls, 0b11011u);
  EXPECT_EQ(call.outputs[0].kind, ValueKind::noPointer);
  EXPECT_EQ(call.outputs[2].kind, ValueKind::unchanged);
}

TEST_F(RecorderTest, SaysWhatAFailedCallDidToEachOutput) {
  vss["GetWriterStatus"] = [](void* const* args) {
    *argument<Guid*>(args, 1) = Guid{};
    *argument<char16_t**>(args, 3) = reinterpret_cast<char16_t*>(0xDEAD);
    return VSS_E_BAD_STATE;
  };
  auto* backup = newBackup();
  Guid instance = kInstance, writer = kClass;
  char16_t* name = nullptr;
  VSS_WRITER_STATE state = VSS_WS_STABLE;
  HRESULT failure = 77;
  EXPECT_EQ(backup->GetWriterStatus(0, &instance, &writer, &name, &state, &failure), VSS_E_BAD_STATE);
  EXPECT_EQ(failure, 77);
  EXPECT_EQ(name, reinterpret_cast<char16_t*>(0xDEAD)) << "the recorder changed what the requester got";
  Call call = lastCall("GetWriterStatus");
  EXPECT_EQ(call.outputs[0].kind, ValueKind::zeroed);
  EXPECT_EQ(call.outputs[1].kind, ValueKind::unchanged);
  EXPECT_EQ(call.outputs[2].kind, ValueKind::raw);
  EXPECT_EQ(call.outputs[4].kind, ValueKind::unchanged);
}

TEST_F(RecorderTest, SurvivesAnImplementationThatSaysSOkAndLeavesGarbageInTheStringPointer) {
  auto* backup = newBackup();
  char16_t* name = reinterpret_cast<char16_t*>(0x10);  // the requester's variable, never initialized; the fake does not touch it
  EXPECT_EQ(backup->SaveAsXML(&name), S_OK);
  EXPECT_EQ(name, reinterpret_cast<char16_t*>(0x10));
  EXPECT_EQ(lastCall("SaveAsXML").outputs[0].kind, ValueKind::unchanged);
}

// An implementation that hands out plain text where a BSTR is declared: four bytes of something else lie before it.
TEST_F(RecorderTest, TakesALengthThatCannotBeTrueForNone) {
  struct { std::u16string text; std::size_t before; std::uint32_t claimed; } cases[] = {
      {u"System", 100, 4}, {u"System", 100, 0}, {u"System", 100, 11}, {u"System", 100, 13}, {u"System", 0, 14}, {u"System", 0, 4096}, {u"System", 0, 0xFFFFFFFE},
      {u"odd address", 101, 4}, {std::u16string(u"Sys\0em", 6), 100, 13}, {std::u16string(2047, u'x'), 0, 0}};
  LonePages pages;
  std::size_t round = 0;
  vss["SaveAsXML"] = [&](void* const* args) {
    auto& c = cases[round++];
    // The last of them starts where its page does: there is nothing before it.
    return *argument<char16_t**>(args, 0) = round == std::size(cases) ? pages.put(c.text) : pages.put(c.text, c.before, c.claimed), S_OK;
  };
  auto* backup = newBackup();
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    char16_t* text = nullptr;
    EXPECT_EQ(backup->SaveAsXML(&text), S_OK);
  }
  auto all = calls();
  ASSERT_EQ(all.size(), 1 + std::size(cases));
  for (std::size_t i = 0; i < std::size(cases); ++i) {
    ASSERT_EQ(all[i + 1].outputs[0].kind, ValueKind::stored) << "case " << i;
    EXPECT_EQ(all[i + 1].outputs[0].text(), std::u16string(cases[i].text.c_str())) << "case " << i;
  }
}

TEST_F(RecorderTest, APointerThatTheImplementationDidNotWriteIsNoObjectOfIts) {
  auto* backup = newBackup();
  vss["QueryInterface"] = [](void* const*) { return S_OK; };
  for (void* before : {reinterpret_cast<void*>(0x18), static_cast<void*>(backup)}) {  // never initialized, or left from another call
    auto* operation = static_cast<IVssAsync*>(before);
    void* same = before;
    EXPECT_EQ(backup->GatherWriterStatus(&operation), S_OK);
    EXPECT_EQ(backup->QueryInterface(IUnknown::iid, &same), S_OK);
    EXPECT_EQ(operation, before);
    EXPECT_EQ(same, before);
  }
  EXPECT_EQ(recorder->liveObjects(), 1u);
  auto all = calls();
  for (std::size_t i = 1; i < 5; ++i) EXPECT_EQ(all[i].outputs[0].kind, ValueKind::unchanged) << i;
}

TEST_F(RecorderTest, ReadsAPlainStringWhereABstrIsDeclaredAndSurvivesABadOne) {
  auto* backup = newBackup();
  char16_t plain[] = u"<xml/>";
  backup->InitializeForBackup(plain);
  backup->InitializeForBackup(reinterpret_cast<char16_t*>(0x20));
  backup->InitializeForBackup(nullptr);
  LonePages pages;
  backup->InitializeForBackup(pages.put(std::u16string(u"text\0behind it", 14), 0, 28));
  auto all = calls();
  EXPECT_EQ(all[4].inputs[0].text(), u"text") << "what lies before the text may be anything, also what a length would be";
  EXPECT_EQ(all[1].inputs[0].text(), u"<xml/>");
  EXPECT_EQ(all[2].inputs[0].kind, ValueKind::unreadable);
  EXPECT_EQ(all[3].inputs[0].kind, ValueKind::null);
}

TEST_F(RecorderTest, NotesEveryKindOfInput) {
  auto* backup = newBackup();
  Guid classes[] = {kInstance, kClass};
  backup->SetBackupState(true, false, VSS_BT_FULL, true);
  backup->AddComponent(kInstance, kClass, VSS_CT_DATABASE, nullptr, u"ntds");
  backup->DisableWriterClasses(classes, 2);
  auto all = calls();
  EXPECT_EQ(all[1].input("bSelectComponents")->number, 1);
  EXPECT_EQ(all[1].input("bBackupBootableSystemState")->number, 0);
  EXPECT_EQ(all[1].input("backupType")->number, VSS_BT_FULL);
  EXPECT_EQ(all[2].input("writerId")->guid(), kClass);
  EXPECT_EQ(all[2].input("wszLogicalPath")->kind, ValueKind::null);
  EXPECT_EQ(all[2].input("wszComponentName")->text(), u"ntds");
  EXPECT_EQ(all[3].input("rgWriterClassId")->bytes, std::string(reinterpret_cast<char*>(classes), sizeof classes));
}

TEST_F(RecorderTest, NotesAnArrayWholeOrAsUnreadableAndTakesNoMemoryForACountThatIsWrong) {
  auto* backup = newBackup();
  std::vector<Guid> classes(65537, kClass);
  classes.back() = classes[65535] = kInstance;
  backup->DisableWriterClasses(classes.data(), 65536);
  MemoryLimit::largest = 0;
  backup->DisableWriterClasses(classes.data(), 65537);
  backup->DisableWriterClasses(classes.data(), 0xFFFFFFFF);
  EXPECT_LT(MemoryLimit::largest, std::size_t{2} << 20);
  LonePages pages;
  backup->DisableWriterClasses(reinterpret_cast<Guid*>(pages.end() - 16), 2);
  backup->DisableWriterClasses(nullptr, 2);
  auto all = calls();
  EXPECT_EQ(all[1].inputs[0].bytes, std::string(reinterpret_cast<char*>(classes.data()), 65536 * sizeof(Guid)));
  for (int i : {2, 3, 4}) EXPECT_EQ(all[i].inputs[0].kind, ValueKind::unreadable) << i;
  EXPECT_EQ(all[3].input("cClassId")->number, 0xFFFFFFFF);
  EXPECT_EQ(all[5].inputs[0].kind, ValueKind::null);
}

TEST_F(RecorderTest, NotesWhatAFailedCallSaysItHasDoneAllTheSame) {
  vss["DeleteSnapshots"] = [](void* const* args) { return *argument<LONG*>(args, 3) = 2, *argument<Guid*>(args, 4) = kInstance, VSS_E_PROVIDER_VETO; };
  auto* backup = newBackup();
  LONG deleted = 0;
  Guid notDeleted{};
  EXPECT_EQ(backup->DeleteSnapshots(kClass, VSS_OBJECT_SNAPSHOT_SET, false, &deleted, &notDeleted), VSS_E_PROVIDER_VETO);
  Call call = lastCall("DeleteSnapshots");
  EXPECT_EQ(call.output("plDeletedSnapshots")->number, 2);
  EXPECT_EQ(call.output("pNondeletedSnapshotID")->guid(), kInstance);
}

TEST_F(RecorderTest, SaysWhatAFailedCallDidToAStructure) {
  VSS_SNAPSHOT_PROP prop;
  std::memset(static_cast<void*>(&prop), 0, sizeof prop);  // what lies between the fields too
  prop.m_lSnapshotsCount = 77;
  int round = 0;
  vss["GetSnapshotProperties"] = [&](void* const* args) {
    auto* out = argument<VSS_SNAPSHOT_PROP*>(args, 1);
    if (++round == 2) out->m_lSnapshotsCount = 0;
    if (round == 3) out->m_pwszExposedName = reinterpret_cast<char16_t*>(0xDEAD);
    return VSS_E_OBJECT_NOT_FOUND;
  };
  auto* backup = newBackup();
  for (int i = 0; i < 3; ++i) backup->GetSnapshotProperties(kInstance, &prop);
  auto all = calls();
  ASSERT_EQ(all[1].outputs.size(), 13u);
  for (auto& value : all[1].outputs) EXPECT_EQ(value.kind, ValueKind::unchanged);
  for (auto& value : all[2].outputs) EXPECT_EQ(value.kind, ValueKind::zeroed);
  EXPECT_EQ(all[3].outputs[0].kind, ValueKind::raw);
  EXPECT_EQ(all[3].outputs[0].bytes, std::string(reinterpret_cast<char*>(&prop), sizeof prop));
}

TEST_F(RecorderTest, NotesTheFieldsOfASnapshotsProperties) {
  vss["GetSnapshotProperties"] = [](void* const* args) {
    auto* prop = argument<VSS_SNAPSHOT_PROP*>(args, 1);
    prop->m_SnapshotId = kInstance;
    prop->m_lSnapshotsCount = 3;
    prop->m_pwszOriginalVolumeName = static_cast<char16_t*>(coTaskMemAlloc(10));
    std::memcpy(prop->m_pwszOriginalVolumeName, u"C:\\", 8);
    prop->m_tsCreationTimestamp = 0x01DC5BDE12345678;
    prop->m_eStatus = VSS_SS_CREATED;
    return S_OK;
  };
  auto* backup = newBackup();
  VSS_SNAPSHOT_PROP prop{};
  backup->GetSnapshotProperties(kInstance, &prop);
  coTaskMemFree(prop.m_pwszOriginalVolumeName);
  Call call = lastCall("GetSnapshotProperties");
  ASSERT_EQ(call.outputs.size(), 13u);
  EXPECT_EQ(call.output("m_SnapshotId")->guid(), kInstance);
  EXPECT_EQ(call.output("m_pwszOriginalVolumeName")->text(), u"C:\\");
  EXPECT_EQ(call.output("m_pwszExposedName")->kind, ValueKind::null);
  std::int64_t stamp = 0;
  ASSERT_EQ(call.output("m_tsCreationTimestamp")->bytes.size(), 8u) << "more than 56 bits are stored beside";
  std::memcpy(&stamp, call.output("m_tsCreationTimestamp")->bytes.data(), 8);
  EXPECT_EQ(stamp, 0x01DC5BDE12345678);
  EXPECT_EQ(call.output("m_eStatus")->number, VSS_SS_CREATED);
}

TEST_F(RecorderTest, KeepsIdentityAcrossTheFamilyAndHandsAnUnknownInterfaceThrough) {
  const Guid unknown{0xABCD};
  int foreign = 0;
  vss["QueryInterface"] = nullptr;
  FakeVss* fake = &vss;
  IVssBackupComponents* backup = newBackup();
  vss["QueryInterface"] = [&](void* const* args) -> HRESULT {
    if (argument<Guid>(args, 0) == unknown) return *argument<void**>(args, 1) = &foreign, S_OK;
    return *argument<void**>(args, 1) = nullptr, E_NOINTERFACE;
  };
  void* out = nullptr;
  EXPECT_EQ(backup->QueryInterface(unknown, &out), S_OK);
  EXPECT_EQ(out, &foreign);
  EXPECT_EQ(lastCall("QueryInterface").outputs[0].kind, ValueKind::foreignObject);
  static_cast<void>(fake);
}

TEST_F(RecorderTest, GivesOnePointerAndOneNumberForOneObject) {
  auto* backup = newBackup();
  void *unknown = nullptr, *again = nullptr, *ex4 = nullptr;
  EXPECT_EQ(backup->QueryInterface(IUnknown::iid, &unknown), S_OK);
  EXPECT_EQ(backup->QueryInterface(IUnknown::iid, &again), S_OK);
  EXPECT_EQ(backup->QueryInterface(IVssBackupComponentsEx4::iid, &ex4), S_OK);
  EXPECT_EQ(unknown, again);
  Guid session;
  EXPECT_EQ(static_cast<IVssBackupComponentsEx4*>(ex4)->GetSessionId(&session), S_OK) << "slot 63 through the wrapper";
  EXPECT_EQ(backup->AddRef(), 5u) << "the number is the implementation's";
  for (std::uint32_t left : {4, 3, 2, 1, 0}) EXPECT_EQ(backup->Release(), left);
  EXPECT_EQ(recorder->liveObjects(), 0u);
  EXPECT_EQ(vss.alive(), 0u);
  for (auto& call : calls()) EXPECT_TRUE(call.object == 1 || call.is("CreateVssBackupComponents"));
}

TEST_F(RecorderTest, CountsAreTheImplementationsAlsoWhereItHoldsReferencesOfItsOwn) {
  auto* backup = newBackup();
  vss.newest()->references += 10;
  EXPECT_EQ(backup->AddRef(), 12u);
  EXPECT_EQ(backup->Release(), 11u);
  void* same = nullptr;
  EXPECT_EQ(backup->QueryInterface(IUnknown::iid, &same), S_OK);
  EXPECT_EQ(same, backup) << "with one reference left it is still the same object";
  EXPECT_EQ(backup->Release(), 11u);
  EXPECT_EQ(recorder->liveObjects(), 1u);
  EXPECT_EQ(backup->Release(), 10u);
  EXPECT_EQ(recorder->liveObjects(), 0u) << "a wrapper dies by the requester's count";
}

TEST_F(RecorderTest, AnObjectThatShowsAnotherPointerForAnotherInterfaceIsStillOneObject) {
  auto* backup = newBackup();
  IVssBackupComponents* tearOff = nullptr;
  vss.create(&tearOff);
  vss["QueryInterface"] = [&](void* const* args) { return *argument<void**>(args, 1) = tearOff, S_OK; };
  void* ex4 = nullptr;
  EXPECT_EQ(backup->QueryInterface(IVssBackupComponentsEx4::iid, &ex4), S_OK);
  EXPECT_NE(ex4, backup);
  EXPECT_NE(ex4, tearOff) << "it is recorded too";
  static_cast<IVssBackupComponentsEx4*>(ex4)->AbortBackup();
  backup->FreeWriterStatus();
  for (auto& call : calls()) EXPECT_TRUE(call.object == 1 || call.is("CreateVssBackupComponents")) << call.object;
}

TEST_F(RecorderTest, AnOperationOutlivesTheObjectThatStartedIt) {
  vss["GatherWriterStatus"] = [&](void* const* args) { return *argument<IVssAsync**>(args, 0) = vss.newOperation(), S_OK; };
  vss["QueryStatus"] = [](void* const* args) { return *argument<HRESULT*>(args, 0) = VSS_S_ASYNC_FINISHED, S_OK; };
  auto* backup = newBackup();
  IVssAsync* operation = nullptr;
  backup->GatherWriterStatus(&operation);
  backup->Release();
  HRESULT status = 0;
  EXPECT_EQ(operation->QueryStatus(&status, nullptr), S_OK);
  EXPECT_EQ(status, VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(operation->Release(), 0u);
  EXPECT_EQ(recorder->liveObjects(), 0u);
  Call call = lastCall("QueryStatus");
  EXPECT_EQ(call.object, 2u);
  EXPECT_EQ(call.nulls, 0b10u);
}

TEST_F(RecorderTest, ACallOnAnObjectThatWasReleasedOnceTooOftenReachesTheImplementation) {
  auto* backup = newBackup();
  backup->Release();
  int reached = 0;
  vss["AbortBackup"] = [&](void* const*) { return ++reached, S_OK; };
  EXPECT_EQ(backup->AbortBackup(), S_OK);
  EXPECT_EQ(reached, 1);
}

TEST_F(RecorderTest, LetsAnExceptionOfTheImplementationThroughAndNotesIt) {
  vss["AbortBackup"] = [](void* const*) -> HRESULT { throw std::string("from the implementation"); };
  auto* backup = newBackup();
  EXPECT_THROW(backup->AbortBackup(), std::string);
  EXPECT_EQ(backup->Release(), 0u);
  auto all = calls();
  EXPECT_FALSE(all[1].result.has_value());
  ASSERT_EQ(remarks.size(), 1u);
  EXPECT_EQ(remarks[0].about, all[1].enterOrder);
}

TEST_F(RecorderTest, LeavesErrnoAsTheImplementationLeftIt) {
  vss["AbortBackup"] = [](void* const*) { return errno = 1234, S_OK; };
  auto* backup = newBackup();
  errno = 5;
  backup->AbortBackup();
  EXPECT_EQ(errno, 1234);
  vss["AbortBackup"] = [](void* const*) { return errno == 99 ? S_OK : S_FALSE; };
  errno = 99;
  EXPECT_EQ(backup->AbortBackup(), S_OK) << "the implementation sees errno as the requester left it";
}

TEST_F(RecorderTest, LeavesErrnoAloneAlsoWhereItCouldNotReadAnOutput) {
  vss["SaveAsXML"] = [](void* const*) { return errno = 1234, S_OK; };
  auto* backup = newBackup();
  char16_t* nowhere = reinterpret_cast<char16_t*>(0x10);
  backup->SaveAsXML(&nowhere);
  EXPECT_EQ(errno, 1234);
}

TEST_F(RecorderTest, ACallThatHangsIsInTheFileBeforeItReturns) {
  int looked = 0;
  vss["AbortBackup"] = [&](void* const*) {
    TraceReader meanwhile(path);
    auto seen = loadCalls(meanwhile).calls;
    EXPECT_EQ(seen.size(), 2u);
    EXPECT_TRUE(seen.back().is("AbortBackup"));
    EXPECT_FALSE(seen.back().result);
    EXPECT_EQ(meanwhile.end(), TraceEnd::cutOff);
    return ++looked, S_OK;
  };
  newBackup()->AbortBackup();
  EXPECT_EQ(looked, 1);
}

TEST_F(RecorderTest, GoesOnPassingCallsWhenItCanNoteNoMore) {
  auto* backup = newBackup();
  trace->stop("the test says so");
  vss["AbortBackup"] = [](void* const*) { return S_FALSE; };
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(backup->AbortBackup(), S_FALSE);
  EXPECT_EQ(backup->Release(), 0u);
  EXPECT_EQ(calls().size(), 1u);
  ASSERT_EQ(remarks.size(), 1u);
  EXPECT_EQ(remarks[0].kind, RemarkKind::stopped);
  EXPECT_EQ(remarks[0].text, "the test says so");
  auto beside = path;
  beside += ".stopped.txt";
  EXPECT_TRUE(std::filesystem::remove(beside));
}

TEST_F(RecorderTest, TheFileDoesNotGrowBetweenDoSnapshotSetAndItsEnd) {
  std::uintmax_t before = 0;
  bool grew = false;
  auto watch = [&] { grew = grew || std::filesystem::file_size(path) != before; };
  vss["DoSnapshotSet"] = [&](void* const* args) {
    before = std::filesystem::file_size(path);
    return *argument<IVssAsync**>(args, 0) = vss.newOperation(), S_OK;
  };
  HRESULT answer = VSS_S_ASYNC_PENDING;
  vss["QueryStatus"] = [&](void* const* args) { return *argument<HRESULT*>(args, 0) = answer, S_OK; };
  auto* backup = newBackup();
  IVssAsync* operation = nullptr;
  ASSERT_EQ(backup->DoSnapshotSet(&operation), S_OK);
  HRESULT status = 0;
  for (int i = 0; i < 20000; ++i) operation->QueryStatus(&status, nullptr), watch();
  EXPECT_FALSE(grew);
  answer = VSS_S_ASYNC_FINISHED;
  operation->QueryStatus(&status, nullptr);
  for (int i = 0; i < 10; ++i) backup->AbortBackup();
  auto all = calls();
  EXPECT_EQ(all.size(), 2u + 20001u + 10u) << "what did not fit into the room set aside came into the file afterwards";
}

TEST_F(RecorderTest, FourThreadsWithASessionEachAreAllThere) {
  std::vector<IVssBackupComponents*> backups;
  for (int i = 0; i < 4; ++i) backups.push_back(newBackup());
  std::vector<std::thread> threads;
  for (auto* backup : backups)
    threads.emplace_back([backup] {
      UINT count;
      for (int i = 0; i < 5000; ++i) backup->GetWriterStatusCount(&count);
      backup->Release();
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(recorder->liveObjects(), 0u);
  std::map<std::uint32_t, std::map<std::uint32_t, int>> perObjectAndThread;
  for (auto& call : calls())
    if (call.is("GetWriterStatusCount")) ++perObjectAndThread[call.object][call.thread];
  ASSERT_EQ(perObjectAndThread.size(), 4u);
  for (auto& [object, threadsOfIt] : perObjectAndThread) {
    ASSERT_EQ(threadsOfIt.size(), 1u);
    EXPECT_EQ(threadsOfIt.begin()->second, 5000);
  }
}

}  // namespace
}  // namespace vss
