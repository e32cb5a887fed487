// The replayer's own: what stands behind the objects that a requester holds.
#pragma once
#include <chrono>
#include <map>

#include "replayer/replayer.h"
#include "traces/objects.h"

namespace vss {

// Which recorded object each object of a session stands for, and how far each is played.
class Replayer::Binding {
 public:
  Binding(const Script& script, std::uint32_t root) : root(root), script_(&script) {}
  // false: it stands for another one already.
  bool bind(Live& live, RecordedObject recorded) {
    std::uint32_t number = recorded.number;
    auto [at, isNew] = progress_.try_emplace(&live, *script_, std::move(recorded));
    if (isNew) live_[number] = &live;
    return at->second.object().number == number;
  }
  Progress& of(const Live& live) { return progress_.at(&live); }
  void drop(const Live& live) {
    auto found = progress_.find(&live);
    if (auto number = live_.find(found->second.object().number); number != live_.end() && number->second == &live) live_.erase(number);
    progress_.erase(found);
  }
  Live* objectFor(std::uint32_t number) const {
    auto found = live_.find(number);
    return found == live_.end() ? nullptr : found->second;
  }
  std::uint32_t root;
  template <class Visit> void forEachProgress(Visit&& visit) const {
    for (const auto& [live, progress] : progress_) visit(progress);
  }
  // Made by rebind(): what the session's answers so far were recorded as there, and the objects that they handed out.
  FileArray<CallNumber> history;
  FileArray<std::uint32_t> made;

 private:
  const Script* script_;
  std::unordered_map<const Live*, Progress> progress_;
  std::unordered_map<std::uint32_t, Live*> live_;   // the last one for each
};

struct Replayer::Live : Object {
  Live(const InterfaceInfo& described, Handler* replayer) : Object(described, replayer, nullptr), described(&described) {}
  const InterfaceInfo* described;
  std::int32_t references = 1;
  Session* session = nullptr;   // nullptr: it is forgotten
  std::size_t at = 0, madeAt = 0;  // in Session::objects; in Session::made, the last time
  std::uint32_t timesMade = 0, inside = 0;  // how often a call handed it out; calls under way
  bool played = false;          // a call on it is in Session::history
  bool isReleased = false;      // it is among Replayer::released_
  // An operation: what the requester has been told of it.
  bool told = false;            // anything
  bool pendingTold = false, timeOutTold = false, cancelTold = false, hangReported = false;
  std::map<std::uint32_t, std::uint32_t> waits;  // milliseconds → how many such Waits were made
  bool settled = false;         // that it is no longer pending
  bool cancelled = false, cutShort = false;
  std::optional<std::chrono::steady_clock::time_point> firstAsked;
  std::optional<std::chrono::steady_clock::time_point> endsAt;  // where operations take time
  std::optional<OperationFacts> facts;  // how it goes where it goes otherwise than when it was recorded
  int late = 0;                 // how often it is still pending, whatever was recorded
};

struct Replayer::Session {
  struct Entry {
    Live* self;
    CallNumber call;            // see Replayer::callOf()
    std::uint32_t made;         // where in `made` the objects begin that this call handed out
  };
  // An object that a call handed out. What follows is of one that is forgotten, which was recorded as that.
  struct Made {
    Live* live;                 // nullptr: it is forgotten
    std::uint32_t number;
    Stage stage;
    bool told;
  };
  Live* root = nullptr;
  std::vector<std::unique_ptr<Live>> objects;   // but those that are forgotten
  std::size_t alive = 0;        // of them: those that the program has not released
  std::size_t inside = 0;       // calls under way
  std::size_t overCalls = 0;    // what it counts for in Replayer::overCalls_
  bool isOver = false;          // it is among Replayer::over_
  std::optional<Binding> binding;
  FileArray<Entry> history;
  FileArray<Made> made;
  // Those of history[entry].
  std::vector<Made> madeBy(std::size_t entry) const {
    std::size_t end = entry + 1 == history.size() ? made.size() : history[entry + 1].made;
    return {made.begin() + history[entry].made, made.begin() + static_cast<std::ptrdiff_t>(end)};
  }
  // Match::state: what calls have made of it, how many of `history` are in that, operations that were not told to have ended, and what stateOf()
  // has pointed to last.
  std::optional<Protocol> protocol;
  std::size_t followed = 0;
  std::vector<const Live*> running;
  SessionState state;
  ObjectSet ruledOut;           // recorded sessions that this one is not: it was told what they were not
};

}  // namespace vss
