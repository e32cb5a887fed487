#include "recorder/environment.h"

#include <algorithm>
#include <ostream>

#include "recorder/rights.h"
#include "traces/append_remarks.h"
#include "traces/clock.h"
#include "traces/platform.h"
#include "traces/print.h"
#include "traces/vss/results.h"

namespace vss {
namespace {

const HostingService kServices[] = {
#define ENVIRONMENT_SERVICE(service, hosts) {service, hosts},
#include "traces/environment.def"
};

}  // namespace

void Facts::add(const char* key, const std::optional<std::string>& value) {
  auto table = factTable();
  auto info = std::find_if(table.begin(), table.end(), [&](auto& one) { return std::string_view(one.key) == key; });
  VSS_ASSERT(info != table.end());
  if (value && wants(info->class_)) all_.push_back({key, *value});
}

void Facts::add(const char* key, std::initializer_list<std::string> columns) {
  std::string value;
  const char* separator = "";
  for (auto column : columns) {
    std::replace(column.begin(), column.end(), '\t', ' ');
    value += separator + column;
    separator = "\t";
  }
  add(key, value);
}

Environment::Environment(FactClasses classes, std::vector<std::string> command, const TraceChange* change, std::optional<HRESULT> comSecurity)
    : classes_(std::move(classes)), command_(std::move(command)), change_(change), comSecurity_(comSecurity), start_(readTime()) {}

void Environment::addTo(const std::filesystem::path& trace, std::ostream& err) const {
  std::error_code ignored;
  if (classes_.empty() || !std::filesystem::exists(trace, ignored)) return;  // nothing was recorded, as is told elsewhere
  try {
    Facts facts(classes_);
    if (facts.wants("rights"))
      if (auto rights = ownRights()) {
        facts.add("rights.elevated", rights->elevated ? "yes" : "no");
        facts.add("rights.backup", rights->backupPrivilege ? "yes" : "no");
      }
    if (comSecurity_) facts.add("com.security", nameOf(*comSecurity_));
    if (!command_.empty()) facts.add("command.program", command_[0]);
    for (std::size_t i = 1; i < command_.size(); ++i) facts.add("command.argument", command_[i]);
    addMachineFacts(facts);
    if (facts.wants("events")) addEventFacts(facts, start_, readTime());
    std::vector<std::string> texts;
    for (const auto& fact : facts.all()) texts.push_back(change_ ? change_->remark(RemarkKind::environment, factText(fact)) : factText(fact));
    appendRemarks(trace, RemarkKind::environment, texts);
  } catch (const std::exception& e) {
    err << "shadowtape: without its environment: " << e.what() << std::endl;
  }
}

std::span<const HostingService> hostingServices() { return kServices; }

std::string eventQuery(const std::vector<std::string>& providers, std::int64_t start, std::int64_t end) {
  std::string names;
  for (const auto& provider : providers) names += (names.empty() ? "" : " or ") + ("@Name='" + provider + "'");
  return "*[System[Provider[" + names + "] and TimeCreated[@SystemTime>='" + printTime(start) + "' and @SystemTime<='" + printTime(end) + "']]]";
}

}  // namespace vss
