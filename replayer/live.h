// The replayer's own: what stands behind the objects that a requester holds.
#pragma once
#include <chrono>
#include <unordered_set>

#include "replayer/replayer.h"

namespace vss {

// Which recorded object each object of a session stands for, and how far each is played.
class Replayer::Binding {
 public:
  Binding(const Script& script, std::uint32_t root) : root(root), script_(&script) {}
  // false: it stands for another one already.
  bool bind(Live& live, const RecordedObject& recorded) {
    auto [at, isNew] = progress_.try_emplace(&live, *script_, recorded);
    if (isNew) live_[recorded.number] = &live;
    return at->second.object().number == recorded.number;
  }
  Progress& of(const Live& live) { return progress_.at(&live); }
  Live* objectFor(std::uint32_t number) const {
    auto found = live_.find(number);
    return found == live_.end() ? nullptr : found->second;
  }
  std::uint32_t root;
  std::vector<CallNumber> history;    // made by rebind(): what the session's answers so far were recorded as there

 private:
  const Script* script_;
  std::unordered_map<const Live*, Progress> progress_;
  std::unordered_map<std::uint32_t, Live*> live_;   // the last one for each
};

struct Replayer::Live : Object {
  Live(const InterfaceInfo& described, Handler* replayer) : Object(described, replayer, nullptr), described(&described) {}
  const InterfaceInfo* described;
  std::int32_t references = 1;
  Session* session = nullptr;
  // An operation: what the requester has been told of it.
  bool told = false;            // anything
  bool pendingTold = false, timeOutTold = false, cancelTold = false, hangReported = false;
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
  Live* root = nullptr;
  std::optional<Binding> binding;
  std::vector<Entry> history;
  std::vector<Live*> made;
  std::span<Live* const> madeBy(const Entry& entry) const {
    std::size_t end = &entry == &history.back() ? made.size() : (&entry + 1)->made;
    return {made.data() + entry.made, end - entry.made};
  }
  // Match::state: what calls have made of it, how many of `history` are in that, operations that were not told to have ended, and what stateOf()
  // has pointed to last.
  std::optional<Protocol> protocol;
  std::size_t followed = 0;
  std::vector<const Live*> running;
  SessionState state;
  std::unordered_set<std::uint32_t> ruledOut;  // recorded sessions that this one is not: it was told what they were not
};

}  // namespace vss
