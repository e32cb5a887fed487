// Requirement sets: what the catalogue required at a revision, docs/requirements/REVISION.tsv, which is built into the program. A rule that
// came later is not scored against it.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>

#include "conformance/catalogue.h"

namespace vss::conformance {

struct RequirementsError : std::runtime_error { using std::runtime_error::runtime_error; };

class RequirementSet {
 public:
  // Reads the rows of docs/requirements/`file`. Throws RequirementsError with file and line: a row that cannot be read, an id that the catalogue
  // has not, a rule that differs from what was frozen.
  RequirementSet(std::string_view file, std::string_view text, const Catalogue& catalogue);
  const std::string& revision() const { return revision_; }
  std::size_t size() const { return ids_.size(); }
  bool sameRules(const RequirementSet& other) const;
  bool has(std::string_view rule) const { return ids_.find(rule) != ids_.end(); }
  // Why a rule is not scored: "added after 2026-12"; "not in 2026-12" (one of `earlier` has it); empty: it is scored.
  std::string notScored(const Rule& rule, std::span<const RequirementSet> earlier) const;

 private:
  std::string revision_;
  std::map<std::string, std::size_t, std::less<>> ids_;  // and the line
};

// Those of this program, the oldest first. Throws as the constructor.
std::span<const RequirementSet> requirementSets();

// What --revision names, ready to be asked about rules.
class Revision {
 public:
  // asked: of one of requirementSets(), the newest if empty; or a file in the same form. Throws RequirementsError: there is no such revision,
  // or the file has the name of one whose rules are others.
  explicit Revision(const std::string& asked);
  const std::string& name() const { return set_->revision(); }
  std::string notScored(const Rule& rule) const { return set_->notScored(rule, earlier_); }

 private:
  std::shared_ptr<const RequirementSet> set_;
  std::span<const RequirementSet> earlier_;
};

// What a requirement set holds of a catalogue: the whole text of a new one.
std::string frozen(const Catalogue& catalogue);

}  // namespace vss::conformance
