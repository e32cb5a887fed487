#include "traces/diff.h"

#include <algorithm>
#include <ostream>

#include "traces/lanes.h"
#include "traces/platform.h"
#include "traces/print.h"

namespace vss {
namespace {

constexpr std::size_t kShownPerLane = 20;
constexpr std::size_t kAligned = 2000;  // calls of two lanes that differ and are aligned against each other; of longer stretches the first differences are shown

struct Digest {
  std::uint64_t hash = 1469598103934665603ull, calls = 0;
  void add(const std::string& key) {
    for (unsigned char c : key) hash = (hash ^ c) * 1099511628211ull;
    hash = (hash ^ 0xFF) * 1099511628211ull;
    ++calls;
  }
  auto operator<=>(const Digest&) const = default;
};

struct Side {
  TraceReader reader;
  std::map<LaneId, Digest> lanes;
  std::vector<std::uint32_t> sessions;     // in the order in which they appear
  std::uint64_t calls = 0;

  explicit Side(const std::string& path) : reader(pathFromUtf8(path)) {
    CallReader all(reader);
    LaneReader names;
    LaneId lane;
    LaneCall call;
    while (auto next = all.next()) {
      if (!names.read(*next, lane, call)) continue;
      lanes[lane].add(call.key());
    }
    calls = all.calls();
    std::set<std::uint32_t> seen;
    for (const auto& [id, digest] : lanes)
      if (seen.insert(id.first).second) sessions.push_back(id.first);  // root objects are numbered as they appear
  }
  std::vector<LaneId> lanesOf(std::uint32_t session) const {
    std::vector<LaneId> ids;
    for (const auto& [id, digest] : lanes)
      if (id.first == session) ids.push_back(id);
    return ids;
  }
  // What the session did, whatever its threads are called.
  std::vector<Digest> contentOf(std::uint32_t session) const {
    std::vector<Digest> content;
    for (auto id : lanesOf(session)) content.push_back(lanes.at(id));
    std::sort(content.begin(), content.end());
    return content;
  }
  // The calls of some lanes; everything else is read over.
  std::map<LaneId, std::vector<LaneCall>> load(const std::set<LaneId>& wanted) {
    std::map<LaneId, std::vector<LaneCall>> loaded;
    CallReader all(reader);
    LaneReader names;
    LaneId lane;
    LaneCall call;
    while (auto next = all.next())
      if (names.read(*next, lane, call) && wanted.count(lane)) loaded[lane].push_back(call);
    return loaded;
  }
};

// Pairs what is equal, then the rest in order; an index of -1: no partner.
template <class Key> std::vector<std::pair<int, int>> pairUp(const std::vector<Key>& a, const std::vector<Key>& b) {
  std::multimap<Key, int> open;
  for (std::size_t i = 0; i < b.size(); ++i) open.emplace(b[i], static_cast<int>(i));
  std::vector<std::pair<int, int>> pairs;
  std::vector<int> restA;
  for (std::size_t i = 0; i < a.size(); ++i) {
    auto [first, last] = open.equal_range(a[i]);
    if (first == last) restA.push_back(static_cast<int>(i));
    else pairs.emplace_back(static_cast<int>(i), first->second), open.erase(first);
  }
  std::vector<int> restB;
  for (auto& [key, i] : open) restB.push_back(i);
  std::sort(restB.begin(), restB.end());
  for (std::size_t i = 0; i < std::max(restA.size(), restB.size()); ++i)
    pairs.emplace_back(i < restA.size() ? restA[i] : -1, i < restB.size() ? restB[i] : -1);
  return pairs;
}

struct Difference {
  const LaneCall* a;
  const LaneCall* b;   // one of the two may be missing
};

// The cheapest way from one sequence to the other: a call may be answered otherwise, be missing, or be one more.
std::vector<Difference> align(const std::vector<LaneCall>& a, const std::vector<LaneCall>& b) {
  std::size_t front = 0, back = 0;
  while (front < a.size() && front < b.size() && a[front].key() == b[front].key()) ++front;
  while (back < a.size() - front && back < b.size() - front && a[a.size() - 1 - back].key() == b[b.size() - 1 - back].key()) ++back;
  std::size_t n = std::min(a.size() - front - back, kAligned), m = std::min(b.size() - front - back, kAligned);
  std::vector<std::string> keysA, keysB;
  for (std::size_t i = 0; i < n; ++i) keysA.push_back(a[front + i].key());
  for (std::size_t j = 0; j < m; ++j) keysB.push_back(b[front + j].key());
  // cost[i][j]: of aligning what follows i and j
  std::vector<std::vector<std::uint32_t>> cost(n + 1, std::vector<std::uint32_t>(m + 1));
  auto step = [&](std::size_t i, std::size_t j) -> std::uint32_t {
    if (keysA[i] == keysB[j]) return 0;
    return a[front + i].called == b[front + j].called ? 1 : 3;  // 3: dearer than one missing and one more
  };
  for (std::size_t i = n + 1; i-- > 0;)
    for (std::size_t j = m + 1; j-- > 0;) {
      if (i == n) cost[i][j] = static_cast<std::uint32_t>(m - j);
      else if (j == m) cost[i][j] = static_cast<std::uint32_t>(n - i);
      else cost[i][j] = std::min({cost[i + 1][j + 1] + step(i, j), cost[i + 1][j] + 1, cost[i][j + 1] + 1});
    }
  std::vector<Difference> found;
  for (std::size_t i = 0, j = 0; i < n || j < m;) {
    if (i < n && j < m && cost[i][j] == cost[i + 1][j + 1] + step(i, j)) {
      if (step(i, j)) found.push_back({&a[front + i], &b[front + j]});
      ++i, ++j;
    } else if (i < n && cost[i][j] == cost[i + 1][j] + 1) found.push_back({&a[front + i++], nullptr});
    else found.push_back({nullptr, &b[front + j++]});
  }
  return found;
}

class Printer {
 public:
  Printer(std::string nameA, std::string nameB, bool json, std::ostream& out) : a_(std::move(nameA)), b_(std::move(nameB)), json_(json), out_(out) {}

  void print(const Difference& d) {
    ++count_;
    if (json_) return printJson(d);
    if (!d.b) out_ << "only in " << a_ << ": call " << d.a->number << ":" << d.a->called << " → " << d.a->result << "\n";
    else if (!d.a) out_ << "only in " << b_ << ": call " << d.b->number << ":" << d.b->called << " → " << d.b->result << "\n";
    else {
      out_ << "call " << d.a->number << " / " << d.b->number << ":" << d.a->called << "\n";
      forEachField(d, [&](const std::string& name, const std::string& left, const std::string& right) {
        out_ << "    " << name << ": " << left << " / " << right << "\n";
      });
    }
  }
  void session(const char* what, const std::string& in, std::uint64_t calls) {
    ++count_;
    if (json_) out_ << "{\"onlyIn\": " << jsonString(in) << ", \"calls\": " << calls << "}\n";
    else out_ << what << " only in " << in << ": " << calls << " calls\n";
  }
  void more(std::size_t count) {
    count_ += count;
    if (!json_) out_ << "    and " << count << " more differences in this session\n";
  }
  std::uint64_t count() const { return count_; }

 private:
  template <class Visit> static void forEachField(const Difference& d, Visit&& visit) {
    if (d.a->called != d.b->called) visit("call", d.a->called, d.b->called);
    if (d.a->result != d.b->result) visit("result", d.a->result, d.b->result);
    for (std::size_t i = 0; i < std::max(d.a->outputs.size(), d.b->outputs.size()); ++i) {
      static const std::pair<std::string, std::string> none{"", "absent"};
      const auto& left = i < d.a->outputs.size() ? d.a->outputs[i] : none;
      const auto& right = i < d.b->outputs.size() ? d.b->outputs[i] : none;
      if (left != right) visit(left.first.empty() ? right.first : left.first, left.second, right.second);
    }
  }
  void printJson(const Difference& d) {
    out_ << "{\"a\": " << (d.a ? std::to_string(d.a->number) : "null") << ", \"b\": " << (d.b ? std::to_string(d.b->number) : "null")
         << ", \"call\": " << jsonString((d.a ? d.a : d.b)->called.substr(1));
    if (d.a && d.b) {
      out_ << ", \"fields\": {";
      bool first = true;
      forEachField(d, [&](const std::string& name, const std::string& left, const std::string& right) {
        out_ << (first ? "" : ", ") << jsonString(name) << ": [" << jsonString(left) << ", " << jsonString(right) << "]";
        first = false;
      });
      out_ << "}";
    }
    out_ << "}\n";
  }

  std::string a_, b_;
  bool json_;
  std::ostream& out_;
  std::uint64_t count_ = 0;
};

// Tells of a side that is not whole: what is missing in it is no difference that the other has.
void tellIncomplete(const Side& side, std::ostream& err) {
  if (!side.reader.problems().empty() || side.reader.lostNotes())
    err << shownPath(side.reader.path()) << ": is damaged; only what is readable is compared (`shadowtape verify` tells more)\n";
}

}  // namespace

int diffTraces(const std::string& pathA, const std::string& pathB, const std::string& format, std::ostream& out, std::ostream& err) {
  Side a(pathA), b(pathB);
  tellIncomplete(a, err);
  tellIncomplete(b, err);
  Printer printer(pathA, pathB, format == "json", out);

  std::vector<std::vector<Digest>> contentA, contentB;
  for (auto session : a.sessions) contentA.push_back(a.contentOf(session));
  for (auto session : b.sessions) contentB.push_back(b.contentOf(session));
  std::vector<std::pair<LaneId, LaneId>> different;
  std::set<LaneId> wantedA, wantedB;
  auto callsOf = [](const std::vector<Digest>& content) {
    std::uint64_t calls = 0;
    for (const auto& lane : content) calls += lane.calls;
    return calls;
  };
  for (auto [i, j] : pairUp(contentA, contentB)) {
    if (i < 0) printer.session("a session", pathB, callsOf(contentB[static_cast<std::size_t>(j)]));
    else if (j < 0) printer.session("a session", pathA, callsOf(contentA[static_cast<std::size_t>(i)]));
    else if (contentA[static_cast<std::size_t>(i)] != contentB[static_cast<std::size_t>(j)]) {
      auto lanesA = a.lanesOf(a.sessions[static_cast<std::size_t>(i)]), lanesB = b.lanesOf(b.sessions[static_cast<std::size_t>(j)]);
      std::vector<Digest> digestsA, digestsB;
      for (auto id : lanesA) digestsA.push_back(a.lanes[id]);
      for (auto id : lanesB) digestsB.push_back(b.lanes[id]);
      for (auto [x, y] : pairUp(digestsA, digestsB)) {
        if (x < 0) printer.session("a thread", pathB, digestsB[static_cast<std::size_t>(y)].calls);
        else if (y < 0) printer.session("a thread", pathA, digestsA[static_cast<std::size_t>(x)].calls);
        else if (digestsA[static_cast<std::size_t>(x)] != digestsB[static_cast<std::size_t>(y)]) {
          different.emplace_back(lanesA[static_cast<std::size_t>(x)], lanesB[static_cast<std::size_t>(y)]);
          wantedA.insert(different.back().first);
          wantedB.insert(different.back().second);
        }
      }
    }
  }
  if (!different.empty()) {
    auto callsA = a.load(wantedA), callsB = b.load(wantedB);
    for (const auto& [laneA, laneB] : different) {
      auto found = align(callsA[laneA], callsB[laneB]);
      for (std::size_t i = 0; i < found.size() && i < kShownPerLane; ++i) printer.print(found[i]);
      if (found.size() > kShownPerLane) printer.more(found.size() - kShownPerLane);
    }
  }
  if (format != "json") {
    if (printer.count() == 0) out << "no difference: " << a.calls << " and " << b.calls << " calls\n";
    else out << printer.count() << (printer.count() == 1 ? " difference\n" : " differences\n");
  }
  return printer.count() ? 1 : 0;
}

}  // namespace vss
