// The writers of a healthy Windows server.
#pragma once
#include <vector>

#include "scenario.h"

namespace vss::model {

// In the order of scenario.capnp, where their ids stand too.
std::vector<Writer> inBoxWriters();

}  // namespace vss::model
