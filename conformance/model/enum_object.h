// IVssEnumObject: what a query found, in turn. Page: IVssEnumObject.
#pragma once
#include <atomic>
#include <variant>

#include "machine.h"

namespace vss::model {

using Found = std::variant<ShadowCopy, const Provider*>;

// The list is of the moment of the query. Begins with one reference; any thread may call. It works on when the object that it came
// from is gone.
class EnumObject final : public IVssEnumObject {
 public:
  EnumObject(std::shared_ptr<Machine> machine, std::shared_ptr<const std::vector<Found>> all, std::size_t next = 0)
      : machine(std::move(machine)), all(std::move(all)), next(next) {}
  EnumObject(const EnumObject&) = delete;

  HRESULT VSS_CALL QueryInterface(const Guid& riid, Out<void*> ppvObject) override;
  ULONG VSS_CALL AddRef() override;
  ULONG VSS_CALL Release() override;
  HRESULT VSS_CALL Next(ULONG celt, OutArray<VSS_OBJECT_PROP, 0, 2> rgelt, Out<ULONG> pceltFetched) override;
  HRESULT VSS_CALL Skip(ULONG celt) override;
  HRESULT VSS_CALL Reset() override;
  HRESULT VSS_CALL Clone(Out<IVssEnumObject*> ppenum) override;

 private:
  const std::shared_ptr<Machine> machine;
  const std::shared_ptr<const std::vector<Found>> all;
  std::size_t next;  // guarded by the machine's mutex
  std::atomic<ULONG> references{1};
};

}  // namespace vss::model
