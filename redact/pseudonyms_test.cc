#include "redact/pseudonyms.h"

#include <gtest/gtest.h>

#include <cctype>
#include <regex>
#include <set>

#include "redact/document.h"
#include "traces/test_trace.h"
#include "traces/trace_error.h"
#include "traces/vss/api.h"
#include "traces/vss/text.h"

namespace vss::redact {
namespace {

std::u16string made(const Pseudonyms& by, std::u16string_view text, Named named = Named::path) {
  auto bytes = by.stored(named, Kind::bstr, {reinterpret_cast<const char*>(text.data()), text.size() * 2});
  std::u16string out(bytes.size() / 2, u'\0');
  if (!out.empty()) std::memcpy(out.data(), bytes.data(), bytes.size());
  return out;
}

class PseudonymsTest : public testing::Test {
 protected:
  std::string path(std::u16string_view text) const { return toUtf8(made(names, text)); }
  // The form of what a text becomes: W for a pseudonym, ID for an id.
  std::string form(std::u16string_view text, Named named = Named::path) const {
    auto shown = toUtf8(made(names, text, named));
    shown = std::regex_replace(shown, std::regex("[0-9a-fA-F]{8}-[0-9a-fA-F-]{27}"), "ID");
    return std::regex_replace(shown, std::regex("(^|[^A-Za-z])[A-Za-z]{16}(?![A-Za-z])"), "$1W");
  }
  Pseudonyms names{Key::random()};
};

// Every parameter and field that holds bytes, with the method as fields.def names it.
template <class Visit> void forEachBytes(Visit&& visit) {
  auto has = [](Kind kind) { return kind == Kind::guid || kind == Kind::bstr || kind == Kind::wstr || kind == Kind::coString || kind == Kind::bytes; };
  auto in = [&](const MethodInfo& method) {
    for (const auto& param : method.params) {
      if (has(param.kind)) visit(method, param.name, param.kind);
      for (const auto& field : param.fields)
        if (has(field.kind)) visit(method, field.name, field.kind);
    }
  };
  for (const auto* described : interfaces())
    for (const auto* method : described->methods) in(*method);
  for (const auto* function : functions()) in(*function);
}

TEST(Fields, EveryTextIdAndRunOfBytesOfTheApiIsInTheTable) {
  std::set<std::string> met;
  forEachBytes([&](const MethodInfo& method, std::string_view name, Kind kind) {
    Named what = named(method.interface_, method.name, name);
    EXPECT_NE(what, Named::unknown) << method.interface_ << "::" << method.name << "." << name << ": put it into redact/fields.def";
    EXPECT_EQ(what == Named::id, kind == Kind::guid) << name;
    EXPECT_EQ(what == Named::binary, kind == Kind::bytes) << name;
    met.insert(std::string(name));
    met.insert(std::string(method.interface_) + "::" + std::string(method.name) + " " + std::string(name));
  });
#define FIELD(name, kind) EXPECT_TRUE(met.count(#name)) << #name << " is in redact/fields.def, and nothing is called so";
#define FIELD_OF(method, name, kind) EXPECT_TRUE(met.count(method " " #name)) << method << " " #name;
#include "redact/fields.def"
#undef FIELD
#undef FIELD_OF
}

TEST_F(PseudonymsTest, KeepTheFormOfAPath) {
  struct { const char16_t* text; const char* form; } cases[] = {
      {u"C:\\Users\\bob\\x.docx", "C:\\W\\W\\W.docx"},
      {u"C:\\", "C:\\"},
      {u"c:", "c:"},
      {u"C:/Users/bob", "C:/W/W"},
      {u"D:\\Data\\", "D:\\W\\"},
      {u"\\\\server\\share$\\a.mdf", "\\\\W\\W\\W.mdf"},
      {u"\\\\?\\UNC\\server\\share", "\\\\?\\UNC\\W\\W"},
      {u"\\\\?\\Volume{01234567-89ab-cdef-0123-456789abcdef}\\", "\\\\?\\Volume{ID}\\"},
      {u"\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy12\\Users\\bob", "\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopy12\\W\\W"},
      {u"\\\\?\\GLOBALROOT\\Device\\HarddiskVolumeShadowCopyBob", "\\\\?\\GLOBALROOT\\Device\\W"},
      {u"%SystemRoot%\\System32\\perf*.dat", "%SystemRoot%\\W\\W*.dat"},
      {u"%BOBSHOME%\\x", "W\\W"},
      {u"*", "*"}, {u"*.*", "*.*"}, {u"*.edb", "*.edb"}, {u"*.bob", "*W"}, {u"invoice.bob", "W"}, {u".log", ".log"}, {u"..", ".."},
      {u"SERVER01.example.com", "W"},
      {u"System Writer", "System Writer"}, {u"Bob's Writer", "W"},
      {u"", ""},
  };
  for (const auto& [text, expected] : cases) EXPECT_EQ(form(text), expected) << toUtf8(text);
  EXPECT_EQ(form(u"cannot open C:\\Users\\bob\\x.docx", Named::message), "W") << "a message has no form";
  EXPECT_EQ(form(u"{11111111-2222-3333-4444-555555555555}", Named::component), "{ID}");
}

TEST_F(PseudonymsTest, AreTheSameForTheSameValueAndKeyAlone) {
  EXPECT_EQ(path(u"bob"), path(u"bob"));
  EXPECT_EQ(path(u"C:\\Users\\bob"), "C:\\" + path(u"Users") + "\\" + path(u"bob")) << "a folder has its name in every path";
  EXPECT_EQ(made(names, u"bob", Named::message), made(names, u"bob", Named::component)) << "whatever it names";
  EXPECT_NE(path(u"bob"), path(u"rob"));
  EXPECT_NE(path(u"bob"), toUtf8(made(Pseudonyms(Key::random()), u"bob")));
}

TEST_F(PseudonymsTest, OfTwoSpellingsAreTwoSpellingsOfOne) {
  auto small = [](std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  };
  for (auto [a, b] : {std::pair(u"Bob", u"BOB"), {u"bob", u"Bob"}, {u"Ärger", u"ärger"}, {u"Ж", u"ж"}, {u"Žluť", u"žLUŤ"}}) {
    EXPECT_NE(path(a), path(b));
    EXPECT_EQ(small(path(a)), small(path(b)));
  }
  EXPECT_EQ(path(u"bob"), small(path(u"bob")));
}

TEST_F(PseudonymsTest, OfPseudonymsAreThemselves) {
  for (auto text : {u"C:\\Users\\Bob\\x.docx", u"perf*.dat", u"\\\\?\\Volume{01234567-89AB-cdef-0123-456789abcdef}\\", u"bob", u"Žluť"}) {
    auto once = made(names, text);
    EXPECT_EQ(made(names, once), once) << toUtf8(text);
  }
  auto once = made(names, u"<a b='bob'>x &amp; y<!-- z --></a>", Named::document);
  EXPECT_EQ(made(names, once, Named::document), once);
  Guid guid{0x01234567, 0x89ab, 0xcdef, {1, 2, 3, 4, 5, 6, 7, 8}};
  std::string bytes(reinterpret_cast<const char*>(&guid), 16), id = names.stored(Named::id, Kind::guid, bytes), icon = names.raw(bytes + bytes + "abc");
  EXPECT_NE(id, bytes);
  EXPECT_EQ(names.stored(Named::id, Kind::guid, id), id);
  EXPECT_EQ(icon.size(), 35u);
  EXPECT_EQ(names.raw(icon), icon);
}

TEST_F(PseudonymsTest, OfTextsThatAreNoTextsAreMadeToo) {
  const std::u16string texts[] = {std::u16string(1, u'\xD800'), u"a" + std::u16string(1, u'\xDC00'), std::u16string(u"a\0b", 3), std::u16string(u"a\0c", 3), std::u16string(1, u'\0')};
  std::set<std::string> different;
  for (const auto& text : texts) {
    EXPECT_EQ(form(text), "W");
    different.insert(path(text));
    EXPECT_EQ(form(text, Named::document), "W");
  }
  EXPECT_EQ(different.size(), std::size(texts));
  EXPECT_EQ(names.stored(Named::path, Kind::bstr, "odd").size(), 3u);
  EXPECT_NE(names.stored(Named::path, Kind::bstr, "odd"), "odd");
}

TEST_F(PseudonymsTest, LeaveIdsThatAreTheSameEverywhere) {
  auto left = [&](const Guid& id) {
    std::string bytes(reinterpret_cast<const char*>(&id), 16);
    return names.stored(Named::id, Kind::guid, bytes) == bytes;
  };
  EXPECT_TRUE(left(Guid{}));
  EXPECT_TRUE(left(*parseGuid("e8132975-6f93-4464-a53e-1050253ae220"))) << "System Writer";
  EXPECT_TRUE(left(*parseGuid("b5946137-7b9f-4925-af80-51abd60b20d5"))) << "Microsoft's provider";
  EXPECT_TRUE(left(IUnknown::iid));
  EXPECT_FALSE(left(*parseGuid("7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c01")));
  EXPECT_EQ(form(u"{E8132975-6F93-4464-A53E-1050253AE220}"), "{ID}");
  EXPECT_EQ(path(u"{E8132975-6F93-4464-A53E-1050253AE220}"), "{E8132975-6F93-4464-A53E-1050253AE220}");
}

TEST_F(PseudonymsTest, OfADocumentLeaveItsElementsNumbersAndChoices) {
  EXPECT_EQ(form(u"<?xml version=\"1.0\"?><WRITER_METADATA version=\"1.1\" xmlns=\"x-schema:#VssWriterMetadataInfo\"><IDENTIFICATION writerId=\"7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c01\" "
                 u"friendlyName=\"Bob &amp; &quot;Co&quot;\" usage=\"USER_DATA\"/><COMPONENT componentName=\"yes\" selectable=\"yes\" bob=\"yes\"><bob>C:\\bob\\<![CDATA[<bob>]]></bob><!--bob--></COMPONENT></WRITER_METADATA>",
                 Named::document),
            "<?xml version=\"1.0\"?><WRITER_METADATA version=\"1.1\" xmlns=\"x-schema:#VssWriterMetadataInfo\"><IDENTIFICATION writerId=\"ID\" "
            "friendlyName=\"W\" usage=\"USER_DATA\"/><COMPONENT componentName=\"W\" selectable=\"yes\" W=\"W\"><W>C:\\W\\<![CDATA[W]]></W><!--W--></COMPONENT></WRITER_METADATA>");
  EXPECT_EQ(form(u"<!DOCTYPE bob><bob/>", Named::document), "W");
  EXPECT_EQ(form(u"no XML", Named::document), "W");
  std::u16string deep;
  for (int i = 0; i < 300000; ++i) deep += u"<a>";
  for (int i = 0; i < 300000; ++i) deep += u"</a>";
  EXPECT_EQ(form(deep, Named::document), "W");
}

TEST(RedactKey, IsReadAsItWasWrittenAndNothingElseIsOne) {
  test::Folder folder;
  auto file = pathFromUtf8(folder / "our.key");
  Key key = Key::random();
  key.write(file);
  EXPECT_EQ(Key::read(file).id(), key.id());
  EXPECT_EQ(made(Pseudonyms(Key::read(file)), u"bob"), made(Pseudonyms(key), u"bob"));
  EXPECT_NE(Key::random().id(), key.id());
  EXPECT_THROW(key.write(file), TraceError) << "it is there";
  std::string right = test::contents(folder / "our.key");
  auto refused = [&](const std::string& text) {
    test::put(folder / "bad.key", text);
    try {
      Key::read(pathFromUtf8(folder / "bad.key"));
    } catch (const TraceError& e) {
      return std::string(e.what()).find("is no key: a key is a line `shadowtape key 1`") != std::string::npos;
    }
    return false;
  };
  for (const auto& wrong : {std::string(), std::string("shadowtape key 1"), std::string("shadowtape key 1\n"), right.substr(0, right.size() - 2), right + "0", "x" + right, right + right, std::string(100000, 'a'),
                            std::string("shadowtape key 2") + right.substr(16)})
    EXPECT_TRUE(refused(wrong)) << wrong.substr(0, 40);
  test::put(folder / "dos.key", "shadowtape key 1\r\n" + right.substr(17, 64) + "\r\n");
  EXPECT_EQ(Key::read(pathFromUtf8(folder / "dos.key")).id(), key.id());
  EXPECT_THROW(Key::read(pathFromUtf8(folder / "none.key")), TraceError);
}

TEST(RedactKey, MakesTheSamePseudonymsOnEveryPlatformAndInEveryVersion) {
  test::Folder folder;
  test::put(folder / "key", "shadowtape key 1\n000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f\n");
  Key key = Key::read(pathFromUtf8(folder / "key"));
  Pseudonyms by(key);
  EXPECT_EQ(key.id(), "6e21e11c37109bb1");
  EXPECT_EQ(toUtf8(made(by, u"C:\\Users\\Žluť\\{7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c01}")), "C:\\XUhZmXhgclbJHMAy\\NCtHEYTYDwoOZgmr\\{2bb6e565-3912-83f7-b411-01c5141281b6}");
}

TEST(RedactKey, IsNamedInTheHeader) {
  Key a = Key::random(), b = Key::random();
  EXPECT_EQ(keyIdOf("shadowtape 0.1.0"), std::nullopt);
  EXPECT_EQ(keyIdOf(toolOfRedacted("shadowtape 0.1.0", a)), a.id());
  EXPECT_EQ(keyIdOf(toolOfRedacted(toolOfRedacted("shadowtape 0.1.0", a), b)), b.id());
  EXPECT_EQ(toolOfRedacted(std::string("shad\0tape", 9), a), toolOfRedacted("shad", a)) << "a header would have it no further";
}

}  // namespace
}  // namespace vss::redact
