#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string>

#include "memory.h"

// The C library's allocator lies underneath in every module of a process, so a string allocated by one shim is freed by another.
namespace {

// 8 bytes before the text keep it aligned; the last 4 of them hold the length.
constexpr std::size_t kPrefix = 8;

char16_t* allocate(const void* bytes, std::size_t length) {
  if (length > UINT32_MAX - kPrefix - sizeof(char16_t)) return nullptr;
  auto* memory = static_cast<char*>(std::malloc(kPrefix + length + sizeof(char16_t) + 1));
  if (!memory) return nullptr;
  auto prefix = static_cast<std::uint32_t>(length);
  std::memcpy(memory + kPrefix - 4, &prefix, 4);
  if (bytes) std::memcpy(memory + kPrefix, bytes, length);
  else std::memset(memory + kPrefix, 0, length);
  std::memset(memory + kPrefix + length, 0, sizeof(char16_t) + 1);
  return reinterpret_cast<char16_t*>(memory + kPrefix);
}

}  // namespace

extern "C" {
char16_t* VSS_CALL SysAllocString(const char16_t* text) {
  return text ? allocate(text, std::char_traits<char16_t>::length(text) * sizeof(char16_t)) : nullptr;
}
char16_t* VSS_CALL SysAllocStringLen(const char16_t* text, unsigned length) { return allocate(text, std::size_t{length} * sizeof(char16_t)); }
char16_t* VSS_CALL SysAllocStringByteLen(const char* bytes, unsigned length) { return allocate(bytes, length); }
int VSS_CALL SysReAllocString(char16_t** bstr, const char16_t* text) {
  if (!bstr) return 0;
  char16_t* fresh = SysAllocString(text);
  if (text && !fresh) return 0;
  SysFreeString(*bstr);
  *bstr = fresh;
  return 1;
}
int VSS_CALL SysReAllocStringLen(char16_t** bstr, const char16_t* text, unsigned length) {
  if (!bstr) return 0;
  char16_t* fresh = SysAllocStringLen(text, length);
  if (!fresh) return 0;
  SysFreeString(*bstr);
  *bstr = fresh;
  return 1;
}
void VSS_CALL SysFreeString(char16_t* bstr) {
  if (bstr) std::free(reinterpret_cast<char*>(bstr) - kPrefix);
}
unsigned VSS_CALL SysStringByteLen(const char16_t* bstr) {
  std::uint32_t length = 0;
  if (bstr) std::memcpy(&length, reinterpret_cast<const char*>(bstr) - 4, 4);
  return length;
}
unsigned VSS_CALL SysStringLen(const char16_t* bstr) { return SysStringByteLen(bstr) / sizeof(char16_t); }
void* VSS_CALL CoTaskMemAlloc(std::size_t bytes) { return std::malloc(bytes ? bytes : 1); }
void* VSS_CALL CoTaskMemRealloc(void* memory, std::size_t bytes) { return std::realloc(memory, bytes); }
void VSS_CALL CoTaskMemFree(void* memory) { std::free(memory); }
}
