#include "recorder/com.h"

namespace vss {
ComSession::ComSession() = default;
ComSession::~ComSession() = default;
}  // namespace vss
