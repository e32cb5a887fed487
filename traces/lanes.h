// A trace as lanes: for each session, what each of its threads did, in words that are the same in every run. What diff compares.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "traces/call.h"

namespace vss {

// One call in such words.
struct LaneCall {
  using Field = std::pair<std::string, std::string>;  // name, value
  std::uint64_t number = 0;            // in its trace
  std::string method;                  // with its object: session IVssBackupComponents::GetWriterStatus
  std::vector<Field> inputs;
  std::string result;
  std::vector<Field> outputs;
  std::string called() const;          // session IVssBackupComponents::GetWriterStatus(iWriter=0)
  std::string key() const;             // all of it but the number
};

using LaneId = std::pair<std::uint32_t, std::uint32_t>;  // session (its root object; 0: calls of exported functions that made none), thread

// Turns calls, in the order in which they came back, into lane calls. Remembers names, not calls.
class LaneReader {
 public:
  // errorTexts, by the enterOrder of the call that each is about, count as outputs.
  explicit LaneReader(const std::map<std::uint64_t, std::string>& errorTexts) : errorTexts_(errorTexts) {}
  // false: the call does not count (a poll that said "pending", a wait in vain).
  bool read(const Call& call, LaneId& lane, LaneCall& out);

 private:
  struct Object {
    LaneId maker;
    std::string name;                                         // GatherWriterStatus 2: the second that the maker got there
  };
  struct Asked {
    bool pending = false;
    std::string lastWait;
  };
  struct Lane {
    std::map<std::string, int> made;                          // method → how many objects it handed out
    std::map<std::string, std::string> ids;                   // bytes → name, of ids that are new each run
    std::unordered_map<std::uint32_t, Asked> operations;      // by object
  };
  std::uint32_t sessionOf(const Call& call) const;
  std::string nameObject(std::uint32_t number, LaneId here) const;
  std::string nameId(const std::string& bytes, LaneId here) const;
  std::string printed(const Value& value, const SignatureParam& param, LaneId here) const;
  void learn(const Call& call, LaneId here);
  static bool isChance(Lane& lane, const Call& call);

  const std::map<std::uint64_t, std::string>& errorTexts_;
  std::map<LaneId, Lane> lanes_;
  std::unordered_map<std::uint32_t, Object> objects_;
  std::unordered_map<std::string, LaneId> ids_;               // bytes → who got it first
};

}  // namespace vss
