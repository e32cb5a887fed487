#include "conformance/explore/situation.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <vector>

#include "conformance/notation.h"
#include "conformance/shrink/shrink.h"

namespace vss::conformance {
namespace {

using Words = std::vector<std::string>;

// At each `between` that stands in no text.
Words parted(std::string_view all, std::string_view between) {
  Words words(1);
  bool quoted = false;
  for (std::size_t at = 0; at < all.size();) {
    if (!quoted && all.substr(at).starts_with(between)) {
      words.emplace_back();
      at += between.size();
      continue;
    }
    if (all[at] == '"') quoted = !quoted;
    if (quoted && all[at] == '\\' && at + 1 < all.size()) words.back() += all[at++];
    words.back() += all[at++];
  }
  return words;
}
std::string joined(const Words& words, const char* between) {
  std::string all;
  for (const auto& word : words) all += (&word == words.data() ? "" : between) + word;
  return all;
}

// "other.Method(a, b)* = any"
struct StepWords {
  std::string on, method, rest;
  Words arguments;
  bool operator==(const StepWords&) const = default;
};
StepWords stepFrom(const std::string& text) {
  StepWords step;
  std::size_t open = text.find('('), name = std::min(text.find_first_of("(* "), text.size()), dot = text.substr(0, name).rfind('.');
  if (dot != text.npos) step.on = text.substr(0, dot + 1);
  step.method = text.substr(step.on.size(), name - step.on.size());
  if (open != name) return step.rest = text.substr(name), step;
  std::size_t close = text.rfind(')');
  step.arguments = parted(std::string_view(text).substr(open + 1, close - open - 1), ", ");
  step.rest = text.substr(close + 1);
  return step;
}
std::string print(const StepWords& step) { return step.on + step.method + (step.arguments.empty() ? "" : "(" + joined(step.arguments, ", ") + ")") + step.rest; }

class Shortening {
 public:
  Shortening(const std::string& situation, const std::function<bool(const std::string&)>& shows, std::chrono::steady_clock::time_point end) : shows_(shows), end_(end) {
    constexpr std::string_view kGiven = "given ";
    Words steps = parted(situation, " > ");
    now_.state = steps[0];
    if (now_.state.starts_with(kGiven)) {
      std::size_t colon = now_.state.rfind(": ");
      now_.given = parted(std::string_view(now_.state).substr(kGiven.size(), colon - kGiven.size()), ", ");
      now_.state.erase(0, colon + 2);
    }
    for (std::size_t i = 1; i < steps.size(); ++i) now_.steps.push_back(stepFrom(steps[i]));
  }

  std::string shortest() {
    for (Situation before; before != now_ && !isOver();) {
      before = now_;
      withFewerSteps();
      withLessGiven();
      withStandardArguments();
    }
    return withNamesInOrder(print(now_));
  }

 private:
  struct Situation {
    Words given;
    std::string state;
    std::vector<StepWords> steps;
    bool operator==(const Situation&) const = default;
  };

  static std::string print(const Situation& situation) {
    std::string text = situation.given.empty() ? "" : "given " + joined(situation.given, ", ") + ": ";
    text += situation.state;
    for (const auto& step : situation.steps) text += " > " + conformance::print(step);
    return text;
  }
  bool isOver() const { return std::chrono::steady_clock::now() >= end_; }
  bool shows(const Situation& situation) const {
    if (situation.steps.empty() || isOver()) return false;
    try {
      parseSituation(print(situation));
    } catch (const NotationError&) {
      return false;   // a step takes what no other hands out any more
    }
    return shows_(print(situation));
  }
  bool attempt(const Situation& simpler) {
    if (simpler == now_ || !shows(simpler)) return false;
    now_ = simpler;
    return true;
  }

  void withFewerSteps() {
    const Situation all = now_;
    auto without = [&](const Kept& kept) {
      Situation fewer = all;
      fewer.steps.clear();
      for (std::size_t i = 0; i < kept.size(); ++i)
        if (kept[i]) fewer.steps.push_back(all.steps[i]);
      return fewer;
    };
    Kept kept(all.steps.size(), true);
    now_ = without(shrink(std::vector<Call>(kept.size()), kept, [&](const Kept& fewer) { return shows(without(fewer)); }, end_).kept);
  }

  // All of it, else what comes last first: it may rest on what comes before it.
  void withLessGiven() {
    Situation simpler = now_;
    simpler.given.clear();
    if (attempt(simpler)) return;
    for (std::size_t i = now_.given.size(); i-- > 0;) {
      simpler = now_;
      simpler.given.erase(simpler.given.begin() + static_cast<std::ptrdiff_t>(i));
      attempt(simpler);
    }
  }

  void withStandardArguments() {
    for (std::size_t i = 0; i < now_.steps.size(); ++i) {
      Situation simpler = now_;
      simpler.steps[i].on.clear();
      if (now_.steps[i].on == "other.") attempt(simpler);
      simpler = now_;
      simpler.steps[i].arguments.clear();
      if (now_.steps[i].arguments.empty() || attempt(simpler)) continue;
      const auto& params = parseSituation(print(now_)).at(0).steps.at(i).method->params;
      for (std::size_t at = 0; at < now_.steps[i].arguments.size() && at < params.size(); ++at) {
        simpler = now_;
        simpler.steps[i].arguments[at] = "&" + std::string(params[at].name);
        attempt(simpler);
      }
    }
  }

  // x17 and x4 are x1 and x2.
  static std::string withNamesInOrder(const std::string& text) {
    std::map<std::string, std::string> names;
    std::string out;
    bool quoted = false;
    for (std::size_t at = 0; at < text.size();) {
      bool begins = !quoted && text[at] == 'x' && at && std::string_view(" &(").find(text[at - 1]) != std::string_view::npos;
      std::size_t end = begins ? std::min(text.find_first_not_of("0123456789", at + 1), text.size()) : at;
      if (end > at + 1) {
        auto& name = names[text.substr(at, end - at)];
        if (name.empty()) name = "x" + std::to_string(names.size());
        out += name;
        at = end;
        continue;
      }
      if (text[at] == '"') quoted = !quoted;
      if (quoted && text[at] == '\\' && at + 1 < text.size()) out += text[at++];
      out += text[at++];
    }
    return out;
  }

  const std::function<bool(const std::string&)>& shows_;
  const std::chrono::steady_clock::time_point end_;
  Situation now_;
};

}  // namespace

std::string shortestSituation(const std::string& situation, const std::function<bool(const std::string&)>& shows, std::chrono::steady_clock::time_point end) {
  return Shortening(situation, shows, end).shortest();
}

}  // namespace vss::conformance
