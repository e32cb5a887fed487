// IVssAsync: what a requester holds of an operation. Page: IVssAsync.
#pragma once
#include <atomic>

#include "machine.h"

namespace vss::model {

// One operation, seen by a requester. Begins with one reference; any thread may call. It works on when the object that it came
// from is gone.
class Async final : public IVssAsync {
 public:
  explicit Async(std::shared_ptr<Machine> machine) : machine(std::move(machine)) {}
  Async(const Async&) = delete;

  std::shared_ptr<Operation> operation;  // set before anyone else sees the object

  HRESULT VSS_CALL QueryInterface(const Guid& riid, Out<void*> ppvObject) override;
  ULONG VSS_CALL AddRef() override;
  ULONG VSS_CALL Release() override;
  HRESULT VSS_CALL Cancel() override;
  HRESULT VSS_CALL Wait(DWORD dwMilliseconds) override;
  HRESULT VSS_CALL QueryStatus(Out<Hresult> pHrResult, OutOptional<INT> pReserved) override;

 private:
  friend std::string digestOf(IVssBackupComponents* object, IVssAsync* operation);
  const std::shared_ptr<Machine> machine;
  std::atomic<ULONG> references{1};
};

}  // namespace vss::model
