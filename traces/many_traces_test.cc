#include "traces/many_traces.h"

#include <gtest/gtest.h>

#include <atomic>
#include <sstream>
#include <thread>

#include "traces/platform.h"
#include "traces/show.h"
#include "traces/test_trace.h"
#include "traces/trace_error.h"

namespace vss {
namespace {

using namespace test;
namespace fs = std::filesystem;

class Many : public testing::Test {
 protected:
  std::string name(int i) const { return folder / (std::to_string(i) + ".vsst").c_str(); }
  void named(int n) {
    for (int i = 0; i < n; ++i) traces.names.push_back(name(i));
  }
  int run(const std::function<Told(const OneOfMany&)>& tell, const std::string& format = "text") { return forEachTrace(traces, format, out, err, tell); }
  Folder folder;
  ManyTraces traces;
  std::ostringstream out, err;
};

TEST_F(Many, AreToldInTheirOrderHoweverLongOneTakesAndFewAreHeld) {
  named(500);
  for (unsigned jobs : {1u, 2u, 7u, 0u}) {
    traces.jobs = jobs;
    out.str("");
    std::atomic<std::size_t> begun = 0, atSlow = 0;
    EXPECT_EQ(run([&](const OneOfMany& one) -> Told {
      ++begun;
      if (one.index == 100) {
        std::this_thread::sleep_for(std::chrono::milliseconds(30));
        atSlow = begun.load();
      }
      return {std::to_string(one.index) + "/" + std::to_string(one.of) + "\n", "", one.index == 3};
    }), 1);
    std::string expected;
    for (int i = 0; i < 500; ++i) expected += std::to_string(i) + "/500\n";
    EXPECT_EQ(out.str(), expected);
    if (jobs) {
      EXPECT_LE(atSlow, 101 + 16 * jobs) << "what is ready waits for what is not";
    }
  }
}

TEST_F(Many, OneThatCannotBeUsedStopsNoOther) {
  named(3);
  auto tell = [](const OneOfMany& one) -> Told {
    if (one.index == 1) throw TraceError(one.path + ": is \"bad\"");
    return {"good\n", "said\n", 1};
  };
  EXPECT_EQ(run(tell), 2);
  EXPECT_EQ(out.str(), "good\ngood\n");
  EXPECT_EQ(err.str(), "said\nshadowtape: " + name(1) + ": is \"bad\"\nsaid\n");
  out.str("");
  EXPECT_EQ(run(tell, "jsonl"), 2);
  EXPECT_NE(out.str().find("\", \"exit\": 2, \"error\": \""), std::string::npos) << out.str();
  EXPECT_NE(out.str().find("is \\\"bad\\\"\"}\ngood\n"), std::string::npos) << out.str();
  traces.jobs = 2;
  EXPECT_THROW(run([](const OneOfMany&) -> Told { throw std::logic_error("ours"); }), std::logic_error);
}

TEST_F(Many, LinesAreJsonForStrictReaders) {
  named(1);
  run([](const OneOfMany&) { return Told{R"({"a": "\ud83d \\ud83d \\\udfff \ud7ff \u00e9"})", ""}; }, "jsonl");
  EXPECT_EQ(out.str(), R"({"a": "\ufffd \\ud83d \\\ufffd \ud7ff \u00e9"})");
}

TEST_F(Many, StopWhereNobodyReadsAnyMore) {
  named(1000);
  traces.jobs = 2;
  std::atomic<int> told = 0;
  run([&](const OneOfMany& one) -> Told {
    if (one.index == 5) out.setstate(std::ios::badbit);
    return ++told, Told{"x\n", ""};
  });
  EXPECT_LT(told, 100);
}

TEST_F(Many, WhatIsNoTraceIsSkippedUnlessItIsNamedOrCalledOne) {
  Trace(folder / "good").session(healthySession());
  put(folder / "text.txt", "hello\n");
  put(folder / "damaged.vsst", "hello\n");
  put(folder / "damaged.vsst.zst", "hello\n");
  fs::create_directory(pathFromUtf8(folder / "below"));
  put(folder / "below/other", "");
  auto info = [&](std::vector<std::string> names) {
    traces.names = std::move(names);
    out.str(""), err.str("");
    return showInfo(traces, "jsonl", out, err);
  };
  EXPECT_EQ(info({folder / ""}), 2);
  std::string lines = out.str();
  EXPECT_EQ(std::count(lines.begin(), lines.end(), '\n'), 3) << lines;
  EXPECT_NE(err.str().find("damaged.vsst: is not a trace"), std::string::npos) << err.str();
  EXPECT_NE(err.str().find("damaged.vsst.zst: is not a trace"), std::string::npos) << err.str();
  EXPECT_TRUE(err.str().ends_with("\nshadowtape: 2 files are no traces and were skipped\n")) << err.str();
  EXPECT_EQ(info({folder / "[gt]*"}), 2) << "no pattern";
  EXPECT_EQ(info({folder / "*o?d", folder / "t*"}), 2);
  EXPECT_EQ(err.str(), "shadowtape: " + (folder / "t*") + ": none of its 1 file is a trace; name one to be told why it is none\n");
  EXPECT_EQ(info({folder / "*o*"}), 0);
  EXPECT_EQ(err.str(), "shadowtape: 1 file is no trace and was skipped\n");
  EXPECT_EQ(info({folder / "good", folder / "text.txt"}), 2);
  EXPECT_NE(err.str().find("text.txt: is not a trace"), std::string::npos) << err.str();
}

TEST_F(Many, AnArgumentThatGivesNothingIsSaid) {
  auto said = [&](const std::string& name) {
    traces.names = {name};
    err.str("");
    std::istringstream list("\r\n");
    traces.list = &list;
    EXPECT_EQ(run([](const OneOfMany&) { return Told{}; }), 2);
    return err.str();
  };
  fs::create_directory(pathFromUtf8(folder / "empty"));
  EXPECT_EQ(said(folder / "empty"), "shadowtape: " + (folder / "empty") + ": is a folder with no file in it; is the name right?\n");
  EXPECT_EQ(said(folder / "x*"), "shadowtape: " + (folder / "x*") + ": no file fits this pattern; is the name right?\n");
  EXPECT_EQ(said("-"), "shadowtape: -: standard input names no trace; it has to be a list, a file or a folder in each line\n");
}

TEST_F(Many, HowFarItIsStandsOnATerminalAlone) {
  named(3);
  auto tell = [](const OneOfMany&) { return Told{"", "", 1}; };
  run(tell);
  EXPECT_EQ(err.str(), "");
  traces.width = 200;
  run(tell);
  EXPECT_TRUE(err.str().starts_with("\r1 of 3, 1 red: " + name(0))) << err.str();
  EXPECT_TRUE(err.str().ends_with(" \r")) << "gone at the end";
}

}  // namespace
}  // namespace vss
