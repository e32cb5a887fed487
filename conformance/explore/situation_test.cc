#include "conformance/explore/situation.h"

#include <gtest/gtest.h>

#include "conformance/notation.h"

namespace vss::conformance {
namespace {

std::string shortest(const std::string& situation, const std::function<bool(const std::string&)>& shows) {
  EXPECT_TRUE(shows(situation));
  return shortestSituation(situation, shows, std::chrono::steady_clock::now() + std::chrono::seconds(10));
}

const std::string kLong =
    "given writer with full metadata alone, writer beside it, component of that writer, writer reports VSS_E_WRITERERROR_NONRETRYABLE at prepareBackup with application failure 0x80070020 "
    "and message \"disk is full, > or so\": U > InitializeForBackup(NULL) = any > GatherWriterMetadata* = any > other.SetContext(9) = any > GetWriterMetadata(1, &x19, &x20) = any > "
    "x20.GetComponent(2, &x30) = any > GetWriterStatus(7, &x5, NULL, &x6, &x7, &x8) = any";

TEST(Situation, LosesWhatIsNotNeeded) {
  auto has = [](const char* part) { return [part](const std::string& s) { return s.find(part) != s.npos; }; };
  EXPECT_EQ(shortest(kLong, has("SetContext")), "U > SetContext = any");
  EXPECT_EQ(shortest(kLong, has("SetContext(9)")), "U > SetContext(9) = any");
  EXPECT_EQ(shortest(kLong, has("other.")), "U > other.SetContext = any");
  EXPECT_EQ(shortest(kLong, has("Metadata*")), "U > GatherWriterMetadata* = any");
  EXPECT_EQ(shortest(kLong, has("GetWriterStatus(7")), "U > GetWriterStatus(7, &pidInstance, &pidWriter, &pbstrWriter, &pnStatus, &phResultFailure) = any");
  EXPECT_EQ(shortest(kLong, has(", NULL")), "U > GetWriterStatus(&iWriter, &pidInstance, NULL, &pbstrWriter, &pnStatus, &phResultFailure) = any");
}

TEST(Situation, KeepsWhatOthersRestOn) {
  auto shows = [](const std::string& s) { return s.find(".GetComponent") != s.npos && s.find("InitializeForBackup") != s.npos; };
  EXPECT_EQ(shortest(kLong, shows), "U > InitializeForBackup = any > GetWriterMetadata(&iWriter, &pidInstance, &x1) = any > x1.GetComponent = any");
  auto given = [](const std::string& s) { return s.find("message") != s.npos; };
  EXPECT_EQ(shortest(kLong, given).substr(0, 13), "given writer ");
  EXPECT_NE(shortest(kLong, given).find("\"disk is full, > or so\": U > "), std::string::npos) << shortest(kLong, given);
}

// Whoever asks is asked only of what can be read.
TEST(Situation, AsksOnlyOfSituations) {
  auto shows = [](const std::string& s) {
    EXPECT_NO_THROW(parseSituation(s)) << s;
    return s.find("x20.") != s.npos;
  };
  EXPECT_EQ(shortest(kLong, shows), "U > GetWriterMetadata(&iWriter, &pidInstance, &x1) = any > x1.GetComponent = any");
  EXPECT_EQ(shortestSituation(kLong, shows, std::chrono::steady_clock::now()).find("given writer with full"), 0u) << "no time: it stays as it is, but for the names";
}

}  // namespace
}  // namespace vss::conformance
