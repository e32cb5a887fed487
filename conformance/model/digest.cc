// All that the answers to later calls depend on, for those who look for sequences that the model cannot tell apart.
#include "async.h"
#include "backup_components.h"
#include "model.h"

namespace vss::model {
namespace {

class Digest {
 public:
  template <class T> Digest& operator<<(T value) requires std::is_arithmetic_v<T> || std::is_enum_v<T> {
    bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
    return *this;
  }
  Digest& operator<<(const std::shared_ptr<Operation>& operation) {
    if (!operation) return *this << false;
    return *this << true << operation->result << operation->pollsLeft;
  }
  std::string bytes;
};

}  // namespace

std::string digestOf(IVssBackupComponents* object, IVssAsync* operation) {
  auto* held = static_cast<Async*>(operation);
  auto* components = static_cast<BackupComponents*>(object);
  if (!held && !components) return "";
  Machine& machine = components ? *components->machine : *held->machine;
  std::lock_guard lock(machine.mutex);
  Digest digest;
  if (held) digest << held->operation << held->operation->plan.result;
  if (components) {
    const Session& s = *components->session;
    digest << s.kind << s.contextSet << s.contextRefusedLater << s.context << s.backupStateSet << s.metadata << s.metadataGather << s.identified.size()
           << s.statusGather << s.record.has_value() << s.recordFreed << s.phase << s.operation << s.document.components.size() << s.setStarted()
           << s.set.size() << s.snapshotMade << s.imported << s.participated << s.vetoedAtPrepareSnapshot << s.slot << (machine.creating == &s);
    for (const auto& row : s.record.value_or(std::vector<WriterStatus>())) digest << row.state << row.failure << row.applicationFailure;
    for (bool vetoed : s.vetoes) digest << vetoed;
    // Which of the session's operations is in the requester's hands.
    if (held) digest << (held->operation == s.metadataGather) << (held->operation == s.statusGather) << (held->operation == s.operation);
  }
  digest << machine.openSessions << machine.shadowCopies.size() << (machine.creating != nullptr);
  machine.writers.each([&](VSS_WRITER_STATE state, HRESULT failure, HRESULT application) { digest << state << failure << application; });
  return digest.bytes;
}

}  // namespace vss::model
