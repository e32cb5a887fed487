#include <windows.h>

#include "recorder/last_error.h"

namespace vss {
unsigned long readLastError() noexcept { return ::GetLastError(); }
void writeLastError(unsigned long error) noexcept { ::SetLastError(error); }
}  // namespace vss
