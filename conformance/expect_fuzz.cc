#include "conformance/fuzz_expect.h"
#include "fuzzing/change_texts.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  vss::conformance::fuzzExpect({reinterpret_cast<const char*>(data), size});
  return 0;
}
