// The model, as the suite asks it: it is given from outside, so that nothing here links it.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "conformance/driver.h"

namespace vss::conformance {

using Choices = std::map<std::string, std::string>;

// A system and its factory. state: a digest of what later answers depend on; only the reference has it.
struct System {
  std::function<HRESULT(IVssBackupComponents**)> create;
  std::function<std::string(IVssBackupComponents*, IVssAsync*)> state;
};
// A system that nobody has used yet; or the same again and again, where a process has only one.
using MakeSystem = std::function<System()>;

// The reference, made from a scenario (docs/model.md). fresh: a new system each time it is asked for.
struct Reference {
  std::function<MakeSystem(const std::string& scenario, bool fresh)> with;
  Allocators allocators;
  std::vector<std::pair<std::string, std::string>> open;  // choices that the documentation leaves open: name and another value than the default
};

}  // namespace vss::conformance
