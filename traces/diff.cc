#include "traces/diff.h"

#include <algorithm>
#include <ostream>
#include <set>
#include <span>
#include <tuple>

#include "traces/align.h"
#include "traces/import.h"
#include "traces/lanes.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/show.h"

namespace vss {
namespace {

constexpr std::size_t kSketch = 32;              // hashes kept of a lane, by which its likeness to others is estimated
constexpr std::size_t kLikenesses = 1'000'000;   // at most as many pairs of sessions are weighed; more are paired in order
constexpr std::size_t kTable = 4'000'000;         // at most as many pairs of calls are weighed for the cheapest way; more are aligned step by step
constexpr std::size_t kToldAtOnce = 20'000;      // differences whose calls are held as text at the same time

std::uint64_t hashOf(std::string_view text, std::uint64_t hash = 1469598103934665603ull) {
  for (unsigned char c : text) hash = (hash ^ c) * 1099511628211ull;
  return hash;
}

// What a lane says, in little room: equal exactly if every call is.
struct Digest {
  std::uint64_t hash = 1469598103934665603ull, calls = 0;
  std::vector<std::uint64_t> sketch;  // the smallest hashes of single calls, rising

  void add(const std::string& key) {
    hash = hashOf("\xFF", hashOf(key, hash));
    ++calls;
    std::uint64_t one = hashOf(key) * 0x9E3779B97F4A7C15ull;
    if (sketch.size() == kSketch && one >= sketch.back()) return;
    auto place = std::lower_bound(sketch.begin(), sketch.end(), one);
    if (place != sketch.end() && *place == one) return;
    sketch.insert(place, one);
    if (sketch.size() > kSketch) sketch.pop_back();
  }
  auto operator<=>(const Digest&) const = default;
};
using Content = std::vector<Digest>;  // of a session, whatever its threads are called: sorted

// A call as it is aligned: what must be equal for it to be the same call with the same answer, the same call, a call of the same method.
struct Entry {
  std::uint64_t number, key, called, method;
};

using ErrorTexts = std::map<std::uint64_t, std::string>;

// A trace, gone through once for what it says, and again for what turns out to be needed of it.
class Side {
 public:
  std::map<LaneId, Digest> lanes;
  std::vector<std::uint32_t> sessions;  // in the order in which they appear
  std::uint64_t calls = 0;

  Side(const std::string& path) : reader_(pathFromUtf8(path)) {}
  bool isImported() const { return reader_.header().origin == Origin::imported; }

  // Texts for errors of which the listing's code and words say nothing that is known.
  void readErrorTexts() {
    CallReader all(reader_);
    std::map<std::uint64_t, std::string> texts;
    std::set<std::uint64_t> unknown;
    for (bool more = true; more;) {
      auto call = all.next();
      more = call != nullptr;
      if (call && mayBeUnreadError(*call)) unknown.insert(call->enterOrder);
      for (auto& remark : all.takeRemarks())
        if (remark.kind == RemarkKind::listingError) texts[remark.about] = std::move(remark.text);
    }
    for (auto order : unknown)
      if (auto text = texts.find(order); text != texts.end()) errorTexts_.insert(*text);
  }
  void readLanes(std::ostream& err) {
    CallReader all(reader_);
    forEachCall(all, [&](const LaneId& lane, const LaneCall& call) { lanes[lane].add(call.key()); });
    calls = all.calls();
    for (const auto& [id, digest] : lanes)
      if (sessions.empty() || sessions.back() != id.first) sessions.push_back(id.first);  // root objects are numbered as they appear
    tellTroubles(reader_, all, err);
    if (!stopped_.empty()) err << shownPath(reader_.path()) << ": the recording stopped by itself: " << stopped_ << "\n";
  }
  std::vector<LaneId> lanesOf(std::uint32_t session) const {
    std::vector<LaneId> ids;
    for (auto lane = lanes.lower_bound({session, 0}); lane != lanes.end() && lane->first.first == session; ++lane) ids.push_back(lane->first);
    return ids;
  }
  Content contentOf(std::uint32_t session) const {
    Content content;
    for (auto id : lanesOf(session)) content.push_back(lanes.at(id));
    std::sort(content.begin(), content.end());
    return content;
  }
  std::map<LaneId, std::vector<Entry>> entriesOf(const std::set<LaneId>& wanted) {
    std::map<LaneId, std::vector<Entry>> entries;
    CallReader all(reader_);
    forEachCall(all, [&](const LaneId& lane, const LaneCall& call) {
      if (wanted.count(lane)) entries[lane].push_back({call.number, hashOf(call.key()), hashOf(call.called()), hashOf(call.method)});
    });
    return entries;
  }
  std::map<std::uint64_t, LaneCall> callsNumbered(const std::set<std::uint64_t>& wanted) {
    std::map<std::uint64_t, LaneCall> found;
    CallReader all(reader_);
    forEachCall(all, [&](const LaneId&, LaneCall& call) {
      if (wanted.count(call.number)) found.emplace(call.number, std::move(call));
    });
    return found;
  }

 private:
  template <class Visit> void forEachCall(CallReader& all, Visit&& visit) {
    LaneReader names(errorTexts_);
    LaneId lane;
    LaneCall call;
    for (bool more = true; more;) {
      auto next = all.next();
      more = next != nullptr;
      for (const auto& remark : all.takeRemarks())
        if (remark.kind == RemarkKind::stopped) stopped_ = remark.text;
      if (more && names.read(*next, lane, call)) visit(lane, call);
    }
  }

  TraceReader reader_;
  ErrorTexts errorTexts_;
  std::string stopped_;
};

double likeness(const Digest& a, const Digest& b) {
  std::vector<std::uint64_t> all, both;
  std::set_union(a.sketch.begin(), a.sketch.end(), b.sketch.begin(), b.sketch.end(), std::back_inserter(all));
  std::set_intersection(a.sketch.begin(), a.sketch.end(), b.sketch.begin(), b.sketch.end(), std::back_inserter(both));
  if (all.size() > kSketch) all.resize(kSketch);  // behind that, one of the two may know more than it kept
  auto known = all.empty() ? both.begin() : std::upper_bound(both.begin(), both.end(), all.back());
  return all.empty() ? 0 : static_cast<double>(known - both.begin()) / static_cast<double>(all.size());
}
double likeness(const Content& a, const Content& b) {
  double sum = 0;
  for (const auto& lane : a) {
    double best = 0;
    for (const auto& other : b) best = std::max(best, likeness(lane, other));
    sum += best;
  }
  return sum / static_cast<double>(std::max({a.size(), b.size(), std::size_t{1}}));
}

// Pairs what is equal in the same order, then what is equal elsewhere, then what is most alike, then the rest; an index of -1: no partner.
template <class Part> std::vector<std::pair<int, int>> pairUp(const std::vector<Part>& a, const std::vector<Part>& b) {
  std::vector<std::pair<int, int>> pairs;
  if (b < a) {  // so that both directions find the same
    for (auto [y, x] : pairUp(b, a)) pairs.emplace_back(x, y);
    return pairs;
  }
  std::set<int> restA, restB;
  for (std::size_t i = 0; i < a.size(); ++i) restA.insert(static_cast<int>(i));
  for (std::size_t j = 0; j < b.size(); ++j) restB.insert(static_cast<int>(j));
  auto pair = [&](int i, int j) { pairs.emplace_back(i, j), restA.erase(i), restB.erase(j); };

  std::map<Part, std::uint64_t> names;  // equal parts have the same
  auto named = [&](const std::vector<Part>& parts) {
    std::vector<std::uint64_t> name;
    for (const auto& part : parts) name.push_back(names.emplace(part, names.size()).first->second);
    return name;
  };
  auto namesA = named(a), namesB = named(b);
  for (auto [i, j] : commonSubsequence(namesA, namesB)) pair(static_cast<int>(i), static_cast<int>(j));
  std::multimap<std::uint64_t, int> elsewhere;
  for (int j : restB) elsewhere.emplace(namesB[static_cast<std::size_t>(j)], j);
  for (int i : std::vector<int>(restA.begin(), restA.end()))
    if (auto other = elsewhere.find(namesA[static_cast<std::size_t>(i)]); other != elsewhere.end()) pair(i, other->second), elsewhere.erase(other);

  if (restA.size() * restB.size() <= kLikenesses) {
    std::vector<std::tuple<double, int, int>> candidates;
    for (int i : restA)
      for (int j : restB)
        if (double l = likeness(a[static_cast<std::size_t>(i)], b[static_cast<std::size_t>(j)]); l > 0) candidates.emplace_back(-l, i, j);
    std::sort(candidates.begin(), candidates.end());
    for (auto [l, i, j] : candidates)
      if (restA.count(i) && restB.count(j)) pair(i, j);
  }
  auto i = restA.begin();
  auto j = restB.begin();
  while (i != restA.end() || j != restB.end()) pairs.emplace_back(i != restA.end() ? *i++ : -1, j != restB.end() ? *j++ : -1);
  return pairs;
}

// The numbers of two calls that differ; 0: there is none on that side.
struct Difference {
  std::uint64_t a, b;
};

// How two lanes become one: what is the same in both is passed over, what differs is found.
class Alignment {
 public:
  static std::vector<Difference> of(std::span<const Entry> a, std::span<const Entry> b) {
    Alignment alignment;
    auto less = [](const Entry& x, const Entry& y) { return x.key < y.key; };
    alignment.swapped_ = std::lexicographical_compare(b.begin(), b.end(), a.begin(), a.end(), less);  // so that both directions find the same
    if (alignment.swapped_) std::swap(a, b);
    while (!a.empty() && !b.empty() && a.front().key == b.front().key) a = a.subspan(1), b = b.subspan(1);
    while (!a.empty() && !b.empty() && a.back().key == b.back().key) a = a.first(a.size() - 1), b = b.first(b.size() - 1);
    if ((a.size() + 1) * (b.size() + 1) <= kTable) alignment.weigh(a, b);
    else alignment.descend(a, b, 0);
    return std::move(alignment.found_);
  }

 private:
  // A call that is answered otherwise is as dear as one that is only on one side; other inputs are less likely, but likelier than two of these.
  static constexpr std::uint32_t kOneSided = 10, kOtherAnswer = 10, kOtherInputs = 15, kNever = 21;
  static std::uint32_t price(const Entry& x, const Entry& y) {
    return x.key == y.key ? 0 : x.called == y.called ? kOtherAnswer : x.method == y.method ? kOtherInputs : kNever;
  }

  // The cheapest way from one to the other.
  void weigh(std::span<const Entry> a, std::span<const Entry> b) {
    enum Way : std::uint8_t { pair, onlyA, onlyB };
    std::size_t width = b.size() + 1;
    std::vector<Way> ways((a.size() + 1) * width);
    std::vector<std::uint32_t> here(width), below(width);  // the price of all that follows
    for (std::size_t i = a.size() + 1; i-- > 0; std::swap(here, below))
      for (std::size_t j = width; j-- > 0;) {
        bool moreA = i < a.size(), moreB = j < b.size();
        std::uint32_t best = moreA || moreB ? ~0u : 0;
        auto consider = [&](Way way, std::uint32_t price) {
          if (price < best) best = price, ways[i * width + j] = way;
        };
        if (moreA && moreB) consider(pair, below[j + 1] + price(a[i], b[j]));
        if (moreA) consider(onlyA, below[j] + kOneSided);
        if (moreB) consider(onlyB, here[j + 1] + kOneSided);
        here[j] = best;
      }
    for (std::size_t i = 0, j = 0, restA = 0, restB = 0; i <= a.size() && j <= b.size();) {
      bool end = i == a.size() && j == b.size();
      Way way = ways[i * width + j];
      if (end || way == pair) {
        oneSided(a.subspan(restA, i - restA), b.subspan(restB, j - restB));
        if (end) break;
        if (a[i].key != b[j].key) answered(a[i], b[j]);
        restA = ++i, restB = ++j;
      } else ++(way == onlyA ? i : j);
    }
  }

  // For what is too long to be weighed: first what is the same; between that, the same calls with other answers; between these, calls of the
  // same method with other inputs.
  void descend(std::span<const Entry> a, std::span<const Entry> b, std::size_t level) {
    static constexpr std::uint64_t Entry::*kLevels[] = {&Entry::key, &Entry::called, &Entry::method};
    if (level == std::size(kLevels) || a.empty() || b.empty()) return oneSided(a, b);
    std::vector<std::uint64_t> valuesA, valuesB;
    for (const auto& entry : a) valuesA.push_back(entry.*kLevels[level]);
    for (const auto& entry : b) valuesB.push_back(entry.*kLevels[level]);
    auto pairs = commonSubsequence(valuesA, valuesB);
    pairs.emplace_back(a.size(), b.size());
    std::size_t atA = 0, atB = 0;
    for (auto [i, j] : pairs) {
      descend(a.subspan(atA, i - atA), b.subspan(atB, j - atB), level + 1);
      if (level > 0 && i < a.size()) answered(a[i], b[j]);
      atA = i + 1, atB = j + 1;
    }
  }

  void answered(const Entry& x, const Entry& y) { found_.push_back(swapped_ ? Difference{y.number, x.number} : Difference{x.number, y.number}); }
  void oneSided(std::span<const Entry> a, std::span<const Entry> b) {
    if (swapped_) std::swap(a, b);
    for (const auto& entry : a) found_.push_back({entry.number, 0});
    for (const auto& entry : b) found_.push_back({0, entry.number});
  }

  bool swapped_ = false;
  std::vector<Difference> found_;
};

// Who is told of each difference.
class Listener {
 public:
  virtual void calls(const LaneCall* a, const LaneCall* b) = 0;
  virtual void missing(const char* what, bool inA, std::uint64_t calls) = 0;   // what: session or thread

 protected:
  ~Listener() = default;
};

template <class Visit> void forEachField(const LaneCall& a, const LaneCall& b, Visit&& visit) {
  auto compare = [&](const std::vector<LaneCall::Field>& left, const std::vector<LaneCall::Field>& right) {
    for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
      if (i >= right.size()) visit(left[i].first, left[i].second, "absent");
      else if (i >= left.size()) visit(right[i].first, "absent", right[i].second);
      else if (left[i] != right[i])
        visit(left[i].first == right[i].first ? left[i].first : left[i].first + " / " + right[i].first, left[i].second, right[i].second);
    }
  };
  compare(a.inputs, b.inputs);
  if (a.result != b.result) visit("result", a.result, b.result);
  compare(a.outputs, b.outputs);
}

class Collector final : public Listener {
 public:
  void calls(const LaneCall* a, const LaneCall* b) override {
    CallDifference found{a ? a->number : 0, b ? b->number : 0, {}};
    if (!a || !b) found.words = (a ? a : b)->called() + (a ? ": not made" : ": made as well");
    else
      forEachField(*a, *b, [&](const std::string& name, const std::string& left, const std::string& right) {
        found.words += (found.words.empty() ? "" : "; ") + name + ": " + left + " / " + right;
      });
    differences.push_back(std::move(found));
  }
  void missing(const char* what, bool inA, std::uint64_t) override {
    differences.push_back({0, 0, std::string("a ") + what + (inA ? " is missing" : " came as well")});
  }
  std::vector<CallDifference> differences;
};

class Printer final : public Listener {
 public:
  Printer(std::string nameA, std::string nameB, bool json, std::ostream& out) : a_(std::move(nameA)), b_(std::move(nameB)), json_(json), out_(out) {}

  void calls(const LaneCall* a, const LaneCall* b) override {
    ++count_;
    if (json_) json(a, b);
    else if (!b) only(a_, *a);
    else if (!a) only(b_, *b);
    else {
      out_ << "call " << a->number << " / " << b->number << ": " << (a->inputs == b->inputs ? a->called() : a->method) << "\n";
      forEachField(*a, *b, [&](const std::string& name, const std::string& left, const std::string& right) {
        out_ << "    " << name << ": " << left << " / " << right << "\n";
      });
    }
  }
  void missing(const char* what, bool inA, std::uint64_t calls) override {
    ++count_;
    const auto& name = inA ? a_ : b_;
    if (json_) out_ << "{\"onlyIn\": " << jsonString(name) << ", \"what\": \"" << what << "\", \"calls\": " << calls << "}\n";
    else out_ << "only in " << name << ": a " << what << " of " << calls << (calls == 1 ? " call\n" : " calls\n");
  }
  std::uint64_t count() const { return count_; }

 private:
  void only(const std::string& in, const LaneCall& call) {
    out_ << "only in " << in << ": call " << call.number << ": " << call.called() << " → " << call.result << "\n";
  }
  void json(const LaneCall* a, const LaneCall* b) {
    out_ << "{\"a\": " << (a ? std::to_string(a->number) : "null") << ", \"b\": " << (b ? std::to_string(b->number) : "null")
         << ", \"call\": " << jsonString((a ? a : b)->called());
    if (a && b) {
      const char* separator = ", \"fields\": {";
      forEachField(*a, *b, [&](const std::string& name, const std::string& left, const std::string& right) {
        out_ << separator << jsonString(name) << ": [" << jsonString(left) << ", " << jsonString(right) << "]";
        separator = ", ";
      });
      out_ << "}";
    } else out_ << ", \"result\": " << jsonString((a ? a : b)->result);
    out_ << "}\n";
  }

  std::string a_, b_;
  bool json_;
  std::ostream& out_;
  std::uint64_t count_ = 0;
};

// The lanes that have to be held against each other call by call; tells of those that have no partner.
std::vector<std::pair<LaneId, LaneId>> differentLanes(const Side& a, const Side& b, Listener& listener) {
  std::vector<Content> contentA, contentB;
  for (auto session : a.sessions) contentA.push_back(a.contentOf(session));
  for (auto session : b.sessions) contentB.push_back(b.contentOf(session));
  auto callsOf = [](const Content& content) {
    std::uint64_t calls = 0;
    for (const auto& lane : content) calls += lane.calls;
    return calls;
  };
  std::vector<std::pair<LaneId, LaneId>> different;
  for (auto [i, j] : pairUp(contentA, contentB)) {
    auto x = static_cast<std::size_t>(i), y = static_cast<std::size_t>(j);
    if (i < 0 || j < 0) {
      listener.missing("session", j < 0, callsOf(j < 0 ? contentA[x] : contentB[y]));
      continue;
    }
    if (contentA[x] == contentB[y]) continue;
    auto lanesA = a.lanesOf(a.sessions[x]), lanesB = b.lanesOf(b.sessions[y]);
    std::vector<Digest> digestsA, digestsB;
    for (auto id : lanesA) digestsA.push_back(a.lanes.at(id));
    for (auto id : lanesB) digestsB.push_back(b.lanes.at(id));
    for (auto [k, l] : pairUp(digestsA, digestsB)) {
      auto v = static_cast<std::size_t>(k), w = static_cast<std::size_t>(l);
      if (k < 0 || l < 0) listener.missing("thread", l < 0, (l < 0 ? digestsA[v] : digestsB[w]).calls);
      else if (digestsA[v] != digestsB[w]) different.emplace_back(lanesA[v], lanesB[w]);
    }
  }
  std::sort(different.begin(), different.end());
  return different;
}

void tell(const std::vector<Difference>& differences, Side& a, Side& b, Listener& listener) {
  for (std::size_t from = 0; from < differences.size(); from += kToldAtOnce) {
    auto some = std::span(differences).subspan(from, std::min(kToldAtOnce, differences.size() - from));
    std::set<std::uint64_t> wantedA, wantedB;
    for (const auto& d : some) wantedA.insert(d.a), wantedB.insert(d.b);
    auto callsA = a.callsNumbered(wantedA), callsB = b.callsNumbered(wantedB);
    for (const auto& d : some) listener.calls(d.a ? &callsA.at(d.a) : nullptr, d.b ? &callsB.at(d.b) : nullptr);
  }
}

void compare(Side& a, Side& b, Listener& listener, std::ostream& err) {
  if (a.isImported() && b.isImported()) a.readErrorTexts(), b.readErrorTexts();
  a.readLanes(err);
  b.readLanes(err);
  auto lanes = differentLanes(a, b, listener);
  if (lanes.empty()) return;
  std::set<LaneId> wantedA, wantedB;
  for (const auto& [laneA, laneB] : lanes) wantedA.insert(laneA), wantedB.insert(laneB);
  auto entriesA = a.entriesOf(wantedA), entriesB = b.entriesOf(wantedB);
  std::vector<Difference> differences;
  for (const auto& [laneA, laneB] : lanes)
    for (const auto& difference : Alignment::of(entriesA[laneA], entriesB[laneB])) differences.push_back(difference);
  entriesA.clear(), entriesB.clear();
  tell(differences, a, b, listener);
}

}  // namespace

std::vector<CallDifference> differencesOf(const std::string& pathA, const std::string& pathB, std::ostream& err) {
  Side a(pathA), b(pathB);
  Collector collector;
  compare(a, b, collector, err);
  return std::move(collector.differences);
}

int diffTraces(const std::string& pathA, const std::string& pathB, const std::string& format, std::ostream& out, std::ostream& err) {
  Side a(pathA), b(pathB);
  Printer printer(pathA, pathB, format == "json", out);
  compare(a, b, printer, err);
  if (format != "json") {
    if (printer.count() == 0) out << "no difference: " << a.calls << " and " << b.calls << " calls\n";
    else out << printer.count() << (printer.count() == 1 ? " difference\n" : " differences\n");
  }
  return printer.count() ? 1 : 0;
}

}  // namespace vss
