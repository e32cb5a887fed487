#include "traces/listing.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iterator>

#include "traces/platform.h"
#include "traces/trace_testing.h"
#include "traces/vss/golden_file.h"
#include "traces/vss/results.h"
#include "traces/vss/text.h"

namespace vss {
namespace {

using testing_traces::listings;

// What was understood of a listing, for eyes: the text twin of each sample.
std::string understood(std::string_view bytes) {
  std::string out;
  try {
    Listing listing = parseListing(bytes);
    for (const ListedWriter& writer : listing.writers) {
      out += std::to_string(writer.line) + ": " + quoted(writer.name) + "\n";
      out += "     class    " + (writer.classId ? toString(*writer.classId) : "-") + "\n";
      out += "     instance " + (writer.instanceId ? toString(*writer.instanceId) : "-") + "\n";
      out += "     state    " + (writer.state ? std::to_string(*writer.state) : "-") + " " + quoted(writer.stateText) + "\n";
      out += "     error    " + (writer.errorText ? quoted(*writer.errorText) : "-") + " " + (writer.failure ? nameOf(*writer.failure) : "-") +
             (writer.failureKnown ? "" : " (unknown text)") + "\n";
    }
    out += std::to_string(listing.writers.size()) + (listing.writers.size() == 1 ? " writer\n" : " writers\n");
    if (listing.takenFor != "vssadmin listing") out += "  taken for " + listing.takenFor + "\n";
    for (const ListingRemark& remark : listing.remarks) out += "  remark, line " + std::to_string(remark.line) + ": " + remark.text + "\n";
  } catch (const ListingError& error) {
    out = std::string("no listing: ") + error.what() + "\n";
  }
  return out;
}

TEST(Listing, UnderstandsEachSampleAsItsTwinSays) {
  int samples = 0;
  for (const auto& entry : std::filesystem::directory_iterator(listings)) {
    if (entry.path().extension() != ".txt") continue;
    ++samples;
    auto twin = std::filesystem::path(entry.path()).replace_extension(".twin");
    EXPECT_TRUE(test::isGolden(shownPath(twin), understood(testing_traces::bytesOf(entry.path()))));
  }
  EXPECT_GT(samples, 120);
}

std::string sample(const std::string& name) { return testing_traces::bytesOf(listings + name + ".txt"); }

std::vector<ListedWriter> rowsOf(std::string_view bytes) {
  auto writers = parseListing(bytes).writers;
  for (auto& writer : writers) writer.line = 0;
  return writers;
}

// The names of the samples say what they are.
TEST(Listing, SaysWhatItTookEachSampleFor) {
  const std::pair<const char*, const char*> kinds[] = {
      {"vshadow", "vshadow writer status"}, {"diskshadow", "diskshadow writer status"}, {"seen-diskshadow", "diskshadow writer status"},
      {"either", "vshadow or diskshadow writer status"}, {"powershell-table", "PowerShell table"}, {"powershell-list", "PowerShell list"},
      {"powershell-json", "PowerShell JSON"}, {"powershell-csv", "PowerShell CSV"}, {"seen-hyperv", "vssadmin listing"}, {"german", "vssadmin listing"},
      {"mixed-vssadmin-vshadow", "vssadmin listing and vshadow writer status"}, {"mixed-vshadow-vssadmin", "vshadow writer status and vssadmin listing"},
      {"mixed-vshadow-diskshadow", "vshadow writer status and diskshadow writer status"},
      {"mixed-vssadmin-powershell", "vssadmin listing and PowerShell table"}};
  int checked = 0;
  for (const auto& entry : std::filesystem::directory_iterator(listings)) {
    std::string name = entry.path().stem().string();
    for (const auto& [begin, takenFor] : kinds) {
      if (entry.path().extension() != ".txt" || !name.starts_with(begin)) continue;
      EXPECT_EQ(parseListing(testing_traces::bytesOf(entry.path())).takenFor, takenFor) << name;
      ++checked;
    }
  }
  EXPECT_GT(checked, 60);
}

std::string refusalOf(std::string_view bytes, std::string_view from = "auto") {
  try {
    parseListing(bytes, from);
  } catch (const ListingError& error) {
    return error.what();
  }
  return "";
}

// Given with --from, a text is that in whole or it is refused; it is never half an import.
TEST(Listing, IsTheSameWithFromOrIsRefused) {
  int same = 0, refused = 0;
  for (const auto& entry : std::filesystem::directory_iterator(listings)) {
    std::string name = entry.path().stem().string(), text = testing_traces::bytesOf(entry.path());
    if (entry.path().extension() != ".txt" || name.starts_with("refused-")) continue;
    SCOPED_TRACE(name);
    Listing listing = parseListing(text);
    for (std::string from : {"vssadmin", "vshadow", "diskshadow", "powershell"}) {
      std::string lower = listing.takenFor;
      std::replace(lower.begin(), lower.end(), 'P', 'p'), std::replace(lower.begin(), lower.end(), 'S', 's');
      bool is = lower.find(from) != lower.npos && lower.find(" and ") == lower.npos;
      if (is) {
        EXPECT_EQ(parseListing(text, from).writers, listing.writers) << from;
        EXPECT_EQ(parseListing(text, from).remarks, listing.remarks) << from;
        ++same;
      } else {
        EXPECT_NE(refusalOf(text, from).find(", which is not what --from " + from + " says; "), std::string::npos) << from << ": " << refusalOf(text, from);
        ++refused;
      }
    }
  }
  EXPECT_GT(same, 140);
  EXPECT_GT(refused, 440);
}

// As %d prints one beyond 2^31, and our own JSON.
TEST(Listing, ReadsANegativeStateAsTheNumberThatItIs) {
  auto stateIn = [](const std::string& text) { return parseListing(text).writers.at(0).state; };
  EXPECT_EQ(stateIn("* WRITER \"A\"\n   - Status: -1 (Undefined)\n"), 0xFFFFFFFF);
  EXPECT_EQ(stateIn("[{\"Writer\": \"A\", \"State\": -1}]"), 0xFFFFFFFF);
  EXPECT_EQ(stateIn("* WRITER \"A\"\n   - Status: -2147483649 (Undefined)\n"), std::nullopt);
  EXPECT_EQ(stateIn("* WRITER \"A\"\n   - Status: 4294967296 (Undefined)\n"), std::nullopt);
}

const std::string kFields = "   Writer Id: {a65faa63-5ea8-4ebc-9dbd-a0c4db26912a}\n   Writer Instance Id: {33333333-0000-4000-8000-000000000003}\n"
                            "   State: [8] Failed\n   Last error: Timed out\n";

// A name that looks like another tool's line is a name.
TEST(Listing, TakesNoNameForALineOfAnotherFormat) {
  for (std::string name : {"A * WRITER \"x\"", "ERROR: Selected writer 'x' is in failed state!", "Status: 8 (VSS_WS_FAILED_AT_FREEZE)", "Writer : x",
                           "A - Status: 1 (VSS_WS_STABLE)", "A \u2022 Writer ID: {00000000-0000-0000-0000-000000000000}",
                           "{\"Writer\": \"A\", \"State\": \"[1]\"}", "12 writers listed"}) {
    std::string text = "Writer name: '" + name + "'\n" + kFields;
    Listing listing = parseListing(text);
    ASSERT_EQ(listing.writers.size(), 1u) << text;
    EXPECT_EQ(toUtf8(listing.writers[0].name), name);
    EXPECT_TRUE(listing.writers[0].classId);
    EXPECT_EQ(listing.writers[0].state, 8u);
    EXPECT_EQ(listing.takenFor, "vssadmin listing");
  }
}

TEST(Listing, EndsABlockWhereAnotherFormatBegins) {
  for (std::string next : {"Writer name: 'B'\n", "Nombre del escritor: 'B'\n"}) {
    Listing listing = parseListing("* WRITER \"A\"\n   - Status: 1 (VSS_WS_STABLE)\n" + next + kFields);
    ASSERT_EQ(listing.writers.size(), 2u);
    EXPECT_FALSE(listing.writers[0].classId);
    EXPECT_TRUE(listing.writers[1].classId);
  }
}

TEST(Listing, SaysThatItLeavesOutWhatAnotherCommandTells) {
  for (std::string other : {"refused-vssadmin-shadows", "refused-vssadmin-shadows-german", "refused-vssadmin-providers"}) {
    Listing listing = parseListing(sample("diskshadow") + sample(other));
    EXPECT_EQ(listing.writers, parseListing(sample("diskshadow")).writers) << other;
    EXPECT_EQ(listing.takenFor, "diskshadow writer status");
    auto said = std::count_if(listing.remarks.begin(), listing.remarks.end(), [](const auto& r) { return r.text.find("another command tells") != r.text.npos; });
    EXPECT_EQ(said, 1) << other;
  }
}

// A count of metadata is none of statuses.
TEST(Listing, HoldsACountAgainstTheBlocksBeforeItAlone) {
  std::string metadata = "Listing writer metadata ...\n* WRITER \"A\"\n        - Writer ID   = {a65faa63-5ea8-4ebc-9dbd-a0c4db26912a}\n1 writers listed. \n";
  auto remarks = parseListing(sample("diskshadow") + metadata).remarks;
  ASSERT_EQ(remarks.size(), 1u);
  EXPECT_EQ(remarks[0].text, "this block is writer metadata, which tells no status; it is left out");
  EXPECT_TRUE(parseListing(sample("diskshadow") + sample("diskshadow-tab")).remarks.at(0).text.ends_with("the ids of a writer before; all are kept"));
}

TEST(Listing, TakesNeitherAPromptNorThreeDotsForAPartOfACell) {
  std::string table = "WriterName State      LastError\n---------- -----      ---------\n";
  auto writers = parseListing(table + "Writer Two [1] Stable No error\nPS C:\\>\nAnd so...  [1] Stable No error\n\n").writers;
  ASSERT_EQ(writers.size(), 2u);
  EXPECT_EQ(toUtf8(writers[0].name), "Writer Two");
  EXPECT_EQ(toUtf8(writers[1].name), "And so...");
  EXPECT_EQ(parseListing(table + "And so...  [1] Stable No error\n\n").remarks, parseListing(table + "And so on  [1] Stable No error\n\n").remarks) << "not cut: it does not fill its column";
}

TEST(Listing, GoesIntoJsonOnlySoDeep) {
  auto nested = [](int depth) { return "{\"Writer\": \"A\", \"State\": \"[1] Stable\", \"x\": " + std::string(depth, '[') + std::string(depth, ']') + ", \"LastError\": \"No error\"}"; };
  EXPECT_EQ(parseListing(nested(50)).writers.at(0).failure, S_OK);
  Listing deep = parseListing(nested(100));
  EXPECT_EQ(deep.writers.at(0).failure, std::nullopt);
  EXPECT_EQ(deep.remarks.at(0).text, "the JSON breaks off here; what stands before is kept");
}

TEST(Listing, IsRefusedWithWhatItIsAndTheRemedy) {
  EXPECT_EQ(refusalOf(sample("vshadow"), "vssadmin"),
            "line 2: this looks like vshadow writer status, which is not what --from vssadmin says; use --from vshadow, or leave it out");
  EXPECT_EQ(refusalOf(sample("powershell-table"), "diskshadow"),
            "line 4: this looks like a PowerShell table, which is not what --from diskshadow says; use --from powershell, or leave it out");
  EXPECT_EQ(refusalOf(sample("mixed-vssadmin-vshadow"), "vssadmin"),
            "line 13: this looks like vshadow writer status, which is not what --from vssadmin says; leave --from out, and all of it is imported");
  EXPECT_EQ(refusalOf("hello\n", "vshadow"), "line 1: this is no listing of writers: neither vssadmin's banner nor a writer is in it; give the whole output "
                                             "of `vshadow -ws`, run as administrator");
  EXPECT_EQ(refusalOf("", "diskshadow"), "line 1: the text is empty; give the output of diskshadow's `list writers status`");
  EXPECT_EQ(parseListing(sample("either"), "diskshadow").takenFor, "diskshadow writer status");
}

// ---- Damage that loses nothing, done to a listing of each format. ----

using Lined = std::function<std::string(const std::string& line, std::size_t number)>;

std::string eachLine(const std::string& text, const Lined& changed) {
  std::string out;
  Lines lines(text);
  for (std::string_view line; lines.next(line);) out += changed(std::string(line), lines.number());
  return out;
}
std::string_view unindented(std::string_view line) { return line.substr(std::min(line.find_first_not_of(" \t"), line.size())); }

std::string utf16(std::string_view utf8, bool bigEndian, bool mark) {
  std::string bytes;
  for (char16_t unit : (mark ? u"\uFEFF" : u"") + toUtf16(utf8)) {
    char low = static_cast<char>(unit & 0xFF), high = static_cast<char>(unit >> 8);
    (bytes += bigEndian ? high : low) += bigEndian ? low : high;
  }
  return bytes;
}

struct Damage { const char* name; std::string (*done)(const std::string&); bool toTables; };
const Damage damages[] = {
    {"CRLF", [](const std::string& t) { return eachLine(t, [](auto& l, auto) { return l + "\r\n"; }); }, true},
    {"byte-order mark", [](const std::string& t) { return "\xEF\xBB\xBF" + t; }, true},
    {"UTF-16", [](const std::string& t) { return utf16(t, false, true); }, true},
    {"big-endian UTF-16", [](const std::string& t) { return utf16(t, true, true); }, true},
    {"UTF-16 without mark", [](const std::string& t) { return utf16("C:\\>x\n" + t, false, false); }, true},
    {"quote marks", [](const std::string& t) { return eachLine(t, [](auto& l, auto) { return "> " + l + "\n"; }); }, true},
    {"indent by 4", [](const std::string& t) { return eachLine(t, [](auto& l, auto) { return "    " + l + "\n"; }); }, true},
    {"trailing spaces", [](const std::string& t) { return eachLine(t, [](auto& l, auto) { return l + "  \n"; }); }, true},
    {"empty lines between", [](const std::string& t) { return eachLine(t, [](auto& l, auto) { return l + "\n\n"; }); }, true},
    {"no empty lines", [](const std::string& t) { return eachLine(t, [](auto& l, auto) { return l.empty() ? "" : l + "\n"; }); }, true},
    {"no line end", [](const std::string& t) { return t.substr(0, t.find_last_not_of('\n') + 1); }, true},
    {"prompts", [](const std::string& t) { return "PS C:\\> .\\writers.ps1\n" + t + "\nPS C:\\>"; }, true},
    {"no indent", [](const std::string& t) { return eachLine(t, [](auto& l, auto) { return std::string(unindented(l)) + "\n"; }); }, true},
    {"a tab", [](const std::string& t) { return eachLine(t, [](auto& l, auto) { return "\t" + std::string(unindented(l)) + "\n"; }); }, true},
    {"list bullets", [](const std::string& t) { return eachLine(t, [](auto& l, auto) { return "\u2022 " + l + "\n"; }); }, false},
    {"no-break spaces", [](const std::string& t) { return eachLine(t, [](auto& l, auto) { return "\u00A0\u00A0" + l + "\n"; }); }, false},
    {"time stamps", [](const std::string& t) { return eachLine(t, [](auto& l, auto) { return "2024-05-13 14:05:33.123\t" + l + "\n"; }); }, false},
    {"entities", [](const std::string& t) { return eachLine(t, [](auto& l, auto) { return "&nbsp;&nbsp;" + l + "\n"; }); }, false},
};

struct Format { const char* sample; bool isTable; };
const Format formats[] = {{"crlf", false}, {"vshadow", false}, {"diskshadow", false}, {"either", false}, {"vshadow-selected-writer", false},
                          {"powershell-table", true}, {"powershell-table-cut", true}, {"powershell-table-wrapped", true}, {"powershell-table-numbers", true},
                          {"powershell-list", false}, {"powershell-json", true}, {"powershell-json-compressed", true}, {"powershell-csv", true},
                          {"powershell-csv-unquoted", true}, {"mixed-vssadmin-vshadow", false}, {"mixed-vssadmin-powershell", true}};

TEST(Listing, LosesNothingByDamageOfLayoutAndEncoding) {
  for (const Format& format : formats) {
    std::string text = sample(format.sample);
    std::erase(text, '\r');
    Listing whole = parseListing(text);
    auto expected = rowsOf(text);
    ASSERT_FALSE(expected.empty());
    for (const Damage& damage : damages) {
      bool wraps = std::string_view(format.sample) == "powershell-table-wrapped";
      std::string_view name = damage.name;
      if (format.isTable && !damage.toTables) continue;
      if (wraps && (name == "empty lines between" || name == "no indent" || name == "a tab")) continue;  // its rows fall apart: a remark says so
      SCOPED_TRACE(std::string(format.sample) + ": " + damage.name);
      std::string damaged = damage.done(text);
      EXPECT_EQ(rowsOf(damaged), expected) << damaged;
      if (whole.takenFor.find(" or ") == whole.takenFor.npos) {
        EXPECT_EQ(parseListing(damaged).takenFor, whole.takenFor);
      }
    }
  }
}

// ---- Damage that loses something. ----

// What is read of a part of a text stands in the whole. A name that the part ends in may be short of its end, which is remarked.
void expectNothingInvented(std::string_view part, const std::vector<ListedWriter>& whole) {
  Listing listing;
  try {
    listing = parseListing(part);
  } catch (const ListingError&) {
    return;
  }
  ASSERT_LE(listing.writers.size(), whole.size());
  for (std::size_t i = 0; i < listing.writers.size(); ++i) {
    const ListedWriter &read = listing.writers[i], &full = whole[i];
    bool remarked = std::any_of(listing.remarks.begin(), listing.remarks.end(), [&](const ListingRemark& remark) {
      return remark.line == read.line && remark.text.find("writer's name, which may not be whole") != remark.text.npos;
    });
    EXPECT_TRUE(read.name == full.name || (remarked && full.name.starts_with(read.name))) << quoted(read.name);
    EXPECT_TRUE(!read.classId || read.classId == full.classId) << quoted(read.name);
    EXPECT_TRUE(!read.instanceId || read.instanceId == full.instanceId) << quoted(read.name);
    EXPECT_TRUE(!read.state || read.state == full.state) << quoted(read.name) << *read.state;
    EXPECT_TRUE(!read.failure || read.failure == full.failure) << quoted(read.name) << nameOf(*read.failure);
  }
}

TEST(Listing, CutAtEveryByteInventsNothing) {
  const auto step = static_cast<std::size_t>(testing_traces::amount(1, 1, 7));
  for (const char* name : {"names-odd", "states", "error-texts", "seen-hyperv-inconsistent", "vshadow", "vshadow-names-odd", "vshadow-unknown-state",
                           "vshadow-call-failed", "vshadow-selected-writer", "seen-diskshadow", "diskshadow-bare-names", "either-log-level",
                           "powershell-table", "powershell-table-wrapped", "powershell-table-cut", "powershell-table-numbers", "powershell-table-collapsed",
                           "powershell-list", "powershell-list-wrapped", "powershell-json", "powershell-json-names", "powershell-json-numbers",
                           "powershell-json-nested", "powershell-csv", "powershell-csv-names", "powershell-csv-unquoted", "mixed-vshadow-vssadmin",
                           "mixed-vssadmin-powershell", "vshadow-utf16le"}) {
    std::string text = sample(name);
    auto whole = parseListing(text).writers;
    for (std::size_t n = 0; n < text.size(); n += step) {
      SCOPED_TRACE(std::string(name) + " cut to " + std::to_string(n) + " bytes");
      expectNothingInvented(std::string_view(text).substr(0, n), whole);
      if (testing::Test::HasFailure()) break;
    }
  }
}

// A line lost, or one that is somebody's own: the others keep their fields.
TEST(Listing, GivesNoWriterWhatIsAnothers) {
  for (const Format& format : formats) {
    std::string text = sample(format.sample);
    std::erase(text, '\r');
    auto whole = rowsOf(text);
    auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
    for (std::size_t lost = 1; lost <= lines; ++lost) {
      SCOPED_TRACE(std::string(format.sample) + " without line " + std::to_string(lost));
      std::string damaged = eachLine(text, [&](auto& line, auto number) { return number == lost ? "" : line + "\n"; });
      std::vector<ListedWriter> read;
      try {
        read = rowsOf(damaged);
      } catch (const ListingError&) {
        continue;
      }
      for (const ListedWriter& writer : read) {
        bool known = std::any_of(whole.begin(), whole.end(), [&](const ListedWriter& full) {
          return (!writer.classId || writer.classId == full.classId) && (!writer.instanceId || writer.instanceId == full.instanceId) &&
                 (!writer.state || writer.state == full.state) && (!writer.failure || !writer.failureKnown || writer.failure == full.failure);
        });
        EXPECT_TRUE(known) << quoted(writer.name) << "\n" << damaged;
      }
    }
  }
}

// ---- Hostile input. ----

TEST(Listing, LargeJunkIsReadInTimeThatGrowsWithItsSize) {
  const auto size = static_cast<std::size_t>(testing_traces::amount(1'000'000, 250'000, 100'000));  // squared, many minutes
  auto start = std::chrono::steady_clock::now();
  for (std::string unit : {"{", "[", "\"", "{\"Writer\":", "{\"a\":[", "a:", ": ", "* WRITER \"", "* WRITER \"x\n", "Writer name: '", "Writer name: 'x\n", "> ", "-",
                           " ", "'", "WRITER ", "Writer,WriterID,State\n", "\"Writer\",\"State\",\"", "Writer : x\n", "Writer : x\nState : [1]\n", "---- ", "---- ----\n",
                           "Writer State\n------ -----\n", "&nbsp;", "\\n", "\u00A0", "x (", "- Status: 1 (VSS_WS_STABLE)\n", "COM call \"", "Selected writer '",
                           "12 writers listed.\n", "\n", "a", "{x} {y} [1] z\n", "\xFF", ""}) {
    if (unit.empty()) unit.assign(1, '\0');
    std::string junk;
    while (junk.size() < size) junk += unit;
    refusalOf(junk);
  }
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::minutes(5));
}

TEST(Listing, LargeListingsOfEachFormatAreReadWhole) {
  const auto copies = static_cast<std::size_t>(testing_traces::amount(10'000, 2'500, 1'000));
  for (const char* name : {"undamaged", "vshadow-one", "either", "powershell-list", "powershell-table", "powershell-csv", "powershell-json"}) {
    std::string text = sample(name), many;
    auto one = parseListing(text).writers.size();
    for (std::size_t i = 0; i < copies; ++i) many += text;
    Listing listing = parseListing(many);
    EXPECT_EQ(listing.writers.size(), one * copies) << name;
    EXPECT_LE(listing.remarks.size(), 101u);
  }
  std::string bad;
  for (int i = 0; i < 1000; ++i) bad += "* WRITER \"x\"\n   - Status: 99 (Undefined)\n";
  auto remarks = parseListing(bad).remarks;
  ASSERT_EQ(remarks.size(), 101u);
  EXPECT_TRUE(remarks.back().text.ends_with(" more remarks")) << remarks.back().text;
}

}  // namespace
}  // namespace vss
