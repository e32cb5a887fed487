// How far a recorded object has been played, and which of its calls answers the next one.
#pragma once
#include <functional>
#include <vector>

#include "replayer/script.h"

namespace vss {

class Progress {
 public:
  explicit Progress(const RecordedObject& object);

  // The recorded call of that method which `same` accepts: the first behind the one that was played last, else the first that was passed
  // over. What tells of a state (Get…, Query, SaveAsXML) is answered only out of that state: as it was recorded between the same
  // changes (an operation started, results freed, the object initialized). nullptr: there is none left.
  const Call* find(const MethodInfo& method, const std::function<bool(const Call&)>& same) const;
  void play(const Call& call);

  const RecordedObject& object() const { return *object_; }
  const std::vector<const Call*>& played() const { return order_; }  // in the order in which they were asked for
  std::vector<const Call*> notPlayed() const;
  // What comes behind the call that was played last.
  std::vector<const Call*> next(std::size_t most) const;

 private:
  const RecordedObject* object_;
  std::vector<bool> played_;
  std::vector<const Call*> order_;
  std::size_t cursor_ = 0;                      // behind the call that was played last
  std::vector<std::size_t> changes_, changesOrFrees_;        // places of the calls that change the state
  std::size_t behindChange_ = 0, behindChangeOrFree_ = 0;    // behind the furthest of them that was played
};

}  // namespace vss
