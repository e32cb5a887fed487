#include "conformance/shown_calls.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "conformance/driver.h"
#include "traces/lanes.h"
#include "traces/print.h"
#include "traces/protocol.h"
#include "traces/trace_error.h"

namespace vss::conformance {
namespace {

class CallShower {
 public:
  void add(const StepReader::Step& step, const Protocol& protocol) {
    const Call& call = step.call;
    LaneCall words;
    bool counts = lanes_.read(call, lanes_.laneOf(call), &words);
    if (!mainThread_) mainThread_ = call.thread;
    bool beside = call.thread != mainThread_;
    if (!beside) endThreads();
    std::string state = stateOf(step.before);
    auto [root, isNew] = roots_.try_emplace(call.object, call.object);
    const SessionState* session = state.empty() && root->second != call.object ? protocol.session(root->second) : nullptr;
    if (session) state = stateOf({session});
    for (const auto& value : call.outputs)
      if (value.kind == ValueKind::object && call.object) roots_.try_emplace(static_cast<std::uint32_t>(value.number), root->second);
    bool judged = isJudged(call);
    if (judged && shown_.state.empty()) shown_.state = state;
    if (!counts) return;
    findAccidents(call, words);
    ShownCall one{words.called(), words.result, beside || std::exchange(states_[call.object], state) == state ? "" : state, judged};
    for (const auto& [name, value] : words.outputs) one.answer += (&name == &words.outputs[0].first ? "  " : " ") + name + "=" + value;
    (beside ? threads_[call.thread] : shown_.calls).push_back(std::move(one));
  }
  void remark(const Remark& remark) {
    if (remark.text == kJudgedFrom || remark.text == kJudgedTo) marks_.emplace_back(remark.order, remark.text == kJudgedFrom);
  }
  ShownTrace take() {
    endThreads();
    return std::move(shown_);
  }

 private:
  static std::string stateOf(const Protocol::Before& before) {
    if (before.operation) return operationInWords(*before.operation);
    return before.session ? stateLabel(*before.session) + ": " + stateInWords(*before.session) : "";
  }
  bool isJudged(const Call& call) const {
    bool judged = false;
    for (auto [order, from] : marks_)
      if (order < call.enterOrder) judged = from;
    return judged;
  }
  // Which of two threads that call at once is noted first is chance: each thread's calls stay together, and come in the order of what they say.
  void endThreads() {
    std::vector<std::vector<ShownCall>> blocks;
    for (auto& [thread, calls] : threads_) blocks.push_back(std::move(calls));
    threads_.clear();
    auto key = [](const std::vector<ShownCall>& calls) {
      std::string all;
      for (const auto& one : calls) all += one.call + one.answer + "\n";
      return all;
    };
    std::sort(blocks.begin(), blocks.end(), [&](const auto& a, const auto& b) { return key(a) < key(b); });
    for (auto& block : blocks) std::move(block.begin(), block.end(), std::back_inserter(shown_.calls));
  }
  // Where a lane has another word for a value than the printer.
  void findAccidents(const Call& call, const LaneCall& words) {
    const Signature& signature = *call.signature;
    for (std::size_t i = 0; i < signature.wholeOutputs(call.outputs.size()) && i < call.outputs.size(); ++i) {
      const auto& value = call.outputs[i];
      if (value.kind != ValueKind::stored && value.kind != ValueKind::raw && value.kind != ValueKind::number) continue;
      std::string printed = printValue(value, signature.output(i)), name = signature.outputName(i);
      auto word = std::find_if(words.outputs.begin(), words.outputs.end(), [&](const auto& output) { return output.first == name; });
      // A short number would be found in other words.
      if (word == words.outputs.end() || word->second == printed || printed.size() < 12 || !known_.insert(printed).second) continue;
      shown_.accidents.emplace_back(printed, word->second);
    }
  }

  ErrorTexts noErrorTexts_;
  LaneReader lanes_{noErrorTexts_};
  std::uint32_t mainThread_ = 0;
  std::map<std::uint32_t, std::string> states_;                 // by object
  std::map<std::uint32_t, std::uint32_t> roots_;                // by object: the session that it came from, through others or not
  std::map<std::uint32_t, std::vector<ShownCall>> threads_;     // of those beside the main one, since its last call
  std::vector<std::pair<std::uint64_t, bool>> marks_;           // order; from there it is judged
  std::set<std::string> known_;
  ShownTrace shown_;
};

}  // namespace

std::string ShownTrace::steady(std::string text) const {
  for (const auto& [printed, word] : accidents)
    for (std::size_t at = 0; (at = text.find(printed, at)) != text.npos; at += word.size()) text.replace(at, printed.size(), word);
  return text;
}

ShownTrace showCalls(const std::filesystem::path& trace) {
  CallShower shower;
  try {
    TraceReader reader(trace);
    StepReader steps(reader);
    for (;;) {
      auto step = steps.next();
      for (const auto& remark : steps.calls().takeRemarks()) shower.remark(remark);
      if (!step) break;
      shower.add(*step, steps.protocol());
    }
  } catch (const TraceError&) {  // what was shown before it is kept
  }
  return shower.take();
}

}  // namespace vss::conformance
