// Reading memory that is not ours: a requester's strings and variables, an implementation's results. A bad pointer is told, it
// never faults.
#pragma once
#include <cstddef>
#include <optional>
#include <string>

namespace vss {

// Copies size bytes; false: not all of them are readable.
bool copyFrom(const void* from, void* to, std::size_t size) noexcept;

// Whether [p, p + size) lies on the calling thread's own stack, above the current frame: readable without asking.
bool onOwnStack(const void* p, std::size_t size) noexcept;

// Text up to its NUL, at most 256 MB of it; nullopt: unreadable before a NUL came.
std::optional<std::u16string> readText(const char16_t* text);

// A BSTR by its length prefix if that is believable (even, readable, NUL behind), else as text up to its NUL.
std::optional<std::u16string> readBstr(const char16_t* bstr);

}  // namespace vss
