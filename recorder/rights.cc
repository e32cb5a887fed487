#include "recorder/rights.h"

namespace vss {

std::string rightsMissing(const std::string& target, const std::optional<Rights>& rights) {
  if ((!target.empty() && target != "system") || !rights || rights->elevated) return "";
  return "this is run without administrator's rights: VSS may refuse to answer; start the command prompt by \"Run as administrator\"";
}

}  // namespace vss
