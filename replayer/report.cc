#include "replayer/report.h"

#include <cstdio>
#include <fstream>

#include "replayer/values.h"
#include "traces/platform.h"
#include "traces/print.h"

namespace vss {
namespace {

constexpr int kPrinted = 100;
constexpr std::size_t kListed = 20, kNamed = 8;

std::string numbered(const Call& call) { return "call " + std::to_string(call.number) + ": " + printCall(call) + " → " + printResult(call); }
std::string inShort(const Call& call) { return "call " + std::to_string(call.number) + ": " + call.signature->method; }

// "GatherWriterStatus, GetWriterStatusCount, GetWriterStatus ×16"; the last of them.
std::string names(const std::vector<Played>& played) {
  std::vector<std::pair<std::string, int>> runs;
  for (const auto& step : played) {
    const auto& method = step.call->signature->method;
    if (runs.empty() || runs.back().first != method) runs.emplace_back(method, 0);
    ++runs.back().second;
  }
  std::size_t skip = runs.size() > kNamed ? runs.size() - kNamed : 0;
  std::string out = skip ? "…, " : "";
  for (std::size_t i = skip; i < runs.size(); ++i)
    out += (i > skip ? ", " : "") + runs[i].first + (runs[i].second > 1 ? " ×" + std::to_string(runs[i].second) : "");
  return out;
}

std::string differenceOf(const Divergence& d) {
  const auto& [call, why, times, change] = d.nearest;
  if (!d.difference.empty()) return d.difference;
  switch (why) {
    case Nearest::neverCalled: return d.live.signature->method + " was never called on this object when it was recorded";
    case Nearest::tooOften: return std::string("asked once too often: the recording has it ") + (times == 1 ? "once" : std::to_string(times) + " times") + " here, and every time is used up";
    case Nearest::tooLate: return "comes too late: the recording has it before " + inShort(*change) + ", which has been called already";
    case Nearest::tooEarly: return "comes too early: the recording has it after " + inShort(*change) + ", which has not been called yet";
    case Nearest::otherArguments: return firstDifference(d.live, *call);
  }
  return "";
}

std::string blockOf(const Divergence& d, int number) {
  std::string text = "divergence " + std::to_string(number) + ": the program's call " + std::to_string(d.live.number) + ": " + printCall(d.live) + "\n";
  text += "  held against   " + (d.nearest.call ? numbered(*d.nearest.call) : "nothing: the recording has no such call") + "\n";
  text += "  difference     " + differenceOf(d) + "\n";
  if (d.live.object) {
    text += "  state          " + stateInWords(d.played) + "\n";
    text += "  so far         " + (d.played.empty() ? "nothing was called on this object" : names(d.played)) + "\n";
    if (d.next.empty()) text += "  recorded next  nothing more on this object\n";
    for (std::size_t i = 0; i < d.next.size(); ++i) text += (i ? "                 " : "  recorded next  ") + numbered(*d.next[i]) + "\n";
  }
  return text + "  answered       VSS_E_UNEXPECTED, every output zero\n";
}

struct Topic { const char *method, *topic, *running, *done; };
constexpr Topic kTopics[] = {
    {"InitializeForBackup", "initialized", "", "initialized for backup"},
    {"InitializeForRestore", "initialized", "", "initialized for restore"},
    {"GatherWriterMetadata", "metadata", "writer metadata being gathered", "writer metadata gathered"},
    {"FreeWriterMetadata", "metadata", "", "writer metadata freed"},
    {"GatherWriterStatus", "status", "writer status being gathered", "writer status gathered"},
    {"FreeWriterStatus", "status", "", "writer status freed"},
    {"StartSnapshotSet", "set", "", "shadow copy set started"},
    {"DoSnapshotSet", "set", "shadow copy set being created", "shadow copy set created"},
    {"PrepareForBackup", "backup", "preparing for backup", "prepared for backup"},
    {"BackupComplete", "backup", "backup being completed", "backup completed"},
    {"AbortBackup", "backup", "", "backup aborted"},
    {"PreRestore", "restore", "in PreRestore", "PreRestore done"},
    {"PostRestore", "restore", "in PostRestore", "PostRestore done"},
};

}  // namespace

std::string stateInWords(const std::vector<Played>& played) {
  std::vector<std::pair<std::string, std::string>> state;
  const Signature* noTopic = nullptr;  // the last method that tells nothing: it may have been called a million times
  for (const auto& step : played) {
    if (step.call->signature == noTopic) continue;
    if (!step.call->hresult() || failed(*step.call->hresult())) continue;
    bool any = false;
    for (const auto& topic : kTopics) {
      if (!step.call->is(topic.method)) continue;
      any = true;
      std::erase_if(state, [&](const auto& known) { return known.first == topic.topic; });
      state.emplace_back(topic.topic, step.settled ? topic.done : topic.running);
    }
    if (!any) noTopic = step.call->signature;
  }
  std::string out;
  for (const auto& [topic, words] : state) out += (out.empty() ? "" : "; ") + words;
  return out.empty() ? "created, not initialized" : out;
}

Report::Report(const std::filesystem::path& trace, std::optional<std::filesystem::path> file) : trace_(shownPath(trace)), file_(std::move(file)) { write(""); }

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
    text += blockOf(divergence, number);
    if (number == kPrinted) text += "shadowtape replay: further divergences are counted, not printed\n";
    write(text);
  } catch (...) {
  }
}

void Report::notAskedFor(const std::vector<const Call*>& calls) noexcept {
  try {
    std::string text;
    if (count_ > kPrinted) text += "shadowtape replay: " + std::to_string(count_) + " divergences in all\n";
    if (!calls.empty())
      text += "shadowtape replay: " + std::to_string(calls.size()) + (calls.size() == 1 ? " recorded call was" : " recorded calls were") + " never asked for:\n";
    for (std::size_t i = 0; i < calls.size() && i < kListed; ++i) text += "  " + numbered(*calls[i]) + "\n";
    if (calls.size() > kListed) text += "  and " + std::to_string(calls.size() - kListed) + " more\n";
    if (!text.empty()) write(text);
  } catch (...) {
  }
}

}  // namespace vss
