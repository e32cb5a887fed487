// What is thrown when the world is broken: a file that cannot be read or written, or that is no trace. Starts with the place.
#pragma once
#include <stdexcept>

namespace vss {
struct TraceError : std::runtime_error { using std::runtime_error::runtime_error; };
}  // namespace vss
