// A scenario: what system the model is, who its writers are, what goes wrong and when. The JSON form is scenario.capnp.
#pragma once
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "choices.h"
#include "profile.h"
#include "writer_metadata.h"

namespace vss::model {

// A scenario that cannot be used. what() is one line: file, path of the key, what is wrong, what to write instead.
struct ScenarioError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The calls that a scenario can speak of: METHOD of methods.def.
enum class Method : std::uint8_t {
#define METHOD(id, ...) id,
#include "methods.def"
#undef METHOD
};
struct MethodRow {
  std::string_view name;
  std::string_view failures;           // that the page lists, by name, with blanks between
  std::string_view operationFailures;  // the same, through QueryStatus; empty for what starts no operation
};
const MethodRow& rowOf(Method method);

// The writer events; the pages' PrepareForBackup and PrepareForSnapshot are called PrepareBackup and PrepareSnapshot here.
enum class Event : std::uint8_t {
  identify, prepareBackup, prepareSnapshot, freeze, thaw, postSnapshot, backupComplete, backupShutdown, preRestore, postRestore
};
inline constexpr std::string_view kEventNames[] = {"identify", "prepareBackup", "prepareSnapshot", "freeze",     "thaw",
                                                   "postSnapshot", "backupComplete", "backupShutdown", "preRestore", "postRestore"};

enum class Runs : std::uint8_t { always, untilIdentify, afterIdentify };
enum class Through : std::uint8_t { async, call };
enum class AccessDenied : std::uint8_t { nowhere, create, initialize, starters, results, async };

// How one writer fails at one event.
struct EventFailure {
  Event event{};
  HRESULT failure = VSS_E_WRITERERROR_NONRETRYABLE;
  bool fatal = true;                   // false: the handler reported the failure, but succeeded
  HRESULT applicationFailure = S_OK;
  MaybeText applicationMessage;
  bool operator==(const EventFailure&) const = default;
};

struct Volume {
  std::u16string path;  // C:\ where it is mounted
  std::u16string name;  // \\?\Volume{…}\ that never changes
  bool supported = true;
  bool operator==(const Volume&) const = default;
};

struct Writer : WriterMetadata {
  VSS_WRITER_STATE state = VSS_WS_STABLE;
  HRESULT failure = S_OK;
  HRESULT applicationFailure = S_OK;
  MaybeText applicationMessage;
  std::vector<EventFailure> failsAt;
  bool responds = true;
  Runs runs = Runs::always;
  bool operator==(const Writer&) const = default;
};

// How long the operations of one starter run, and how they end. Neither ms nor polls: for ever.
struct OperationPlan {
  std::optional<std::uint32_t> ms;
  std::optional<std::uint32_t> polls = 1;
  HRESULT result = S_OK;
  std::optional<std::uint32_t> onCall;  // the start that has the result, from 1; nothing: every one
  Through through = Through::async;
  bool operator==(const OperationPlan&) const = default;
};

struct CallResult {
  Method method{};
  HRESULT result = S_OK;
  std::optional<std::uint32_t> onCall;
  bool operator==(const CallResult&) const = default;
};

// The whole scenario: a value. Profile lives as long as the program.
struct Scenario {
  const Profile* os = nullptr;
  std::vector<Writer> writers;
  std::vector<Volume> volumes;
  OperationPlan gatherWriterMetadata, prepareForBackup, gatherWriterStatus, backupComplete, doSnapshotSet, preRestore, postRestore;
  Choices choices;
  std::vector<CallResult> calls;
  std::optional<std::uint32_t> writerSessions;
  AccessDenied accessDenied = AccessDenied::nowhere;
  bool operator==(const Scenario&) const = default;
};

// A healthy Server 2022 with its nine in-box writers and one volume, as scenario.capnp lists them. Every operation shows PENDING once.
Scenario defaultScenario();

// Reads a scenario from JSON (UTF-8, with or without a byte order mark). `file` stands in the messages. Throws ScenarioError.
Scenario parseScenario(std::string_view json, std::string_view file = "scenario");

// Reads a scenario from a file. Throws ScenarioError, also where the file cannot be read.
Scenario loadScenario(const std::filesystem::path& file);

}  // namespace vss::model
