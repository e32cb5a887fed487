#include "conformance/explore/disagreement.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "conformance/shrink/test_source.h"
#include "traces/diff.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/trace_reader.h"

namespace vss::conformance {
namespace {

bool handsOutAnObject(const Call& call) {
  return std::any_of(call.outputs.begin(), call.outputs.end(), [](const Value& value) { return value.kind == ValueKind::object; });
}

}  // namespace

void keepDisagreement(const KeptDisagreement& kept) {
  auto keep = [&](const std::filesystem::path& from, const std::string& as) {
    auto to = kept.folder / (kept.name + as);
    if (from == to) return;
    if (as.ends_with(".vsst")) prepareOutput(to);
    else keepTrace(to);
    std::filesystem::remove(to);   // mingw's copy_file does not overwrite
    std::filesystem::copy_file(from, to);
  };
  keep(kept.seen, ".vsst");
  keep(kept.expected, ".expected.vsst");
  keep(kept.scenario, ".scenario.json");
  SessionTest test{.name = "", .comment = {kept.about, "An implementation that reads a scenario had SHADOWTAPE_SCENARIO=" + kept.name + ".scenario.json"}, .calls = {}};
  std::uint64_t call = kept.call ? kept.call : kept.atMost;
  bool session = false;
  std::ostringstream ignored;
  for (auto& one : differencesOf(shownPath(kept.expected), shownPath(kept.seen), ignored)) {
    if (one.answers.empty() && !one.first) continue;   // other calls, and other inputs, follow from other answers
    std::uint64_t number = one.a ? one.a : one.first;
    if (kept.call ? number == call : !call || number <= call) call = number, session = !one.a, test.answers = std::move(one.answers);
  }
  TraceReader reader(kept.expected), answered(kept.seen);
  test.calls = loadCalls(reader).calls, test.variablesWereFilled = true;
  std::string text;
  try {
    if (!call || call > test.calls.size()) throw std::runtime_error("what differs is in no answer of a call, so there is no test of it");
    test.judged = static_cast<std::size_t>(call - 1);
    test.name = test.calls[test.judged].signature->method;
    auto seen = loadCalls(answered).calls;
    if (session && call <= seen.size() && handsOutAnObject(test.calls[test.judged]) && handsOutAnObject(seen[test.judged]))
      throw std::runtime_error("an object is handed out, but it is another one: that is in no answer of a call, so there is no test of it");
    text = printGoogleTest(test);
  } catch (const std::runtime_error& e) {
    for (const auto& line : test.comment) text += "// " + line + "\n";
    text += std::string("#error ") + e.what() + "\n";
  }
  auto file = kept.folder / (kept.name + ".cc");
  std::ofstream out(file, std::ios::binary);
  if (!(out << text << std::flush)) throw std::runtime_error(shownPath(file) + ": cannot be written");
}

}  // namespace vss::conformance
