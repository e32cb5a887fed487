#include <filesystem>

#include "conformance/driver.h"
#include "recorder/target.h"
#include "traces/platform.h"
#include "traces/vss/memory.h"

namespace vss::conformance {

#if defined(_WIN32)
namespace {
char16_t* VSS_CALL allocateString(const char16_t* text, unsigned length) { return sysAllocStringLen(text, length); }
void VSS_CALL freeString(char16_t* text) { sysFreeString(text); }
void VSS_CALL freeTaskMemory(void* memory) { coTaskMemFree(memory); }
}  // namespace

Allocators allocatorsOf(const std::string&) { return {&freeString, &freeTaskMemory, &allocateString}; }
#else
Allocators allocatorsOf(const std::string& target) {
  auto exported = [&](const char* name) { return target.empty() ? nullptr : exportOf(std::filesystem::absolute(pathFromUtf8(target)), name); };
  Allocators allocators{&SysFreeString, &CoTaskMemFree, &SysAllocStringLen};
  if (auto* own = exported("SysFreeString")) allocators.freeString = reinterpret_cast<decltype(allocators.freeString)>(own);
  if (auto* own = exported("CoTaskMemFree")) allocators.freeTaskMemory = reinterpret_cast<decltype(allocators.freeTaskMemory)>(own);
  if (auto* own = exported("SysAllocStringLen")) allocators.allocateString = reinterpret_cast<decltype(allocators.allocateString)>(own);
  return allocators;
}
#endif

}  // namespace vss::conformance
