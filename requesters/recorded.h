// What a test wants to know of a trace that a program has left.
#pragma once
#include <gtest/gtest.h>

#include <memory>

#include "requesters/run.h"
#include "traces/call.h"

namespace vss::test {

struct Recorded {
  std::unique_ptr<TraceReader> reader;   // the calls' signatures live there
  std::vector<Call> calls;               // as they came back; at the end those that never did
  std::vector<Remark> remarks;
  std::uint64_t orphans = 0;

  explicit Recorded(const std::filesystem::path& path) : reader(std::make_unique<TraceReader>(path)) {
    CallReader all(*reader);
    while (auto call = all.next()) calls.push_back(std::move(*call));
    remarks = all.takeRemarks();
    orphans = all.orphans();
  }
  std::size_t count(std::string_view method) const {
    std::size_t n = 0;
    for (const auto& call : calls) n += call.is(method);
    return n;
  }
};

// Holds also where threads were ended at any moment: of each thread at most its last note is lost, and nothing is damaged.
inline void expectReadable(const Recorded& trace, std::size_t threads) {
  EXPECT_EQ(trace.orphans, 0u);
  EXPECT_LE(trace.reader->lostNotes(), threads);
  for (const auto& problem : trace.reader->problems())
    EXPECT_TRUE(problem.text.find("never finished") != std::string::npos || problem.text.find("are lost") != std::string::npos ||
                problem.text.find("footer counts") != std::string::npos) << problem.text;
  std::map<std::uint32_t, int> unreturned;
  for (const auto& call : trace.calls) unreturned[call.thread] += !call.result;
  for (auto [thread, calls] : unreturned) EXPECT_LE(calls, 1) << "thread " << thread;
}

// A command line: COMMAND under record, with the model as its VSS.
inline std::vector<std::string> recording(const std::filesystem::path& trace, std::vector<std::string> command) {
  command.insert(command.begin(), {program("bin/shadowtape"), "record", "-o", shownPath(trace), "--target", "model", "--"});
  return command;
}

}  // namespace vss::test
