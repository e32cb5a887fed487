#include "conformance/explore/disagreement.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "conformance/shrink/test_source.h"
#include "traces/diff.h"
#include "traces/output_file.h"
#include "traces/platform.h"
#include "traces/trace_reader.h"

namespace vss::conformance {

void keepDisagreement(const KeptDisagreement& kept) {
  auto keep = [&](const std::filesystem::path& from, const std::string& as) {
    auto to = kept.folder / (kept.name + as);
    if (from == to) return;
    if (as.ends_with(".vsst")) prepareOutput(to);
    else keepTrace(to);
    std::filesystem::copy_file(from, to, std::filesystem::copy_options::overwrite_existing);
  };
  keep(kept.seen, ".vsst");
  keep(kept.expected, ".expected.vsst");
  keep(kept.scenario, ".scenario.json");
  std::uint64_t call = kept.call;
  if (!call) {
    std::ostringstream ignored;
    for (const auto& one : differencesOf(shownPath(kept.expected), shownPath(kept.seen), ignored))
      if (one.a && (!call || one.a < call)) call = one.a;
  }
  TraceReader reader(kept.expected);
  SessionTest test{.name = "", .comment = {kept.about, "An implementation that reads a scenario had SHADOWTAPE_SCENARIO=" + kept.name + ".scenario.json"}, .calls = loadCalls(reader).calls, .judged = 0, .variablesWereFilled = true};
  test.judged = call && call <= test.calls.size() ? static_cast<std::size_t>(call - 1) : test.calls.size() - 1;
  test.name = test.calls[test.judged].signature->method;
  auto file = kept.folder / (kept.name + ".cc");
  std::ofstream out(file, std::ios::binary);
  if (!(out << printGoogleTest(test) << std::flush)) throw std::runtime_error(shownPath(file) + ": cannot be written");
}

}  // namespace vss::conformance
