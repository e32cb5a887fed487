#include "replayer/progress.h"

#include <algorithm>
#include <utility>

namespace vss {
namespace {

constexpr std::size_t kNear = 64;   // so many places are looked at one by one

}  // namespace

Progress::Progress(const Script& script, RecordedObject object) : script_(&script), object_(std::move(object)), played_(object_.matched) {
  for (std::size_t stretch = 0; stretch < kStretches; ++stretch) until_[stretch] = boundBehind(stretch);
}

std::size_t Progress::boundBehind(std::size_t stretch) const {
  std::size_t place = behind_[stretch];  // never goes back, so that each place is looked at once
  while (place < played_.size() && !(script_->bounds(callAt(place)) >> stretch & 1)) ++place;
  return place;
}

Progress::Range Progress::rangeOf(const MethodInfo& method) const {
  auto stretch = static_cast<std::size_t>(stretchOf(method));
  return {behind_[stretch], until_[stretch]};
}

std::size_t Progress::Questions::unplayed(std::size_t from) {
  while (next[from] != from) from = next[from] = next[next[from]];
  return from;
}

// The place of the first that is left; `to`: there is none.
std::size_t Progress::searchFar(const Wanted& wanted, std::size_t from, std::size_t to) const {
  auto before = [&](std::uint32_t a, std::uint32_t b) { return std::pair(question(a), a) < std::pair(question(b), b); };
  if (!questions_) {
    auto made = std::make_unique<Questions>();
    for (std::uint32_t place = 0; place < played_.size(); ++place) made->places.push_back(place);
    std::sort(made->places.begin(), made->places.end(), before);
    made->at.resize(played_.size());
    for (std::uint32_t i = 0; i < played_.size(); ++i) made->at[made->places[i]] = i, made->next.push_back(played_[made->places[i]] ? i + 1 : i);
    made->next.push_back(static_cast<std::uint32_t>(played_.size()));
    questions_ = std::move(made);
  }
  auto& [places, at, next] = *questions_;
  auto start = std::partition_point(places.begin(), places.end(), [&](auto place) { return std::pair<std::uint64_t, std::size_t>(question(place), place) < std::pair(wanted.question, from); });
  for (auto i = questions_->unplayed(static_cast<std::size_t>(start - places.begin())); i < places.size() && question(places[i]) == wanted.question && places[i] < to; i = questions_->unplayed(i + 1))
    if (fits(wanted, places[i])) return places[i];
  return to;
}

CallNumber Progress::search(const Wanted& wanted, std::size_t from, std::size_t to) const {
  // Mostly the program does what it did: the place from which is searched is the one, or it is near.
  std::size_t nearEnd = std::min(to, from + kNear), first = from;
  while (first < nearEnd && !(question(first) == wanted.question && !played_[first] && fits(wanted, first))) ++first;
  if (first >= nearEnd) first = nearEnd < to ? searchFar(wanted, nearEnd, to) : to;
  for (auto place : object_.vague)
    if (place >= from && place < first && !played_[place] && fits(wanted, place)) first = place;
  return first < to ? callAt(first) : 0;
}

bool Progress::fits(const Wanted& wanted, std::size_t place) const {
  if (script_->method(callAt(place)) != &wanted.method) return false;
  script_->read(callAt(place), wanted.scratch);
  return wanted.same(wanted.scratch);
}

// The first that is left behind the one that was played last, then the first that is left, then the last one. An operation may be begun again
// from where it was never begun when that was recorded: what is told behind it is of its own state.
CallNumber Progress::searchInState(const Wanted& wanted, bool elsewhereToo) const {
  CallNumber ahead = 0, left = 0, last = 0, elsewhere = 0;
  bool starts = elsewhereToo && !wanted.method.params.empty() && wanted.method.params.back().type == "IVssAsync";
  for (std::size_t place = 0; place < played_.size() && !ahead; ++place) {
    bool asked = question(place) == wanted.question || std::binary_search(object_.vague.begin(), object_.vague.end(), static_cast<std::uint32_t>(place));
    if (!asked || !fits(wanted, place)) continue;
    CallNumber call = callAt(place);
    if (wanted.state && !(script_->state(callAt(place)) == *wanted.state)) {
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
  if (script_->match() == Match::strict) return cursor_ < played_.size() && fits(wanted, cursor_) ? callAt(cursor_) : 0;
  auto [from, to] = rangeOf(wanted.method);
  CallNumber call = search(wanted, std::max(from, cursor_), to);
  return call ? call : search(wanted, from, std::min(to, cursor_));
}

// For a report: may look at every call.
Nearest Progress::nearest(const Wanted& wanted) const {
  if (script_->match() == Match::strict) {
    CallNumber next = cursor_ < played_.size() ? callAt(cursor_) : 0;
    return {next, next && script_->method(next) == &wanted.method ? Nearest::otherArguments : Nearest::outOfOrder, 0, 0};
  }
  auto [from, to] = rangeOf(wanted.method);
  Nearest answered, elsewhere, other;
  int best = -1;
  for (std::size_t i = 0; i < played_.size(); ++i) {
    CallNumber call = callAt(i);
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
      elsewhere = {call, i < from ? Nearest::tooLate : Nearest::tooEarly, 0, callAt(i < from ? from - 1 : to)};
  }
  return answered.call ? answered : elsewhere.call ? elsewhere : other;
}

std::size_t Progress::placeOf(CallNumber call) const {
  return cursor_ < played_.size() && callAt(cursor_) == call ? cursor_ : script_->placeOf(object_, call);
}

void Progress::skipTo(CallNumber call) { cursor_ = placeOf(call) + 1; }

void Progress::play(CallNumber call) {
  std::size_t place = placeOf(call);
  played_[place] = true;
  if (questions_) {
    std::uint32_t at = questions_->at[place];
    questions_->next[at] = at + 1;
  }
  cursor_ = place + 1;
  for (std::size_t stretch = 0, bits = script_->bounds(call); bits; ++stretch, bits >>= 1)
    if (bits & 1 && behind_[stretch] < cursor_) behind_[stretch] = cursor_, until_[stretch] = boundBehind(stretch);
}

std::vector<CallNumber> Progress::next(std::size_t most) const {
  std::vector<CallNumber> next;
  for (std::size_t i = cursor_; i < played_.size() && next.size() < most; ++i)
    if (!played_[i]) next.push_back(callAt(i));
  return next;
}

}  // namespace vss
