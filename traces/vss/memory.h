// The two allocators of COM. A BSTR carries its length in bytes in the four bytes before the text and may hold NULs and
// unpaired surrogates; a null BSTR and an empty one differ. On Linux libvssapi.so exports these under their Windows names
// (Windows' calling convention), so that one side can free what the other allocated; on Windows they are the system's own.
//
// Text handed out is freed by the same family; freeing null is allowed. All functions may be called from any thread.
#pragma once
#include <cstddef>

#include "describe.h"

#if defined(_WIN32)
namespace vss {
char16_t* sysAllocStringLen(const char16_t* text, std::size_t length);  // nullptr: no memory. text may be nullptr
void sysFreeString(char16_t* bstr);
std::size_t sysStringLen(const char16_t* bstr);                         // in code units; 0 for null
void* coTaskMemAlloc(std::size_t bytes);
void coTaskMemFree(void* memory);
}  // namespace vss
#else
#define VSS_EXPORT __attribute__((visibility("default")))
extern "C" {
VSS_EXPORT char16_t* VSS_CALL SysAllocString(const char16_t* text);
VSS_EXPORT char16_t* VSS_CALL SysAllocStringLen(const char16_t* text, unsigned length);
VSS_EXPORT char16_t* VSS_CALL SysAllocStringByteLen(const char* bytes, unsigned length);
VSS_EXPORT int VSS_CALL SysReAllocString(char16_t** bstr, const char16_t* text);
VSS_EXPORT int VSS_CALL SysReAllocStringLen(char16_t** bstr, const char16_t* text, unsigned length);
VSS_EXPORT void VSS_CALL SysFreeString(char16_t* bstr);
VSS_EXPORT unsigned VSS_CALL SysStringLen(const char16_t* bstr);
VSS_EXPORT unsigned VSS_CALL SysStringByteLen(const char16_t* bstr);
VSS_EXPORT void* VSS_CALL CoTaskMemAlloc(std::size_t bytes);
VSS_EXPORT void* VSS_CALL CoTaskMemRealloc(void* memory, std::size_t bytes);
VSS_EXPORT void VSS_CALL CoTaskMemFree(void* memory);
}
namespace vss {
inline char16_t* sysAllocStringLen(const char16_t* text, std::size_t length) { return SysAllocStringLen(text, static_cast<unsigned>(length)); }
inline void sysFreeString(char16_t* bstr) { SysFreeString(bstr); }
inline std::size_t sysStringLen(const char16_t* bstr) { return SysStringLen(bstr); }
inline void* coTaskMemAlloc(std::size_t bytes) { return CoTaskMemAlloc(bytes); }
inline void coTaskMemFree(void* memory) { CoTaskMemFree(memory); }
}  // namespace vss
#endif
