// A trace as lanes: for each session, what each of its threads did, in words that are the same in every run. What diff compares.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "traces/call.h"
#include "traces/file_table.h"

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

// Texts for errors of which a listing's code and words say nothing that is known, by the enterOrder of the call that each is about.
class ErrorTexts {
 public:
  // In any order; the last text counts.
  void expect(std::uint64_t enterOrder) { entry(enterOrder).expected = true; }
  void add(std::uint64_t enterOrder, std::string_view text);
  std::optional<std::string> find(std::uint64_t enterOrder);

 private:
  struct Entry {
    std::uint64_t order, at, size;
    bool expected, told;
  };
  Entry* place(std::uint64_t order) {
    return entries_.find(order, [&](const Entry& entry) { return entry.order == order; });
  }
  Entry& entry(std::uint64_t order);
  FileTable<Entry> entries_;
  FileText texts_;
};

// Turns calls, in the order in which they came back, into lane calls. Remembers names, not calls, and these beyond some megabytes in temporary files.
class LaneReader {
 public:
  // errorTexts count as outputs.
  explicit LaneReader(ErrorTexts& errorTexts) : errorTexts_(errorTexts) {}
  // To be asked of each call before it is read. Lanes are numbered 0, 1, … as they appear.
  std::uint32_t laneOf(const Call& call);
  LaneId id(std::uint32_t lane) const { return {lanes_[lane].session, lanes_[lane].thread}; }
  // false: the call does not count (a poll that said "pending", a wait in vain). out: nullptr: its words are not asked for.
  bool read(const Call& call, std::uint32_t lane, LaneCall* out);

 private:
  struct Lane {
    std::uint32_t session, thread, ids;   // ids: how many that are new each run it got
  };
  struct Object {
    std::uint32_t number, lane, method, count;   // GatherWriterStatus 2: the second that the lane that made it got there; method 0: the factory
  };
  struct Made {
    std::uint32_t lane, method, count;   // how many objects the method handed out
  };
  struct Id {
    std::uint64_t at, size;       // its bytes in texts_
    std::uint32_t lane, number;   // {id 1}: the first that the lane got
  };
  struct Asked {
    std::uint32_t lane, object;
    std::uint64_t lastWait, size;   // in texts_
    bool pending;
  };
  std::uint32_t sessionOf(const Call& call);
  std::uint32_t methodNumber(const std::string& name);
  const Object* object(std::uint32_t number) {
    return objects_.find(number, [&](const Object& object) { return object.number == number; });
  }
  const Id* firstId(const std::string& bytes) {
    return firstIds_.find(hashOf(bytes), [&](const Id& id) { return id.size == bytes.size() && texts_.is(id.at, bytes); });
  }
  const Id* laterId(const std::string& bytes, std::uint32_t lane) {
    return laterIds_.find(hashOf(bytes, lane), [&](const Id& id) { return id.lane == lane && id.size == bytes.size() && texts_.is(id.at, bytes); });
  }
  std::string nameObject(std::uint32_t number, std::uint32_t here);
  std::string nameId(const std::string& bytes, std::uint32_t here);
  std::string printed(const Value& value, const SignatureParam& param, std::uint32_t here);
  void learn(const Call& call, std::uint32_t here);
  bool isChance(const Call& call, std::uint32_t lane);

  ErrorTexts& errorTexts_;
  std::vector<std::string> methods_{"session"};                 // those that handed out objects, by number
  std::map<std::string, std::uint32_t, std::less<>> methodNumbers_;
  FileArray<Lane> lanes_;
  FileTable<std::uint32_t> laneNumbers_;                        // by id
  std::uint32_t last_ = 0;
  FileTable<Object> objects_;
  FileTable<Made> made_;                                        // by lane and method
  FileTable<Id> firstIds_, laterIds_;                           // by bytes: who got it first; by lane and bytes: who else did
  FileTable<Asked> operations_;                                 // by lane and object
  FileText texts_;
};

}  // namespace vss
