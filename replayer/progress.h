// How far a recorded object has been played, and which of its calls answers the next one.
#pragma once
#include <array>
#include <functional>
#include <memory>
#include <vector>

#include "replayer/script.h"

namespace vss {

// A call that came, to be looked for.
struct Wanted {
  const MethodInfo& method;
  std::uint64_t question;                        // its hash; different questions may have the same
  std::function<bool(const Call&)> same;         // whether a recorded call of that method asks it
  Call& scratch;                                 // recorded calls are read into it
  const SessionState* state = nullptr;           // Match::state: in which it was asked; nullptr: in any
};

// Why nothing was found.
struct Nearest {
  CallNumber call = 0;             // the recorded call that is nearest to it; 0: its method was never called on this object
  enum Why { otherArguments, tooOften, tooLate, tooEarly, neverCalled, outOfOrder, otherState } why = neverCalled;
  std::size_t times = 0;           // tooOften: how often the recording has it here
  CallNumber change = 0;           // tooLate, tooEarly: the change that lies between
};

class Progress {
 public:
  Progress(const Script& script, RecordedObject object);

  // The recorded call that asks the same: the first behind the one that was played last, else the first that was passed over; what tells of a
  // state only as it was recorded between the same changes (see Stretch). 0: there is none left.
  // Match::strict: only the one behind that which was played last. Match::state: one that was made in that state, again and again if need be.
  CallNumber find(const Wanted& wanted) const;
  Nearest nearest(const Wanted& wanted) const;
  void play(CallNumber call);

  // The first recorded call that asks the same, behind the one that was played last, whatever the options say.
  CallNumber findFurther(const Wanted& wanted) const { return search(wanted, cursor_, played_.size()); }
  // Match::state: one that was made in that state, and no other.
  CallNumber findHere(const Wanted& wanted) const { return searchInState(wanted, false); }
  // The recorded call that asks the same, whatever the state: the first that is left behind the one that was played last, the first that is left, or
  // the last one.
  CallNumber findAnywhere(Wanted wanted) const {
    wanted.state = nullptr;
    return searchInState(wanted, false);
  }
  // Match::strict: the call that came stands further on; what lies between is passed over.
  void skipTo(CallNumber call);

  const RecordedObject& object() const { return object_; }
  template <class Visit> void forEachPlayed(Visit&& visit) const {
    for (std::size_t place = 0; place < played_.size(); ++place)
      if (played_[place]) visit(callAt(place));
  }
  // What comes behind the call that was played last.
  std::vector<CallNumber> next(std::size_t most) const;

 private:
  struct Range { std::size_t from, to; };
  Range rangeOf(const MethodInfo& method) const;
  CallNumber search(const Wanted& wanted, std::size_t from, std::size_t to) const;
  CallNumber searchInState(const Wanted& wanted, bool elsewhereToo = true) const;
  std::size_t searchFar(const Wanted& wanted, std::size_t from, std::size_t to) const;
  bool fits(const Wanted& wanted, std::size_t place) const;
  CallNumber callAt(std::size_t place) const { return script_->callAt(object_, place); }
  std::uint64_t question(std::size_t place) const { return script_->question(callAt(place)); }
  std::size_t placeOf(CallNumber call) const;
  std::size_t boundBehind(std::size_t stretch) const;

  const Script* script_;
  RecordedObject object_;
  FileArray<bool> played_;                               // by place
  // Made when a call is not found near the one before: the object's places by question, where each place is in that, and for each in that the
  // next one that was not played, perhaps itself. So a trace of a million equal calls is searched as fast as one of ten.
  struct Questions {
    FileArray<std::uint32_t> places, at, next;
    std::size_t unplayed(std::size_t from);
  };
  mutable std::unique_ptr<Questions> questions_;
  std::size_t cursor_ = 0;                               // behind the call that was played last
  std::array<std::size_t, kStretches> behind_{};         // behind the furthest bound that was played
  std::array<std::size_t, kStretches> until_;            // the next bound behind it
};

}  // namespace vss
