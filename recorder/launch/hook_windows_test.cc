// The mover of code, on functions made of bytes: each starts as compilers start functions.
#include <gtest/gtest.h>
#include <windows.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <string>
#include <thread>
#include <vector>

#include "recorder/launch/hook.h"

namespace vss::launch {
namespace {

using Function = int (*)(int);

DWORD protectionOf(const void* at) {
  MEMORY_BASIC_INFORMATION region;
  ::VirtualQuery(at, &region, sizeof region);
  return region.Protect;
}

// A page of code; what a function refers to lies behind it.
class Code {
 public:
  explicit Code(std::initializer_list<int> bytes) {
    page_ = static_cast<unsigned char*>(::VirtualAlloc(nullptr, 4096, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE));
    std::memset(page_, 0xCC, 4096);
    std::size_t i = 0;
    for (int byte : bytes) page_[i++] = static_cast<unsigned char>(byte);
    before_.assign(page_, page_ + 256);
    DWORD old;
    ::VirtualProtect(page_, 4096, PAGE_EXECUTE_READ, &old);
  }
  ~Code() {
    EXPECT_TRUE(unhookFunctions());
    EXPECT_TRUE(untouched()) << "what was hooked is not as it was";
    EXPECT_EQ(protection(), DWORD{PAGE_EXECUTE_READ});
    ::VirtualFree(page_, 0, MEM_RELEASE);
  }
  void* at() const { return page_; }
  int call(int x) const { return reinterpret_cast<Function>(page_)(x); }
  bool untouched() const { return std::memcmp(page_, before_.data(), before_.size()) == 0; }
  DWORD protection() const { return protectionOf(page_); }

 private:
  unsigned char* page_;
  std::vector<unsigned char> before_;
};

int replacement(int x) { return -x; }

// Hooks; expects that calls go to the replacement, and that what was there still answers as before.
void expectHooked(const Code& code, std::initializer_list<int> inputs) {
  std::vector<int> expected;
  for (int x : inputs) expected.push_back(code.call(x));
  std::string error;
  void* original = hookFunction(code.at(), reinterpret_cast<void*>(&replacement), error);
  ASSERT_TRUE(original) << error;
  std::size_t i = 0;
  for (int x : inputs) {
    EXPECT_EQ(code.call(x), -x);
    EXPECT_EQ(reinterpret_cast<Function>(original)(x), expected[i++]) << "of " << x;
  }
  EXPECT_EQ(code.protection(), DWORD{PAGE_EXECUTE_READ}) << "the page's protection was not restored";
  EXPECT_EQ(protectionOf(original), DWORD{PAGE_EXECUTE_READ}) << "nobody may write where code runs";
}

void expectLeftAlone(const Code& code, const std::string& why) {
  std::string error;
  EXPECT_EQ(hookFunction(code.at(), reinterpret_cast<void*>(&replacement), error), nullptr);
  EXPECT_NE(error.find(why), std::string::npos) << error;
  EXPECT_TRUE(code.untouched());
  EXPECT_EQ(code.protection(), DWORD{PAGE_EXECUTE_READ});
}

TEST(HookFunction, MovesPlainInstructions) {
  // push rbx; sub rsp,32; mov ebx,ecx; lea eax,[rbx+rbx+1]; add rsp,32; pop rbx; ret
  expectHooked(Code{0x53, 0x48, 0x83, 0xEC, 0x20, 0x89, 0xCB, 0x8D, 0x44, 0x1B, 0x01, 0x48, 0x83, 0xC4, 0x20, 0x5B, 0xC3}, {0, 3, -9});
}

TEST(HookFunction, NeverCutsAnInstructionInTwo) {
  // mov eax,0x11223344 is 5 bytes, and 1 + 5: the jump of 5 bytes ends inside it
  expectHooked(Code{0x90, 0xB8, 0x44, 0x33, 0x22, 0x11, 0x01, 0xC8, 0xC3}, {0, 1, 100});
}

TEST(HookFunction, KeepsAnOperandThatIsRelativeToItsPlace) {
  // mov eax,[rip+3]; add eax,ecx; ret; the number 1000
  expectHooked(Code{0x8B, 0x05, 0x03, 0x00, 0x00, 0x00, 0x01, 0xC8, 0xC3, 0xE8, 0x03, 0x00, 0x00}, {0, 5});
}

TEST(HookFunction, KeepsAnOperandThatIsRelativeAndFollowedByANumber) {
  // cmp dword [rip+7],1000; sete al (0F 94 C0); movzx eax,al (0F B6 C0); ret; 1000
  expectHooked(Code{0x81, 0x3D, 0x07, 0x00, 0x00, 0x00, 0xE8, 0x03, 0x00, 0x00, 0x0F, 0x94, 0xC0, 0x0F, 0xB6, 0xC0, 0xC3, 0xE8, 0x03, 0x00, 0x00}, {1});
}

TEST(HookFunction, FollowsAShortJump) {
  // jmp +3; int3 ×3; lea eax,[rcx+7]; ret
  expectHooked(Code{0xEB, 0x03, 0xCC, 0xCC, 0xCC, 0x8D, 0x41, 0x07, 0xC3}, {0, 5});
}

TEST(HookFunction, FollowsTheNearJumpOfAnImportThunk) {
  // jmp +11 (to offset 16); …; lea eax,[rcx+9]; ret
  expectHooked(Code{0xE9, 0x0B, 0, 0, 0, 0xCC, 0xCC, 0xCC, 0xCC, 0xCC, 0xCC, 0xCC, 0xCC, 0xCC, 0xCC, 0xCC, 0x8D, 0x41, 0x09, 0xC3}, {0, 5});
}

TEST(HookFunction, FollowsAnIndirectJump) {
  Code target{0x8D, 0x41, 0x0B, 0xC3};
  auto at = reinterpret_cast<std::uintptr_t>(target.at());
  auto byte = [&](int n) { return static_cast<int>(at >> (8 * n) & 0xFF); };
  // jmp [rip+0]; the address
  expectHooked(Code{0xFF, 0x25, 0, 0, 0, 0, byte(0), byte(1), byte(2), byte(3), byte(4), byte(5), byte(6), byte(7)}, {0, 5});
}

TEST(HookFunction, KeepsAConditionalJumpBothWays) {
  // test ecx,ecx; js +4; lea eax,[rcx+1]; ret; lea eax,[rcx-1]; ret
  expectHooked(Code{0x85, 0xC9, 0x78, 0x04, 0x8D, 0x41, 0x01, 0xC3, 0x8D, 0x41, 0xFF, 0xC3}, {0, 5, -5});
  // the same with a near one: test ecx,ecx; jns +4
  expectHooked(Code{0x85, 0xC9, 0x0F, 0x89, 0x04, 0, 0, 0, 0x8D, 0x41, 0xFF, 0xC3, 0x8D, 0x41, 0x01, 0xC3}, {0, 5, -5});
}

TEST(HookFunction, KeepsACall) {
  // sub rsp,40; call +7 (to offset 16); add rsp,40; ret; nop ×2; lea eax,[rcx+2]; ret      (4 + 5 + 4 + 1 + 2 = 16)
  expectHooked(Code{0x48, 0x83, 0xEC, 0x28, 0xE8, 0x07, 0, 0, 0, 0x48, 0x83, 0xC4, 0x28, 0xC3, 0x90, 0x90, 0x8D, 0x41, 0x02, 0xC3}, {0, 5});
}

TEST(HookFunction, LeavesACallAloneFromWhichARunningThreadMayComeBack) {
  Code code{0x48, 0x83, 0xEC, 0x28, 0xE8, 0x07, 0, 0, 0, 0x48, 0x83, 0xC4, 0x28, 0xC3, 0x90, 0x90, 0x8D, 0x41, 0x02, 0xC3};
  std::string error;
  EXPECT_EQ(hookFunction(code.at(), reinterpret_cast<void*>(&replacement), error, nullptr, true), nullptr);
  EXPECT_NE(error.find("begins with a call"), std::string::npos) << error;
}

// No memory within the 2 GB that a short jump reaches.
class NothingFreeNearby {
 public:
  explicit NothingFreeNearby(const void* place) {
    auto home = reinterpret_cast<std::uintptr_t>(place) & ~std::uintptr_t{0xFFFF};
    constexpr std::uintptr_t kReach = 0x80000000;
    for (auto at = home > kReach ? home - kReach : 0x10000; at < home + kReach;) {
      MEMORY_BASIC_INFORMATION region;
      if (!::VirtualQuery(reinterpret_cast<void*>(at), &region, sizeof region)) break;
      auto end = reinterpret_cast<std::uintptr_t>(region.BaseAddress) + region.RegionSize;
      auto start = (at + 0xFFFF) & ~std::uintptr_t{0xFFFF};
      if (region.State == MEM_FREE && start < end)
        if (void* taken = ::VirtualAlloc(reinterpret_cast<void*>(start), std::min(end, home + kReach) - start, MEM_RESERVE, PAGE_NOACCESS)) taken_.push_back(taken);
      at = end;
    }
  }
  ~NothingFreeNearby() {
    for (void* place : taken_) ::VirtualFree(place, 0, MEM_RELEASE);
  }
  NothingFreeNearby(const NothingFreeNearby&) = delete;
  NothingFreeNearby& operator=(const NothingFreeNearby&) = delete;

 private:
  std::vector<void*> taken_;
};

TEST(HookFunction, JumpsFarWhereNoMemoryIsFreeNearby) {
  // lea eax,[rcx+1]; add eax,2 (×4); ret
  Code code{0x8D, 0x41, 0x01, 0x83, 0xC0, 0x02, 0x83, 0xC0, 0x02, 0x83, 0xC0, 0x02, 0x83, 0xC0, 0x02, 0xC3};
  // push rbx; sub rsp,32; mov ebx,ecx; lea eax,[rbx+rbx+1]; add rsp,32; pop rbx; ret: 17 bytes, of which the jump takes 14
  Code whole{0x53, 0x48, 0x83, 0xEC, 0x20, 0x89, 0xCB, 0x8D, 0x44, 0x1B, 0x01, 0x48, 0x83, 0xC4, 0x20, 0x5B, 0xC3};
  // xor eax,eax; nop ×3; ret; the next function
  Code tooShort{0x31, 0xC0, 0x90, 0x90, 0x90, 0xC3, 0x8D, 0x41, 0x01, 0x83, 0xC0, 0x02, 0x83, 0xC0, 0x02, 0xC3};
  NothingFreeNearby full(code.at());
  expectHooked(code, {0, 5});
  expectHooked(whole, {0, 5});
  expectLeftAlone(tooShort, "too short");
}

TEST(HookFunction, LeavesAFunctionAloneThatIsTooShort) {
  // xor eax,eax; ret; the next function
  expectLeftAlone(Code{0x31, 0xC0, 0xC3, 0x8D, 0x41, 0x01, 0xC3}, "too short");
}

TEST(HookFunction, TakesThePaddingBehindAShortFunction) {
  // xor eax,eax; ret; int3 ×…
  expectHooked(Code{0x31, 0xC0, 0xC3, 0xCC, 0xCC, 0xCC, 0xCC}, {0, 5});
}

TEST(HookFunction, LeavesAFunctionAloneWhoseFirstInstructionsAreALoop) {
  // dec ecx; jnz -4 (to the start); ret; …
  expectLeftAlone(Code{0xFF, 0xC9, 0x75, 0xFC, 0x90, 0xC3}, "leads into");
}

TEST(HookFunction, LeavesAFunctionAloneThatStartsWithLoopOrJrcxz) {
  expectLeftAlone(Code{0x90, 0x90, 0xE3, 0x10, 0x90, 0xC3}, "a branch cannot be moved");
  expectLeftAlone(Code{0x90, 0x90, 0xE2, 0x10, 0x90, 0xC3}, "a branch cannot be moved");
}

TEST(HookFunction, LeavesAloneWhatIsNoCode) {
  expectLeftAlone(Code{0x06, 0x06, 0x06, 0x06, 0x06, 0x06}, "an instruction is unknown");
}

// What a running program looks like: threads that are anywhere in the function while it is hooked and given back.
TEST(HookFunction, ChangesNothingUnderARunningThread) {
  // push rbx; pause ×2; mov ebx,ecx; lea eax,[rbx+1]; pop rbx; ret: a thread spends most of its time where the jump goes
  Code code{0x53, 0xF3, 0x90, 0xF3, 0x90, 0x89, 0xCB, 0x8D, 0x43, 0x01, 0x5B, 0xC3};
  std::atomic<bool> end{false};
  std::atomic<int> last{0}, wrong{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i)
    threads.emplace_back([&] {
      for (int known = 0; !end;) {
        int answer = code.call(5);
        if (answer != known) last = known = answer;
        if (answer != -5 && answer != 6) ++wrong;
      }
    });
  for (int i = 0; i < 30; ++i) {
    std::string error;
    EXPECT_TRUE(hookFunction(code.at(), reinterpret_cast<void*>(&replacement), error)) << error;
    while (last != -5) std::this_thread::yield();
    EXPECT_TRUE(unhookFunctions());
    while (last != 6) std::this_thread::yield();
  }
  end = true;
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

TEST(HookFunction, LeavesAloneWhatSomebodyElseHasChangedSince) {
  Code code{0x53, 0x90, 0x90, 0x89, 0xCB, 0x8D, 0x43, 0x01, 0x5B, 0xC3};
  std::string error;
  ASSERT_TRUE(hookFunction(code.at(), reinterpret_cast<void*>(&replacement), error)) << error;
  auto* byte = static_cast<unsigned char*>(code.at());
  DWORD old;
  ::VirtualProtect(byte, 16, PAGE_EXECUTE_READWRITE, &old);
  ++byte[1];  // the jump leads elsewhere
  unsigned char theirs[16];
  std::memcpy(theirs, byte, 16);
  EXPECT_FALSE(unhookFunctions());
  EXPECT_EQ(std::memcmp(theirs, byte, 16), 0);
  --byte[1];
  ::VirtualProtect(byte, 16, old, &old);
}

}  // namespace
}  // namespace vss::launch
