// The model: a reference VSS for writer status, built from the documentation alone. Where the documentation is silent, a named
// choice of the scenario answers (choices.def); what is not modelled yet answers E_NOTIMPL. docs/model.md is the guide.
#pragma once
#include <memory>

#include "clock.h"
#include "scenario.h"

namespace vss::model {

struct Machine;

// A system with its writers: what the objects made from it share. Lives until the last of them is gone. Any thread may use it.
class Service {
 public:
  explicit Service(Scenario scenario);
  Service(Scenario scenario, std::shared_ptr<Clock> clock);  // with a time of its own, for tests
  Service(const Service&) = delete;
  ~Service();

 private:
  friend HRESULT create(std::shared_ptr<Service> service, IVssBackupComponents** out) noexcept;
  std::shared_ptr<Machine> machine;
};

// CreateVssBackupComponents: a new object with one reference in *out, which the caller releases; it keeps the service alive.
// E_INVALIDARG: out is null. E_ACCESSDENIED, E_OUTOFMEMORY and others: as the scenario orders. Throws nothing.
HRESULT create(std::shared_ptr<Service> service, IVssBackupComponents** out) noexcept;

}  // namespace vss::model
