#include "replayer/progress.h"

#include <algorithm>
#include <numeric>

namespace vss {

Progress::Progress(const Script& script, const RecordedObject& object)
    : script_(&script), object_(&object), calls_(script.callsOf(object)), played_(calls_.size()), skip_(calls_.size() + 1) {
  std::iota(skip_.begin(), skip_.end(), 0u);
  for (std::size_t stretch = 0; stretch < kStretches; ++stretch) until_[stretch] = boundBehind(stretch);
}

std::size_t Progress::boundBehind(std::size_t stretch) const {
  std::size_t place = behind_[stretch];  // never goes back, so that each place is looked at once
  while (place < calls_.size() && !(script_->bounds(calls_[place]) >> stretch & 1)) ++place;
  return place;
}

Progress::Range Progress::rangeOf(const MethodInfo& method) const {
  auto stretch = static_cast<std::size_t>(stretchOf(method));
  return {behind_[stretch], until_[stretch]};
}

std::size_t Progress::unplayed(std::size_t question) const {
  while (skip_[question] != question) question = skip_[question] = skip_[skip_[question]];
  return question;
}

CallNumber Progress::search(const Wanted& wanted, std::size_t from, std::size_t to) const {
  auto questions = script_->questionsOf(*object_);
  auto hash = [&](std::uint32_t place) { return script_->question(calls_[place]); };
  // Mostly the program does what it did: the place from which is searched is the one.
  if (from < to && hash(static_cast<std::uint32_t>(from)) == wanted.question && !played_[from] && fits(wanted, from)) return calls_[from];
  std::size_t first = to;
  if (from < to) {
    auto start = std::partition_point(questions.begin(), questions.end(), [&](auto place) { return std::pair<std::uint64_t, std::size_t>(hash(place), place) < std::pair(wanted.question, from); });
    for (auto i = unplayed(static_cast<std::size_t>(start - questions.begin())); i < questions.size() && hash(questions[i]) == wanted.question && questions[i] < to; i = unplayed(i + 1))
      if (fits(wanted, questions[i])) {
        first = questions[i];
        break;
      }
  }
  for (auto place : object_->vague)
    if (place >= from && place < first && !played_[place] && fits(wanted, place)) first = place;
  return first < to ? calls_[first] : 0;
}

bool Progress::fits(const Wanted& wanted, std::size_t place) const {
  if (script_->method(calls_[place]) != &wanted.method) return false;
  script_->read(calls_[place], wanted.scratch);
  return wanted.same(wanted.scratch);
}

// The first that is left behind the one that was played last, then the first that is left, then the last one. An operation may be begun again
// from where it was never begun when that was recorded: what is told behind it is of its own state.
CallNumber Progress::searchInState(const Wanted& wanted, bool elsewhereToo) const {
  CallNumber ahead = 0, left = 0, last = 0, elsewhere = 0;
  bool starts = elsewhereToo && !wanted.method.params.empty() && wanted.method.params.back().type == "IVssAsync";
  for (std::size_t place = 0; place < played_.size() && !ahead; ++place) {
    bool asked = script_->question(calls_[place]) == wanted.question || std::binary_search(object_->vague.begin(), object_->vague.end(), static_cast<std::uint32_t>(place));
    if (!asked || !fits(wanted, place)) continue;
    CallNumber call = calls_[place];
    if (wanted.state && !(script_->state(calls_[place]) == *wanted.state)) {
      if (starts && !elsewhere) elsewhere = call;
      continue;
    }
    last = call;
    if (!played_[place] && !left) left = call;
    if (!played_[place] && place >= cursor_) ahead = call;
  }
  return ahead ? ahead : left ? left : last ? last : elsewhere;
}

CallNumber Progress::find(const Wanted& wanted) const {
  if (script_->match() == Match::state) return searchInState(wanted);
  if (script_->match() == Match::strict) return cursor_ < played_.size() && fits(wanted, cursor_) ? calls_[cursor_] : 0;
  auto [from, to] = rangeOf(wanted.method);
  CallNumber call = search(wanted, std::max(from, cursor_), to);
  return call ? call : search(wanted, from, std::min(to, cursor_));
}

// For a report: may look at every call.
Nearest Progress::nearest(const Wanted& wanted) const {
  if (script_->match() == Match::strict) {
    CallNumber next = cursor_ < played_.size() ? calls_[cursor_] : 0;
    return {next, next && script_->method(next) == &wanted.method ? Nearest::otherArguments : Nearest::outOfOrder, 0, 0};
  }
  auto [from, to] = rangeOf(wanted.method);
  Nearest answered, elsewhere, other;
  int best = -1;
  for (std::size_t i = 0; i < played_.size(); ++i) {
    CallNumber call = calls_[i];
    if (script_->method(call) != &wanted.method) continue;
    bool same = fits(wanted, i);
    bool here = i >= from && i < to;
    if (script_->match() == Match::state && same) {
      elsewhere = {call, Nearest::otherState, 0, 0};
      continue;
    }
    if (!same) {
      // Best is the first that is still to come here, then one that was passed over here, then one of elsewhere, then the last of all.
      int rank = played_[i] ? 0 : !here ? 1 : i < cursor_ ? 2 : 3;
      if (rank > best || (rank == 0 && best == 0)) other = {call, Nearest::otherArguments, 0, 0}, best = rank;
    } else if (here && played_[i]) answered = {call, Nearest::tooOften, answered.times + 1, 0};
    else if (!here && !elsewhere.call)
      elsewhere = {call, i < from ? Nearest::tooLate : Nearest::tooEarly, 0, calls_[i < from ? from - 1 : to]};
  }
  return answered.call ? answered : elsewhere.call ? elsewhere : other;
}

std::size_t Progress::placeOf(CallNumber call) const {
  if (cursor_ < calls_.size() && calls_[cursor_] == call) return cursor_;
  return static_cast<std::size_t>(std::lower_bound(calls_.begin(), calls_.end(), call) - calls_.begin());
}

void Progress::skipTo(CallNumber call) { cursor_ = placeOf(call) + 1; }

void Progress::play(CallNumber call) {
  std::size_t place = placeOf(call);
  played_[place] = true;
  std::uint32_t at = script_->questionAtOf(*object_)[place];
  skip_[at] = at + 1;
  cursor_ = place + 1;
  for (std::size_t stretch = 0, bits = script_->bounds(call); bits; ++stretch, bits >>= 1)
    if (bits & 1 && behind_[stretch] < cursor_) behind_[stretch] = cursor_, until_[stretch] = boundBehind(stretch);
}

std::vector<CallNumber> Progress::notPlayed() const {
  std::vector<CallNumber> rest;
  for (std::size_t i = 0; i < played_.size(); ++i)
    if (!played_[i]) rest.push_back(calls_[i]);
  return rest;
}

std::vector<CallNumber> Progress::next(std::size_t most) const {
  std::vector<CallNumber> next;
  for (std::size_t i = cursor_; i < played_.size() && next.size() < most; ++i)
    if (!played_[i]) next.push_back(calls_[i]);
  return next;
}

}  // namespace vss
