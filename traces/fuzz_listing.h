// A hostile listing before every importer.
#pragma once
#include <sstream>
#include <string>
#include <string_view>

#include "fuzzing/fuzzing.h"
#include "traces/import.h"
#include "traces/listing.h"
#include "traces/show.h"
#include "traces/vss/results.h"
#include "traces/vssadmin.h"
#include "traces/vssadmin_words.h"

namespace vss::fuzz {

// What vssadmin would print of a listing is read back as it was, within the limits of printVssadmin(), and but for codes that vssadmin has no text of.
inline void promiseReadBack(const Listing& listing) {
  std::vector<PrintedWriter> printed;
  for (const auto& writer : listing.writers) {
    if (writer.name.find_first_of(u"\r\n\"{\u0085\u2028\u2029") != writer.name.npos || !writer.classId || !writer.instanceId || !writer.state || !writer.failure || !writer.failureKnown || failureText(*writer.failure) == failureText(E_UNEXPECTED)) return;
    for (char16_t c : writer.name)
      if (c >= 0xD800 && c < 0xE000) return;
    printed.push_back({writer.name, *writer.instanceId, *writer.classId, *writer.state, *writer.failure, {}});
  }
  std::string text = printVssadmin(printed);
  auto again = parseListing(text).writers;
  promise(again.size() == printed.size(), "of " + std::to_string(printed.size()) + " printed writers " + std::to_string(again.size()) + " are read back:\n" + text);
  for (std::size_t i = 0; i < again.size(); ++i)
    promise(again[i].name == printed[i].name && again[i].classId == printed[i].classId && again[i].instanceId == printed[i].instanceId && again[i].state == printed[i].state &&
                again[i].failure == printed[i].failure,
            "a printed writer is read back as another:\n" + text);
}

inline void fuzzListing(std::string_view bytes) {
  bool read = false;
  static constexpr const char* kFormats[] = {"vssadmin", "vshadow", "diskshadow", "powershell"};
  for (const char* from : {kFormats[bytes.size() % std::size(kFormats)], "auto"}) {
    try {
      Listing listing = parseListing(bytes, from);
      promise(listing.remarks.size() <= 101, "more than 101 remarks");
      read = true;
      if (std::string_view(from) == "auto") promiseReadBack(listing);
    } catch (const ListingError& e) {
      promise(std::string_view(e.what()).starts_with("line " + std::to_string(e.line) + ": ") && e.line, std::string("a message without its line: ") + e.what());
      promiseOneLine(e.what());
    }
  }
  std::string file = shownPath(scratch().put("listing.txt", bytes)), trace = shownPath(scratch().free("listing.vsst"));
  std::ostringstream out, err;
  int code = importListing(file, trace, "auto", out, err);
  promise(code == 0 || code == 2, "import gives " + std::to_string(code));
  if (code) return promiseOneLine(err.str().substr(0, err.str().size() - 1));
  promise(read, "an import of what no format reads");
  promise(verifyTraces({{trace}}, "text", out, err) == 0, "an import is not whole: " + err.str());
  exportVssadmin(trace, "", out, err);
}

}  // namespace vss::fuzz
