// What the recorder may never do in somebody else's process, whatever fails around it.
#include <gtest/gtest.h>

#include <atomic>
#include <fstream>
#include <thread>

#include "recorder/fake_vss.h"
#include "recorder/memory_limit.h"
#include "recorder/recorder.h"
#include "recorder/session.h"
#include "traces/call.h"
#include "traces/platform.h"

namespace vss {
namespace {

class GuestTest : public testing::Test {
 protected:
  GuestTest() { removeFiles(); }
  ~GuestTest() override { removeFiles(); }
  void removeFiles() {
    for (const char* end : {"", ".stopped.txt"}) {
      auto file = path;
      std::error_code ignored;
      std::filesystem::remove(file += end, ignored);
    }
  }
  std::filesystem::path path = std::filesystem::temp_directory_path() /
                               ("guest_test-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".vsst");
};

void prepare(FakeVss& vss) {
  vss["GatherWriterStatus"] = [&vss](void* const* args) { return *argument<IVssAsync**>(args, 0) = vss.newOperation(), S_OK; };
  vss["DoSnapshotSet"] = vss["GatherWriterStatus"];
  vss["QueryStatus"] = [](void* const* args) { return *argument<HRESULT*>(args, 0) = VSS_S_ASYNC_FINISHED, S_OK; };
  vss["GetWriterStatus"] = [](void* const* args) {
    *argument<Guid*>(args, 1) = kInstance;
    *argument<char16_t**>(args, 3) = sysAllocStringLen(std::u16string(5000, u'x').data(), 5000);
    *argument<std::int32_t*>(args, 4) = VSS_WS_STABLE;
    return S_OK;
  };
}

// All kinds of calls; what the requester saw, as text that needs no memory while calls are made.
struct Seen {
  static constexpr std::size_t kMost = 64;
  HRESULT results[kMost] = {};
  std::size_t count = 0;
  std::size_t nameLength = 0;
  Guid instance{};
  bool operator==(const Seen&) const = default;
  void add(HRESULT result) { results[count++] = result; }
};

Seen callEverything(Recorder& recorder) {
  Seen seen;
  IVssBackupComponents* backup = nullptr;
  IVssAsync* operation = nullptr;
  seen.add(recorder.create(&FakeVss::factory, &backup));
  char16_t document[] = u"<a document that the requester passes in/>";
  seen.add(backup->InitializeForBackup(document));
  Guid classes[] = {kInstance, kInstance};
  seen.add(backup->DisableWriterClasses(classes, 2));
  void* same = nullptr;
  seen.add(backup->QueryInterface(IVssBackupComponentsEx4::iid, &same));
  seen.add(backup->QueryInterface(Guid{77}, &same));
  VSS_SNAPSHOT_PROP prop{};
  seen.add(backup->GetSnapshotProperties(kInstance, &prop));
  for (bool snapshot : {false, true}) {
    seen.add(snapshot ? backup->DoSnapshotSet(&operation) : backup->GatherWriterStatus(&operation));
    HRESULT status = 0;
    seen.add(operation->QueryStatus(&status, nullptr));
    seen.add(status);
    seen.add(static_cast<HRESULT>(operation->AddRef()));
    seen.add(static_cast<HRESULT>(operation->Release()));
    seen.add(static_cast<HRESULT>(operation->Release()));
  }
  VSS_WRITER_STATE state = VSS_WS_UNKNOWN;
  HRESULT failure = 0;
  Guid writer{};
  char16_t* name = nullptr;
  seen.add(backup->GetWriterStatus(0, &seen.instance, &writer, &name, &state, &failure));
  seen.nameLength = sysStringLen(name);
  sysFreeString(name);
  seen.add(static_cast<HRESULT>(state));
  seen.add(static_cast<HRESULT>(backup->Release()));
  seen.add(static_cast<HRESULT>(backup->Release()));
  return seen;
}

void pause(bool inside) { MemoryLimit::paused += inside ? 1 : -1; }

// The n-th allocation of the recorder, and every later one, fails; for each n there is.
TEST_F(GuestTest, RunningOutOfMemoryAnywhereInsideStopsTheRecordingAndNeverTheProgram) {
  Seen expected;
  {
    FakeVss vss;
    prepare(vss);
    TraceWriter trace(path, {});
    Recorder recorder(trace);
    expected = callEverything(recorder);
  }
  std::size_t stopped = 0, most = 0;
  long n = 0;
  for (bool failed = true; failed; ++n) {
    SCOPED_TRACE("allocation " + std::to_string(n));
    ASSERT_LT(n, 10000);
    std::filesystem::remove(path);
    FakeVss vss;
    prepare(vss);
    vss.inside = pause;
    auto trace = std::make_unique<TraceWriter>(path, TraceOrigin{});
    Recorder recorder(*trace);
    MemoryLimit::failed = false;
    MemoryLimit::allocationsLeft = n;
    Seen seen = callEverything(recorder);
    MemoryLimit::allocationsLeft = -1;
    failed = MemoryLimit::failed;
    EXPECT_TRUE(seen == expected) << "the program saw that the recorder had no memory";
    EXPECT_EQ(vss.alive(), 0u);
    if (failed) {
      EXPECT_TRUE(trace->stopped());
    }
    stopped += trace->stopped();
    trace.reset();
    TraceReader reader(path);
    auto calls = loadCalls(reader).calls;
    most = std::max(most, calls.size());
    EXPECT_TRUE(reader.problems().empty());
  }
  EXPECT_GT(stopped, 20u) << "few allocations were tried";
  EXPECT_EQ(most, expected.count - 2 - 1) << "results that were seen, less two statuses and a state";
}

void* originalOf(const MethodInfo& function) { return &function == &createVssBackupComponents() ? reinterpret_cast<void*>(&FakeVss::factory) : nullptr; }
HRESULT createBy(ShimSession& session, IVssBackupComponents** backup) {
  Out<IVssBackupComponents*> out(backup);
  void* args[] = {&out, nullptr};
  return session.call(createVssBackupComponents(), args);
}

TEST_F(GuestTest, AShimsSessionWithoutAnImplementationAnswersWithAnErrorAndNoObject) {
  setEnvironmentVariable("SHADOWTAPE_TRACE", shownPath(path));
  setEnvironmentVariable("SHADOWTAPE_TARGET", shownPath(path) + "/no such library");
  ShimSession session({&originalOf});
  setEnvironmentVariable("SHADOWTAPE_TRACE", "");
  setEnvironmentVariable("SHADOWTAPE_TARGET", "");
  auto* backup = reinterpret_cast<IVssBackupComponents*>(0xDEAD8);
  EXPECT_EQ(createBy(session, &backup), VSS_E_UNEXPECTED);
  EXPECT_EQ(backup, nullptr);
  EXPECT_EQ(createBy(session, nullptr), VSS_E_UNEXPECTED);
  EXPECT_FALSE(std::filesystem::exists(path));
}

TEST_F(GuestTest, AShimsSessionThatHasNoMemoryAtAllStillAnswers) {
  FakeVss vss;
  prepare(vss);
  vss.inside = pause;
  for (long n = 0; n < 60; ++n) {
    IVssBackupComponents* backup = nullptr;
    MemoryLimit::allocationsLeft = n;
    alignas(ShimSession) unsigned char room[sizeof(ShimSession)];
    auto* session = new (room) ShimSession({&originalOf});
    HRESULT made = createBy(*session, &backup);
    MemoryLimit::allocationsLeft = -1;
    // Where the time came before the system's factory was taken, there is none to ask.
    EXPECT_TRUE(made == S_OK || (made == VSS_E_UNEXPECTED && !backup)) << made;
    if (backup) { EXPECT_EQ(backup->Release(), 0u); }
    session->~ShimSession();
  }
}

class HoldTest : public GuestTest {
 protected:
  HoldTest() {
    vss["DoSnapshotSet"] = [this](void* const* args) { return *argument<IVssAsync**>(args, 0) = vss.newOperation(), S_OK; };
    recorder.create(&FakeVss::factory, &backup);
  }
  // Whether the file may grow: many calls are made, and its size is looked at.
  bool held() {
    auto before = std::filesystem::file_size(path);
    for (int i = 0; i < 20000; ++i) backup->AbortBackup();
    return std::filesystem::file_size(path) == before;
  }
  IVssAsync* snapshot() {
    IVssAsync* operation = nullptr;
    EXPECT_EQ(backup->DoSnapshotSet(&operation), S_OK);
    EXPECT_TRUE(held());
    return operation;
  }
  void answerStatus(HRESULT result, HRESULT status) {
    vss["QueryStatus"] = [=](void* const* args) { return *argument<HRESULT*>(args, 0) = status, result; };
  }
  FakeVss vss;
  TraceWriter trace{path, {}};
  Recorder recorder{trace};
  IVssBackupComponents* backup = nullptr;
  HRESULT status = 0;
};

TEST_F(HoldTest, AnExceptionOfDoSnapshotSetEndsIt) {
  vss["DoSnapshotSet"] = [](void* const*) -> HRESULT { throw 7; };
  IVssAsync* operation = nullptr;
  EXPECT_THROW(backup->DoSnapshotSet(&operation), int);
  EXPECT_FALSE(held());
}

TEST_F(HoldTest, AFailureOfDoSnapshotSetEndsIt) {
  vss["DoSnapshotSet"] = [](void* const*) { return VSS_E_SNAPSHOT_SET_IN_PROGRESS; };
  IVssAsync* operation = nullptr;
  EXPECT_EQ(backup->DoSnapshotSet(&operation), VSS_E_SNAPSHOT_SET_IN_PROGRESS);
  EXPECT_FALSE(held());
}

TEST_F(HoldTest, WithoutAnOperationItEndsWithTheCall) {
  vss["DoSnapshotSet"] = [](void* const*) { return S_OK; };
  IVssAsync* operation = nullptr;
  EXPECT_EQ(backup->DoSnapshotSet(&operation), S_OK);
  EXPECT_FALSE(held());
  EXPECT_EQ(backup->DoSnapshotSet(nullptr), S_OK);
  EXPECT_FALSE(held());
}

TEST_F(HoldTest, EveryEndOfTheOperationEndsIt) {
  for (HRESULT end : {VSS_S_ASYNC_FINISHED, VSS_S_ASYNC_CANCELLED, VSS_E_PROVIDER_VETO}) {
    auto* operation = snapshot();
    answerStatus(S_OK, end);
    EXPECT_EQ(operation->QueryStatus(&status, nullptr), S_OK);
    EXPECT_FALSE(held()) << std::hex << end;
    EXPECT_EQ(operation->QueryStatus(&status, nullptr), S_OK);
    EXPECT_EQ(operation->Release(), 0u);
    EXPECT_EQ(snapshot()->Release(), 0u) << "it ended once, so the next one holds again";
  }
}

TEST_F(HoldTest, AWaitWithoutLimitEndsIt) {
  auto* operation = snapshot();
  EXPECT_EQ(operation->Wait(kInfinite), S_OK);
  EXPECT_FALSE(held());
}

TEST_F(HoldTest, TheLastReleaseOfTheOperationEndsIt) {
  auto* operation = snapshot();
  operation->AddRef();
  operation->Release();
  EXPECT_TRUE(held()) << "not the first";
  EXPECT_EQ(operation->Release(), 0u);
  EXPECT_FALSE(held());
}

TEST_F(HoldTest, NothingElseEndsIt) {
  auto* operation = snapshot();
  EXPECT_EQ(operation->Wait(100), S_OK) << "it does not tell whether the time was up";
  EXPECT_EQ(operation->Cancel(), S_OK) << "it asks for an end";
  answerStatus(S_OK, VSS_S_ASYNC_PENDING);
  EXPECT_EQ(operation->QueryStatus(&status, nullptr), S_OK);
  answerStatus(E_ACCESSDENIED, VSS_S_ASYNC_FINISHED);
  EXPECT_EQ(operation->QueryStatus(&status, nullptr), E_ACCESSDENIED);
  vss["QueryStatus"] = [](void* const*) { return E_INVALIDARG; };
  EXPECT_EQ(operation->QueryStatus(nullptr, nullptr), E_INVALIDARG);
  prepare(vss);
  IVssAsync* other = nullptr;
  backup->GatherWriterStatus(&other);
  EXPECT_EQ(other->QueryStatus(&status, nullptr), S_OK);
  EXPECT_EQ(other->Wait(kInfinite), S_OK);
  EXPECT_EQ(other->Release(), 0u);
  EXPECT_TRUE(held());
}

TEST_F(GuestTest, TheFileGrowsForNoThreadBetweenTwoDoSnapshotSetsAndTheirEnds) {
  FakeVss vss;
  prepare(vss);
  std::atomic<HRESULT> answer{VSS_S_ASYNC_PENDING};
  vss["QueryStatus"] = [&](void* const* args) { return *argument<HRESULT*>(args, 0) = answer, S_OK; };
  std::mutex making;
  vss["DoSnapshotSet"] = [&](void* const* args) {
    std::lock_guard lock(making);
    return *argument<IVssAsync**>(args, 0) = vss.newOperation(), S_OK;
  };
  auto trace = std::make_unique<TraceWriter>(path, TraceOrigin{});
  Recorder recorder(*trace);
  IVssBackupComponents* backups[2];
  for (auto& backup : backups) recorder.create(&FakeVss::factory, &backup);
  constexpr int kPolls = 20000;
  std::atomic<int> frozen{0};
  std::uintmax_t size = 0;
  std::atomic<bool> grew{false};
  auto work = [&](int number) {
    IVssAsync* operation = nullptr;
    HRESULT status;
    backups[number]->DoSnapshotSet(&operation);
    for (++frozen; frozen < 2;) std::this_thread::yield();
    if (number == 0) size = std::filesystem::file_size(path);
    for (++frozen; frozen < 4;) std::this_thread::yield();
    for (int i = 0; i < kPolls; ++i) {
      operation->QueryStatus(&status, nullptr);
      if (i % 100 == 0 && std::filesystem::file_size(path) != size) grew = true;
    }
    // Nobody ends a hold before both are done.
    for (++frozen; frozen < 6;) std::this_thread::yield();
    answer = VSS_S_ASYNC_FINISHED;
    operation->QueryStatus(&status, nullptr);
    operation->Release();
  };
  std::thread one(work, 0), two(work, 1);
  one.join();
  two.join();
  EXPECT_FALSE(grew);
  trace->finish(TraceWriter::Ending::threadsDone);
  EXPECT_GT(std::filesystem::file_size(path), size);
  TraceReader reader(path);
  std::size_t polls = 0;
  for (const auto& call : loadCalls(reader).calls) polls += call.is("QueryStatus");
  EXPECT_EQ(polls, 2u * (kPolls + 1)) << "what was kept in memory came into the file afterwards";
}

// On Windows other threads are ended before the process is, also one that holds the lock.
TEST_F(GuestTest, TheEndOfTheProcessWaitsForNoThreadThatHoldsTheTracesLock) {
  TraceWriter trace(path, {});
  trace.remark(RemarkKind::information, 0, "of the thread that ends");
  static thread_local bool holder = false;
  static std::atomic<int> stage;
  stage = 0;
  MemoryLimit::whenAsked = [] {
    if (!std::exchange(holder, false)) return;
    for (stage = 1; stage == 1;) std::this_thread::yield();
  };
  std::thread other([&] {
    holder = true;
    trace.enter(createVssBackupComponents(), 0, 0, {});  // a thread's first note: its lane is made under the lock
  });
  while (stage == 0) std::this_thread::yield();
  std::atomic<bool> ended{false};
  std::thread end([&] {
    EXPECT_FALSE(trace.finish(TraceWriter::Ending::processExit));
    ended = true;
  });
  for (int i = 0; i < 1000 && !ended; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(ended) << "it waits";
  stage = 2;
  other.join();
  end.join();
  MemoryLimit::whenAsked = nullptr;
  EXPECT_EQ(TraceReader(path).end(), TraceEnd::cutOff);
}

TEST_F(GuestTest, APlainlyWrittenTraceSaysTheSameAsAMappedOne) {
  std::vector<std::vector<std::string>> both;
  for (bool plain : {false, true}) {
    std::filesystem::remove(path);
    FakeVss vss;
    prepare(vss);
    TraceWriter trace(path, {}, plain);
    Recorder recorder(trace);
    for (int i = 0; i < 200; ++i) callEverything(recorder);
    // As it is while the program runs, for the notes must be in the file at once.
    TraceReader reader(path);
    std::vector<std::string> notes;
    while (auto* note = reader.next()) {
      std::string text = std::to_string(static_cast<int>(note->type)) + " " + std::to_string(note->order) + " " + std::to_string(note->object) + " " +
                         std::to_string(note->result) + " " + std::to_string(note->nulls);
      for (auto& value : note->values)
        text += " " + std::to_string(static_cast<int>(value.kind)) + ":" + std::to_string(value.number) + ":" + std::string(value.bytes);
      notes.push_back(std::move(text));
    }
    EXPECT_TRUE(reader.problems().empty());
    EXPECT_EQ(reader.lostNotes(), 0u);
    both.push_back(std::move(notes));
  }
  EXPECT_EQ(both[0].size(), 200u * 2 * 19);
  EXPECT_TRUE(both[0] == both[1]);
}

TEST_F(GuestTest, EveryTraceThatIsAskedForHasAFileOfItsOwn) {
  std::vector<std::filesystem::path> made;
  for (int i = 0; i < 3; ++i) made.push_back(openTrace(shownPath(path), {})->path());
  auto start = path.parent_path() / path.stem();
  auto pid = std::to_string(currentProcess());
  EXPECT_EQ(made[0], path);
  EXPECT_EQ(made[1], start.native() + pathFromUtf8("-" + pid + ".vsst").native());
  EXPECT_EQ(shownPath(made[2]).find(shownPath(start) + "-" + pid), 0u) << "of a process that has another one in it, or of one that had the same number: " << made[2];
  EXPECT_NE(made[2], made[1]);
  for (auto& file : made) {
    EXPECT_TRUE(TraceReader(file).footer());
    std::filesystem::remove(file);
  }
}

TEST_F(GuestTest, AnotherProcessMayReadRenameAndDeleteTheTraceWhileItIsWritten) {
  FakeVss vss;
  TraceWriter trace(path, {});
  Recorder recorder(trace);
  IVssBackupComponents* backup = nullptr;
  recorder.create(&FakeVss::factory, &backup);
  for (int i = 0; i < 10; ++i) backup->AbortBackup();
  {
    std::ifstream file(path, std::ios::binary);
    std::string head(4096, '\0');
    EXPECT_TRUE(file.read(head.data(), 4096)) << "a backup reads every file of its volume";
  }
  auto elsewhere = path;
  elsewhere += ".moved";
  std::error_code error;
  std::filesystem::rename(path, elsewhere, error);
  EXPECT_FALSE(error) << error.message();
  for (int i = 0; i < 20000; ++i) ASSERT_EQ(backup->AbortBackup(), S_OK);
  EXPECT_FALSE(trace.stopped());
  {
    TraceReader reader(error ? path : elsewhere);
    EXPECT_EQ(loadCalls(reader).calls.size(), 20011u);
  }
  std::filesystem::remove(elsewhere, error);
  EXPECT_FALSE(error) << error.message();
  for (int i = 0; i < 20000; ++i) ASSERT_EQ(backup->AbortBackup(), S_OK);
  EXPECT_EQ(backup->Release(), 0u);
}

TEST_F(GuestTest, AnAddressThatIsUsedAgainIsANewObject) {
  FakeVss vss;
  auto* same = vss.newOperation();
  vss["GatherWriterStatus"] = [&](void* const* args) {
    auto* fake = static_cast<FakeVss::Fake*>(reinterpret_cast<Object*>(same));
    fake->references = 1;
    return *argument<IVssAsync**>(args, 0) = same, S_OK;
  };
  TraceWriter trace(path, {});
  Recorder recorder(trace);
  IVssBackupComponents* backup = nullptr;
  recorder.create(&FakeVss::factory, &backup);
  for (int i = 0; i < 3; ++i) {
    IVssAsync* operation = i == 2 ? same : nullptr;  // the stack where the variable lies may hold what the implementation left there
    backup->GatherWriterStatus(&operation);
    operation->Cancel();
    EXPECT_EQ(operation->Release(), 0u);
  }
  trace.finish(TraceWriter::Ending::threadsDone);
  TraceReader reader(path);
  std::vector<std::uint32_t> numbers;
  for (const auto& call : loadCalls(reader).calls)
    if (call.is("Cancel")) numbers.push_back(call.object);
  EXPECT_EQ(numbers, (std::vector<std::uint32_t>{2, 3, 4}));
}

TEST_F(GuestTest, ABadPointerIsTheImplementationsAffair) {
  FakeVss vss;
  TraceWriter trace(path, {});
  Recorder recorder(trace);
  IVssBackupComponents* backup = nullptr;
  recorder.create(&FakeVss::factory, &backup);
  vss["QueryInterface"] = [](void* const*) { return E_INVALIDARG; };
  vss["GetWriterStatusCount"] = [](void* const*) { return E_INVALIDARG; };
  EXPECT_EQ(backup->QueryInterface(IUnknown::iid, reinterpret_cast<void**>(0x30)), E_INVALIDARG);
  EXPECT_EQ(backup->QueryInterface(IUnknown::iid, nullptr), E_INVALIDARG);
  void* same = nullptr;
  EXPECT_EQ(backup->QueryInterface(*reinterpret_cast<Guid*>(0x30), &same), E_INVALIDARG);
  EXPECT_EQ(backup->GetWriterStatusCount(reinterpret_cast<UINT*>(0x30)), E_INVALIDARG);
  EXPECT_EQ(recorder.create([](Out<IVssBackupComponents*> out) VSS_CALL -> HRESULT { return out.at ? S_OK : E_INVALIDARG; }, nullptr), E_INVALIDARG);
  trace.finish(TraceWriter::Ending::threadsDone);
  TraceReader reader(path);
  auto calls = loadCalls(reader).calls;
  ASSERT_EQ(calls.size(), 6u);
  EXPECT_EQ(calls[1].outputs[0].kind, ValueKind::unreadable);
  EXPECT_EQ(calls[2].outputs[0].kind, ValueKind::noPointer);
  EXPECT_EQ(calls[3].inputs[0].kind, ValueKind::unreadable);
  EXPECT_EQ(calls[4].outputs[0].kind, ValueKind::unreadable);
}

}  // namespace
}  // namespace vss
