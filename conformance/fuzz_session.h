// A hostile trace before the judge, and as the script of a replay that is asked what the trace says the program asked.
#pragma once
#include <chrono>
#include <memory>
#include <sstream>
#include <string>
#include <string_view>

#include "conformance/judge.h"
#include "replayer/drive.h"
#include "replayer/replayer.h"
#include "fuzzing/fuzzing.h"

namespace vss::conformance {

inline void fuzzSession(std::string_view bytes) {
  auto path = fuzz::scratch().put("session.vsst", bytes);
  try {
    TraceReader reader(path);
    auto first = judge(reader, Catalogue::builtIn()), second = judge(reader, Catalogue::builtIn());
    fuzz::promise(first.findings == second.findings && first.calls == second.calls, "a trace is judged in two ways");
    for (const auto& finding : first.findings) fuzz::promise(!finding.calls.empty() && finding.rule, "a finding without its call");

    static constexpr const char* kOptions[] = {"match=object;hang-limit=1ms", "match=strict;hang-limit=1ms", "match=state;hang-limit=1ms", "fault=GatherWriterStatus/async/VSS_E_UNEXPECTED;hang-limit=1ms"};
    auto options = parseReplayOptions(kOptions[bytes.size() / 8 % std::size(kOptions)]);
    struct Played {
      Script script;
      Report report;
      Replayer replayer;
      Played(const std::filesystem::path& trace, const ReplayOptions& options)
          : script(trace, options), report("session.vsst", fuzz::scratch().free("report.txt"), script.matching()), replayer(script, report, options, [] {}) {}
    };
    auto played = std::make_unique<Played>(path, options);
    auto driven = drive(reader, [&](const MethodInfo& function, void* const* args) { return played->replayer.call(function, args); }, std::chrono::seconds(5));
    fuzz::promise(driven.hung.empty(), driven.hung.empty() ? "" : "a replay hangs: " + driven.hung[0]);
    played->replayer.finish();
  } catch (const TraceError& e) {
    fuzz::promiseOneLine(e.what());
  }
}

}  // namespace vss::conformance
