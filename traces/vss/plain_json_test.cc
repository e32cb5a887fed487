#include "traces/vss/plain_json.h"

#include <gtest/gtest.h>

namespace vss {
namespace {

TEST(PlainJson, ResolvesEscapesAndKeepsTheRest) {
  EXPECT_EQ(plainJson(R"( {"a": [1.5e3, true, "\u00e9\uD83D\uDE00 \n \" \u0022"]} )", "f"), " {\"a\": [1.5e3, true, \"\xC3\xA9\xF0\x9F\x98\x80 \\n \\\" \\\"\"]} ");
  EXPECT_EQ(plainJson("\xEF\xBB\xBF{}", "f"), "{}");
  EXPECT_EQ(plainJson(R"("\ud800")", "f"), "\"\xED\xA0\x80\"") << "half a pair, as WTF-8";
}

TEST(PlainJson, TellsWhereItIsNone) {
  for (auto [text, message] : {std::pair<std::string, std::string>{"{\"a\": 1,\n \"b\" 2}", "f:2:6: expected ':' after the key"},
                               {"[1] 2", "f:1:5: something follows the end of the JSON value"},
                               {"\"\xFF\"", "f:1:2: these bytes are not UTF-8; save the file as UTF-8"},
                               {std::string(40, '['), "f:1:34: nested more than 32 deep; nothing of ours needs that"}}) {
    try {
      plainJson(text, "f");
      ADD_FAILURE() << text;
    } catch (const PlainJsonError& e) {
      EXPECT_EQ(e.what(), message);
    }
  }
}

}  // namespace
}  // namespace vss
