// The search itself: results that leak on purpose, in each place and form.
#include "redact/search.h"

#include <gtest/gtest.h>
#include <sodium.h>

#include "redact/pseudonyms.h"
#include "traces/test_trace.h"
#include "traces/vss/text.h"

namespace vss::redact {
namespace {

class SearchTest : public testing::Test {
 protected:
  SearchTest() { (void)Key::random(); }
  // The form or place in which the search finds the secret in a trace with this remark, text and bytes; "" if it does not.
  std::string found(const std::string& remark, std::u16string_view text = u"", std::string_view id = {}, TraceOrigin origin = {}, std::string_view raw = {}, RemarkKind kind = RemarkKind::warning) {
    test::Folder folder;
    auto path = pathFromUtf8(folder / "leaky.vsst");
    {
      TraceWriter trace(path, origin);
      trace.remark(kind, 0, remark);
      const auto& method = *methodNamed("IVssBackupComponents", "GetWriterStatus");
      ValueView in[] = {ValueView::ofNumber(0)};
      ValueView out[] = {ValueView::ofBytes(id.empty() ? std::string_view("0123456789abcde\xFF", 16) : id), raw.empty() ? ValueView::of(ValueKind::unchanged) : ValueView{ValueKind::raw, 0, raw},
                         ValueView::ofText(text), ValueView::ofNumber(1), ValueView::ofNumber(0)};
      trace.leave(trace.enter(method, 1, 0, in), method, 1, 0, out);
    }
    TraceReader reader(path);
    auto leak = findLeak(reader, replaced);
    if (!leak) return "";
    EXPECT_EQ(leak->place.find("sec&ret"), std::string::npos) << "the value itself is never told";
    return leak->place;
  }
  static std::string base64(std::string_view bytes) {
    std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
    sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), sodium_base64_VARIANT_ORIGINAL);
    text.pop_back();
    return text;
  }
  Replaced replaced;
};

bool says(const std::string& place, std::string_view form) { return place.find(form) != std::string::npos; }

TEST_F(SearchTest, FindsATextInEachFormAndPlace) {
  const std::u16string secret = u"sec&ret-1";
  const std::string utf8 = toUtf8(secret), utf16(reinterpret_cast<const char*>(secret.data()), secret.size() * 2);
  replaced.texts.emplace(secret, Named::component);
  EXPECT_EQ(found("harmless", u"harmless"), "");
  EXPECT_TRUE(says(found("a " + utf8 + " b"), "as UTF-8"));
  EXPECT_TRUE(says(found("", u"a " + secret + u" b"), "as UTF-16"));
  EXPECT_TRUE(says(found("a sec&amp;ret-1 b"), "as UTF-8 with XML's escapes"));
  EXPECT_TRUE(says(found("", u"a sec&amp;ret-1 b"), "as UTF-16 with XML's escapes"));
  EXPECT_TRUE(says(found("", u"<a b='xx&#115;ec&#x26;ret-1'/>"), "in XML"));
  EXPECT_TRUE(says(found("", u"<a><![CDATA[sec&ret-1]]></a>"), "")) << "as it stands";
  for (std::size_t before = 0; before < 6; ++before) {
    std::string around(before, 'x');
    EXPECT_TRUE(says(found(base64(around + utf8 + "yy")), "as base64")) << before;
    EXPECT_TRUE(says(found(base64(around + utf16 + "yyy")), "as base64")) << before;
    EXPECT_TRUE(says(found("", toUtf16(base64(around + utf8))), "as base64 in UTF-16")) << before;
    EXPECT_TRUE(says(found("", toUtf16(base64(around + utf16))), "as base64 in UTF-16")) << before;
  }
  EXPECT_TRUE(says(found("", u"", {}, {Origin::live, utf8, ""}), "the header's program"));
  EXPECT_TRUE(says(found("", u"", {}, {Origin::live, "", utf8}), "the header's target"));
  EXPECT_TRUE(says(found("", u"", {}, {Origin::live, "", "x" + utf8}), "as UTF-8"));
  EXPECT_TRUE(says(found("", u"", {}, {}, "12" + utf16), "as UTF-16"));
}

TEST_F(SearchTest, FindsAnIdAsBytesAndAsText) {
  const Guid id = *parseGuid("0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9");
  const std::string bytes(reinterpret_cast<const char*>(&id), sizeof id);
  replaced.bytes.emplace(bytes, Named::id);
  EXPECT_EQ(found("0a1b2c3d"), "");
  EXPECT_TRUE(says(found("", u"", bytes), "note 3"));
  EXPECT_TRUE(says(found("", u"", {}, {}, "1234" + bytes), "as bytes"));
  EXPECT_TRUE(says(found("x{0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9}"), "as UTF-8"));
  EXPECT_TRUE(says(found("", u"Volume{0A1B2C3D-4E5F-6071-8293-A4B5C6D7E8F9}"), "as UTF-16"));
  EXPECT_TRUE(says(found(base64("x" + bytes)), "as base64"));
}

TEST_F(SearchTest, FindsAShortTextAsAWholeValue) {
  replaced.texts.emplace(u"x", Named::path);
  EXPECT_EQ(found("xx", u"xx"), "");
  EXPECT_EQ(found("", u"x"), "note 3");
  EXPECT_EQ(found("x"), "note 1, a remark");
  EXPECT_EQ(found("", u"<a b='x'/>"), "note 3, in XML");
  EXPECT_EQ(found("", u"<a b='xx'/>"), "");
}

TEST_F(SearchTest, FindsATextOfControlCharactersAsAWholeValue) {
  const std::u16string zeros(8, u'\0');
  replaced.texts.emplace(zeros, Named::remark);
  EXPECT_EQ(found("x", u"x"), "") << "zeros are everywhere";
  EXPECT_EQ(found("", zeros), "note 3");
}

// A program may be called as a word of ours is.
TEST_F(SearchTest, TheKeyOfAFactIsNoOriginal) {
  replaced.texts.emplace(u"backup", Named::program);
  EXPECT_EQ(found("rights.backup=yes", u"", {}, {}, {}, RemarkKind::environment), "");
  EXPECT_NE(found("rights.backup=a backup", u"", {}, {}, {}, RemarkKind::environment), "");
  EXPECT_NE(found("rights.backup", u""), "");
}

// Too short to be looked for in bytes: by the columns of facts alone.
TEST_F(SearchTest, FindsAShortTextAsAColumnOfAFact) {
  replaced.texts.emplace(u"bob", Named::command);
  auto fact = [&](const std::string& text) { return found(text, u"", {}, {}, {}, RemarkKind::environment); };
  EXPECT_EQ(fact("command.argument=bob"), "note 1, a fact");
  EXPECT_EQ(fact("service=VSS\tbob\tauto"), "note 1, a fact");
  EXPECT_EQ(fact("event=2026\tSystem\tVSS\t1\t2\tbob"), "note 1, a fact");
  EXPECT_EQ(fact("command.argument=bobs"), "");
}

TEST_F(SearchTest, FindsRawBytes) {
  replaced.bytes.emplace("\x01\x02\x03\x04\x05\x06\x07\x08", Named::raw);
  replaced.bytes.emplace(std::string("\x01\0\0\0", 4), Named::raw);
  EXPECT_TRUE(says(found("", u"", {}, {}, "ab\x01\x02\x03\x04\x05\x06\x07\x08"), "as bytes"));
  EXPECT_EQ(found("", u"", {}, {}, std::string_view("\x01\0\0\0", 4)), "note 3");
  EXPECT_EQ(found("", u"", {}, {}, std::string_view("\x02\0\0\0", 4)), "");
}

TEST_F(SearchTest, ExcusesWhatStandsThereByRightAndNothingMore) {
  replaced.texts.emplace(u"pbstrWriter", Named::component);
  EXPECT_EQ(found(""), "") << "it is a word of every signature";
  EXPECT_TRUE(says(found("pbstrWriter"), "remark"));
  replaced.texts.emplace(u"Writer", Named::component);
  replaced.left.emplace(u"System Writer");
  EXPECT_EQ(found("System Writer", u"System Writer"), "");
  EXPECT_TRUE(says(found("", u"System Writers, Writer"), "as UTF-16"));
  EXPECT_TRUE(says(found("", u"Writer"), "note 3"));
}

}  // namespace
}  // namespace vss::redact
