// A trace as lanes: for each session, what each of its threads did, in words that are the same in every run. What diff compares.
#pragma once
#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "traces/call.h"

namespace vss {

// One call in such words.
struct LaneCall {
  std::uint64_t number;                // in its trace
  std::string called;                  // object, method, inputs, which output pointers were null
  std::string result;
  std::vector<std::pair<std::string, std::string>> outputs;  // name, value
  std::string key() const;             // all of it
};

using LaneId = std::pair<std::uint32_t, std::uint32_t>;  // session (its root object; 0: calls of exported functions that made none), thread

// Turns calls, in the order in which they came back, into lane calls. Remembers names, not calls.
class LaneReader {
 public:
  // false: the call does not count (a poll that said "pending", a repeated wait).
  bool read(const Call& call, LaneId& lane, LaneCall& out);

 private:
  struct Session {
    std::unordered_map<std::uint32_t, std::string> objects;   // number → name
    std::map<std::string, int> made;                          // method → how many objects it handed out
    std::map<std::string, std::string> freshIds;              // bytes → name
    std::map<std::uint32_t, std::string> lastWait;            // object → its last wait, if nothing else came since
  };
  std::string printInput(Session& session, const Value& value, const SignatureParam& param) const;
  std::uint32_t rootOf(const Call& call) const;

  std::unordered_map<std::uint32_t, std::uint32_t> roots_;    // object → session
  std::map<std::uint32_t, Session> sessions_;
};

}  // namespace vss
