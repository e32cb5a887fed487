#include "conformance/shrink/shrink.h"

#include <algorithm>
#include <map>

#include "conformance/shrink/structures.h"

namespace vss::conformance {
namespace {

constexpr std::size_t kNone = ~std::size_t{0};
constexpr std::size_t kPairs = 40;   // sessions of at most so many calls are tried without every pair

class Shrinking {
 public:
  Shrinking(const std::vector<Call>& calls, Kept kept, const std::function<bool(const Kept&)>& stillShows, std::chrono::steady_clock::time_point end)
      : stillShows_(stillShows), end_(end), makers_(calls.size(), kNone), fillers_(calls.size(), kNone), roots_(calls.size(), 0) {
    shrunk_.kept = std::move(kept);
    std::map<std::uint32_t, std::size_t> maker;   // of each object
    std::map<std::uint32_t, std::uint32_t> root;
    std::vector<std::pair<RecordedStructure, std::size_t>> structures;   // that nobody gave back so far
    for (std::size_t i = 0; i < calls.size(); ++i) {
      const Call& call = calls[i];
      if (auto found = maker.find(call.object); found != maker.end()) makers_[i] = found->second;
      roots_[i] = call.object ? root.try_emplace(call.object, call.object).first->second : 0;
      for (const auto& value : call.outputs)
        if (value.kind == ValueKind::object) {
          auto made = static_cast<std::uint32_t>(value.number);
          maker.try_emplace(made, i);
          root.try_emplace(made, call.object ? roots_[i] : made);
          if (!roots_[i]) roots_[i] = made;
        }
      if (!call.signature) continue;
      if (auto taken = structureTaken(call)) {
        auto found = std::find_if(structures.begin(), structures.end(), [&](const auto& one) { return isTheSame(*taken, one.first); });
        if (found != structures.end()) fillers_[i] = found->second, structures.erase(found);
      }
      for (auto& filled : structuresHandedOut(call)) structures.emplace_back(std::move(filled), i);
    }
  }

  Shrunk run() {
    withoutSessions();
    withoutStretches();
    while (!isOver() && withoutPairs()) withoutStretches();
    shrunk_.ended = !isOver();
    return std::move(shrunk_);
  }

 private:
  bool isOver() const { return std::chrono::steady_clock::now() >= end_; }
  std::vector<std::size_t> places() const {
    std::vector<std::size_t> places;
    for (std::size_t i = 0; i < shrunk_.kept.size(); ++i)
      if (shrunk_.kept[i]) places.push_back(i);
    return places;
  }
  // Takes what is left without them, if that still shows it.
  template <class LeaveOut> bool attempt(LeaveOut&& leaveOut) {
    Kept fewer = shrunk_.kept;
    bool changed = false;
    for (std::size_t i = 0; i < fewer.size(); ++i) {
      auto needs = [&](std::size_t other) { return other != kNone && !fewer[other]; };
      if (!fewer[i] || !(leaveOut(i) || needs(makers_[i]) || needs(fillers_[i]))) continue;
      fewer[i] = false;
      changed = true;
    }
    if (!changed || isOver()) return false;
    ++shrunk_.tries;
    if (!stillShows_(fewer)) return false;
    shrunk_.kept = std::move(fewer);
    return true;
  }

  void withoutSessions() {
    std::map<std::uint32_t, int> sessions;
    for (auto place : places()) ++sessions[roots_[place]];
    // All but one at once; else one after the other.
    for (const auto& [session, calls] : sessions)
      if (sessions.size() > 1 && attempt([&, session = session](std::size_t i) { return roots_[i] != session; })) return;
    for (const auto& [session, calls] : sessions) attempt([&, session = session](std::size_t i) { return roots_[i] == session; });
  }
  // Stretches of calls, from the end: what comes later is rarely what it takes.
  void withoutStretches() {
    for (std::size_t length = std::max<std::size_t>(places().size() / 2, 1);;) {
      bool fewer = false;
      auto left = places();
      for (std::size_t end = left.size(); end > 0 && !isOver();) {
        std::size_t begin = end > length ? end - length : 0;
        auto first = left[begin], last = left[end - 1];
        fewer |= attempt([&](std::size_t i) { return i >= first && i <= last; });
        end = begin;
      }
      if (isOver() || (length == 1 && !fewer)) return;
      if (length > 1) length = std::max<std::size_t>(std::min(length, places().size()) / 2, 1);
    }
  }
  // Two calls of which each needs the other: what is handed out, and how it is given back.
  bool withoutPairs() {
    auto left = places();
    if (left.size() > kPairs) return false;
    for (std::size_t b = left.size(); b-- > 1;)
      for (std::size_t a = b; a-- > 0;)
        if (attempt([&](std::size_t i) { return i == left[a] || i == left[b]; })) return true;
    return false;
  }

  const std::function<bool(const Kept&)>& stillShows_;
  const std::chrono::steady_clock::time_point end_;
  std::vector<std::size_t> makers_;      // of each call: which one handed out its object
  std::vector<std::size_t> fillers_;     // and which one filled the structure that it takes
  std::vector<std::uint32_t> roots_;     // and the object that its session began with; 0: an exported function that made none
  Shrunk shrunk_;
};

}  // namespace

Shrunk shrink(const std::vector<Call>& calls, Kept kept, const std::function<bool(const Kept&)>& stillShows, std::chrono::steady_clock::time_point end) {
  return Shrinking(calls, std::move(kept), stillShows, end).run();
}

std::vector<bool> notesOf(const std::vector<Call>& calls, const Kept& kept) {
  std::vector<bool> notes;
  for (std::size_t i = 0; i < calls.size(); ++i) {
    if (calls[i].enterOrder >= notes.size()) notes.resize(calls[i].enterOrder + 1);
    notes[calls[i].enterOrder] = kept[i];
  }
  return notes;
}

std::size_t placeOfKept(const Kept& kept, std::uint64_t number) {
  for (std::size_t i = 0; i < kept.size(); ++i)
    if (kept[i] && --number == 0) return i;
  return kept.size();
}

}  // namespace vss::conformance
