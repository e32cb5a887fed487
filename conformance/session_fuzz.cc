#include "conformance/fuzz_session.h"
#include "fuzzing/change_traces.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  vss::conformance::fuzzSession({reinterpret_cast<const char*>(data), size});
  return 0;
}
