// Judges a trace: which rules its calls keep, which they break, and what cannot be told.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "conformance/catalogue.h"
#include "traces/by_method.h"
#include "traces/protocol.h"

namespace vss::conformance {

// A rule that was broken, and where.
struct Finding {
  const Rule* rule = nullptr;
  std::vector<std::uint64_t> calls;   // their numbers; the last is the one that shows it
  std::string call;                   // that one, printed
  std::string state;                  // in which it was made
  std::string expected, seen;
  std::string notScored = {};         // why it counts for nothing: the rule is not in the requirement set
  // It breaks what is clear and was asked for; others inform.
  bool violates() const { return rule->level != Level::ambiguous && notScored.empty(); }
  bool operator==(const Finding&) const = default;
};

struct Tally {
  std::uint64_t kept = 0, broken = 0;
  std::uint64_t untestable = 0;       // where the rule may have applied, but the trace does not tell
  std::string notScored = {};         // as of a finding
};

struct Judgement {
  std::map<std::string_view, Tally> tallies;  // by rule; only rules that met a call
  std::vector<Finding> findings;              // at most kFindings for each rule; the tally counts them all
  std::uint64_t calls = 0, failed = 0;          // failed: by their HRESULT
  std::string revision = {};                  // the requirement set that is scored; empty: nobody has chosen one

  static constexpr std::uint64_t kFindings = 10;
  // Findings that violate.
  std::uint64_t violations() const;
};

// Told by a rule's code.
class Verdicts {
 public:
  virtual void kept(const Rule& rule) = 0;
  virtual void broken(Finding finding) = 0;
  virtual void untestable(const Rule& rule) = 0;

 protected:
  ~Verdicts() = default;
};

// A rule, or several that look at the same, as code. One for each trace.
class CodeRule {
 public:
  virtual ~CodeRule() = default;
  virtual void see(const StepReader::Step& step, const Protocol& protocol, Verdicts& verdicts) = 0;
  // The trace is at its end. whole: it was closed cleanly, so what is not there did not happen.
  virtual void end(const Protocol&, bool /*whole*/, Verdicts&) {}
};
// Those of code_rules.cc. `remarks` grows while the trace is read.
std::vector<std::unique_ptr<CodeRule>> codeRules(const Catalogue& catalogue, const std::vector<Remark>& remarks, const std::string& recipe);
// The ids that they judge.
std::vector<std::string_view> rulesInCode();

struct JudgeOptions {
  std::string rules;    // a pattern of ids; empty: all
  std::string recipe;   // the trace is that of this rule's own recipe
};

// Reads the whole trace. An imported one says nothing about a requester: rules on it are left out.
Judgement judge(TraceReader& reader, const Catalogue& catalogue, const JudgeOptions& options = {});

// Outputs of a recipe's calls, by the names that the recipe has for them.
using NamedOutputs = std::map<std::string, Value, std::less<>>;

// The rules that are judged by their notation, ready to be asked about calls. Not for several threads.
class NotationJudge {
 public:
  // Of this trace: an imported one says nothing about a requester, and "at once" is judged by its clock.
  NotationJudge(const Catalogue& catalogue, const JudgeOptions& options, const TraceReader& trace);
  ~NotationJudge();
  // last: it is a call of the recipe's last step. named: what the calls before it wrote.
  void see(const StepReader::Step& step, bool last, const NamedOutputs& named, Verdicts& verdicts);

 private:
  struct Compiled;
  struct Rules;
  struct Candidate;
  Rules compile(const Signature& signature) const;
  const std::vector<Candidate>& candidates(Rules& rules, const StepReader::Step& step);
  void forget(std::uint32_t object);

  const Catalogue& catalogue_;
  const JudgeOptions options_;
  const TraceReader& trace_;
  ByMethod<Rules> rules_;
  std::vector<Compiled*> repeated_;
};

// Whether a backup leaves a shadow copy set that was started and not finished. nullopt: the trace does not tell, for nobody asked how DoSnapshotSet ended,
// and BackupComplete may come only when it has gone well.
std::optional<bool> leavesSetOpen(const SessionState& session);

// For findings: the state in which a call was made, in a few words.
std::string describeState(const Protocol::Before& before);

}  // namespace vss::conformance
