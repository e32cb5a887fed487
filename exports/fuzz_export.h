// A hostile trace before every form of `export`.
#pragma once
#include <sstream>
#include <string>
#include <string_view>

#include "exports/export.h"
#include "fuzzing/fuzzing.h"
#include "traces/trace_error.h"
#include "traces/vss/plain_json.h"

namespace vss::fuzz {

inline void promiseJsonText(std::string_view text) {
  try {
    plainJson(text, "export");
  } catch (const PlainJsonError& e) {
    throw Broken(std::string("what is exported is no JSON: ") + e.what());
  }
}

// Every row has as many cells as the first.
inline void promiseRows(std::string_view csv) {
  std::size_t cells = 1, columns = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < csv.size(); ++at) {
    if (csv[at] == '"') quoted = !quoted;
    else if (quoted) continue;
    else if (csv[at] == ',') ++cells;
    else if (csv[at] == '\n') {
      promise(csv[at - 1] == '\r' && (!columns || cells == columns), "a row of CSV has " + std::to_string(cells) + " cells, the first has " + std::to_string(columns));
      columns = cells;
      cells = 1;
    }
  }
  promise(!quoted && cells == 1, "the last row of CSV is not whole");
}

inline void fuzzExport(std::string_view bytes) {
  std::string path = shownPath(scratch().put("export.vsst", bytes));
  for (const char* to : {"jsonl", "csv", "perfetto", "html"}) {
    std::ostringstream out, err;
    try {
      promise(exports::runExport({path, to}, out, err) == 0, "a trace that can be read is not exported");
    } catch (const TraceError& e) {
      promiseOneLine(e.what());
      return;
    }
    std::string text = out.str(), form = to;
    if (form == "jsonl") {
      std::istringstream lines(text);
      for (std::string line; std::getline(lines, line);) promiseJsonText(line);
    } else if (form == "csv") promiseRows(text);
    else if (form == "perfetto") promiseJsonText(text);
    else {
      std::string begin = "id=\"data\" nonce=\"page\">";
      auto start = text.find(begin) + begin.size(), end = text.find("</script>", start);
      promiseJsonText(std::string_view(text).substr(start, end - start));
      promise(text.find("</script", text.find("</script", end + 1) + 1) == text.npos, "a text of the trace ends a script of the page");
    }
  }
}

}  // namespace vss::fuzz
