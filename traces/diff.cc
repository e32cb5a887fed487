#include "traces/diff.h"

#include <algorithm>
#include <compare>
#include <ostream>
#include <span>
#include <tuple>
#include <utility>

#include "traces/align.h"
#include "traces/diff_side.h"
#include "traces/file_table.h"
#include "traces/lanes.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/show.h"
#include "traces/trace_error.h"

namespace vss {
namespace {

constexpr std::size_t kLikenesses = 1'000'000;          // at most as many pairs of sessions are weighed; more are paired in order
constexpr std::size_t kLaneLikenesses = 16'000'000;     // and as many pairs of their threads
constexpr std::size_t kTable = 4'000'000;               // at most as many pairs of calls are weighed for the cheapest way; more are aligned step by step
constexpr std::size_t kToldAtOnce = std::size_t{32} << 20;   // bytes of text, by which differing calls are told, that are held at the same time

// The numbers of two calls that differ; 0: there is none on that side. size: of their texts.
struct Difference {
  std::uint64_t a, b, size;
};

// What is paired: a session, whatever its threads are called, or a thread.
struct Content {
  const DiffSide& side;
  const FileArray<std::uint32_t>& order;
  std::uint32_t first, lanes;

  std::uint32_t operator[](std::uint32_t i) const { return order[first + i]; }
  std::uint64_t hash() const {
    std::uint64_t hash = lanes;
    for (std::uint32_t i = 0; i < lanes; ++i) hash = (hash ^ side.lanes[(*this)[i]].hash) * kHashFactor;
    return hash;
  }
  std::strong_ordering operator<=>(const Content& other) const {
    for (std::uint32_t i = 0; i < std::min(lanes, other.lanes); ++i)
      if (auto order = compareLanes(side, (*this)[i], other.side, other[i]); order != 0) return order;
    return lanes <=> other.lanes;
  }
  bool operator==(const Content& other) const { return lanes == other.lanes && (*this <=> other) == 0; }
};
// All sessions of a trace, or all threads of one of them.
class Contents {
 public:
  explicit Contents(const DiffSide& side) : side_(side), session_(nullptr) {}
  Contents(const DiffSide& side, std::size_t session) : side_(side), session_(&side.sessions[session]) {}
  std::size_t size() const { return session_ ? session_->lanes : side_.sessions.size(); }
  Content operator[](std::size_t i) const {
    if (session_) return {side_, side_.byThread, session_->first + static_cast<std::uint32_t>(i), 1};
    return {side_, side_.byContent, side_.sessions[i].first, side_.sessions[i].lanes};
  }
  bool operator<(const Contents& other) const {
    for (std::size_t i = 0; i < std::min(size(), other.size()); ++i)
      if (auto order = (*this)[i] <=> other[i]; order != 0) return order < 0;
    return size() < other.size();
  }

 private:
  const DiffSide& side_;
  const DiffSide::Session* session_;   // nullptr: all
};

// Of the smallest hashes of both together, the part that both have; behind these, one of the two may know more than it kept.
double likeness(std::span<const std::uint64_t> a, std::span<const std::uint64_t> b) {
  std::size_t all = 0, both = 0;
  for (std::size_t i = 0, j = 0; all < DiffSide::kSketch && (i < a.size() || j < b.size()); ++all) {
    bool ofA = j == b.size() || (i < a.size() && a[i] <= b[j]), ofB = i == a.size() || (j < b.size() && b[j] <= a[i]);
    both += ofA && ofB;
    i += ofA, j += ofB;
  }
  return all ? static_cast<double>(both) / static_cast<double>(all) : 0;
}
double likeness(const Content& a, const Content& b) {
  double sum = 0;
  for (std::uint32_t i = 0; i < a.lanes; ++i) {
    double best = 0;
    for (std::uint32_t j = 0; j < b.lanes; ++j) best = std::max(best, likeness(a.side.sketch(a[i]), b.side.sketch(b[j])));
    sum += best;
  }
  return sum / static_cast<double>(std::max({a.lanes, b.lanes, 1u}));
}

constexpr std::size_t kNobody = ~std::size_t{0};

// Pairs what is equal in the same order, then what is equal elsewhere, then what is most alike, then the rest, which may have no partner.
template <class Visit> void pairUp(const Contents& contentsA, const Contents& contentsB, Visit&& visit) {
  bool swapped = contentsB < contentsA;   // so that both directions find the same
  const Contents &a = swapped ? contentsB : contentsA, &b = swapped ? contentsA : contentsB;
  std::vector<bool> pairedA(a.size()), pairedB(b.size());
  auto tell = [&](std::size_t i, std::size_t j) { swapped ? visit(j, i) : visit(i, j); };
  auto pair = [&](std::size_t i, std::size_t j) { pairedA[i] = pairedB[j] = true, tell(i, j); };
  auto restOf = [](const std::vector<bool>& paired) {
    FileArray<std::uint32_t> rest;
    for (std::uint32_t i = 0; i < paired.size(); ++i)
      if (!paired[i]) rest.push_back(i);
    return rest;
  };

  {
    struct Name {
      std::uint32_t part;
      bool ofB;
      std::uint64_t number;
    };
    FileTable<Name> names;
    auto named = [&](const Contents& parts, bool ofB, std::span<std::uint64_t> name) {   // equal parts have the same
      for (std::size_t i = 0; i < parts.size(); ++i) {
        Content part = parts[i];
        std::uint64_t hash = part.hash();
        const Name* known = names.find(hash, [&](const Name& other) { return part == (other.ofB ? b : a)[other.part]; });
        name[i] = (known ? *known : names.add(hash, {static_cast<std::uint32_t>(i), ofB, names.size()})).number;
      }
    };
    FileBlock<std::uint64_t> namesA(a.size()), namesB(b.size());
    named(a, false, namesA.span()), named(b, true, namesB.span());
    for (auto [i, j] : commonSubsequence(namesA.span(), namesB.span())) pair(i, j);
    auto restA = restOf(pairedA), restB = restOf(pairedB);
    if (!restA.empty() && !restB.empty()) {
      FileArray<std::uint32_t> elsewhere(names.size()), next(b.size());   // by name: the first of them, + 1; and of each the next
      for (std::size_t k = restB.size(); k--;) {
        std::uint32_t& first = elsewhere[namesB[restB[k]]];
        next[restB[k]] = std::exchange(first, restB[k] + 1);
      }
      for (std::uint32_t i : restA)
        if (std::uint32_t other = elsewhere[namesA[i]]) elsewhere[namesA[i]] = next[other - 1], pair(i, other - 1);
    }
  }

  auto restA = restOf(pairedA), restB = restOf(pairedB);
  auto lanesOf = [](const Contents& parts, const FileArray<std::uint32_t>& rest) {
    std::uint64_t lanes = 0;
    for (std::uint32_t i : rest) lanes += parts[i].lanes;
    return lanes;
  };
  if (restA.size() * restB.size() <= kLikenesses && lanesOf(a, restA) * lanesOf(b, restB) <= kLaneLikenesses) {
    struct Candidate {
      double likeness;
      std::uint32_t i, j;
    };
    FileArray<Candidate> candidates;
    for (std::uint32_t i : restA)
      for (std::uint32_t j : restB)
        if (double l = likeness(a[i], b[j]); l > 0) candidates.push_back({-l, i, j});
    std::sort(candidates.begin(), candidates.end(),
              [](const Candidate& x, const Candidate& y) { return std::tie(x.likeness, x.i, x.j) < std::tie(y.likeness, y.i, y.j); });
    for (const auto& [l, i, j] : candidates)
      if (!pairedA[i] && !pairedB[j]) pair(i, j);
  }
  for (std::size_t i = 0, j = 0;; ++i, ++j) {
    while (i < a.size() && pairedA[i]) ++i;
    while (j < b.size() && pairedB[j]) ++j;
    if (i >= a.size() && j >= b.size()) break;
    tell(i < a.size() ? i : kNobody, j < b.size() ? j : kNobody);
  }
}

// How two lanes become one: what is the same in both is passed over, what differs is found.
class Alignment {
 public:
  static void find(std::span<const LaneEntry> a, std::span<const LaneEntry> b, FileArray<Difference>& found) {
    Alignment alignment(found);
    auto less = [](const LaneEntry& x, const LaneEntry& y) { return x.key < y.key; };
    alignment.swapped_ = std::lexicographical_compare(b.begin(), b.end(), a.begin(), a.end(), less);  // so that both directions find the same
    if (alignment.swapped_) std::swap(a, b);
    while (!a.empty() && !b.empty() && a.front().key == b.front().key) a = a.subspan(1), b = b.subspan(1);
    while (!a.empty() && !b.empty() && a.back().key == b.back().key) a = a.first(a.size() - 1), b = b.first(b.size() - 1);
    if (a.empty() || b.empty()) alignment.oneSided(a, b);
    else if ((a.size() + 1) * (b.size() + 1) <= kTable) alignment.weigh(a, b);
    else alignment.descend(a, b, 0);
  }

 private:
  explicit Alignment(FileArray<Difference>& found) : found_(found) {}

  // A call that is answered otherwise is as dear as one that is only on one side; other inputs are less likely, but likelier than two of these.
  static constexpr std::uint32_t kOneSided = 10, kOtherAnswer = 10, kOtherInputs = 15, kNever = 21;
  static std::uint32_t price(const LaneEntry& x, const LaneEntry& y) {
    return x.key == y.key ? 0 : x.called == y.called ? kOtherAnswer : x.method == y.method ? kOtherInputs : kNever;
  }

  // The cheapest way from one to the other.
  void weigh(std::span<const LaneEntry> a, std::span<const LaneEntry> b) {
    enum Way : std::uint8_t { pair, onlyA, onlyB };
    std::size_t width = b.size() + 1;
    FileBlock<Way> ways((a.size() + 1) * width);
    FileBlock<std::uint32_t> prices(2 * width);
    auto here = prices.span().first(width), below = prices.span().last(width);  // the price of all that follows
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
  void descend(std::span<const LaneEntry> a, std::span<const LaneEntry> b, std::size_t level) {
    static constexpr std::uint64_t LaneEntry::*kLevels[] = {&LaneEntry::key, &LaneEntry::called, &LaneEntry::method};
    if (level == std::size(kLevels) || a.empty() || b.empty()) return oneSided(a, b);
    FileArray<IndexPair> pairs;
    {
      FileBlock<std::uint64_t> valuesA(a.size()), valuesB(b.size());
      auto value = [level](const LaneEntry& entry) { return entry.*kLevels[level]; };
      std::transform(a.begin(), a.end(), valuesA.span().begin(), value);
      std::transform(b.begin(), b.end(), valuesB.span().begin(), value);
      pairs = commonSubsequence(valuesA.span(), valuesB.span());
    }
    pairs.push_back({a.size(), b.size()});
    std::size_t atA = 0, atB = 0;
    for (auto [i, j] : pairs) {
      descend(a.subspan(atA, i - atA), b.subspan(atB, j - atB), level + 1);
      if (level > 0 && i < a.size()) answered(a[i], b[j]);
      atA = i + 1, atB = j + 1;
    }
  }

  void answered(const LaneEntry& x, const LaneEntry& y) {
    if (swapped_) found_.push_back({y.number, x.number, x.size + y.size});
    else found_.push_back({x.number, y.number, x.size + y.size});
  }
  void oneSided(std::span<const LaneEntry> a, std::span<const LaneEntry> b) {
    if (swapped_) std::swap(a, b);
    for (const auto& entry : a) found_.push_back({entry.number, 0, entry.size});
    for (const auto& entry : b) found_.push_back({0, entry.number, entry.size});
  }

  bool swapped_ = false;
  FileArray<Difference>& found_;
};

// Who is told of each difference.
class Listener {
 public:
  virtual void calls(const LaneCall* a, const LaneCall* b) = 0;
  virtual void missing(const char* what, bool inA, std::uint64_t calls, std::uint64_t first) = 0;   // what: session or thread; its first call

 protected:
  ~Listener() = default;
};

template <class Visit> void forEachField(const LaneCall& a, const LaneCall& b, Visit&& visit) {
  auto compare = [&](const std::vector<LaneCall::Field>& left, const std::vector<LaneCall::Field>& right, bool answer) {
    for (std::size_t i = 0; i < std::max(left.size(), right.size()); ++i) {
      if (i >= right.size()) visit(left[i].first, left[i].second, "absent", answer);
      else if (i >= left.size()) visit(right[i].first, "absent", right[i].second, answer);
      else if (left[i] != right[i])
        visit(left[i].first == right[i].first ? left[i].first : left[i].first + " / " + right[i].first, left[i].second, right[i].second, answer);
    }
  };
  compare(a.inputs, b.inputs, false);
  if (a.result != b.result) visit("result", a.result, b.result, true);
  compare(a.outputs, b.outputs, true);
}

class Collector final : public Listener {
 public:
  void calls(const LaneCall* a, const LaneCall* b) override {
    CallDifference found{a ? a->number : 0, b ? b->number : 0};
    if (!a || !b) found.words = (a ? a : b)->called() + (a ? ": not made" : ": made as well");
    else
      forEachField(*a, *b, [&](const std::string& name, const std::string& left, const std::string& right, bool answer) {
        if (answer) found.answers.push_back(name);
        found.words += (found.words.empty() ? "" : "; ") + name + ": " + left + " / " + right;
      });
    differences.push_back(std::move(found));
  }
  void missing(const char* what, bool inA, std::uint64_t, std::uint64_t first) override {
    differences.push_back({0, 0, std::string("a ") + what + (inA ? " is missing" : " came as well"), {}, inA ? first : 0});
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
      forEachField(*a, *b, [&](const std::string& name, const std::string& left, const std::string& right, bool) {
        out_ << "    " << name << ": " << left << " / " << right << "\n";
      });
    }
  }
  void missing(const char* what, bool inA, std::uint64_t calls, std::uint64_t) override {
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
      forEachField(*a, *b, [&](const std::string& name, const std::string& left, const std::string& right, bool) {
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

struct LanePair {
  std::uint32_t a, b;
};

// The lanes that have to be held against each other call by call; tells of those that have no partner.
FileArray<LanePair> differentLanes(const DiffSide& a, const DiffSide& b, Listener& listener) {
  FileArray<LanePair> different;
  Contents sessionsA(a), sessionsB(b);
  pairUp(sessionsA, sessionsB, [&](std::size_t i, std::size_t j) {
    if (i == kNobody || j == kNobody) {
      const DiffSide& side = j == kNobody ? a : b;
      const auto& session = side.sessions[j == kNobody ? i : j];
      std::uint64_t first = ~std::uint64_t{0};
      for (std::uint32_t k = 0; k < session.lanes; ++k) first = std::min(first, side.lanes[side.byThread[session.first + k]].first);
      return listener.missing("session", j == kNobody, session.calls, first);
    }
    if (sessionsA[i] == sessionsB[j]) return;
    Contents threadsA(a, i), threadsB(b, j);
    pairUp(threadsA, threadsB, [&](std::size_t k, std::size_t l) {
      std::uint32_t laneA = k == kNobody ? 0 : threadsA[k][0], laneB = l == kNobody ? 0 : threadsB[l][0];
      if (k == kNobody || l == kNobody) listener.missing("thread", l == kNobody, l == kNobody ? a.lanes[laneA].calls : b.lanes[laneB].calls, l == kNobody ? a.lanes[laneA].first : b.lanes[laneB].first);
      else if (threadsA[k] != threadsB[l]) different.push_back({laneA, laneB});
    });
  });
  auto ids = [&](const LanePair& pair) { return std::pair(a.id(pair.a), b.id(pair.b)); };
  std::sort(different.begin(), different.end(), [&](const LanePair& x, const LanePair& y) { return ids(x) < ids(y); });
  return different;
}

void tell(const FileArray<Difference>& differences, DiffSide& a, DiffSide& b, Listener& listener) {
  for (std::size_t from = 0, to = 0; from < differences.size(); from = to) {
    CallTexts wordsA, wordsB;
    for (std::size_t size = 0; to < differences.size() && size < kToldAtOnce; size += differences[to++].size)
      wordsA.want(differences[to].a), wordsB.want(differences[to].b);
    a.read(wordsA), b.read(wordsB);
    for (; from < to; ++from) {
      const auto& difference = differences[from];
      LaneCall callA, callB;
      if (difference.a) callA = wordsA.get(difference.a);
      if (difference.b) callB = wordsB.get(difference.b);
      listener.calls(difference.a ? &callA : nullptr, difference.b ? &callB : nullptr);
    }
  }
}

void compare(DiffSide& a, DiffSide& b, Listener& listener, std::ostream& err) {
  if (a.isImported() && b.isImported()) a.readErrorTexts(), b.readErrorTexts();
  a.readLanes(err);
  b.readLanes(err);
  auto lanes = differentLanes(a, b, listener);
  if (lanes.empty()) return;
  for (const auto& pair : lanes) a.wantEntries(pair.a), b.wantEntries(pair.b);
  a.readEntries(), b.readEntries();
  FileArray<Difference> differences;
  for (const auto& pair : lanes) Alignment::find(a.entriesOf(pair.a), b.entriesOf(pair.b), differences);
  a.forgetEntries(), b.forgetEntries();
  tell(differences, a, b, listener);
}

}  // namespace

std::vector<CallDifference> differencesOf(const std::string& pathA, const std::string& pathB, std::ostream& err) {
  DiffSide a(pathA), b(pathB);
  Collector collector;
  compare(a, b, collector, err);
  return std::move(collector.differences);
}

int diffTraces(const std::string& pathA, const std::string& pathB, const std::string& format, std::ostream& out, std::ostream& err) {
  DiffSide a(pathA), b(pathB);
  Printer printer(pathA, pathB, format == "json", out);
  compare(a, b, printer, err);
  if (format != "json") {
    if (printer.count() == 0) out << "no difference: " << a.calls << " and " << b.calls << " calls\n";
    else out << printer.count() << (printer.count() == 1 ? " difference\n" : " differences\n");
  }
  return printer.count() ? 1 : 0;
}

}  // namespace vss
