// The field kit, as `cmake --build --preset windows --target package` makes it, and as an administrator has it: unpacked, and nothing beside it.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "requesters/run.h"

namespace vss::test {
namespace {

class Kit : public testing::Test {
 protected:
  using Names = std::set<std::string>;

  // Of what lies in the folder, by its name from there.
  static Names filesIn(const std::filesystem::path& folder) {
    Names names;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
      if (entry.is_regular_file()) names.insert(shownPath(std::filesystem::relative(entry.path(), folder)));
    return names;
  }
  // Packs the build and unpacks that in a folder whose name is not easy. "" if there is no such build.
  void unpack(const std::string& platform, const std::string& archive) {
    auto build = buildPath("../" + platform).lexically_normal();
    Ran ran = run({"cpack", "--config", shownPath(build / "CPackConfig.cmake"), "-B", shownPath(place / "packed")}, {}, std::chrono::seconds(120));
    ASSERT_EQ(ran.exitCode, 0) << ran.out << ran.err;
    auto packed = place / "packed" / archive;
    ASSERT_TRUE(std::filesystem::exists(packed)) << ran.out;
    std::filesystem::create_directories(place / "Kunde Ärger 備份");
    ran = run({"sh", "-c", "cd '" + shownPath(place / "Kunde Ärger 備份") + "' && cmake -E tar xf '" + shownPath(packed) + "'"});
    ASSERT_EQ(ran.exitCode, 0) << ran.err;
    folder = *std::filesystem::directory_iterator(place / "Kunde Ärger 備份");
    EXPECT_TRUE(shownPath(packed).starts_with(shownPath(place / "packed" / folder.filename()) + ".")) << "one folder, of the archive's name: " << folder;
  }
  // The commands of READ ME.txt: what is four blanks in.
  std::vector<std::string> commands() const {
    std::vector<std::string> found;
    std::istringstream text(contentOf(folder / "READ ME.txt"));
    for (std::string line; std::getline(text, line);)
      if (line.starts_with("    ")) found.push_back(line.substr(4, line.find('\r') - 4));
    return found;
  }

  TemporaryFolder place;
  std::filesystem::path folder;
};

TEST_F(Kit, ForWindowsServesAWholeCaseFromTheZipAlone) {
  if (!std::filesystem::exists(buildPath("../windows/bin/shadowtape.exe"))) GTEST_SKIP() << "there is no Windows build beside this one";
  unpack("windows", std::string("shadowtape-") + SHADOWTAPE_VERSION + "-windows-x64.zip");
  if (HasFatalFailure()) return;
  const Names kit{"LICENSE.txt", "LICENSES OF OTHERS.txt", "READ ME.txt", "model/vssapi.dll", "recorder/vssapi.dll", "replayer/vssapi.dll", "shadowtape.exe"};
  EXPECT_EQ(filesIn(folder), kit);
  std::string readMe = contentOf(folder / "READ ME.txt");
  EXPECT_NE(readMe.find("Shadowtape " SHADOWTAPE_VERSION), std::string::npos);
  EXPECT_EQ(std::count(readMe.begin(), readMe.end(), '\n'), std::count(readMe.begin(), readMe.end(), '\r'));
  EXPECT_LE(std::count(readMe.begin(), readMe.end(), '\n'), 60) << "one page";
  std::string licenses = contentOf(folder / "LICENSES OF OTHERS.txt");
  for (const char* text : {"= Cap'n Proto =", "= CLI11 =", "= pugixml =", "= zstd =", "= GoogleTest =", "= libsodium =", "= Zydis =", "= Zycore =", "mingw-w64", "GCC Runtime Library Exception",
                           "Florian Bernd", "Arseny Kapoulkine", "Frank Denis"})
    EXPECT_NE(licenses.find(text), std::string::npos) << text;

  // As at a command prompt in that folder, with a temporary folder that shows what is left.
  std::filesystem::copy_file(buildPath("../windows/requesters/status_loop.exe"), folder / "mybackup.exe");
  auto prompt = [&](const std::string& command) {
    std::ofstream(folder / "try.bat") << "@set TMP=%CD%\\tmp\r\n@set TEMP=%CD%\\tmp\r\n@" << command << "\r\n";
    std::filesystem::create_directories(folder / "tmp");
    Ran ran = run({"sh", "-c", "top=$PWD; cd '" + shownPath(folder) + "' && \"$top\"/cmake/wine.sh cmd /c try.bat"});
    EXPECT_TRUE(filesIn(folder / "tmp").empty()) << "left behind by: " << command;
    return ran;
  };
  int tried = 0;
  for (auto command : commands()) {
    if (command.find("--wait-for") != command.npos) continue;
    if (auto at = command.find(" its arguments"); at != command.npos) command.resize(at);  // this one takes none
    Ran ran = prompt(command);
    EXPECT_EQ(ran.exitCode, 0) << command << "\n" << ran.out << ran.err;
    ++tried;
  }
  EXPECT_GE(tried, 4);
  Ran ran = prompt("shadowtape status --target model");
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_NE(ran.out.find("9 writers"), std::string::npos) << ran.out;
  ran = prompt("shadowtape record --target model -o modelled.vsst -- mybackup.exe");
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_NE(ran.err.find("23 calls recorded in modelled.vsst"), std::string::npos) << ran.err;
  EXPECT_EQ(ran.err.find("administrator"), std::string::npos) << "it has the rights";
  EXPECT_NE(prompt("shadowtape show backup.vsst").out.find("GetWriterStatus("), std::string::npos);
  EXPECT_EQ(prompt("shadowtape check backup.vsst status.vsst").exitCode, 0);
  ran = prompt("shadowtape explain to-send.vsst");
  EXPECT_EQ(ran.exitCode, 0) << ran.out << ran.err;
  EXPECT_EQ(ran.out.find("Nothing failed"), 0u) << ran.out;
  EXPECT_EQ(prompt("shadowtape export to-send.vsst --to html -o case.html").exitCode, 0);
  EXPECT_NE(contentOf(folder / "case.html").find("Task Scheduler Writer"), std::string::npos);
  std::filesystem::remove(folder / "case.html");
  ran = prompt("shadowtape replay backup.vsst -- mybackup.exe");
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_NE(ran.out.find("Task Scheduler Writer"), std::string::npos) << ran.out;
  for (const auto& name : filesIn(folder))
    EXPECT_TRUE(kit.count(name) || name == "try.bat" || name == "mybackup.exe" || name.ends_with(".vsst")) << name << " was left behind";
}

TEST_F(Kit, ForLinuxDoesWhatItsPageSays) {
  unpack("linux", std::string("shadowtape-") + SHADOWTAPE_VERSION + "-linux-x64.tar.gz");
  if (HasFatalFailure()) return;
  EXPECT_EQ(filesIn(folder), (Names{"LICENSE.txt", "LICENSES OF OTHERS.txt", "READ ME.txt", "model/libvssapi.so", "recorder/libvssapi.so", "replayer/libvssapi.so", "shadowtape"}));
  std::filesystem::copy_file(buildPath("requesters/status_loop"), folder / "mybackup");
  auto commandsThere = commands();
  EXPECT_GE(commandsThere.size(), 4u);
  for (const auto& command : commandsThere) {
    Ran ran = run({"sh", "-c", "cd '" + shownPath(folder) + "' && mkdir -p tmp && TMPDIR=$PWD/tmp " + command});
    EXPECT_EQ(ran.exitCode, 0) << command << "\n" << ran.out << ran.err;
    EXPECT_TRUE(filesIn(folder / "tmp").empty()) << "left behind by: " << command;
  }
  Ran ran = run({"readelf", "-d", shownPath(folder / "shadowtape")});
  EXPECT_EQ(ran.out.find("libstdc++"), std::string::npos) << "other machines have another one";
}

}  // namespace
}  // namespace vss::test
