#include "traces/vss/returns.h"

#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "traces/vss/api.h"

namespace vss {
namespace {

using Channel = DocumentedReturn::Channel;

TEST(Returns, SpeakOfDescribedMethodsAndOfFailures) {
  std::set<std::tuple<std::string_view, std::string_view, HRESULT, bool>> met;
  for (const auto& row : documentedReturns()) {
    SCOPED_TRACE(pageOf(row) + " " + nameOf(row.code));
    EXPECT_TRUE(methodNamed(row.interface_, row.method));
    EXPECT_TRUE(failed(row.code));
    EXPECT_FALSE(nameOf(row.code).starts_with("0x"));
    EXPECT_FALSE(row.meaning.empty());
    EXPECT_TRUE(met.emplace(row.interface_, row.method, row.code, row.channel == Channel::writer).second) << "twice";
  }
}

// Where a code comes by an operation, the method starts one; where it tells of a writer, it has an output for that.
TEST(Returns, ComeTheWaysThatTheMethodsHave) {
  for (const auto& row : documentedReturns()) {
    SCOPED_TRACE(pageOf(row) + " " + nameOf(row.code));
    const MethodInfo& method = *methodNamed(row.interface_, row.method);
    if (row.channel == Channel::async || row.channel == Channel::both) {
      ASSERT_FALSE(method.params.empty());
      EXPECT_EQ(method.params.back().type, "IVssAsync");
    }
    bool tellsOfWriters = method.name == "GetWriterStatus" || method.name == "GetWriterStatusEx";
    EXPECT_TRUE(row.channel != Channel::writer || tellsOfWriters);
  }
}

// Every call that makes something can fail, but for a few whose pages name no code.
TEST(Returns, LackOnlyMethodsWhosePagesNameNoFailure) {
  const std::set<std::string_view> silent{"AddRef", "Release", "PreFastRecovery", "FastRecovery", "GetSessionId", "GetIncludeFile", "GetDocument", "FreeComponentInfo",
                                          "AddDifferencedFilesByLastModifyLSN", "SetFailure"};
  std::set<std::pair<std::string_view, std::string_view>> known;
  for (const auto& row : documentedReturns()) known.emplace(row.interface_, row.method);
  for (const auto* interface_ : interfaces())
    for (const auto* method : interface_->methods)
      EXPECT_TRUE(silent.count(method->name) || known.count({method->interface_, method->name})) << method->interface_ << "::" << method->name;
}

TEST(Returns, SayWhereThePageAsksForAnotherTry) {
  std::set<std::string> again;
  for (const auto& row : documentedReturns())
    if (row.again && row.method != "GetWriterStatusEx") again.insert(std::string(row.method) + " " + nameOf(row.code));
  EXPECT_EQ(again, (std::set<std::string>{"DoSnapshotSet VSS_E_FLUSH_WRITES_TIMEOUT", "DoSnapshotSet VSS_E_HOLD_WRITES_TIMEOUT", "DoSnapshotSet VSS_E_PROVIDER_VETO",
                                          "DoSnapshotSet VSS_E_UNEXPECTED_PROVIDER_ERROR", "GetWriterStatus VSS_E_WRITERERROR_OUTOFRESOURCES",
                                          "GetWriterStatus VSS_E_WRITERERROR_RETRYABLE", "GetWriterStatus VSS_E_WRITERERROR_TIMEOUT",
                                          "GetWriterStatus VSS_E_WRITER_STATUS_NOT_AVAILABLE", "StartSnapshotSet VSS_E_SNAPSHOT_SET_IN_PROGRESS"}));
}

}  // namespace
}  // namespace vss
