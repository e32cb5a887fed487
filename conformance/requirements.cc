#include "conformance/requirements.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>
#include <vector>

#include "docs/requirements_text.h"
#include "traces/platform.h"
#include "traces/vss/text.h"

namespace vss::conformance {
namespace {

// What decides a verdict. The recipe is part of it: an expectation file and a report of last year speak of WS-049.2.
constexpr std::string_view kFrozenColumns = "id\tlevel\tsubject\tsituation\tguard\texpected\tjudged\n";

std::string frozenRow(const Rule& rule) {
  std::string judged = rule.judged == Judged::notation ? "-" : rule.judged == Judged::code ? "code" : rule.reason, row = rule.id;
  for (std::string_view cell : {levelName(rule.level), std::string_view(rule.subject), std::string_view(rule.situation), std::string_view(rule.guard),
                                std::string_view(rule.expected), std::string_view(judged)})
    row.append("\t").append(cell);
  return row;
}

}  // namespace

RequirementSet::RequirementSet(std::string_view file, std::string_view text, const Catalogue& catalogue) : revision_(file.substr(0, file.rfind('.'))) {
  bool headed = false;
  for (std::size_t number = 1; !text.empty(); ++number) {
    auto end = std::min(text.find('\n'), text.size());
    auto line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line[0] == '#') continue;
    std::string where = std::string(file) + ":" + std::to_string(number) + ": ";
    if (!std::exchange(headed, true)) {
      if (line == kFrozenColumns.substr(0, kFrozenColumns.size() - 1)) continue;
      throw RequirementsError(where + "is no requirement set; its first line has the columns id, level, subject, situation, guard, expected, judged");
    }
    auto id = line.substr(0, line.find('\t'));
    const Rule* rule = catalogue.find(id);
    if (!rule) throw RequirementsError(where + "the catalogue has no rule \"" + std::string(id) + "\"; a rule that was frozen stays there");
    if (frozenRow(*rule) != line)
      throw RequirementsError(where + "rule " + rule->id + " differs from revision " + revision_ + ": rules never change; add a new id");
    if (auto [at, isNew] = ids_.emplace(id, number); !isNew) throw RequirementsError(where + rule->id + " is in line " + std::to_string(at->second) + " already");
  }
  if (ids_.empty()) throw RequirementsError(std::string(file) + ": holds no rule, so nothing could be scored by it");
}

std::string RequirementSet::notScored(const Rule& rule, std::span<const RequirementSet> earlier) const {
  if (has(rule.id)) return "";
  bool before = std::any_of(earlier.begin(), earlier.end(), [&](const RequirementSet& set) { return set.has(rule.id); });
  return (before ? "not in " : "added after ") + revision_;
}

bool RequirementSet::sameRules(const RequirementSet& other) const {
  return std::equal(ids_.begin(), ids_.end(), other.ids_.begin(), other.ids_.end(), [](const auto& a, const auto& b) { return a.first == b.first; });
}

std::span<const RequirementSet> requirementSets() {
  static const std::vector<RequirementSet> sets = [] {
    std::vector<RequirementSet> all;
    for (const auto& file : kRequirementTexts) all.emplace_back(file.name, file.text, Catalogue::builtIn());
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.revision() < b.revision(); });
    return all;
  }();
  return sets;
}

Revision::Revision(const std::string& asked) {
  auto sets = requirementSets();
  auto found = std::find_if(sets.begin(), sets.end(), [&](const auto& set) { return set.revision() == asked; });
  if (asked.empty() && !sets.empty()) found = sets.end() - 1;
  if (found != sets.end()) {
    set_ = std::shared_ptr<const RequirementSet>(std::shared_ptr<void>(), &*found);  // theirs
    earlier_ = sets.first(static_cast<std::size_t>(found - sets.begin()));
    return;
  }
  auto path = pathFromUtf8(asked);
  std::ifstream in(path, std::ios::binary);
  if (std::error_code error; !std::filesystem::is_regular_file(path, error) || !in) {
    std::string known;
    for (const auto& set : sets) known += (known.empty() ? "" : ", ") + set.revision();
    throw RequirementsError("--revision " + asked + ": there is no such revision, nor such a file; there are: " + known);
  }
  set_ = std::make_shared<RequirementSet>(shownPath(path.filename()), withoutByteOrderMark({std::istreambuf_iterator<char>(in), {}}), Catalogue::builtIn());
  for (const auto& set : sets)
    if (set.revision() == name() && !set.sameRules(*set_)) throw RequirementsError(asked + ": holds other rules than revision " + name() + "; the reports would take it for that: give the file another name");
  earlier_ = sets;
}

std::string frozen(const Catalogue& catalogue) {
  std::string text(kFrozenColumns);
  for (const Rule& rule : catalogue.rules()) text += frozenRow(rule) + "\n";
  return text;
}

}  // namespace vss::conformance
