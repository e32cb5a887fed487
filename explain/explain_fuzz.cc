#include "explain/fuzz_explain.h"
#include "fuzzing/change_traces.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  vss::explain::fuzzExplain({reinterpret_cast<const char*>(data), size});
  return 0;
}
