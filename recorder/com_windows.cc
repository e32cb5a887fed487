#include <windows.h>

#include <objbase.h>

#include "recorder/com.h"

namespace vss {

ComSession::ComSession() {
  initialized_ = SUCCEEDED(::CoInitializeEx(nullptr, COINIT_MULTITHREADED));
  // Writers answer by calling back into this process. Once per process: a second call fails and changes nothing.
  security_ = ::CoInitializeSecurity(nullptr, -1, nullptr, nullptr, RPC_C_AUTHN_LEVEL_PKT_PRIVACY, RPC_C_IMP_LEVEL_IDENTIFY, nullptr, EOAC_DYNAMIC_CLOAKING,
                                     nullptr);
}

ComSession::~ComSession() {
  if (initialized_) ::CoUninitialize();
}

}  // namespace vss
