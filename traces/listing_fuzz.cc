#include "traces/fuzz_listing.h"
#include "fuzzing/change_texts.h"

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  vss::fuzz::fuzzListing({reinterpret_cast<const char*>(data), size});
  return 0;
}
