#include "traces/environment.h"

#include <algorithm>
#include <stdexcept>

#include "traces/trace_reader.h"
#include "traces/vss/text.h"

namespace vss {
namespace {

constexpr std::size_t kLongestFact = 4000;

const FactClassInfo kFactClasses[] = {
#define ENVIRONMENT_CLASS(name, byDefault, meaning) {name, byDefault, meaning},
#include "traces/environment.def"
};
const FactInfo kFacts[] = {
#define ENVIRONMENT_FACT(class_, key, many, unit, meaning) {class_, key, many, unit, meaning},
#include "traces/environment.def"
};

std::string classesWhere(bool (*wanted)(const FactClassInfo&)) {
  std::string names;
  for (const auto& one : kFactClasses)
    if (wanted(one)) names += (names.empty() ? "" : ",") + std::string(one.name);
  return names;
}

}  // namespace

std::span<const FactClassInfo> factClasses() { return kFactClasses; }
std::span<const FactInfo> factTable() { return kFacts; }

std::string defaultFactClasses() { return classesWhere([](const FactClassInfo& one) { return one.byDefault; }); }

FactClasses parseFactClasses(std::string_view text) {
  if (text == "none") return {};
  std::string all = classesWhere([](const FactClassInfo&) { return true; }), names = text == "all" ? all : text == "default" ? defaultFactClasses() : std::string(text);
  FactClasses classes;
  for (std::size_t start = 0; start <= names.size();) {
    std::size_t end = std::min(names.find(',', start), names.size());
    std::string name = names.substr(start, end - start);
    if (std::none_of(std::begin(kFactClasses), std::end(kFactClasses), [&](auto& one) { return name == one.name; }))
      throw std::runtime_error("\"" + oneLine(name) + "\" is no class of facts; there are all, none, default, and " + all);
    classes.insert(name);
    start = end + 1;
  }
  return classes;
}

std::string namesOf(const FactClasses& classes) {
  std::string names;
  for (const auto& one : classes) names += (names.empty() ? "" : ",") + one;
  return names.empty() ? "none" : names;
}

std::string buildOf(TraceReader& reader) {
  std::string build;
  std::string_view platform = reader.header().platform, windows = "windows ";
  if (platform.starts_with(windows))   // "windows x86-64 10.0.19043 (Wine 8.0)"
    if (auto at = platform.find(' ', windows.size()); at != platform.npos) build = platform.substr(at + 1, platform.find(' ', at + 1) - at - 1);
  auto look = [&](TraceReader& in) {
    while (auto* note = in.next())
      if (auto fact = note->type == NoteType::remark && note->remarkKind == RemarkKind::environment ? factOf(note->text) : std::nullopt)
        if (fact->key == "os.version") build = fact->value;
  };
  if (reader.footer() && !reader.packed()) {   // facts are behind everything else
    TraceReader end(reader.path(), NoteReading::byPlace, TraceReach::end);
    look(end);
  } else {
    reader.rewind();
    look(reader);
    reader.rewind();
  }
  return build;
}

std::string factText(const Fact& fact) {
  std::u16string units = toUtf16(fact.value);
  std::replace(units.begin(), units.end(), u'\0', u'\xFFFD');
  std::string value = toUtf8(units);
  if (value.size() > kLongestFact) {
    std::size_t end = kLongestFact;
    while (end && (value[end] & 0xC0) == 0x80) --end;  // not within a character
    value.replace(end, value.npos, "…");
  }
  return fact.key + "=" + value;
}

std::vector<std::string> columnsOf(std::string_view value) {
  std::vector<std::string> columns(1);
  for (char c : value) {
    if (c == '\t') columns.emplace_back();
    else columns.back() += c;
  }
  return columns;
}

std::optional<Fact> factOf(std::string_view text) {
  auto at = text.find('=');
  if (at == text.npos || at == 0) return std::nullopt;
  return Fact{std::string(text.substr(0, at)), std::string(text.substr(at + 1))};
}

}  // namespace vss
