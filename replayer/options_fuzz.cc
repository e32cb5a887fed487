#include "replayer/fuzz_options.h"
#include "fuzzing/change_texts.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  vss::fuzz::fuzzOptions({reinterpret_cast<const char*>(data), size});
  return 0;
}
