// Bad input, for every command that reads a trace: cut at every byte, damaged a thousand times, or something else altogether. It ends with a
// documented exit code, in bounded time, and says what it could not read. The commands' functions run in this process: what crashes one, or what a
// sanitizer sees, ends the test.
#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <random>
#include <sstream>

#include "conformance/check.h"
#include "exports/export.h"
#include "replayer/script.h"
#include "requesters/run.h"
#include "traces/diff.h"
#include "traces/recover.h"
#include "traces/show.h"
#include "traces/trace_error.h"

namespace vss::test {
namespace {

const std::string whole = "traces/samples/golden/status.vsst";

struct Command {
  const char* name;
  std::function<int(const std::string& path, std::ostream& out, std::ostream& err)> run;
};
const std::vector<Command> commands{
    {"show", [](auto& path, auto& out, auto& err) { return showTrace(path, {}, out, err); }},
    {"show --state", [](auto& path, auto& out, auto& err) { return showTrace(path, {.format = "json", .state = true}, out, err); }},
    {"info", [](auto& path, auto& out, auto& err) { return showInfo({{path}}, "text", out, err); }},
    {"verify", [](auto& path, auto& out, auto& err) { return verifyTraces({{path}}, "text", out, err); }},
    {"recover",
     [](auto& path, auto& out, auto& err) {
       int code = recoverTrace(path, path + ".saved.vsst", out, err);
       return code == 3 ? 1 : code;
     }},
    {"diff", [](auto& path, auto& out, auto& err) { return diffTraces(path, whole, "text", out, err); }},
    {"export --to vssadmin", [](auto& path, auto& out, auto& err) { return exports::runExport({path, "vssadmin"}, out, err); }},
    {"export --to jsonl", [](auto& path, auto& out, auto& err) { return exports::runExport({path, "jsonl"}, out, err); }},
    {"export --to csv", [](auto& path, auto& out, auto& err) { return exports::runExport({path, "csv"}, out, err); }},
    {"export --to perfetto", [](auto& path, auto& out, auto& err) { return exports::runExport({path, "perfetto"}, out, err); }},
    {"export --to html", [](auto& path, auto& out, auto& err) { return exports::runExport({path, "html"}, out, err); }},
    {"check", [](auto& path, auto& out, auto& err) { return conformance::runCheck({{{path}}, "", "text"}, out, err); }},
    {"replay",
     [](auto& path, auto&, auto& err) {
       Script script(pathFromUtf8(path));
       for (const auto& warning : script.warnings()) err << warning << "\n";
       return 0;
     }},
};

class Damage : public testing::Test {
 protected:
  std::string put(const std::string& bytes) {
    std::ofstream(folder / "bad.vsst", std::ios::binary | std::ios::trunc) << bytes;
    return shownPath(folder / "bad.vsst");
  }
  // Exit codes, by command; -1 for a TraceError, which the command line turns into 2.
  void expectDocumented(const std::string& path, bool isCut) {
    for (const auto& command : commands) {
      std::ostringstream out, err;
      auto start = std::chrono::steady_clock::now();
      int code = 2;
      try {
        code = command.run(path, out, err);
      } catch (const TraceError& e) {
        err << e.what() << "\n";
      }
      auto seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      ASSERT_TRUE(code == 0 || code == 1 || code == 2) << command.name << " ended with " << code;
      ASSERT_LT(seconds, 5) << command.name;
      ASSERT_TRUE(code != 2 || !err.str().empty()) << command.name << " gave up without a word";
      ASSERT_TRUE(code != 0 || !isCut || std::string(command.name) != "verify") << "verify takes it for whole: " << out.str();
      ++runs;
    }
  }

  TemporaryFolder folder;
  long runs = 0;
};

// Under Wine, where to open a file costs ten times as much, at every 13th.
#if defined(_WIN32)
constexpr std::size_t step = 13;
#else
constexpr std::size_t step = 1;
#endif

TEST_F(Damage, ATraceCutAtEveryByteIsReadByEveryCommand) {
  std::string bytes = contentOf(whole);
  ASSERT_GT(bytes.size(), 10000u);
  std::string path = put(bytes);
  long cuts = 0;
  for (std::size_t size = bytes.size() - 1;; --size) {
    if (size % step) continue;  // the last cut leaves nothing
    // Inside a long run of zeros, which are room for notes to come, one cut is as good as the next.
    bool room = size >= 128 && size % 16 && bytes.compare(size - 128, 128, std::string(128, '\0')) == 0;
    if (!room) {
      SCOPED_TRACE("cut at byte " + std::to_string(size));
      std::filesystem::resize_file(folder / "bad.vsst", size);
      expectDocumented(path, true);
      if (HasFatalFailure()) return;
      ++cuts;
    }
    if (size == 0) break;
  }
  EXPECT_GT(cuts, 5000 / static_cast<long>(step));
  EXPECT_EQ(runs, cuts * static_cast<long>(commands.size()));
}

TEST_F(Damage, AThousandRandomDamagesAreReadByEveryCommand) {
  std::uint32_t seed = std::random_device()();
  if (auto asked = environmentVariable("SEED")) seed = static_cast<std::uint32_t>(std::stoul(*asked));
  std::printf("SEED=%u\n", seed);
  std::mt19937 random(seed);
  std::string one = contentOf(whole), two = contentOf("traces/samples/golden/two_threads.vsst");
  for (int n = 0; n < 1000; ++n) {
    SCOPED_TRACE("SEED=" + std::to_string(seed) + ", damage " + std::to_string(n));
    std::string bytes = n % 3 ? one : two;
    auto at = [&] { return random() % bytes.size(); };
    switch (random() % 6) {
      case 0: bytes[at()] ^= static_cast<char>(1u << random() % 8); break;
      case 1: for (int i = 0; i < 8; ++i) bytes[at()] = static_cast<char>(random()); break;
      case 2: { auto from = at(); bytes.replace(from, std::min<std::size_t>(64, bytes.size() - from), std::string(std::min<std::size_t>(64, bytes.size() - from), '\0')); break; }
      case 3: { std::size_t from = at(), length = random() % 4096; bytes.erase(from, length); break; }
      case 4: { auto from = at(); bytes.insert(from, bytes.substr(at(), random() % 4096)); break; }
      case 5: {  // a word that may be a size or an offset
        std::size_t word = at() / 8 * 8;
        std::uint32_t big = random() % 2 ? 0xFFFFFFFF : 0x7FFFFFFF;
        if (word + 4 <= bytes.size()) bytes.replace(word, 4, reinterpret_cast<const char*>(&big), 4);
      }
    }
    expectDocumented(put(bytes), false);
    if (HasFatalFailure()) return;
  }
}

TEST_F(Damage, ForeignFilesAreRefusedByEveryCommandWithOneClearLine) {
  std::string elf = contentOf(pathFromUtf8(program("bin/shadowtape"))).substr(0, 1 << 20);
  std::vector<std::string> files{"", "\n", "hello", std::string(100000, '\0'), std::string(100000, '\xFF'), "\x89PNG\r\n\x1a\n" + std::string(5000, 'x'),
                                 "PK\x03\x04" + std::string(5000, '\0'), "\x1f\x8b\x08" + std::string(5000, '\x42'), contentOf("traces/samples/listings/states.txt"), elf,
                                 contentOf("conformance/catalogue/ws.tsv")};
  for (const auto& bytes : files) {
    SCOPED_TRACE("a file of " + std::to_string(bytes.size()) + " bytes that begins with \"" + bytes.substr(0, 8) + "\"");
    std::string path = put(bytes);
    for (const auto& command : commands) {
      std::ostringstream out, err;
      int code = 2;
      try {
        code = command.run(path, out, err);
      } catch (const TraceError& e) {
        err << e.what() << "\n";
      }
      EXPECT_EQ(code, 2) << command.name;
      std::string said = err.str();
      EXPECT_EQ(std::count(said.begin(), said.end(), '\n'), 1) << command.name << ": " << said;
      EXPECT_NE(said.find("bad.vsst"), std::string::npos) << command.name << ": " << said;
    }
  }
}

}  // namespace
}  // namespace vss::test
