// What a part of the program has to know of each method of a trace, found once for each and not at each call.
#pragma once
#include <memory>
#include <unordered_map>
#include <vector>

#include "traces/signature.h"

namespace vss {

// Facts: made from a signature. Signatures of one reader are found by their number (2 ns; a hash table takes 8, and several parts ask at each call).
template <class Facts> class ByMethod {
 public:
  template <class Make> Facts& of(const Signature& signature, Make&& make) {
    if (signature.number < known_.size() && known_[signature.number].first == &signature) return *known_[signature.number].second;
    auto& facts = all_[&signature];
    if (!facts) facts = std::make_unique<Facts>(make(signature));
    if (signature.number >= known_.size()) known_.resize(signature.number + 1);
    known_[signature.number] = {&signature, facts.get()};
    return *facts;
  }
  Facts& of(const Signature& signature) {
    return of(signature, [](const Signature& s) { return Facts(s); });
  }

 private:
  std::unordered_map<const Signature*, std::unique_ptr<Facts>> all_;
  std::vector<std::pair<const Signature*, Facts*>> known_;  // by number
};

}  // namespace vss
