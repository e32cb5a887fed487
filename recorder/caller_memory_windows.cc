#include <windows.h>

#include <winternl.h>

#include <cstdint>

#include "recorder/caller_memory.h"

namespace vss {

bool copyFrom(const void* from, void* to, std::size_t size) noexcept {
  SIZE_T copied = 0;
  return !size || (::ReadProcessMemory(::GetCurrentProcess(), from, to, size, &copied) && copied == size);
}

bool onOwnStack(const void* p, std::size_t size) noexcept {
  auto* tib = reinterpret_cast<NT_TIB*>(::NtCurrentTeb());
  auto at = reinterpret_cast<std::uintptr_t>(p);
  return at >= reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) && at >= reinterpret_cast<std::uintptr_t>(tib->StackLimit) &&
         at + size <= reinterpret_cast<std::uintptr_t>(tib->StackBase);
}

}  // namespace vss
