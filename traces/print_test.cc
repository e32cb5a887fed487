#include "traces/print.h"

#include <gtest/gtest.h>

#include "traces/call.h"
#include "traces/test_trace.h"

namespace vss {
namespace {

using namespace test;

Signature signatureNamed(const char* interface_, const char* method) { return *parseSignature(signatureOf(*methodNamed(interface_, method))); }

struct Printed {
  Signature signature;
  Call call;
  Printed(const char* interface_, const char* method, std::vector<Value> inputs, std::optional<std::uint32_t> result, std::vector<Value> outputs)
      : signature(signatureNamed(interface_, method)) {
    call.object = *interface_ ? 7 : 0;
    call.signature = &signature;
    call.inputs = std::move(inputs);
    call.outputs = std::move(outputs);
    call.result = result;
  }
  operator std::string() const { return printCall(call) + " → " + printResult(call) + "  " + printOutputs(call); }
};

std::string printed(const char* interface_, const char* method, std::vector<Value> inputs, std::optional<std::uint32_t> result, std::vector<Value> outputs) {
  return Printed(interface_, method, std::move(inputs), result, std::move(outputs));
}

SignatureParam param(Kind kind, const char* name = "x", const char* type = "") {
  SignatureParam p;
  p.kind = kind, p.name = name, p.type = type;
  return p;
}

TEST(Print, AStatusHasNamedStateNamedFailureAndQuotedName) {
  EXPECT_EQ(printed("IVssBackupComponents", "GetWriterStatus", {number(4)}, S_OK, {id(1), id(2), text(u"System Writer"), number(8), number(VSS_E_WRITERERROR_TIMEOUT)}),
            "#7 IVssBackupComponents::GetWriterStatus(iWriter=4) → S_OK  pidInstance={00000001-0000-0000-0000-000000000000} "
            "pidWriter={00000002-0000-0000-0000-000000000000} pbstrWriter=\"System Writer\" pnStatus=VSS_WS_FAILED_AT_PREPARE_SNAPSHOT "
            "phResultFailure=VSS_E_WRITERERROR_TIMEOUT");
}

TEST(Print, AFailedCallSaysWhatBecameOfEachOutput) {
  EXPECT_EQ(printed("IVssBackupComponents", "GetWriterStatus", {number(99)}, static_cast<std::uint32_t>(VSS_E_OBJECT_NOT_FOUND),
                    {is(ValueKind::unchanged), is(ValueKind::zeroed), is(ValueKind::noPointer), {ValueView{ValueKind::raw, 0, std::string_view("\x01\xff", 2)}},
                     is(ValueKind::unreadable)}),
            "#7 IVssBackupComponents::GetWriterStatus(iWriter=99) → VSS_E_OBJECT_NOT_FOUND  pidInstance=unchanged pidWriter=zeroed pbstrWriter=no pointer "
            "pnStatus=bytes 01ff phResultFailure=unreadable");
}

TEST(Print, AnExportedFunctionHasNoObjectAndHandsOneOut) {
  EXPECT_EQ(printed("", "CreateVssBackupComponents", {}, S_OK, {object(1)}), "CreateVssBackupComponents() → S_OK  ppBackup=#1");
  EXPECT_EQ(printed("IUnknown", "QueryInterface", {id(9)}, S_OK, {is(ValueKind::foreignObject)}),
            "#7 IUnknown::QueryInterface(riid={00000009-0000-0000-0000-000000000000}) → S_OK  ppvObject=an object that is not recorded");
}

TEST(Print, CountsAndCallsThatNeverCameBackAreNoHresults) {
  EXPECT_EQ(printed("IUnknown", "Release", {}, 2, {}), "#7 IUnknown::Release() → 2  ");
  EXPECT_EQ(printed("IVssAsync", "Wait", {number(0xFFFFFFFF)}, std::nullopt, {}), "#7 IVssAsync::Wait(dwMilliseconds=INFINITE) → never came back  ");
  EXPECT_EQ(printed("IVssAsync", "Wait", {number(500)}, 0x8004BEEFu, {}), "#7 IVssAsync::Wait(dwMilliseconds=500) → 0x8004beef  ");
}

TEST(Print, NullAndEmptyStringsDiffer) {
  EXPECT_EQ(printValue(is(ValueKind::null), param(Kind::bstr)), "null");
  EXPECT_EQ(printValue(text(u""), param(Kind::bstr)), "\"\"");
}

TEST(Print, WhatCannotBeSeenInAStringIsEscapedOnOneLine) {
  using namespace std::string_view_literals;
  EXPECT_EQ(printValue(text(u"a\0b\n\t\"\\\x7f\u200f\u2028é\U0001F4BE"sv), param(Kind::wstr)), "\"a\\u0000b\\n\\u0009\\\"\\\\\\u007f\\u200f\\u2028é\U0001F4BE\"");
  const char16_t lone[] = {0xD800, u'x', 0xDC01, 0};
  EXPECT_EQ(printValue(text(lone), param(Kind::bstr)), "\"\\ud800x\\udc01\"");
}

TEST(Print, NumbersAreNamedWhereTheyHaveNames) {
  EXPECT_EQ(printValue(number(0), param(Kind::boolean)), "false");
  EXPECT_EQ(printValue(number(1), param(Kind::boolean)), "true");
  EXPECT_EQ(printValue(number(255), param(Kind::boolean)), "255");
  EXPECT_EQ(printValue(number(5), param(Kind::enumeration, "x", "VSS_WRITER_STATE")), "VSS_WS_WAITING_FOR_BACKUP_COMPLETE");
  EXPECT_EQ(printValue(number(77), param(Kind::enumeration, "x", "VSS_WRITER_STATE")), "77");
  EXPECT_EQ(printValue(number(77), param(Kind::enumeration, "x", "VSS_OF_THE_FUTURE")), "77");
  EXPECT_EQ(printValue(number(VSS_S_ASYNC_PENDING), param(Kind::hresult)), "VSS_S_ASYNC_PENDING");
  EXPECT_EQ(printValue(number(0xFFFFFFFF), param(Kind::u32, "iWriter")), "4294967295");
  EXPECT_EQ(printValue(number(-3), param(Kind::i32)), "-3");
}

TEST(Print, ValuesThatAreTooLargeForANumberAndArraysComeFromBytes) {
  std::int64_t time = 0x01DB3D0000000001;
  EXPECT_EQ(printValue(ValueView::ofBytes({reinterpret_cast<const char*>(&time), 8}), param(Kind::i64)), std::to_string(time));
  SignatureParam ids = param(Kind::guid);
  ids.array = true;
  EXPECT_EQ(printValue(ValueView::ofBytes(id(1).bytes.str() + id(2).bytes.str()), ids),
            "[{00000001-0000-0000-0000-000000000000}, {00000002-0000-0000-0000-000000000000}]");
  EXPECT_EQ(printValue(ValueView::ofBytes(""), ids), "[]");
  EXPECT_EQ(printValue(is(ValueKind::missing), ids), "unknown");
  EXPECT_EQ(printValue(is(static_cast<ValueKind>(200)), ids), "a kind of value that this version does not know");
}

TEST(Print, AStructureIsShownFieldByField) {
  EXPECT_EQ(printed("IVssBackupComponents", "GetSnapshotProperties", {id(3)}, S_OK,
                    {id(3), id(4), number(1), text(u"\\\\?\\dev"), text(u"C:\\"), is(ValueKind::null), is(ValueKind::null), is(ValueKind::null),
                     is(ValueKind::null), id(5), number(9), number(12), number(12)}),
            "#7 IVssBackupComponents::GetSnapshotProperties(SnapshotId={00000003-0000-0000-0000-000000000000}) → S_OK  "
            "m_SnapshotId={00000003-0000-0000-0000-000000000000} m_SnapshotSetId={00000004-0000-0000-0000-000000000000} m_lSnapshotsCount=1 "
            "m_pwszSnapshotDeviceObject=\"\\\\\\\\?\\\\dev\" m_pwszOriginalVolumeName=\"C:\\\\\" m_pwszOriginatingMachine=null m_pwszServiceMachine=null "
            "m_pwszExposedName=null m_pwszExposedPath=null m_ProviderId={00000005-0000-0000-0000-000000000000} m_lSnapshotAttributes=9 "
            "m_tsCreationTimestamp=12 m_eStatus=VSS_SS_CREATED");
}

TEST(Print, FewerValuesThanTheSignatureSaysAreShownAsFarAsTheyGo) {
  EXPECT_EQ(printed("IVssBackupComponents", "GetWriterStatus", {}, S_OK, {id(1)}),
            "#7 IVssBackupComponents::GetWriterStatus() → S_OK  pidInstance={00000001-0000-0000-0000-000000000000}");
}

TEST(Print, JsonStringsKeepEverything) {
  using namespace std::string_view_literals;
  EXPECT_EQ(jsonString(u"a\"\\\n\0é\U0001F4BE"sv), "\"a\\\"\\\\\\u000a\\u0000é\U0001F4BE\"");
  const char16_t lone[] = {0xDC00, 0xD83D, 0};
  EXPECT_EQ(jsonString(std::u16string_view(lone)), "\"\\udc00\\ud83d\"");
  EXPECT_EQ(jsonString("C:\\é"), "\"C:\\\\é\"");
}

TEST(Print, TimesAndDurations) {
  EXPECT_EQ(printTime(1'795'569'612'345'000'000), "2026-11-25T01:20:12.345Z");
  EXPECT_EQ(printTime(-1), "1969-12-31T23:59:59.999Z");
  EXPECT_EQ(printTime(-1'000'000'000), "1969-12-31T23:59:59.000Z");
  EXPECT_EQ(printDuration(0.00042), "0.4 ms");
  EXPECT_EQ(printDuration(0.0994), "99.4 ms");
  EXPECT_EQ(printDuration(0.812), "812 ms");
  EXPECT_EQ(printDuration(1.204), "1204 ms");
  EXPECT_EQ(printDuration(61.26), "61.3 s");
}

TEST(Print, MarkupSaysNothingButTheText) {
  EXPECT_EQ(markupString("caf\xE9 \xEF\xBF\xBE\xEF\xBF\xBF \xED\xA0\x80 \xF0\x9F\x92\xBE"), "caf� �� � 💾") << "what is no text, and what XML does not know";
  EXPECT_EQ(markupString("<b a=\"1\">&\n\t\x01 é</b>"), "&lt;b a=&quot;1&quot;&gt;&amp;&#10;&#9;? é&lt;/b&gt;");
}

}  // namespace
}  // namespace vss
