#include "conformance/fuzz_notation.h"
#include "fuzzing/change_texts.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  vss::conformance::fuzzNotation({reinterpret_cast<const char*>(data), size});
  return 0;
}
