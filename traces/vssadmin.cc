#include "traces/vssadmin.h"

#include <algorithm>

#include "traces/vss/text.h"
#include "traces/vssadmin_words.h"

namespace vss {

std::string printVssadmin(const std::vector<PrintedWriter>& writers) {
  std::string out = "vssadmin 1.1 - Volume Shadow Copy Service administrative command-line tool\n"
                    "(C) Copyright 2001-2013 Microsoft Corp.\n\n";
  for (const PrintedWriter& writer : writers) {
    std::string error = writer.errorText ? toUtf8(*writer.errorText) : failureText(writer.failure);
    std::replace_if(error.begin(), error.end(), [](char c) { return c == '\n' || c == '\r'; }, ' ');
    out += "Writer name: '" + toUtf8(writer.name) + "'\n";
    out += "   Writer Id: " + toString(writer.classId) + "\n";
    out += "   Writer Instance Id: " + toString(writer.instanceId) + "\n";
    out += "   State: [" + std::to_string(writer.state) + "] " + stateWord(writer.state) + "\n";
    out += "   Last error: " + error + "\n\n";
  }
  return out;
}

}  // namespace vss
