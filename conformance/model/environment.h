// The model as the environment orders it: SHADOWTAPE_SCENARIO names a JSON scenario; unset or empty: a healthy server.
#pragma once
#include <filesystem>
#include <memory>

#include "model.h"

namespace vss::model {

// A variable of the environment as a path; unset: empty.
std::filesystem::path environmentPath(const char* name);
// Made by whoever asks first; nullptr: the scenario cannot be used, which standard error was told. Any thread.
const std::shared_ptr<Service>& serviceOfEnvironment();

}  // namespace vss::model
