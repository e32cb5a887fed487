// A hostile scenario; and where it is one, a backup on the system that it describes.
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "clock.h"
#include "fuzzing/fuzzing.h"
#include "model.h"
#include "scenario.h"
#include "traces/vss/memory.h"
#include "traces/vss/text.h"

namespace vss::model {

// Time that passes when it is looked at. Nobody waits by it.
class FuzzClock final : public Clock {
 public:
  Time now() override { return now_ += std::chrono::seconds(1); }
  void wait(std::condition_variable&, std::unique_lock<std::mutex>&, std::optional<Time>) override { throw fuzz::Broken("somebody waits"); }

 private:
  Time now_{std::chrono::hours(1)};
};

// Asks a few times whether the operation has ended, and goes on whatever is said.
inline void fuzzPoll(HRESULT begun, IVssAsync* operation) {
  fuzz::promise((begun == S_OK) == (operation != nullptr), "an operation without S_OK, or the other way round");
  if (!operation) return;
  HRESULT status = VSS_S_ASYNC_PENDING;
  for (int polls = 0; polls < 4 && status == VSS_S_ASYNC_PENDING; ++polls) operation->QueryStatus(&status, nullptr);
  operation->Release();
}

inline void fuzzBackup(const Scenario& scenario) {
  auto service = std::make_shared<Service>(scenario, std::make_shared<FuzzClock>());
  IVssBackupComponents* backup = nullptr;
  HRESULT created = create(service, &backup);
  fuzz::promise((created == S_OK) == (backup != nullptr), "an object without S_OK, or the other way round");
  if (!backup) return;
  auto run = [&](HRESULT (VSS_CALL IVssBackupComponents::*starter)(Out<IVssAsync*>)) {
    IVssAsync* operation = nullptr;
    HRESULT begun = (backup->*starter)(&operation);
    fuzzPoll(begun, operation);
  };
  backup->InitializeForBackup(nullptr);
  backup->SetBackupState(true, false, VSS_BT_FULL, false);
  run(&IVssBackupComponents::GatherWriterMetadata);
  UINT count = 0;
  if (backup->GetWriterMetadataCount(&count) != S_OK) count = 0;
  for (UINT i = 0; i < std::min(count, 20u); ++i) {
    VSS_ID instance;
    IVssExamineWriterMetadata* metadata = nullptr;
    if (backup->GetWriterMetadata(i, &instance, &metadata) != S_OK) continue;
    char16_t* xml = nullptr;
    if (metadata->SaveAsXML(&xml) == S_OK) {
      IVssExamineWriterMetadata* again = nullptr;
      fuzz::promise(createMetadata(service, xml, &again) == S_OK, "a writer's own document is not read: " + toUtf8(xml));
      again->Release();
    }
    sysFreeString(xml);
    metadata->Release();
  }
  VSS_ID set, copy;
  backup->StartSnapshotSet(&set);
  for (const auto& volume : scenario.volumes) {
    std::u16string path = volume.path;
    backup->AddToSnapshotSet(path.data(), Guid(), &copy);
  }
  run(&IVssBackupComponents::PrepareForBackup);
  run(&IVssBackupComponents::DoSnapshotSet);
  run(&IVssBackupComponents::GatherWriterStatus);
  if (backup->GetWriterStatusCount(&count) != S_OK) count = 0;
  for (UINT i = 0; i < std::min(count, 20u); ++i) {
    VSS_ID instance, writer;
    char16_t* name = nullptr;
    VSS_WRITER_STATE state;
    HRESULT failure;
    backup->GetWriterStatus(i, &instance, &writer, &name, &state, &failure);
    sysFreeString(name);
  }
  char16_t* document = nullptr;
  backup->SaveAsXML(&document);
  run(&IVssBackupComponents::BackupComplete);
  backup->Release();
  if (!document) return;
  IVssBackupComponents* restore = nullptr;
  if (create(service, &restore) == S_OK) restore->InitializeForRestore(document), restore->Release();
  sysFreeString(document);
}

inline void fuzzScenario(std::string_view bytes) {
  try {
    Scenario scenario = parseScenario(bytes, "fuzz.json");
    fuzz::promise(parseScenario(bytes) == scenario, "a scenario is read in two ways");
    fuzzBackup(scenario);
  } catch (const ScenarioError& e) {
    fuzz::promise(std::string_view(e.what()).starts_with("fuzz.json:"), std::string("a message without its file: ") + e.what());
    fuzz::promiseOneLine(e.what());
  }
}

}  // namespace vss::model
