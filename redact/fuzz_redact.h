// A hostile trace that is to be redacted.
#pragma once
#include <sstream>
#include <string>
#include <string_view>

#include "fuzzing/fuzzing.h"
#include "redact/redact.h"
#include "redact/search.h"
#include "traces/show.h"
#include "traces/trace_error.h"

namespace vss::redact {

inline void fuzzRedact(std::string_view bytes) {
  static const std::string key = shownPath(fuzz::scratch().put("key", "shadowtape key 1\n" + std::string(64, '7') + "\n"));  // the same, so that a find is one again
  auto path = fuzz::scratch().put("redact.vsst", bytes);
  std::string name = shownPath(path), to = shownPath(fuzz::scratch().free("redacted.vsst")), again = shownPath(fuzz::scratch().free("again.vsst"));
  std::ostringstream out, err;
  try {
    bool whole = verifyTraces({{name}}, "text", out, err) == 0;
    std::ostringstream said;
    int code = runRedact({name, to, key, {}}, out, said);
    // A hostile text may have the bytes of what stays by right, as of a well-known id: the search refuses that, and nothing is left of the result.
    if (code == 1) return fuzz::promise(!std::filesystem::exists(pathFromUtf8(to)) && said.str().find("an original value is left") != std::string::npos, "a result that leaks is left");
    TraceReader before(path), after(pathFromUtf8(to));
    while (before.next()) {}
    while (after.next()) {}
    fuzz::promise(after.problems().empty() && keyIdOf(after.header().tool) == Key::read(pathFromUtf8(key)).id(), "what was redacted is no redacted trace");
    if (whole && !before.unknownNotes() && !before.unknownBlocks())
      fuzz::promise(verifyTraces({{to}}, "text", out, err) == 0, "the redacted copy of a whole trace is not whole: " + err.str());
    fuzz::promise(runRedact({to, again, key, {}}, out, err) == 0 && fuzz::bytesOf(to).size() == fuzz::bytesOf(again).size(), "redacted twice by one key it is another");
  } catch (const TraceError& e) {
    fuzz::promiseOneLine(e.what());
    fuzz::promise(!std::filesystem::exists(pathFromUtf8(to)), "what was refused is left: " + std::string(e.what()));
  }
}

}  // namespace vss::redact
