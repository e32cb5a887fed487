#include "traces/vssadmin.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "traces/listing.h"
#include "traces/platform.h"
#include "traces/trace_testing.h"
#include "traces/vss/text.h"

namespace vss {
namespace {

using testing_traces::listings;

// Damage of layout and encoding alone loses nothing: these are one and the same listing.
TEST(Vssadmin, ReadsTheSameWritersInEachLayoutAndEncoding) {
  auto rows = [](const char* name) {
    auto writers = parseListing(testing_traces::bytesOf(listings + name + ".txt")).writers;
    for (auto& writer : writers) writer.line = 0;
    return writers;
  };
  auto expected = rows("crlf");
  ASSERT_EQ(expected.size(), 2u);
  for (const char* name : {"back-tick", "banner-joined", "bold", "bom-utf8", "code-fence", "date-time-prefix", "date-time-prefix-us", "empty-line-after-each",
                           "entities", "indent-0", "indent-1", "indent-4", "indent-equal", "indent-tabs", "log-around", "log-prefix", "nbsp-indent",
                           "nbsp-lines", "no-empty-lines", "no-newline-at-end", "prompt-powershell", "prompts", "quote-all", "quote-first", "quote-names",
                           "quote-nested", "space-lines", "text-behind-name", "trailing-spaces", "utf16-odd-byte", "utf16be", "utf16le-powershell",
                           "utf16le-without-bom"}) {
    EXPECT_EQ(rows(name), expected) << name;
  }
}

// Random writers and damage; a failure is repeated by its seed.
class RandomListing : public testing::TestWithParam<unsigned> {
 protected:
  RandomListing() : random_(GetParam()) {}
  std::size_t below(std::size_t n) { return random_() % n; }
  Guid guid() {
    Guid g;
    g.a = static_cast<std::uint32_t>(random_());
    g.b = static_cast<std::uint16_t>(random_());
    for (auto& byte : g.d) byte = static_cast<std::uint8_t>(random_());
    return g;
  }
  // No line feed: the limit that printVssadmin documents.
  std::u16string name() {
    static const std::u16string odd = u"aZ09 '\"`*_[]{}()<>:;&\\/|#-+.,\t\r\u00A0\u00E9\u2019\u201C\u3000\u200F\u5B89"
                                      u"\xD83D" u"\xDCBE" u"\xD800" u"\xDC00" u"\uFFFD" u"\x01";
    std::u16string text;
    for (std::size_t n = below(20); n > 0; --n) text += odd[below(odd.size())];
    if (below(10) == 0) text += std::u16string(1, u'\0') + u"x";
    return text;
  }
  std::vector<PrintedWriter> writers() {
    static const std::uint32_t failures[] = {0,          0x800423F0, 0x800423F1, 0x800423F2, 0x800423F3,
                                             0x800423F4, 0x80042319, 0x8000FFFF};
    std::vector<PrintedWriter> some(below(6));
    for (auto& writer : some) {
      writer = {name(), guid(), guid(), static_cast<std::uint32_t>(below(10) ? below(16) : random_()),
                static_cast<std::int32_t>(failures[below(std::size(failures))]), {}};
    }
    return some;
  }
  std::mt19937 random_;
};

TEST_P(RandomListing, IsReadBackAsItWasPrinted) {
  for (int round = 0; round < 50; ++round) {
    auto printed = writers();
    std::string text = printVssadmin(printed);
    Listing read = parseListing(text);
    ASSERT_EQ(read.writers.size(), printed.size()) << text;
    for (std::size_t i = 0; i < printed.size(); ++i) {
      const ListedWriter& writer = read.writers[i];
      EXPECT_EQ(writer.name, printed[i].name) << text;
      EXPECT_EQ(writer.classId, printed[i].classId);
      EXPECT_EQ(writer.instanceId, printed[i].instanceId);
      EXPECT_EQ(writer.state, printed[i].state);
      EXPECT_EQ(writer.failure, printed[i].failure);
      EXPECT_TRUE(writer.failureKnown);
    }
  }
}

TEST_P(RandomListing, DamagedNeverCrashesNorGivesAnIdThatIsNotInIt) {
  for (int round = 0; round < 50; ++round) {
    std::string text = printVssadmin(writers());
    for (std::size_t n = 1 + below(12); n > 0 && !text.empty(); --n) {
      std::size_t at = below(text.size());
      switch (below(5)) {
        case 0: text[at] = static_cast<char>(random_()); break;
        case 1: text.erase(at, 1 + below(30)); break;
        case 2: text.insert(at, text.substr(below(text.size()), below(80))); break;
        case 3: text.insert(at, 1, "\n{}[]'\":>\\"[below(10)]); break;
        case 4: text.resize(std::max<std::size_t>(at, 1)); break;
      }
    }
    try {
      for (const ListedWriter& writer : parseListing(text).writers) {
        for (const auto& id : {writer.classId, writer.instanceId}) {
          if (!id) continue;
          std::string plain = toString(*id), lower = text;
          std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
          std::erase(lower, '\\');  // mark-up, as in \[11\]
          EXPECT_NE(lower.find(plain.substr(1, 36)), lower.npos) << plain << "\n" << text;
        }
      }
    } catch (const ListingError&) {  // damaged beyond reading
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomListing, testing::Range(1u, 21u));

}  // namespace
}  // namespace vss
