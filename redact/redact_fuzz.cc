#include "redact/fuzz_redact.h"
#include "fuzzing/change_traces.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  vss::redact::fuzzRedact({reinterpret_cast<const char*>(data), size});
  return 0;
}
