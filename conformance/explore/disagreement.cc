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

void keepDisagreement(const std::filesystem::path& expected, const std::filesystem::path& seen, const std::filesystem::path& folder, const std::string& name, const std::string& about) {
  auto keep = [&](const std::filesystem::path& from, const std::string& as) {
    if (from == folder / as) return;
    prepareOutput(folder / as);
    std::filesystem::copy_file(from, folder / as, std::filesystem::copy_options::overwrite_existing);
  };
  keep(seen, name + ".vsst");
  keep(expected, name + ".expected.vsst");
  std::ostringstream ignored;
  std::uint64_t first = 0;
  for (const auto& one : differencesOf(shownPath(expected), shownPath(seen), ignored))
    if (one.a && (!first || one.a < first)) first = one.a;
  TraceReader reader(expected);
  SessionTest test{.name = "", .comment = {about}, .calls = loadCalls(reader).calls, .judged = 0};
  test.judged = first ? static_cast<std::size_t>(first - 1) : test.calls.size() - 1;
  test.name = test.calls[test.judged].signature->method;
  auto file = folder / (name + ".cc");
  std::ofstream out(file, std::ios::binary);
  if (!(out << printGoogleTest(test) << std::flush)) throw std::runtime_error(shownPath(file) + ": cannot be written");
}

}  // namespace vss::conformance
