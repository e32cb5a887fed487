#include "replayer/report.h"

#include <cstdio>
#include <deque>
#include <fstream>

#include "replayer/script.h"
#include "replayer/values.h"
#include "traces/platform.h"
#include "traces/print.h"

namespace vss {
namespace {

constexpr int kPrinted = 100;
constexpr std::size_t kNamed = 8;

std::string numbered(const Call& call) { return "call " + std::to_string(call.number) + ": " + printCall(call) + " → " + printResult(call); }
std::string inShort(const Call& call) { return "call " + std::to_string(call.number) + ": " + call.signature->method; }

// "GatherWriterStatus, GetWriterStatusCount, GetWriterStatus ×16"; the last of them.
std::string names(const Divergence& d) {
  std::deque<std::pair<std::string, int>> runs;
  std::string out;
  for (const auto& step : d.played) {
    const auto& method = d.callOf(step.call).signature->method;
    if (runs.empty() || runs.back().first != method) runs.emplace_back(method, 0);
    ++runs.back().second;
    if (runs.size() > kNamed) runs.pop_front(), out = "…, ";
  }
  for (std::size_t i = 0; i < runs.size(); ++i) out += (i ? ", " : "") + runs[i].first + (runs[i].second > 1 ? " ×" + std::to_string(runs[i].second) : "");
  return out;
}

std::string differenceOf(const Divergence& d, const Matching& matching) {
  const auto& [call, why, times, change] = d.nearest;
  if (!d.difference.empty()) return d.difference;
  switch (why) {
    case Nearest::neverCalled: return d.live.signature->method + " was never called on this object when it was recorded";
    case Nearest::tooOften: return std::string("asked once too often: the recording has it ") + (times == 1 ? "once" : std::to_string(times) + " times") + " here, and every time is used up";
    case Nearest::tooLate: return "comes too late: the recording has it before " + inShort(d.callOf(change)) + ", which has been called already";
    case Nearest::tooEarly: return "comes too early: the recording has it after " + inShort(d.callOf(change)) + ", which has not been called yet";
    case Nearest::otherArguments: return matching.firstDifference(d.live, d.callOf(call));
    case Nearest::outOfOrder: return call ? "comes out of order: the recording has " + inShort(d.callOf(call)) + " next" : "comes out of order: the recording has nothing more on this object";
    case Nearest::otherState: return "was asked in another state when it was recorded";
  }
  return "";
}

// The session as the program has made it.
SessionState stateAfter(const Divergence& d) {
  std::uint32_t object = d.live.object;
  Protocol protocol;
  protocol.created(object);
  for (const auto& step : d.played) {
    const Call& call = d.callOf(step.call);
    protocol.add(call);
    if (step.stage == Stage::none) continue;
    for (auto operation : objectsOf(call)) protocol.settle(operation, step.stage);
  }
  return *protocol.session(object);
}

std::string joined(const std::vector<std::string_view>& names) {
  std::string text;
  for (auto name : names) text += (text.empty() ? "" : ", ") + std::string(name);
  return text.empty() ? "nothing but Release" : text;
}

std::string blockOf(const Divergence& d, int number, const Matching& matching) {
  std::string text = "divergence " + std::to_string(number) + ": the program's call " + std::to_string(d.live.number) + ": " + printCall(d.live) + "\n";
  text += "  held against   " + (d.nearest.call ? numbered(d.callOf(d.nearest.call)) : d.nearest.why == Nearest::outOfOrder ? "nothing: the recording has ended" : "nothing: the recording has no such call") + "\n";
  text += "  difference     " + differenceOf(d, matching) + "\n";
  if (d.live.object) {
    if (d.live.signature->interface_.starts_with("IVssBackupComponents")) {  // what others hand out has no state
      auto state = stateAfter(d);
      text += "  state          " + stateInWords(state) + "\n";
      text += "  legal now      " + joined(legalCalls(state)) + "\n";
    }
    text += "  so far         " + (d.played.empty() ? "nothing was called on this object" : names(d)) + "\n";
    if (d.next.empty()) text += "  recorded next  nothing more on this object\n";
    for (std::size_t i = 0; i < d.next.size(); ++i) text += (i ? "                 " : "  recorded next  ") + numbered(d.callOf(d.next[i])) + "\n";
  }
  return text + "  answered       VSS_E_UNEXPECTED, every output zero\n";
}

}  // namespace

Report::Report(const std::filesystem::path& trace, std::optional<std::filesystem::path> file, Matching matching)
    : trace_(shownPath(trace)), file_(std::move(file)), matching_(std::move(matching)) { write(""); }

void Report::write(const std::string& text) noexcept {
  try {
    if (file_) std::ofstream(*file_, std::ios::binary | std::ios::app) << text << std::flush;
    else std::fwrite(text.data(), 1, text.size(), stderr);
  } catch (...) {
  }
}

void Report::tell(const std::string& line) noexcept { write("shadowtape replay: " + line + "\n"); }

bool Report::wantsMore() const noexcept { return count_ < kPrinted; }

void Report::diverged(const Divergence& divergence) noexcept {
  try {
    int number = ++count_;
    std::string text = number == 1 ? "shadowtape replay: the program went another way than " + trace_ + "\n" : "";
    text += blockOf(divergence, number, matching_);
    if (number == kPrinted) text += "shadowtape replay: further divergences are counted, not printed\n";
    write(text);
  } catch (...) {
  }
}

void Report::notAskedFor(std::uint64_t count, const std::vector<CallNumber>& first, const ReadCall& callOf) noexcept {
  try {
    std::string text;
    if (count_ > kPrinted) text += "shadowtape replay: " + std::to_string(count_) + " divergences in all\n";
    if (count) text += "shadowtape replay: " + std::to_string(count) + (count == 1 ? " recorded call was" : " recorded calls were") + " never asked for:\n";
    for (auto call : first) text += "  " + numbered(callOf(call)) + "\n";
    if (count > first.size()) text += "  and " + std::to_string(count - first.size()) + " more\n";
    if (!text.empty()) write(text);
  } catch (...) {
  }
}

}  // namespace vss
