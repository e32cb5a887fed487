// Promises to a process that only Windows can test.
#include <gtest/gtest.h>
#include <windows.h>

#include <atomic>

#include "recorder/fake_vss.h"
#include "recorder/recorder.h"
#include "recorder/volume.h"
#include "traces/call.h"

namespace vss {
namespace {

class GuestOnWindowsTest : public testing::Test {
 protected:
  GuestOnWindowsTest() {
    std::filesystem::remove(path);
    trace = std::make_unique<TraceWriter>(path, TraceOrigin{});
    recorder = std::make_unique<Recorder>(*trace);
    recorder->create(&FakeVss::factory, &backup);
  }
  ~GuestOnWindowsTest() override {
    recorder.reset();
    trace.reset();
    std::filesystem::remove(path);
  }
  LoadedTrace read() {
    trace->finish(TraceWriter::Ending::threadsDone);
    reader = std::make_unique<TraceReader>(path);
    return loadCalls(*reader);
  }
  std::filesystem::path path = std::filesystem::temp_directory_path() /
                               ("guest_windows_test-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".vsst");
  FakeVss vss;
  std::unique_ptr<TraceWriter> trace;
  std::unique_ptr<Recorder> recorder;
  std::unique_ptr<TraceReader> reader;
  IVssBackupComponents* backup = nullptr;
};

TEST_F(GuestOnWindowsTest, LeavesTheLastErrorAsTheImplementationLeftIt) {
  vss["AbortBackup"] = [](void* const*) {
    HRESULT result = ::GetLastError() == 99 ? S_OK : S_FALSE;
    ::SetLastError(1234);
    return result;
  };
  for (int i = 0; i < 5000; ++i) {  // some of them need a new window of the file
    ::SetLastError(99);
    ASSERT_EQ(backup->AbortBackup(), S_OK) << "the implementation sees it as the requester left it";
    ASSERT_EQ(::GetLastError(), 1234u);
  }
}

TEST_F(GuestOnWindowsTest, WarnsOfEveryNameOfTheVolumeThatTheTraceLiesOn) {
  wchar_t root[MAX_PATH], name[64];
  ASSERT_TRUE(::GetVolumePathNameW(path.c_str(), root, MAX_PATH));
  std::wstring upper = root, lower = root;
  ::CharUpperW(upper.data());
  ::CharLowerW(lower.data());
  std::vector<std::wstring> names{upper, lower, upper.substr(0, 2)};
  if (::GetVolumeNameForVolumeMountPointW(root, name, 64)) names.push_back(name);
  EXPECT_EQ(names.size(), 4u) << "the system has no \\\\?\\Volume{…}\\ for " << std::filesystem::path(root);
  VSS_ID id;
  for (auto& volume : names) backup->AddToSnapshotSet(reinterpret_cast<char16_t*>(volume.data()), Guid{}, &id);
  char16_t other[] = u"Q:\\", nothing[] = u"";
  backup->AddToSnapshotSet(other, Guid{}, &id);
  backup->AddToSnapshotSet(nothing, Guid{}, &id);
  backup->AddToSnapshotSet(nullptr, Guid{}, &id);
  vss["AddToSnapshotSet"] = [](void* const*) { return VSS_E_VOLUME_NOT_SUPPORTED; };
  backup->AddToSnapshotSet(reinterpret_cast<char16_t*>(names[0].data()), Guid{}, &id);
  auto loaded = read();
  EXPECT_EQ(loaded.remarks.size(), names.size()) << "one for each call that named this volume and succeeded";
  for (auto& remark : loaded.remarks) EXPECT_NE(remark.text.find("shadow-copied"), std::string::npos);
}

TEST_F(GuestOnWindowsTest, AThreadThatIsTerminatedInACallLeavesACallThatNeverCameBack) {
  static std::atomic<int> inside;
  inside = 0;
  vss["AbortBackup"] = [](void* const*) { ++inside, ::Sleep(INFINITE); return S_OK; };
  for (int round = 1; round <= 30; ++round) {
    HANDLE thread = ::CreateThread(nullptr, 0, [](void* p) -> ::DWORD { return static_cast<IVssBackupComponents*>(p)->AbortBackup(), 0; }, backup, 0, nullptr);
    while (inside < round) ::Sleep(0);
    ::TerminateThread(thread, 1);
    ::WaitForSingleObject(thread, INFINITE);
    ::CloseHandle(thread);
    for (int i = 0; i < 10; ++i) ASSERT_EQ(backup->FreeWriterStatus(), S_OK);
  }
  auto loaded = read();
  std::size_t unreturned = 0, returned = 0;
  for (auto& call : loaded.calls) call.result ? returned += call.is("FreeWriterStatus") : unreturned += call.is("AbortBackup");
  EXPECT_EQ(unreturned, 30u);
  EXPECT_EQ(returned, 300u);
  EXPECT_TRUE(reader->problems().empty());
}

}  // namespace
}  // namespace vss
