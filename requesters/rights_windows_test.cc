// The command with a user's token, as a prompt without "Run as administrator" gives it.
#include <gtest/gtest.h>
#include <windows.h>

#include "recorder/launch/launch.h"
#include "recorder/launch/text_windows.h"
#include "requesters/run.h"

namespace vss::test {
namespace {

// The other half of an administrator's split token; its processes are not elevated.
HANDLE usersToken() {
  HANDLE own = nullptr, primary = nullptr;
  if (!::OpenProcessToken(::GetCurrentProcess(), TOKEN_ALL_ACCESS, &own)) return nullptr;
  launch::Handle closing(own);
  TOKEN_LINKED_TOKEN linked{};
  ::DWORD size = 0;
  if (!::GetTokenInformation(own, TokenLinkedToken, &linked, sizeof linked, &size)) return nullptr;
  launch::Handle impersonation(linked.LinkedToken);
  return ::DuplicateTokenEx(impersonation, TOKEN_ALL_ACCESS, nullptr, SecurityImpersonation, TokenPrimary, &primary) ? primary : nullptr;
}

Ran runAsUser(const std::vector<std::string>& command, HANDLE token) {
  TemporaryFolder folder;
  SECURITY_ATTRIBUTES inherited{sizeof inherited, nullptr, TRUE};
  auto open = [&](const char* name) { return ::CreateFileW((folder / name).c_str(), GENERIC_WRITE, FILE_SHARE_READ, &inherited, CREATE_ALWAYS, 0, nullptr); };
  STARTUPINFOW startup{};
  startup.cb = sizeof startup;
  startup.dwFlags = STARTF_USESTDHANDLES;
  startup.hStdOutput = open("out"), startup.hStdError = open("err");
  PROCESS_INFORMATION created{};
  std::wstring line = launch::commandLine(command);
  BOOL started = ::CreateProcessAsUserW(token, nullptr, line.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr, &startup, &created);
  ::CloseHandle(startup.hStdOutput), ::CloseHandle(startup.hStdError);
  Ran ran;
  if (!started) return ran;
  launch::Handle process(created.hProcess), thread(created.hThread);
  ran.timedOut = ::WaitForSingleObject(process, 60000) != WAIT_OBJECT_0;
  ::DWORD code = 0;
  ::GetExitCodeProcess(process, &code);
  ran.exitCode = static_cast<int>(code), ran.out = contentOf(folder / "out"), ran.err = contentOf(folder / "err");
  return ran;
}

TEST(RightsOfTheCommand, AUserIsToldInOneLineAndServedAllTheSame) {
  launch::Handle token(usersToken());
  ASSERT_TRUE(static_cast<HANDLE>(token)) << "system error " << ::GetLastError();
  TemporaryFolder folder;
  auto told = [](const Ran& ran) { return ran.err.find("without administrator's rights") != std::string::npos; };
  Ran ran = runAsUser({program("bin/shadowtape"), "status", "--target", "system"}, token);
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_TRUE(told(ran)) << ran.err;
  EXPECT_EQ(std::count(ran.err.begin(), ran.err.end(), '\n'), 1) << ran.err;
  EXPECT_NE(ran.out.find("9 writers"), std::string::npos) << ran.out;
  ran = runAsUser({program("bin/shadowtape"), "record", "-o", shownPath(folder / "a.vsst"), "--", program("requesters/status_loop")}, token);
  EXPECT_EQ(ran.exitCode, 0) << ran.err;
  EXPECT_TRUE(told(ran)) << ran.err;
  EXPECT_TRUE(std::filesystem::exists(folder / "a.vsst"));
  EXPECT_FALSE(told(runAsUser({program("bin/shadowtape"), "status", "--target", "model"}, token))) << "the model asks nobody for rights";
  EXPECT_FALSE(told(run({program("bin/shadowtape"), "status", "--target", "system"}))) << "an administrator";
}

}  // namespace
}  // namespace vss::test
