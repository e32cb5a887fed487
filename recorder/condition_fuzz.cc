#include "recorder/fuzz_condition.h"
#include "fuzzing/change_texts.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  vss::fuzz::fuzzCondition({reinterpret_cast<const char*>(data), size});
  return 0;
}
