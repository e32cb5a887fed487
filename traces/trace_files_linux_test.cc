// What only POSIX can try: a full disk, a killed process, the capnp tool, a file that is cut while it is read.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/magic.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <functional>
#include <optional>
#include <random>
#include <thread>

#include "traces/call.h"
#include "traces/file_array.h"
#include "traces/trace_testing.h"

namespace {
long pretendedFilesystem = 0;                      // what fstatfs() says; 0: the truth
std::size_t mostAtOnce = SIZE_MAX;                 // that pwrite() takes
std::function<void()> beforeEachWrite = [] {};     // by pwrite()
int writesFailWith = 0;                            // errno of pwrite(); 0: they do not
}  // namespace

// In place of the C library's.
extern "C" ssize_t pwrite(int file, const void* bytes, std::size_t size, off_t offset) {
  beforeEachWrite();
  if (writesFailWith) return errno = writesFailWith, -1;
  return ::syscall(SYS_pwrite64, file, bytes, std::min(size, mostAtOnce), offset);
}
extern "C" int fstatfs(int file, struct statfs* found) noexcept {
  if (::syscall(SYS_fstatfs, file, found)) return -1;
  if (pretendedFilesystem) found->f_type = pretendedFilesystem;
  return 0;
}

namespace vss {
namespace {

using namespace testing_traces;

// Runs it in a process of its own; how that ended, as waitpid() says it.
int inAChild(const std::function<void()>& run) {
  pid_t child = ::fork();
  if (child == 0) {
    run();
    ::_exit(0);
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  return status;
}

TEST(GrowingFileOnLinux, IsWrittenPlainlyWhereAPageOfAMappingCouldVanish) {
  for (long filesystem : {long{NFS_SUPER_MAGIC}, long{SMB_SUPER_MAGIC}, long{0xFF534D42} /* CIFS */, long{0xFE534D42} /* SMB2 */, long{V9FS_MAGIC}, long{AFS_SUPER_MAGIC},
                          long{0x65735546} /* FUSE */, long{0x00C36400} /* Ceph */, long{0x2FC12FC1} /* ZFS */}) {
    TemporaryTrace at;
    pretendedFilesystem = filesystem;
    bool plain = GrowingFile(at.path).plain();
    pretendedFilesystem = 0;
    EXPECT_TRUE(plain) << std::hex << filesystem;
  }
  for (long filesystem : {long{EXT4_SUPER_MAGIC}, long{XFS_SUPER_MAGIC}, long{BTRFS_SUPER_MAGIC}, long{TMPFS_MAGIC}}) {
    TemporaryTrace at;
    pretendedFilesystem = filesystem;
    bool plain = GrowingFile(at.path).plain();
    pretendedFilesystem = 0;
    EXPECT_FALSE(plain) << std::hex << filesystem;
  }
}

TEST(GrowingFileOnLinux, WritesTheRestWhereTheSystemTakesOnlyAPart) {
  TemporaryTrace at;
  GrowingFile file(at.path, true);
  mostAtOnce = 3;
  bool good = file.write("0123456789", 5);
  mostAtOnce = SIZE_MAX;
  EXPECT_TRUE(good);
  EXPECT_EQ(bytesOf(at.path).substr(5), "0123456789");
}

// The program may be killed between any two of them.
TEST(PlainWriting, LeavesNothingButWholeNotesAfterEachWrite) {
  TemporaryTrace file;
  TraceWriter trace(file.path, {}, true);
  noteStatus(trace, 0, u"System Writer");
  std::thread([&] { noteStatus(trace, 0, u"of another thread, behind it in the file"); }).join();
  std::size_t writes = 0, most = 0;
  beforeEachWrite = [&] {
    ++writes;
    TraceReader reader(file.path);
    most = std::max(most, notesOf(reader).size());
    EXPECT_TRUE(reader.problems().empty()) << "before write " << writes << ": " << reader.problems()[0].text;
    EXPECT_EQ(reader.lostNotes() + reader.unfinishedNotes(), 0u) << "before write " << writes;
  };
  for (std::uint32_t i = 1; i < 60; ++i) noteStatus(trace, i, u"Writer " + std::u16string(i, u'x'));
  trace.finish(TraceWriter::Ending::threadsDone);
  beforeEachWrite = [] {};
  EXPECT_GT(writes, 59u * 4);
  EXPECT_EQ(most, 122u);
}

TEST(GrowingFileOnLinux, HasRealBlocksUnderEveryWindow) {
  TemporaryTrace at;
  GrowingFile file(at.path);
  for (std::uint64_t offset : {std::uint64_t{0}, std::uint64_t{3} << 20}) {
    char* window = file.openWindow(offset, 4096);
    ASSERT_TRUE(window) << file.lastError();
    struct stat status;
    ASSERT_EQ(::stat(at.path.c_str(), &status), 0);
    EXPECT_GE(static_cast<std::uint64_t>(status.st_blocks) * 512, offset + 4096) << "a store there would need one from a disk that may be full";
    file.closeWindow(window, offset, 4096);
  }
}

TEST(GrowingFileOnLinux, IsNotHandedToTheProgramsThatTheProcessStarts) {
  TemporaryTrace at;
  GrowingFile file(at.path);
  int found = 0;
  for (auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    if (std::filesystem::read_symlink(entry, ignored) != at.path) continue;
    ++found;
    EXPECT_TRUE(::fcntl(std::stoi(entry.path().filename().string()), F_GETFD) & FD_CLOEXEC);
  }
  EXPECT_EQ(found, 1);
}

TEST(GrowingFileOnLinux, LeavesASizeSignalOfTheProgramsOwnAsItWas) {
  int status = inAChild([] {
    static volatile sig_atomic_t got;
    got = 0;
    ::signal(SIGXFSZ, [](int) { got = got + 1; });
    sigset_t size, before;
    ::sigemptyset(&size), ::sigaddset(&size, SIGXFSZ);
    TemporaryTrace at;
    GrowingFile file(at.path, true);
    rlimit none{0, RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &none);
    if (file.write("ours", 0) || got) ::_exit(1);             // our error, of which the program hears nothing
    ::pthread_sigmask(SIG_BLOCK, &size, &before);
    ::raise(SIGXFSZ);                                         // the program's, while it does not listen
    if (file.write("ours", 0) || got) ::_exit(2);
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    ::_exit(got == 1 ? 0 : 3);
  });
  EXPECT_EQ(WEXITSTATUS(status), 0) << "at step";
}

TEST(FullDisk, StopsTheRecordingAndNotTheProgram) {
  for (bool plain : {false, true}) {
    TemporaryTrace file;
    int status = inAChild([&] {
      rlimit limit{200 << 10, 200 << 10};
      ::setrlimit(RLIMIT_FSIZE, &limit);
      TraceWriter trace(file.path, {}, plain);
      for (std::uint32_t i = 0; i < 20'000; ++i) noteStatus(trace, i, u"Writer " + std::u16string(i % 100, u'x'));
      if (!trace.stopped()) ::_exit(3);
      trace.finish(TraceWriter::Ending::threadsDone);
    });
    ASSERT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
    ASSERT_EQ(WEXITSTATUS(status), 0);
    EXPECT_LE(std::filesystem::file_size(file.path), 200u << 10);
    TraceReader reader(file.path);
    auto loaded = loadCalls(reader);
    EXPECT_GT(loaded.calls.size(), 20u);
    for (std::size_t i = 0; i < loaded.calls.size(); ++i) {
      ASSERT_EQ(loaded.calls[i].inputs[0].number, static_cast<std::int64_t>(i)) << "no call before the last is missing";
    }
    EXPECT_TRUE(reader.problems().empty());
    if (!plain) {  // a plain write that fails cannot be followed by another that says so
      ASSERT_EQ(loaded.remarks.size(), 1u);
      EXPECT_EQ(loaded.remarks[0].kind, RemarkKind::stopped);
      EXPECT_EQ(loaded.remarks[0].text.find("no room for more notes: "), 0u) << loaded.remarks[0].text;
    }
    EXPECT_NE(bytesOf(file.beside()).find("Recording stopped here, the program went on: "), std::string::npos);
  }
}

// Neither the death of the process that holds it, nor a page that is not there when it is touched.
TEST(FullDisk, IsAnErrorOfWhoHoldsAnIndex) {
  int status = inAChild([] {
    rlimit limit{1 << 20, 1 << 20};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    FileArray<std::uint64_t> array;
    try {
      for (std::uint64_t i = 0; i < 10 * FileArray<std::uint64_t>::kPiece; ++i) array.push_back(i);
    } catch (const TraceError& e) {
      std::string told = e.what();
      if (told.find(": no room for where the calls of the trace are: File too large; TMPDIR names another folder") == told.npos) ::_exit(2);
      for (std::uint64_t i = 0; i < array.size(); ++i)
        if (array[i] != i) ::_exit(3);
      ::_exit(array.size() == 3 * FileArray<std::uint64_t>::kPiece ? 0 : 4);
    }
    ::_exit(1);
  });
  ASSERT_TRUE(WIFEXITED(status)) << "killed by signal " << WTERMSIG(status);
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

// Each thread counts, outside of the trace, the calls that have come back to it. ./test.sh --long does it a thousand times.
TEST(KilledProcess, LeavesEveryNoteThatWasMade) {
  constexpr std::uint32_t kThreads = 4;
  auto* done = static_cast<std::atomic<std::uint32_t>*>(::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  ASSERT_NE(done, MAP_FAILED);
  const unsigned seed = std::random_device{}();
  std::mt19937 random(seed);
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::uint64_t all = 0;
  const int kills = std::getenv("SHADOWTAPE_LONG") ? 1000 : 20;
  for (int kill = 0; kill < kills; ++kill) {
    TemporaryTrace file;
    std::memset(static_cast<void*>(done), 0, 4096);
    const std::uint32_t threads = kill % 2 ? kThreads : 1;
    pid_t child = ::fork();
    if (child == 0) {
      TraceWriter trace(file.path, {});
      std::vector<std::thread> callers;
      for (std::uint32_t t = 0; t < threads; ++t)
        callers.emplace_back([&, t] {
          for (std::uint32_t i = 0;; ++i) {
            noteStatus(trace, i * kThreads + t, u"System Writer");
            done[t].store(i + 1, std::memory_order_release);
          }
        });
      callers[0].join();
    }
    // Most kills come while notes are made, some while the file or its first chunks are.
    while (kill % 10 && !done[0].load()) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    ::kill(child, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    std::uint32_t told = 0, found[kThreads] = {};
    for (std::uint32_t t = 0; t < threads; ++t) told += done[t];
    all += told;
    try {
      TraceReader reader(file.path);
      CallReader calls(reader);
      while (auto call = calls.next()) {
        if (!call->result) continue;
        auto number = static_cast<std::uint32_t>(call->inputs[0].number);
        EXPECT_EQ(number / kThreads, found[number % kThreads]++) << "a call of thread " << number % kThreads << " is missing";
        EXPECT_EQ(call->outputs[0].guid().a, number);
      }
      EXPECT_EQ(reader.end(), TraceEnd::cutOff);
      EXPECT_LE(reader.lostNotes() + reader.unfinishedNotes(), threads) << "at most one note of each thread";
      EXPECT_TRUE(reader.problems().empty());
    } catch (const TraceError& e) {
      EXPECT_EQ(told, 0u) << e.what();  // killed before its first note
    }
    for (std::uint32_t t = 0; t < threads; ++t) {
      EXPECT_GE(found[t], done[t]) << "thread " << t;
      EXPECT_LE(found[t], done[t] + 1) << "thread " << t << " has been told of each but the last";
    }
    if (testing::Test::HasFailure()) break;
  }
  ::munmap(static_cast<void*>(done), 4096);
  std::printf("%llu calls had come back before %d kills\n", static_cast<unsigned long long>(all), kills);
  EXPECT_GT(all, static_cast<std::uint64_t>(kills) * 100) << "the kills came too early to tell anything";
}

// Kilobytes of the mapped trace that are not on the disk, as the system sees it; nullopt: it is not mapped.
std::optional<long> unwrittenOf(const std::filesystem::path& trace) {
  std::ifstream maps("/proc/self/smaps");
  std::optional<long> all;
  bool ours = false;
  for (std::string line; std::getline(maps, line);) {
    if (line.find('-') < line.find(' ')) ours = line.ends_with(trace.string());
    long kilobytes = 0;
    if (ours && (std::sscanf(line.c_str(), "Shared_Dirty: %ld", &kilobytes) == 1 || std::sscanf(line.c_str(), "Private_Dirty: %ld", &kilobytes) == 1))
      all = all.value_or(0) + kilobytes;
  }
  return all;
}

class LossOfPower : public testing::Test {
 protected:
  void SetUp() override {
    GrowingFile file(probe.path);
    struct statfs fs;
    if (::statfs(probe.path.c_str(), &fs) == 0 && fs.f_type == TMPFS_MAGIC) GTEST_SKIP() << "the temporary folder is in memory";
  }
  TemporaryTrace probe{"probe"}, file;
};

TEST_F(LossOfPower, LosesNothingThatWasFlushedFromOutside) {
  TraceWriter trace(file.path, {});
  for (std::uint32_t i = 0; i < 1000; ++i) noteStatus(trace, i, u"System Writer");
  ASSERT_GT(unwrittenOf(file.path).value_or(0), 100);
  int status = inAChild([&] { ::_exit(flushFile(file.path) ? 0 : 1); });
  EXPECT_EQ(status, 0) << "another process brings it to the disk";
  EXPECT_EQ(unwrittenOf(file.path), 0);
  noteStatus(trace, 1000, u"System Writer");
  EXPECT_GT(unwrittenOf(file.path).value_or(0), 0) << "what comes then is not there yet";
  EXPECT_FALSE(flushFile(file.path.string() + ".missing"));
}

TEST_F(LossOfPower, LosesNoCallThatCameBackWhereEachIsSynced) {
  TraceWriter trace(file.path, {});
  trace.syncEachNote();
  const auto calls = static_cast<std::uint32_t>(amount(1000, 200, 50));
  for (std::uint32_t i = 0; i < calls; ++i) {
    noteStatus(trace, i, u"System Writer");
    ASSERT_EQ(unwrittenOf(file.path), 0) << i;
  }
  trace.hold();
  noteStatus(trace, calls, u"System Writer");
  EXPECT_GT(unwrittenOf(file.path).value_or(0), 0) << "nothing waits for a disk that may be frozen";
  trace.release();
  noteStatus(trace, calls + 1, u"System Writer");
  EXPECT_EQ(unwrittenOf(file.path), 0);
}

// A quota, an unplugged share: from some moment on the system takes nothing more.
TEST(FailingDisk, StopsTheRecordingAndNotTheProgram) {
  for (bool plain : {false, true})
    for (int error : {EDQUOT, EIO, ESTALE}) {
      SCOPED_TRACE(std::strerror(error));
      TemporaryTrace file;
      {
        TraceWriter trace(file.path, {}, plain);
        for (std::uint32_t i = 0; i < 20'000; ++i) {
          if (i == 1000) writesFailWith = error;
          noteStatus(trace, i, u"System Writer");
        }
        EXPECT_TRUE(trace.stopped());
        trace.finish(TraceWriter::Ending::threadsDone);
      }
      writesFailWith = 0;
      TraceReader reader(file.path);
      auto loaded = loadCalls(reader);
      EXPECT_GE(loaded.calls.size(), 1000u);
      for (std::size_t i = 0; i < loaded.calls.size(); ++i) ASSERT_EQ(loaded.calls[i].inputs[0].number, static_cast<std::int64_t>(i));
      if (!plain) {
        ASSERT_EQ(loaded.remarks.size(), 1u);
        EXPECT_NE(loaded.remarks[0].text.find(std::strerror(error)), std::string::npos) << loaded.remarks[0].text;
      }
    }
}

TEST(LargeTrace, IsReadBackBeyondFourGigabytes) {
  if (!std::getenv("SHADOWTAPE_LONG")) GTEST_SKIP() << "writes 4.5 GB: ./test.sh --long";
  TemporaryTrace file;
  constexpr std::uint32_t kCalls = 33'000'000;
  {
    TraceWriter trace(file.path, {});
    for (std::uint32_t i = 0; i < kCalls; ++i) noteStatus(trace, i % 100, u"System Writer");
    ASSERT_FALSE(trace.stopped());
  }
  ASSERT_GT(std::filesystem::file_size(file.path), std::uint64_t{1} << 32);
  TraceReader reader(file.path);
  std::uint64_t notes = 0;
  while (auto* note = reader.next()) {
    ASSERT_EQ(note->order, ++notes);
    if (note->type == NoteType::enter) { ASSERT_EQ(note->values[0].number, static_cast<std::int64_t>(notes / 2 % 100)); }
  }
  EXPECT_EQ(notes, 2ull * kCalls);
  EXPECT_TRUE(reader.problems().empty());
  EXPECT_EQ(reader.end(), TraceEnd::complete);
}

TEST(Reading, SurvivesARecorderThatEndsMeanwhile) {
  TemporaryTrace file;
  TraceWriter trace(file.path, {});
  for (std::uint32_t i = 0; i < 5; ++i) noteStatus(trace, i, u"System Writer");
  TraceReader reader(file.path);
  auto before = std::filesystem::file_size(file.path);
  trace.finish(TraceWriter::Ending::threadsDone);
  ASSERT_LT(std::filesystem::file_size(file.path), before) << "the file was cut";
  EXPECT_EQ(notesOf(reader).size(), 10u);
}

TEST(HostileTrace, CostsNoMoreMemoryThanAFewTimesItself) {
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "the sanitizer's own memory is many times ours";
#endif
  TemporaryTrace file;
  { TraceWriter(file.path, {}).remark(RemarkKind::information, 0, "x"); }
  std::string bytes = bytesOf(file.path);
  std::uint32_t words = (1u << 27) - 2;  // a gigabyte is claimed …
  std::memcpy(bytes.data() + 4096 + 4, &words, 4);
  std::uint64_t notes = 22'000'000, list = 1 | std::uint64_t{7} << 32 | notes * 6 << 35, tag = notes << 2 | std::uint64_t{5} << 32 | std::uint64_t{1} << 48;
  std::memcpy(bytes.data() + 4152, &list, 8);  // … full of notes
  std::memcpy(bytes.data() + 4160, &tag, 8);
  writeBytes(file.path, bytes);
  rusage before, after;
  ::getrusage(RUSAGE_SELF, &before);
  {
    TraceReader reader(file.path);
    EXPECT_LE(notesOf(reader).size(), 1u);
  }
  ::getrusage(RUSAGE_SELF, &after);
  EXPECT_LT(after.ru_maxrss - before.ru_maxrss, 64 << 10) << "kilobytes";
}

std::string decoded(const std::filesystem::path& trace) {
  std::string command = "capnp decode --no-standard-import -I" + std::string(std::getenv("SHADOWTAPE_BUILD")) + "/../deps/linux/include traces/trace.capnp Block < '" +
                        trace.string() + "' 2>&1";
  FILE* pipe = ::popen(command.c_str(), "r");
  std::string text;
  char part[4096];
  for (std::size_t n; (n = std::fread(part, 1, sizeof part, pipe)) > 0;) text.append(part, n);
  EXPECT_EQ(::pclose(pipe), 0) << text;
  return text;
}

TEST(Schema, LetsTheCapnpToolReadAClosedTrace) {
  if (!std::getenv("SHADOWTAPE_BUILD")) GTEST_SKIP() << "SHADOWTAPE_BUILD says where Cap'n Proto's own schema is";
  TemporaryTrace file;
  {
    TraceWriter trace(file.path, {Origin::model, "backup.exe", "fake"});
    for (std::uint32_t i = 0; i < 2000; ++i) noteStatus(trace, i % 3, u"Registry");
    std::thread([&] { noteStatus(trace, 0, u"Registry"); }).join();
  }
  std::string text = decoded(file.path);
  EXPECT_NE(text.find("process = \"backup.exe\""), std::string::npos);
  EXPECT_NE(text.find(R"(text = "R\000e\000g\000i\000s\000t\000r\000y\000")"), std::string::npos) << text.substr(0, 3000);
  EXPECT_NE(text.find("( footer = (\n    calls = 2001,\n    notes = 4002,\n"), std::string::npos) << text.substr(text.size() - 2000);
  EXPECT_NE(text.find("( signature = \"IVssBackupComponents::GetWriterStatus@19("), std::string::npos);
}

}  // namespace
}  // namespace vss
