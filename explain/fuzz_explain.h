// A hostile trace that is to be explained.
#pragma once
#include <sstream>
#include <string>
#include <string_view>

#include "explain/explain.h"
#include "fuzzing/fuzzing.h"
#include "traces/vss/plain_json.h"

namespace vss::explain {

inline void fuzzExplain(std::string_view bytes) {
  std::string path = shownPath(fuzz::scratch().put("explain.vsst", bytes)), text;
  int code = -1;
  for (const char* format : {"text", "text", "json"}) {
    std::ostringstream out, err;
    int now = runExplain(path, format, out, err);
    fuzz::promise(code < 0 || code == now, "a trace is explained in two ways");
    code = now;
    if (code == 2) {
      fuzz::promiseOneLine(err.str().substr(0, err.str().size() - 1));
      fuzz::promise(out.str().empty(), "a trace that cannot be used is explained");
      continue;
    }
    if (format == std::string("json")) {
      plainJson(out.str(), "explain");  // throws at what is no JSON
      continue;
    }
    for (char c : out.str()) fuzz::promise(static_cast<unsigned char>(c) >= 0x20 || c == '\n', "a text of the trace speaks to the terminal");
    fuzz::promise(text.empty() || text == out.str(), "a trace is explained in two ways");
    text = out.str();
  }
}

}  // namespace vss::explain
