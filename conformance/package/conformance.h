// For an implementer of VSS: every recipe of Shadowtape's catalogue as a GoogleTest test of your own build.
//
//   #include <shadowtape/conformance.h>
//   int main(int argc, char** argv) {
//     testing::InitGoogleTest(&argc, argv);
//     shadowtape::registerConformanceTests({&CreateVssBackupComponents});
//     return RUN_ALL_TESTS();
//   }
//
// A test is called as `shadowtape conform --list` calls its recipe, with a dot in place of the dash: WS-049.2 is --gtest_filter=WS.049.2.
// It fails where `conform` is red, with what was expected and seen, the source and an advice; it is skipped, with the cause, where `conform` says
// that a rule (no MUST) is not testable, not applicable, expected to fail or not scored. The property "verdict" in GoogleTest's XML has the word.
//
// Each recipe runs in a process of its own: this program again, with its own arguments and only that test. A crash or a hang is that test's
// failure. So main() runs once for each recipe, up to the test; what it does before must bear that. For a debugger SHADOWTAPE_IN_PROCESS=1
// in the environment keeps the recipe in this process; then choose one test, and a crash ends the run.
#pragma once
#include <gtest/gtest.h>

#include <cstddef>
#include <iostream>
#include <stdexcept>
#include <string>

#if defined(_WIN32)
#include <windows.h>

#include <vss.h>
#include <vswriter.h>

#include <vsbackup.h>
#define SHADOWTAPE_CALL __stdcall
#else
#include <shadowtape/vsbackup.h>
#define SHADOWTAPE_CALL VSS_CALL
#endif

#include <shadowtape/conformance_abi.h>

namespace shadowtape {

// What is judged. Functions, no objects: they have to be there in the process of each recipe.
struct Implementation {
  // Makes an object with one reference, which the recipe releases. Called once or twice for a recipe, from the main thread; where a recipe is about
  // two threads, its calls on the object come from two. Nothing may be thrown from it or from the object's methods.
  HRESULT(SHADOWTAPE_CALL* create)(IVssBackupComponents** ppBackup) = nullptr;
  // What else the implementation exports, by name, with Windows' calling convention: IsVolumeSnapshotted, ShouldBlockRevert,
  // CreateVssExamineWriterMetadata, VssFreeSnapshotProperties; on Linux SysFreeString, SysAllocStringLen and CoTaskMemFree, if it does not allocate by
  // those of this library. nullptr for what it has not: its recipes are skipped.
  void* (*exported)(const char* name) = nullptr;
};

struct ConformanceOptions {
  std::string suites;                  // put before each test's name, with a slash, where one program judges several implementations: "Mine" makes Mine/WS.049.2
  std::string revision;                // the requirement set that is scored, "2026-12"; empty: the newest
  std::string expect;                  // a file of what is known to fail, as `conform --write-expect` writes it
  std::string report;                  // a folder that keeps the evidence, report.json and report.xml; empty: a temporary one, kept if something is red
  unsigned hangLimit = 10000;          // milliseconds for a recipe
};

namespace detail {

class RecipeTest : public ::testing::Test {
 public:
  RecipeTest(abi::Suite* suite, std::size_t recipe) : suite_(suite), recipe_(recipe) {}
  void TestBody() override {
    const auto* self = ::testing::UnitTest::GetInstance()->current_test_info();
    abi::Result result = abi::ShadowtapeRunRecipe(suite_, recipe_, (std::string(self->test_suite_name()) + "." + self->name()).c_str());
    RecordProperty("verdict", result.verdict);
    if (result.outcome == abi::failed) ADD_FAILURE() << result.text;
    if (result.outcome == abi::skipped) GTEST_SKIP() << result.text;
  }

 private:
  abi::Suite* suite_;
  std::size_t recipe_;
};

class EndOfRun : public ::testing::Environment {
 public:
  explicit EndOfRun(abi::Suite* suite) : suite_(suite) {}
  void TearDown() override {
    abi::Result end = abi::ShadowtapeEndRun(suite_);
    std::cout << end.text;
    if (end.outcome == abi::failed) ADD_FAILURE() << end.text;
  }

 private:
  abi::Suite* suite_;
};

}  // namespace detail

// Registers a test for each recipe. Before RUN_ALL_TESTS(), from one thread; once for each implementation, with another name in `suites`. Throws
// std::runtime_error with one line: an option that names nothing, a program and a library of different versions.
inline void registerConformanceTests(const Implementation& implementation, const ConformanceOptions& options = {}) {
  const char* problem = nullptr;
  abi::Setup setup{abi::kVersion, reinterpret_cast<void*>(implementation.create), implementation.exported, options.revision.c_str(), options.expect.c_str(),
                   options.report.c_str(), options.hangLimit};
  abi::Suite* suite = abi::ShadowtapeOpenSuite(&setup, &problem);
  if (!suite) throw std::runtime_error(problem);
  for (std::size_t i = 0; i < abi::ShadowtapeRecipes(suite); ++i) {
    std::string name = abi::ShadowtapeRecipeName(suite, i), prefix = options.suites.empty() ? "" : options.suites + "/";
    auto dash = name.find('-');
    ::testing::RegisterTest((prefix + name.substr(0, dash)).c_str(), name.substr(dash + 1).c_str(), nullptr, nullptr, __FILE__, __LINE__,
                            [suite, i]() -> ::testing::Test* { return new detail::RecipeTest(suite, i); });
  }
  ::testing::AddGlobalTestEnvironment(new detail::EndOfRun(suite));
}

}  // namespace shadowtape
