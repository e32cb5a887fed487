// How libFuzzer changes texts: included by the one file of each target that takes one.
#pragma once
#include <algorithm>

#include "fuzzing/text_mutant.h"

extern "C" std::size_t LLVMFuzzerMutate(unsigned char* data, std::size_t size, std::size_t room);

extern "C" std::size_t LLVMFuzzerCustomMutator(unsigned char* data, std::size_t size, std::size_t room, unsigned seed) {
  vss::fuzz::TextMutant mutant(seed);
  if (mutant.below(3) == 0) return LLVMFuzzerMutate(data, size, room);
  std::string made = mutant.made({reinterpret_cast<char*>(data), size}, {});
  if (made.empty() || made.size() > room) return LLVMFuzzerMutate(data, size, room);
  std::copy(made.begin(), made.end(), data);
  return made.size();
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const unsigned char* one, std::size_t size, const unsigned char* other, std::size_t otherSize, unsigned char* out,
                                                 std::size_t room, unsigned seed) {
  std::string made = vss::fuzz::TextMutant(seed).made({reinterpret_cast<const char*>(one), size}, {reinterpret_cast<const char*>(other), otherSize});
  if (made.size() > room) return 0;
  std::copy(made.begin(), made.end(), out);
  return made.size();
}
