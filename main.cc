#include <CLI/CLI.hpp>
#include <iostream>

#include "conformance/command.h"
#include "conformance/reference.h"
#include "conformance/model/model.h"
#include "explain/command.h"
#include "exports/command.h"
#include "fault_matrix/command.h"
#include "recorder/command.h"
#include "recorder/launch/shims.h"
#include "redact/command.h"
#include "replayer/command.h"
#include "traces/command.h"
#include "traces/is_trace.h"
#include "traces/platform.h"
#include "traces/trace_reader.h"

namespace {

std::shared_ptr<vss::model::Service> linkedInModel;
vss::HRESULT VSS_CALL createFromModel(vss::Out<vss::IVssBackupComponents*> out) { return vss::model::create(linkedInModel, out.at); }

// The system's VSS, or what `record` or `replay` put before it in this process.
vss::Target systemOrShimBeforeIt() {
  vss::Target target = vss::systemTarget();
  auto shim = vss::environmentVariable("SHADOWTAPE_SHIM");
  void* origin = shim ? vss::exportOf(vss::pathFromUtf8(*shim), "ShadowtapeOrigin") : nullptr;
  if (origin) target.origin = static_cast<vss::Origin>(reinterpret_cast<vss::OriginFunction>(origin)());
  return target;
}

// What --target names. Nothing: on Windows the system; on Linux the shim that `record` or `replay` put in place, else the model.
vss::Target openTarget(const std::string& asked) {
#if defined(_WIN32)
  std::string name = asked.empty() ? "system" : asked;
#else
  std::string name = asked.empty() ? vss::environmentVariable("SHADOWTAPE_SHIM").value_or("model") : asked;
#endif
  if (name == "system") return systemOrShimBeforeIt();
  if (name != "model" && !name.starts_with("model:")) {
    auto path = vss::pathFromUtf8(name);
    if (!vss::isTrace(path)) return vss::loadTarget(path, asked.empty() ? vss::shownPath(path.filename()) : name);
    vss::TraceReader readable(path);  // a trace that cannot be served is said here
    vss::setEnvironmentVariable("SHADOWTAPE_TRACE", vss::shownPath(std::filesystem::absolute(path)));
    return vss::loadTarget(vss::launch::shimLibrary("replayer"), name);
  }
  linkedInModel = std::make_shared<vss::model::Service>(name == "model" ? vss::model::defaultScenario()
                                                                        : vss::model::loadScenario(vss::pathFromUtf8(name.substr(6))));
  return {.name = name, .origin = vss::Origin::model, .ours = true, .create = [](vss::IVssBackupComponents** out) { return createFromModel(out); },
          .factory = &createFromModel,
          .call = [](const vss::MethodInfo& function, void* const* args) { return vss::model::callFunction(linkedInModel, function, args); }};
}

// What `conform --explore` holds implementations against.
vss::conformance::Reference theModel() {
  auto with = [](const std::string& text, bool fresh) -> vss::conformance::MakeSystem {
    auto make = [scenario = vss::model::parseScenario(text)] {
      auto service = std::make_shared<vss::model::Service>(scenario);
      return vss::conformance::System{[service](vss::IVssBackupComponents** out) { return vss::model::create(service, out); }, &vss::model::digestOf};
    };
    if (fresh) return make;
    return [same = make()] { return same; };
  };
  return {with, vss::conformance::allocatorsOf(""), vss::model::openChoices()};
}

// One line: where, what, and how to learn more.
std::string usageError(const CLI::App* app, const CLI::Error& error) {
  std::string command = "shadowtape";
  for (auto* sub : app->get_subcommands()) command += " " + sub->get_name();
  std::string what = error.what();
  if (app->get_subcommands().empty() && app->remaining_size()) what = "there is no command " + app->remaining().front();
  for (char& c : what)
    if (c == '\n' || c == '\r') c = ' ';
  return command + ": " + what + "; see `" + command + " --help`\n";
}

// Results that could not be written are not results. A reader of our output who has gone, such as `head`, has got what it wanted.
int written(int exitCode) {
  if (std::cout.flush() || vss::outputReaderIsGone()) return exitCode;
  std::cerr << "shadowtape: standard output: cannot be written to its end; is the disk full?\n";
  return 2;
}

}  // namespace

int main(int argc, char** argv) try {
  vss::prepareStreams();
  CLI::App app{"Record, replay and check what Windows backup programs and VSS say to each other.", "shadowtape"};
  app.set_version_flag("--version", "shadowtape " SHADOWTAPE_VERSION);
  app.footer("Example: shadowtape status -o now.vsst && shadowtape show now.vsst");
  app.require_subcommand(1);
  app.failure_message(usageError);
  int exitCode = 0;
  vss::addRecorderCommands(app, openTarget, exitCode);
  vss::addReplayerCommands(app, openTarget, exitCode);
  vss::addTraceCommands(app, exitCode);
  vss::addRedactCommand(app, exitCode);
  vss::addConformanceCommands(app, openTarget, theModel(), exitCode);
  vss::addExportCommand(app, exitCode);
  vss::addFaultsCommand(app, exitCode);
  vss::addExplainCommand(app, exitCode);
  for (auto* sub : app.get_subcommands({})) sub->set_version_flag("--version", app.version());
  auto arguments = vss::programArguments(argc, argv);
  for (std::size_t i = 1; i < arguments.size() && arguments[i] != "--"; ++i)
    if (arguments[i].empty()) throw std::runtime_error("argument " + std::to_string(i) + " is empty; is a variable of the shell unset?");
  try {
    app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend() - 1));  // CLI11 takes them last first
  } catch (const CLI::ParseError& e) {
    return app.exit(e) ? 2 : written(0);
  }
  return written(exitCode);
} catch (const std::exception& e) {
  std::cerr << "shadowtape: " << e.what() << "\n";
  return 2;
}
