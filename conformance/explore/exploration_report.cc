#include "conformance/explore/exploration_report.h"

#include <algorithm>
#include <ostream>

#include "traces/print.h"

namespace vss::conformance {
namespace {

// Each of them in words of JSON, in a list; between: what parts two of them.
template <class List, class Print> std::string listed(const List& list, const char* between, Print&& print) {
  std::string out;
  for (const auto& item : list) out += (out.empty() ? between + (*between == ',') : between) + print(item);
  return "[" + out + "]";
}
std::string words(const std::vector<std::string>& lines) {
  return listed(lines, ", ", [](const std::string& line) { return jsonString(line); });
}

void printAsJson(const Exploration& found, const std::vector<Death>& deaths, int depth, const std::string& target, std::ostream& out) {
  out << "{\"format\": \"shadowtape-explore-1\", \"target\": " << jsonString(target) << ", \"depth\": " << depth << ", \"covered\": " << found.covered << ", \"run\": " << found.run
      << ", \"merged\": " << found.merged << ", \"undecided\": " << found.undecided << ", \"leftOut\": " << found.leftOut << ",\n \"choices\": {";
  const char* between = "";
  for (const auto& [name, value] : found.choices) out << std::exchange(between, ", ") << jsonString(name) << ": " << jsonString(value);
  out << "},\n \"errors\": " << listed(deaths, ",\n  ", [](const Death& death) {
    return "{\"sequence\": \"" + death.sequence + "\", \"trace\": " + jsonString(death.trace) + ", \"how\": " + jsonString(death.how) + "}";
  });
  out << ",\n \"disagreements\": " << listed(found.disagreements, ",\n  ", [](const Disagreement& d) {
    return "{\"sequence\": \"" + d.sequence + "\", \"trace\": " + jsonString(d.trace) + ", \"behindOthers\": " + (d.behindOthers ? "true" : "false") + ", \"before\": " + words(d.before) + ", \"expected\": " + words(d.expected) + ", \"seen\": " + words(d.seen) + "}";
  });
}

void printAsText(const Exploration& found, const std::vector<Death>& deaths, int depth, const std::string& target, std::ostream& out) {
  for (const auto& death : deaths) {
    out << "ERROR " << death.how << (death.sequence.empty() ? " when its writers were asked for" : " in the sequence " + lettersInWords(death.sequence)) << "\n";
    if (!death.trace.empty()) out << "  evidence  " << death.trace << "\n";
  }
  for (const auto& d : found.disagreements) {
    out << "disagreement after " << d.sequence.size() << (d.sequence.size() == 1 ? " step: " : " steps: ") << lettersInWords(d.sequence) << "\n";
    for (const auto& answer : d.before) out << "            " << answer << "\n";
    for (std::size_t i = 0; i < std::max(d.expected.size(), d.seen.size()); ++i) {
      bool both = i < d.expected.size() && i < d.seen.size();
      if (both && d.expected[i] == d.seen[i]) out << "            " << d.seen[i] << "\n";
      else {
        out << "  expected  " << (i < d.expected.size() ? d.expected[i] : "no further call") << "\n";
        out << "  seen      " << (i < d.seen.size() ? d.seen[i] : "no further call") << "\n";
      }
    }
    if (d.behindOthers) out << "  note      only behind others in the same process: they leave something that the model does not\n";
    if (!d.trace.empty()) out << "  evidence  " << d.trace << "\n";
  }
  if (!found.choices.empty()) {
    out << "where the documentation is open it chooses:";
    for (const auto& [name, value] : found.choices) out << " " << name << "=" << value;
    out << "\n";
  }
  out << "sequences of up to " << depth << " steps against " << (target.empty() ? "the default target" : target) << ": " << found.covered << " covered, " << found.run << " run, " << found.merged << " merged";
  if (found.undecided) out << ", " << found.undecided << " left undecided";
  if (found.leftOut) out << ", " << found.leftOut << " left out because of errors";
  out << "; " << found.disagreements.size() << (found.disagreements.size() == 1 ? " disagreement\n" : " disagreements\n");
  if (found.stopped) out << "it stopped there\n";
}

}  // namespace

void printExploration(const Exploration& found, const std::vector<Death>& deaths, int depth, const std::string& target, const std::string& format, std::ostream& out) {
  (format == "json" ? printAsJson : printAsText)(found, deaths, depth, target, out);
}

void printRandom(const RandomRun* random, const std::string& format, std::ostream& out) {
  if (format == "json") {
    if (random && random->none.empty()) {
      out << ",\n \"random\": {\"seed\": " << random->seed << ", \"run\": " << random->run << ", \"disagreements\": [";
      if (random->sequence)
        out << "{\"sequence\": " << jsonString(*random->sequence) << ", \"trace\": " << jsonString(random->trace)
            << ", \"differences\": " << words(random->differences) << "}";
      out << "]}";
    }
    out << "}\n";
    return;
  }
  if (!random) return;
  if (!random->none.empty()) return void(out << "no random sequences over the whole API: " << random->none << "\n");
  if (random->sequence) {
    out << "disagreement in a random sequence: " << *random->sequence << "\n";
    for (const auto& line : random->differences) out << "  expected / seen  " << line << "\n";
    if (!random->trace.empty()) out << "  evidence  " << random->trace << "\n";
  }
  out << "random sequences over the whole API: " << random->run << " run, --seed " << random->seed << "; " << (random->sequence ? "1 disagreement, there it stopped\n" : "0 disagreements\n");
}

}  // namespace vss::conformance
