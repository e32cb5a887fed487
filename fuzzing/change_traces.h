// How libFuzzer changes traces: included by the one file of each target that takes one.
#pragma once
#include "fuzzing/trace_mutant.h"

extern "C" std::size_t LLVMFuzzerMutate(unsigned char* data, std::size_t size, std::size_t room);

namespace vss::fuzz {

inline std::size_t handBack(const std::string& bytes, unsigned char* data, std::size_t size, std::size_t room) {
  if (bytes.empty() || bytes.size() > room) return size;  // as it was
  std::copy(bytes.begin(), bytes.end(), data);
  return bytes.size();
}

}  // namespace vss::fuzz

extern "C" std::size_t LLVMFuzzerCustomMutator(unsigned char* data, std::size_t size, std::size_t room, unsigned seed) {
  vss::fuzz::TraceMutant mutant({reinterpret_cast<char*>(data), size}, seed);
  if (size >= 4096 && mutant.below(8)) return vss::fuzz::handBack(mutant.made(), data, size, room);
  std::string bytes(reinterpret_cast<char*>(data), LLVMFuzzerMutate(data, size, room));
  if (mutant.below(4)) vss::fuzz::seal(bytes);
  return vss::fuzz::handBack(bytes, data, bytes.size(), room);
}

extern "C" std::size_t LLVMFuzzerCustomCrossOver(const unsigned char* one, std::size_t size, const unsigned char* other, std::size_t otherSize, unsigned char* out,
                                                 std::size_t room, unsigned seed) {
  vss::fuzz::TraceMutant mutant({reinterpret_cast<const char*>(one), size}, seed);
  mutant.addFrom({reinterpret_cast<const char*>(other), otherSize});
  return vss::fuzz::handBack(mutant.made(), out, 0, room);
}
