#include <windows.h>

#include <tlhelp32.h>

#include <Zydis/Zydis.h>

#include <cstdint>
#include <cstring>
#include <map>
#include <vector>

#include "recorder/launch/hook.h"

namespace vss::launch {
namespace {

constexpr std::size_t kNearJump = 5;    // jmp rel32
constexpr std::size_t kFarJump = 14;    // jmp [rip+0]; address
constexpr std::size_t kRoom = 128;      // of one trampoline: the moved instructions and two far jumps

void writeFarJump(unsigned char* at, const void* target) {
  const unsigned char code[6] = {0xFF, 0x25, 0, 0, 0, 0};
  std::memcpy(at, code, 6);
  std::memcpy(at + 6, &target, 8);
}

bool fits32(std::int64_t distance) { return distance >= INT32_MIN && distance <= INT32_MAX; }

// Memory that a jump of 32 bits reaches from `nearby` (windows.h defines `near`).
unsigned char* allocateNear(const void* nearby) {
  auto home = reinterpret_cast<std::uintptr_t>(nearby) & ~std::uintptr_t{0xFFFF};
  for (std::uintptr_t distance = 0x10000; distance < 0x70000000; distance += 0x10000)
    for (auto place : {home + distance, home - distance}) {
      if (!place) continue;  // to VirtualAlloc that is: anywhere
      if (void* memory = ::VirtualAlloc(reinterpret_cast<void*>(place), 4096, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE))
        return static_cast<unsigned char*>(memory);
    }
  return nullptr;
}

// Copies whole instructions from `from` until `least` bytes are covered, made to work at `to`. Returns how many bytes they took there and
// here; 0: one cannot be moved.
struct Moved { std::size_t from = 0, to = 0; bool call = false; };
Moved moveInstructions(const unsigned char* from, unsigned char* to, std::size_t least, std::string& error) {
  ZydisDecoder decoder;
  ZydisDecoderInit(&decoder, ZYDIS_MACHINE_MODE_LONG_64, ZYDIS_STACK_WIDTH_64);
  Moved moved;
  bool ended = false;
  while (moved.from < least) {
    ZydisDecodedInstruction instruction;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, from + moved.from, 32, &instruction, operands))) return error = "an instruction is unknown", Moved{};
    if (ended && instruction.mnemonic != ZYDIS_MNEMONIC_INT3 && instruction.mnemonic != ZYDIS_MNEMONIC_NOP)
      return error = "the function is too short", Moved{};
    const unsigned char* source = from + moved.from;
    unsigned char* target = to + moved.to;
    const unsigned char* next = source + instruction.length;
    if (moved.to + instruction.length + kFarJump * 2 > kRoom) return error = "its first instructions are too long", Moved{};

    if (instruction.raw.imm[0].is_relative) {  // jmp, call, jcc
      const unsigned char* destination = next + instruction.raw.imm[0].value.s;
      if (destination >= from && destination < from + least) return error = "a jump leads into its first instructions", Moved{};
      if (instruction.mnemonic == ZYDIS_MNEMONIC_JMP) {
        writeFarJump(target, destination);
        moved.to += kFarJump;
        ended = true;
      } else if (instruction.mnemonic == ZYDIS_MNEMONIC_CALL) {
        const unsigned char code[8] = {0xFF, 0x15, 2, 0, 0, 0, 0xEB, 8};  // call [rip+2]; jmp over the address
        std::memcpy(target, code, 8);
        std::memcpy(target + 8, &destination, 8);
        moved.to += 16;
        moved.call = true;
      } else if (instruction.meta.category == ZYDIS_CATEGORY_COND_BR && instruction.mnemonic != ZYDIS_MNEMONIC_JRCXZ &&
                 instruction.mnemonic != ZYDIS_MNEMONIC_JECXZ && instruction.mnemonic != ZYDIS_MNEMONIC_LOOP &&
                 instruction.mnemonic != ZYDIS_MNEMONIC_LOOPE && instruction.mnemonic != ZYDIS_MNEMONIC_LOOPNE) {
        unsigned char condition = instruction.opcode & 0x0F;
        target[0] = static_cast<unsigned char>(0x70 | (condition ^ 1));  // the opposite condition jumps over the far jump
        target[1] = kFarJump;
        writeFarJump(target + 2, destination);
        moved.to += 2 + kFarJump;
      } else return error = "a branch cannot be moved", Moved{};
    } else {
      std::memcpy(target, source, instruction.length);
      if (instruction.attributes & ZYDIS_ATTRIB_IS_RELATIVE) {  // an operand [rip + x]
        std::int64_t distance = instruction.raw.disp.value + (source - target);
        if (instruction.raw.disp.size != 32 || !fits32(distance)) return error = "an address relative to its place cannot be moved", Moved{};
        auto relative = static_cast<std::int32_t>(distance);
        std::memcpy(target + instruction.raw.disp.offset, &relative, 4);
      }
      moved.to += instruction.length;
      ended = ended || instruction.mnemonic == ZYDIS_MNEMONIC_RET || instruction.mnemonic == ZYDIS_MNEMONIC_JMP;
    }
    moved.from += instruction.length;
  }
  return moved;
}

// Stops every other thread of this process, each of them outside the bytes that will change. While it lives nothing may be allocated and no
// lock be taken: a thread may have been stopped while it held one.
class OthersStopped {
 public:
  OthersStopped(const unsigned char* from, std::size_t size) {
    // Windows' own functions that look at threads may take the locks; so they come first.
    HANDLE all = ::CreateToolhelp32Snapshot(TH32CS_SNAPTHREAD, 0);
    THREADENTRY32 entry;
    entry.dwSize = sizeof entry;
    for (BOOL more = ::Thread32First(all, &entry); more; more = ::Thread32Next(all, &entry))
      if (entry.th32OwnerProcessID == ::GetCurrentProcessId() && entry.th32ThreadID != ::GetCurrentThreadId())
        if (HANDLE thread = ::OpenThread(THREAD_SUSPEND_RESUME | THREAD_GET_CONTEXT, FALSE, entry.th32ThreadID)) threads_.push_back(thread);
    ::CloseHandle(all);
    for (int attempt = 0; attempt < 1000 && !stopped_; ++attempt) {
      if (attempt) ::Sleep(1);
      stopped_ = stopOutside(from, size);
    }
  }
  ~OthersStopped() {
    if (stopped_) resume(threads_.size());
    for (HANDLE thread : threads_) ::CloseHandle(thread);
  }
  OthersStopped(const OthersStopped&) = delete;
  OthersStopped& operator=(const OthersStopped&) = delete;
  bool all() const { return stopped_; }

 private:
  bool stopOutside(const unsigned char* from, std::size_t size) {
    for (std::size_t i = 0; i < threads_.size(); ++i) {
      ::SuspendThread(threads_[i]);  // fails only for a thread that has ended
      CONTEXT context{};
      context.ContextFlags = CONTEXT_CONTROL;
      // To ask for the context also waits until the thread stands.
      std::uintptr_t inside = 0;
      if (::GetThreadContext(threads_[i], &context)) inside = context.Rip - reinterpret_cast<std::uintptr_t>(from);
      if (inside > 0 && inside < size) {
        resume(i + 1);
        return false;
      }
    }
    return true;
  }
  void resume(std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) ::ResumeThread(threads_[i]);
  }
  std::vector<HANDLE> threads_;
  bool stopped_ = false;
};

// What was overwritten, in the order in which it was. Never freed: it may be asked for at the very end of the process.
struct Overwritten { unsigned char* code; std::size_t size; unsigned char before[kFarJump], after[kFarJump]; };
std::vector<Overwritten>& overwritten() {
  static auto* all = new std::vector<Overwritten>;
  return *all;
}

// false: the code is not what it was thought to be, or cannot be written.
bool overwrite(unsigned char* code, std::size_t size, std::size_t standsFor, const unsigned char* expected, const unsigned char* with) {
  DWORD protection = 0;
  if (std::memcmp(code, expected, size) != 0 || !::VirtualProtect(code, size, PAGE_EXECUTE_READWRITE, &protection)) return false;
  bool written = false;
  {
    OthersStopped others(code, standsFor);
    if (others.all()) std::memcpy(code, with, size), written = true;
  }
  ::VirtualProtect(code, size, protection, &protection);
  ::FlushInstructionCache(::GetCurrentProcess(), code, size);
  return written;
}

}  // namespace

void* hookFunction(void* function, void* replacement, std::string& error, void** original, bool running) {
  overwritten().reserve(overwritten().size() + 1);
  auto* code = static_cast<unsigned char*>(function);
  unsigned char* room = allocateNear(function);
  bool nearby = room != nullptr;
  if (!nearby) room = static_cast<unsigned char*>(::VirtualAlloc(nullptr, 4096, MEM_COMMIT | MEM_RESERVE, PAGE_EXECUTE_READWRITE));
  if (!room) return error = "no memory", nullptr;
  std::size_t size = nearby ? kNearJump : kFarJump;
  Moved moved = moveInstructions(code, room, size, error);
  if (moved.from && moved.call && running) error = "it begins with a call, from which a thread may still come back", moved.from = 0;
  if (!moved.from) {
    ::VirtualFree(room, 0, MEM_RELEASE);
    return nullptr;
  }
  writeFarJump(room + moved.to, code + moved.from);
  unsigned char jump[kFarJump];
  if (nearby) {
    writeFarJump(room + kRoom, replacement);
    auto distance = static_cast<std::int32_t>(room + kRoom - (code + kNearJump));
    jump[0] = 0xE9;
    std::memcpy(jump + 1, &distance, 4);
  } else writeFarJump(jump, replacement);
  DWORD protection = 0;
  ::VirtualProtect(room, 4096, PAGE_EXECUTE_READ, &protection);
  ::FlushInstructionCache(::GetCurrentProcess(), room, kRoom + kFarJump);
  if (original) *original = room;
  Overwritten made{code, size, {}, {}};
  std::memcpy(made.before, code, size);
  std::memcpy(made.after, jump, size);
  if (!overwrite(code, size, moved.from, made.before, made.after)) {
    if (original) *original = nullptr;
    ::VirtualFree(room, 0, MEM_RELEASE);
    return error = "its memory is protected, or is never left by the threads that run there", nullptr;
  }
  overwritten().push_back(made);
  return room;
}

bool unhookFunctions() {
  std::erase_if(overwritten(), [](const Overwritten& made) { return overwrite(made.code, made.size, made.size, made.after, made.before); });
  return overwritten().empty();
}

bool hookSystemVssapi(std::span<HookedExport> exports, std::string& error, bool running) {
  wchar_t path[MAX_PATH + 16];
  UINT length = ::GetSystemDirectoryW(path, MAX_PATH);
  ::lstrcpyW(path + length, L"\\vssapi.dll");
  HMODULE module = ::LoadLibraryW(path);
  if (!module) return error = "System32\\vssapi.dll cannot be loaded", false;
  ::GetModuleHandleExW(GET_MODULE_HANDLE_EX_FLAG_PIN, path, &module);
  std::map<void*, void*> done;
  bool any = false;
  for (auto& wanted : exports) {
    auto* function = reinterpret_cast<void*>(::GetProcAddress(module, wanted.name));
    if (!function) continue;
    auto& original = done[function];
    if (original) wanted.original = original;
    else original = hookFunction(function, wanted.replacement, wanted.error, &wanted.original, running);
    if (wanted.needed && !original) return error = std::string(wanted.name) + ": " + wanted.error, false;
    any |= wanted.needed;
  }
  if (!any) return error = "System32\\vssapi.dll exports no factory", false;
  return true;
}

}  // namespace vss::launch
