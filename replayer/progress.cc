#include "replayer/progress.h"

#include <algorithm>
#include <numeric>


namespace vss {

Progress::Progress(const Script& script, const RecordedObject& object) : script_(&script), object_(&object), played_(object.calls.size()), skip_(object.calls.size() + 1) {
  std::iota(skip_.begin(), skip_.end(), 0u);
  for (std::size_t stretch = 0; stretch < kStretches; ++stretch) until_[stretch] = boundBehind(stretch);
}

std::size_t Progress::boundBehind(std::size_t stretch) const {
  const auto& bounds = object_->bounds[stretch];
  auto end = std::lower_bound(bounds.begin(), bounds.end(), behind_[stretch]);
  return end == bounds.end() ? played_.size() : *end;
}

Progress::Range Progress::rangeOf(const MethodInfo& method) const {
  auto stretch = static_cast<std::size_t>(stretchOf(method));
  return {behind_[stretch], until_[stretch]};
}

std::size_t Progress::unplayed(std::size_t question) const {
  while (skip_[question] != question) question = skip_[question] = skip_[skip_[question]];
  return question;
}

const Call* Progress::search(const Wanted& wanted, std::size_t from, std::size_t to) const {
  const auto& questions = object_->questions;
  // Mostly the program does what it did: the place from which is searched is the one.
  if (from < to && object_->hashes[from] == wanted.question && !played_[from] && fits(wanted, from)) return object_->calls[from];
  std::size_t first = to;
  if (from < to) {
    auto start = std::lower_bound(questions.begin(), questions.end(), RecordedObject::Question{wanted.question, static_cast<std::uint32_t>(from)});
    for (auto i = unplayed(static_cast<std::size_t>(start - questions.begin())); i < questions.size() && questions[i].hash == wanted.question &&
                                                                                 questions[i].place < to; i = unplayed(i + 1))
      if (fits(wanted, questions[i].place)) {
        first = questions[i].place;
        break;
      }
  }
  for (auto place : object_->vague)
    if (place >= from && place < first && !played_[place] && fits(wanted, place)) first = place;
  return first < to ? object_->calls[first] : nullptr;
}

bool Progress::fits(const Wanted& wanted, std::size_t place) const {
  return object_->calls[place]->signature->known == &wanted.method && wanted.same(*object_->calls[place]);
}

// The first that is left behind the one that was played last, then the first that is left, then the last one. An operation may be begun again
// from where it was never begun when that was recorded: what is told behind it is of its own state.
const Call* Progress::searchInState(const Wanted& wanted, bool elsewhereToo) const {
  const Call *ahead = nullptr, *left = nullptr, *last = nullptr, *elsewhere = nullptr;
  bool starts = elsewhereToo && !wanted.method.params.empty() && wanted.method.params.back().type == "IVssAsync";
  for (std::size_t place = 0; place < played_.size() && !ahead; ++place) {
    bool asked = object_->hashes[place] == wanted.question || std::binary_search(object_->vague.begin(), object_->vague.end(), static_cast<std::uint32_t>(place));
    if (!asked || !fits(wanted, place)) continue;
    const Call* call = object_->calls[place];
    if (wanted.state && !(script_->state(object_->states[place]) == *wanted.state)) {
      if (starts && !elsewhere) elsewhere = call;
      continue;
    }
    last = call;
    if (!played_[place] && !left) left = call;
    if (!played_[place] && place >= cursor_) ahead = call;
  }
  return ahead ? ahead : left ? left : last ? last : elsewhere;
}

const Call* Progress::find(const Wanted& wanted) const {
  if (script_->match() == Match::state) return searchInState(wanted);
  if (script_->match() == Match::strict) return cursor_ < played_.size() && fits(wanted, cursor_) ? object_->calls[cursor_] : nullptr;
  auto [from, to] = rangeOf(wanted.method);
  const Call* call = search(wanted, std::max(from, cursor_), to);
  return call ? call : search(wanted, from, std::min(to, cursor_));
}

// For a report: may look at every call.
Nearest Progress::nearest(const Wanted& wanted) const {
  if (script_->match() == Match::strict) {
    const Call* next = cursor_ < played_.size() ? object_->calls[cursor_] : nullptr;
    return {next, next && next->signature->known == &wanted.method ? Nearest::otherArguments : Nearest::outOfOrder, 0, nullptr};
  }
  auto [from, to] = rangeOf(wanted.method);
  Nearest answered, elsewhere, other;
  int best = -1;
  for (std::size_t i = 0; i < played_.size(); ++i) {
    const Call* call = object_->calls[i];
    if (call->signature->known != &wanted.method) continue;
    bool here = i >= from && i < to;
    if (script_->match() == Match::state && wanted.same(*call)) {
      elsewhere = {call, Nearest::otherState, 0, nullptr};
      continue;
    }
    if (!wanted.same(*call)) {
      // Best is the first that is still to come here, then one that was passed over here, then one of elsewhere, then the last of all.
      int rank = played_[i] ? 0 : !here ? 1 : i < cursor_ ? 2 : 3;
      if (rank > best || (rank == 0 && best == 0)) other = {call, Nearest::otherArguments, 0, nullptr}, best = rank;
    } else if (here && played_[i]) answered = {call, Nearest::tooOften, answered.times + 1, nullptr};
    else if (!here && !elsewhere.call)
      elsewhere = {call, i < from ? Nearest::tooLate : Nearest::tooEarly, 0, object_->calls[i < from ? from - 1 : to]};
  }
  return answered.call ? answered : elsewhere.call ? elsewhere : other;
}

// The calls of an object lie in memory in the order in which they were made.
std::size_t Progress::placeOf(const Call& call) const {
  if (cursor_ < played_.size() && object_->calls[cursor_] == &call) return cursor_;
  return static_cast<std::size_t>(std::lower_bound(object_->calls.begin(), object_->calls.end(), &call) - object_->calls.begin());
}

void Progress::skipTo(const Call& call) { cursor_ = placeOf(call) + 1; }

void Progress::play(const Call& call) {
  std::size_t place = placeOf(call);
  played_[place] = true;
  std::uint32_t at = object_->questionAt[place];
  skip_[at] = at + 1;
  cursor_ = place + 1;
  for (std::size_t stretch = 0, bits = object_->boundsAt[place]; bits; ++stretch, bits >>= 1)
    if (bits & 1 && behind_[stretch] < cursor_) behind_[stretch] = cursor_, until_[stretch] = boundBehind(stretch);
}

std::vector<const Call*> Progress::notPlayed() const {
  std::vector<const Call*> rest;
  for (std::size_t i = 0; i < played_.size(); ++i)
    if (!played_[i]) rest.push_back(object_->calls[i]);
  return rest;
}

std::vector<const Call*> Progress::next(std::size_t most) const {
  std::vector<const Call*> next;
  for (std::size_t i = cursor_; i < played_.size() && next.size() < most; ++i)
    if (!played_[i]) next.push_back(object_->calls[i]);
  return next;
}

}  // namespace vss
