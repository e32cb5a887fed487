// Promises to a process that only Linux can test.
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "recorder/caller_memory.h"
#include "recorder/fake_vss.h"
#include "recorder/recorder.h"

namespace vss {
namespace {
bool sandboxed = false;  // the system forbids process_vm_readv
}  // namespace
}  // namespace vss

// In place of the C library's.
extern "C" ssize_t process_vm_readv(pid_t process, const iovec* local, unsigned long locals, const iovec* remote, unsigned long remotes, unsigned long flags) {
  if (vss::sandboxed) return errno = EPERM, -1;
  return ::syscall(SYS_process_vm_readv, process, local, locals, remote, remotes, flags);
}

namespace vss {
namespace {

// From here to the end no file takes another byte: what the recorder writes next fails, and errno says so.
class FullDisk {
 public:
  FullDisk() {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~FullDisk() { ::setrlimit(RLIMIT_FSIZE, &before_); }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_;
};

class GuestOnLinuxTest : public testing::Test {
 protected:
  GuestOnLinuxTest() { removeFiles(); }
  ~GuestOnLinuxTest() override { removeFiles(); }
  void removeFiles() {
    std::filesystem::remove(path);
    std::filesystem::remove(path.string() + ".stopped.txt");
  }
  std::filesystem::path path = std::filesystem::temp_directory_path() /
                               ("guest_linux_test-" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()) + ".vsst");
};

struct WayThrough {
  const char* name;
  void (*call)(IVssBackupComponents*);
};
const WayThrough kWaysThrough[] = {
    {"AbortBackup", [](IVssBackupComponents* backup) { backup->AbortBackup(); }},
    {"QueryInterface", [](IVssBackupComponents* backup) { void* same; backup->QueryInterface(IUnknown::iid, &same); }},
    {"AddRef", [](IVssBackupComponents* backup) { backup->AddRef(); }},
    {"Release", [](IVssBackupComponents* backup) { backup->Release(); }},
};

TEST_F(GuestOnLinuxTest, ErrnoIsTheRequestersBeforeAndTheImplementationsAfterEveryWayThrough) {
  static int seen;
  static std::optional<FullDisk> fullAfterwards;
  static bool fillAfterwards;
  for (const auto& way : kWaysThrough)
    for (bool before : {true, false}) {
      SCOPED_TRACE(std::string(way.name) + (before ? ", before" : ", after"));
      removeFiles();
      FakeVss vss;
      TraceWriter trace(path, {}, true);  // plainly, so that each note is a write of its own
      Recorder recorder(trace);
      IVssBackupComponents* backup = nullptr;
      recorder.create(&FakeVss::factory, &backup);
      fillAfterwards = !before;
      vss.inside = [](bool in) {
        if (in) seen = errno;
        else if (fillAfterwards) fullAfterwards.emplace();
        if (!in) errno = 1234;
      };
      std::optional<FullDisk> full;
      if (before) full.emplace();
      errno = 77;
      way.call(backup);
      int left = errno;
      full.reset(), fullAfterwards.reset();
      vss.inside = nullptr;
      EXPECT_EQ(seen, 77) << "what the implementation sees";
      EXPECT_EQ(left, 1234) << "what the requester sees";
      EXPECT_TRUE(trace.stopped()) << "the recorder met no error, so this has shown nothing";
    }
}

TEST_F(GuestOnLinuxTest, ForeignMemoryIsReadInASandboxToo) {
  sandboxed = true;
  std::string text(10'000, 'x'), copy(10'000, ' ');
  bool whole = copyFrom(text.data(), copy.data(), text.size()), part = copyFrom(reinterpret_cast<void*>(0x10), copy.data(), 8);
  sandboxed = false;
  EXPECT_TRUE(whole);
  EXPECT_EQ(copy, text);
  EXPECT_FALSE(part);
}

}  // namespace
}  // namespace vss
