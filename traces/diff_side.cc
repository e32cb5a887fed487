#include "traces/diff_side.h"

#include <algorithm>
#include <cstring>
#include <string_view>
#include <tuple>
#include <utility>

#include "traces/import.h"
#include "traces/platform.h"
#include "traces/show.h"

namespace vss {

CallTexts::Place* CallTexts::place(std::uint64_t number) {
  return places_.find(number, [](const Place&) { return true; });
}

void CallTexts::want(std::uint64_t number) {
  if (number && !place(number)) places_.add(number, {number, 0, 0}), ++missing_;
}

bool CallTexts::wants(std::uint64_t number) {
  const Place* wanted = place(number);
  return wanted && !wanted->size;
}

void CallTexts::put(const LaneCall& call) {
  std::string text;
  auto number = [&](std::uint64_t n) { text.append(reinterpret_cast<const char*>(&n), sizeof n); };
  auto part = [&](const std::string& words) { number(words.size()), text += words; };
  part(call.method), part(call.result);
  for (const auto* fields : {&call.inputs, &call.outputs}) {
    number(fields->size());
    for (const auto& [name, value] : *fields) part(name), part(value);
  }
  *place(call.number) = {call.number, texts_.add(text), text.size()};
  --missing_;
}

LaneCall CallTexts::get(std::uint64_t callNumber) {
  const Place* found = place(callNumber);
  std::string text = texts_.read(found->at, found->size);
  std::size_t at = 0;
  auto number = [&] {
    std::uint64_t n;
    std::memcpy(&n, text.data() + std::exchange(at, at + sizeof n), sizeof n);
    return n;
  };
  auto part = [&] {
    std::size_t size = number();
    return text.substr(std::exchange(at, at + size), size);
  };
  LaneCall call;
  call.number = callNumber;
  call.method = part(), call.result = part();
  for (auto* fields : {&call.inputs, &call.outputs})
    for (std::uint64_t left = number(); left--;) {
      std::string name = part();
      fields->emplace_back(std::move(name), part());
    }
  return call;
}

DiffSide::DiffSide(const std::string& path) : reader_(pathFromUtf8(path)) {}

TraceError DiffSide::changed() const { return TraceError(shownPath(reader_.path()) + ": was changed while it was read"); }

const Call* DiffSide::Pass::next() {
  const Call* call = calls.next();
  for (const auto& remark : calls.takeRemarks())
    if (remark.kind == RemarkKind::stopped) side.stopped_ = remark.text;
  return call;
}

void DiffSide::readErrorTexts() {
  CallReader all(reader_);
  for (bool more = true; more;) {
    auto call = all.next();
    more = call != nullptr;
    if (call && mayBeUnreadError(*call)) errorTexts_.expect(call->enterOrder);
    for (const auto& remark : all.takeRemarks())
      if (remark.kind == RemarkKind::listingError) errorTexts_.add(remark.about, remark.text);
  }
}

void DiffSide::readLanes(std::ostream& err) {
  Pass pass(*this);
  LaneCall words;
  while (const Call* call = pass.next()) {
    std::uint32_t lane = pass.names.laneOf(*call);
    if (lane == lanes.size()) {
      auto [session, thread] = pass.names.id(lane);
      lanes.push_back({session, thread, kHashOfNothing, 0, 0, 0, 0, call->number});
      sketches_.resize(lanes.size() * kSketch);
    }
    if (pass.names.read(*call, lane, &words)) add(lane, words.key());
  }
  calls = pass.calls.calls();
  sortLanes();
  tellTroubles(reader_, pass.calls, err);
  if (!stopped_.empty()) err << shownPath(reader_.path()) << ": the recording stopped by itself: " << stopped_ << "\n";
}

void DiffSide::add(std::uint32_t number, const std::string& key) {
  LaneDigest& lane = lanes[number];
  std::uint64_t all = lane.hash, one = kHashOfNothing;
  for (unsigned char c : key) all = (all ^ c) * kHashFactor, one = (one ^ c) * kHashFactor;   // both at once, in half the time
  lane.hash = (all ^ 0xFF) * kHashFactor;
  ++lane.calls;
  one *= 0x9E3779B97F4A7C15ull;
  std::uint64_t *kept = &sketches_[number * kSketch], *end = kept + lane.sketched;
  if (lane.sketched == kSketch && one >= end[-1]) return;
  std::uint64_t* place = std::lower_bound(kept, end, one);
  if (place != end && *place == one) return;
  if (lane.sketched == kSketch) --end;
  else ++lane.sketched;
  std::copy_backward(place, end, end + 1);
  *place = one;
}

void DiffSide::sortLanes() {
  for (std::uint32_t lane = 0; lane < lanes.size(); ++lane)
    if (lanes[lane].calls) byThread.push_back(lane);
  auto inOrder = [&](std::uint32_t x, std::uint32_t y) { return id(x) < id(y); };
  if (!std::is_sorted(byThread.begin(), byThread.end(), inOrder)) std::sort(byThread.begin(), byThread.end(), inOrder);
  for (std::uint32_t i = 0; i < byThread.size(); ++i) {
    const LaneDigest& lane = lanes[byThread[i]];
    if (!i || lane.session != lanes[byThread[i - 1]].session) sessions.push_back({i, 0, 0});
    ++sessions.back().lanes, sessions.back().calls += lane.calls;
    byContent.push_back(byThread[i]);
  }
  for (const auto& session : sessions) {
    auto first = byContent.begin() + session.first;
    if (session.lanes > 1) std::sort(first, first + session.lanes, [&](std::uint32_t x, std::uint32_t y) { return compareLanes(*this, x, *this, y) < 0; });
  }
}

void DiffSide::readEntries() {
  entries_.emplace(wanted_);
  Pass pass(*this);
  LaneCall words;
  while (const Call* call = pass.next()) {
    std::uint32_t number = pass.names.laneOf(*call);
    if (number >= lanes.size()) throw changed();
    LaneDigest& lane = lanes[number];
    if (!pass.names.read(*call, number, lane.entries ? &words : nullptr) || !lane.entries) continue;
    if (lane.noted == lane.calls) throw changed();
    std::string key = words.key();   // begins with what was called, which begins with the method
    std::string_view text = key;
    std::size_t method = words.method.size(), called = words.called().size();
    std::uint64_t ofMethod = hashOf(text.substr(0, method)), ofCalled = hashOf(text.substr(method, called - method), ofMethod);
    (*entries_)[lane.entries - 1 + lane.noted++] = {words.number, hashOf(text.substr(called), ofCalled), ofCalled, ofMethod, text.size()};
  }
}

void DiffSide::read(CallTexts& wanted) {
  LaneCall words;
  for (int starts = 0; wanted.missing();) {
    const Call* call = pass_ ? pass_->next() : nullptr;
    if (!call) {
      if (starts++) throw changed();
      pass_.emplace(*this);
      continue;
    }
    std::uint32_t lane = pass_->names.laneOf(*call);
    bool isWanted = wanted.wants(call->number);
    if (pass_->names.read(*call, lane, isWanted ? &words : nullptr) && isWanted) wanted.put(words);
  }
}

std::strong_ordering compareLanes(const DiffSide& a, std::uint32_t x, const DiffSide& b, std::uint32_t y) {
  const LaneDigest &left = a.lanes[x], &right = b.lanes[y];
  if (auto order = std::tie(left.hash, left.calls) <=> std::tie(right.hash, right.calls); order != 0) return order;
  auto p = a.sketch(x), q = b.sketch(y);
  return std::lexicographical_compare_three_way(p.begin(), p.end(), q.begin(), q.end());
}

}  // namespace vss
