#include <windows.h>

#include <oleauto.h>

#include "memory.h"

namespace vss {

char16_t* sysAllocStringLen(const char16_t* text, std::size_t length) {
  return reinterpret_cast<char16_t*>(::SysAllocStringLen(reinterpret_cast<const OLECHAR*>(text), static_cast<unsigned>(length)));
}
void sysFreeString(char16_t* bstr) { ::SysFreeString(reinterpret_cast<BSTR>(bstr)); }
std::size_t sysStringLen(const char16_t* bstr) { return ::SysStringLen(reinterpret_cast<BSTR>(const_cast<char16_t*>(bstr))); }
void* coTaskMemAlloc(std::size_t bytes) { return ::CoTaskMemAlloc(bytes); }
void coTaskMemFree(void* memory) { ::CoTaskMemFree(memory); }

}  // namespace vss
