#include "traces/find_traces.h"

#include <gtest/gtest.h>

#include <sstream>

#include "traces/platform.h"
#include "traces/test_trace.h"
#include "traces/vss/text.h"

namespace vss {
namespace {

using namespace test;
namespace fs = std::filesystem;

TEST(Patterns, FitWholeNames) {
  for (auto [name, pattern] : {std::pair("a.vsst", "*.vsst"), {"a.vsst", "?.vsst"}, {"ab", "*"}, {"", "*"}, {"a*b", "a*b"}, {"aXbXc", "a*b*c"}, {"aab", "*ab"}, {"nächte", "n?chte"},
                               {"\xF0\x9F\x98\x80", "?"}, {"äb", "*b"}, {"[a]", "[a]"}, {"abcabd", "*abd"}})
    EXPECT_TRUE(fitsPattern(name, pattern)) << name << " " << pattern;
  for (auto [name, pattern] : {std::pair("a.vsst.zst", "*.vsst"), {"ab", "?"}, {"", "?"}, {"ä", "??"}, {"b", "[ab]"}, {"ab", "a"}, {"a", "ab"}, {"abc", "a*b"}})
    EXPECT_FALSE(fitsPattern(name, pattern)) << name << " " << pattern;
#if defined(_WIN32)
  EXPECT_TRUE(fitsPattern("Night.VSST", "night.*sst"));
#else
  EXPECT_FALSE(fitsPattern("Night.VSST", "night.*sst"));
#endif
}

class FindFiles : public testing::Test {
 protected:
  void SetUp() override {
    for (const char* file : {"b.vsst", "a.vsst", "a/z.vsst", "a/deep/er/x.vsst", "a/note.txt", "ü/Ω-[1].vsst", "c/deep/y.vsst"}) {
      fs::path path = at(file);
      fs::create_directories(path.parent_path());
      put(shownPath(path), "");
    }
    fs::create_directory(at("empty"));
  }
  fs::path at(const std::string& name) const { return pathFromUtf8((folder / "") + name).make_preferred(); }
  // What is found, below the folder, with a slash on every platform: "b.vsst"; a file that is not named has a ~ in front.
  std::vector<std::string> find(const std::vector<std::string>& arguments, const std::string& list = "", bool nulls = false) {
    std::istringstream in(list);
    found = findFiles(arguments, nulls, in);
    std::vector<std::string> names;
    for (const auto& file : found.files) {
      std::string path = shownPath(pathFromUtf8(file.path).lexically_relative(pathFromUtf8(folder / "")));
      for (char& c : path)
        if (c == '\\') c = '/';
      names.push_back((file.named ? "" : "~") + path);
    }
    return names;
  }
  std::string name(const std::string& below) const { return shownPath(at(below)); }
  using Names = std::vector<std::string>;
  Folder folder;
  FoundFiles found;
};

TEST_F(FindFiles, OfAFolderAreAllBelowItByName) {
  EXPECT_EQ(find({name("")}), (Names{"~a/deep/er/x.vsst", "~a/note.txt", "~a/z.vsst", "~a.vsst", "~b.vsst", "~c/deep/y.vsst", "~ü/Ω-[1].vsst"}));
  EXPECT_EQ(find({name("b.vsst"), name("c"), name("a.vsst"), name("b.vsst")}), (Names{"b.vsst", "~c/deep/y.vsst", "a.vsst", "b.vsst"})) << "in the order of the arguments";
  EXPECT_EQ(found.files[1].argument, 1u);
  EXPECT_EQ(find({name("empty")}), Names{});
  EXPECT_EQ(find({name("nowhere.vsst")}), Names{"nowhere.vsst"}) << "who reads it says that it is not there";
}

TEST_F(FindFiles, OfAPatternAreThoseThatFit) {
  EXPECT_EQ(find({name("*.vsst")}), (Names{"~a.vsst", "~b.vsst"}));
  EXPECT_EQ(find({name("**/*.vsst")}), (Names{"~a/deep/er/x.vsst", "~a/z.vsst", "~a.vsst", "~b.vsst", "~c/deep/y.vsst", "~ü/Ω-[1].vsst"}));
  EXPECT_EQ(find({name("**/**/?.vsst")}), (Names{"~a/deep/er/x.vsst", "~a/z.vsst", "~a.vsst", "~b.vsst", "~c/deep/y.vsst"}));
  EXPECT_EQ(find({name("*/deep/y.vsst")}), Names{"~c/deep/y.vsst"});
  EXPECT_EQ(find({name("?/dee*")}), (Names{"~a/deep/er/x.vsst", "~c/deep/y.vsst"})) << "a folder that fits stands for all in it";
  EXPECT_EQ(find({name("a/**")}), (Names{"~a/deep/er/x.vsst", "~a/note.txt", "~a/z.vsst"}));
  EXPECT_EQ(find({name("?/Ω*[1]*")}), Names{"~ü/Ω-[1].vsst"});
  EXPECT_EQ(find({name("x*")}), Names{});
  EXPECT_EQ(find({name("nowhere/*")}), Names{});
}

TEST_F(FindFiles, OfAPatternWithoutAFolderLieHere) {
  std::istringstream none;
  auto here = findFiles({"CMakeL*.txt"}, false, none).files;
  ASSERT_EQ(here.size(), 1u) << "the tests run in the project's folder";
  EXPECT_EQ(here[0].path, "CMakeLists.txt");
}

TEST_F(FindFiles, OfAListAreItsLines) {
  std::string a = name("a.vsst"), c = name("c"), uml = name("ü/Ω-[1].vsst");
  const Names all{"a.vsst", "~c/deep/y.vsst", "ü/Ω-[1].vsst"};
  EXPECT_EQ(find({"-"}, a + "\n" + c + "\n" + uml), all);
  EXPECT_EQ(find({"-"}, a + "\r\n\r\n" + c + "\r\n" + uml + "\r\n"), all) << "as Windows ends lines";
  EXPECT_EQ(find({"-"}, "\xEF\xBB\xBF" + a + "\n" + c + "\n" + uml), all) << "with a byte-order mark";
  std::string utf16 = "\xFF\xFE";
  for (char16_t unit : toUtf16(a + "\r\n" + c + "\r\n" + uml + "\r\n")) utf16 += {static_cast<char>(unit & 0xFF), static_cast<char>(unit >> 8)};
  EXPECT_EQ(find({"-"}, utf16), all) << "as Windows PowerShell writes a file";
  EXPECT_EQ(find({"-"}, a + '\0' + c + '\0' + uml + '\0', true), all);
  EXPECT_EQ(find({"-"}, name("*.vsst")), Names{"*.vsst"}) << "a name in a list is no pattern";
  EXPECT_EQ(find({name("b.vsst"), "-", name("empty")}, a), (Names{"b.vsst", "a.vsst"}));
}

#if !defined(_WIN32)
TEST_F(FindFiles, LinksToFoldersAreFollowedOnlyWhereTheyAreNamed) {
  fs::create_directory_symlink("..", at("c/loop"));
  fs::create_symlink("../b.vsst", at("c/link.vsst"));
  fs::create_symlink("nowhere", at("c/broken"));
  EXPECT_EQ(find({name("c")}), (Names{"~c/broken", "~c/deep/y.vsst", "~c/link.vsst"}));
  EXPECT_EQ(found.linksNotFollowed, Names{name("c/loop")});
  EXPECT_EQ(find({name("c/**/*.vsst")}), (Names{"~c/deep/y.vsst", "~c/link.vsst"}));
  EXPECT_EQ(found.linksNotFollowed, Names{name("c/loop")});
  EXPECT_EQ(find({name("c/loop")}).size(), 9u);
  EXPECT_EQ(found.linksNotFollowed, Names{name("c/loop/c/loop")});
}

TEST_F(FindFiles, AFileWithTheNameOfAPatternIsThatFile) {
  put(name("?.vsst"), "");
  put(name("c/\n.vsst"), "");
  EXPECT_EQ(find({name("?.vsst")}), Names{"?.vsst"});
  EXPECT_EQ(find({"-"}, name("c/\n.vsst") + '\0', true), Names{"c/\n.vsst"});
}

TEST_F(FindFiles, AFolderThatCannotBeReadIsTold) {
  fs::permissions(at("a/deep"), fs::perms::none);
  bool readable = fs::directory_iterator(at("a/deep"), fs::directory_options::skip_permission_denied) != fs::directory_iterator();
  auto names = find({name("a")});
  fs::permissions(at("a/deep"), fs::perms::owner_all);
  if (readable) GTEST_SKIP() << "this user may read everything";
  EXPECT_EQ(names, (Names{"a/deep", "~a/note.txt", "~a/z.vsst"}));
  EXPECT_EQ(found.files[0].trouble.substr(0, 16), "cannot be read: ");
}
#endif

}  // namespace
}  // namespace vss
