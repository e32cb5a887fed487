// The model: a reference VSS for the sessions of a backup and a restore, built from the documentation alone. Where the documentation is silent, a named
// choice of the scenario answers (choices.def); what is not modelled yet answers E_NOTIMPL. docs/model.md is the guide.
#pragma once
#include <memory>
#include <string>

#include "clock.h"
#include "scenario.h"

namespace vss::model {

struct Machine;

// A component that the default scenario has, for those who add one without reading writer metadata. Its writer's instance id comes
// from GetWriterStatus.
struct KnownComponent {
  Guid writerClassId;
  VSS_COMPONENT_TYPE type;
  const char16_t* logicalPath;  // null: at the root
  const char16_t* name;
};
inline constexpr KnownComponent kSystemFiles{  // the System Writer's
    {0xE8132975, 0x6F93, 0x4464, {0xA5, 0x3E, 0x10, 0x50, 0x25, 0x3A, 0xE2, 0x20}}, VSS_CT_FILEGROUP, nullptr, u"System Files"};

// A system with its writers: what the objects made from it share. Lives until the last of them is gone. Any thread may use it.
class Service {
 public:
  explicit Service(Scenario scenario);
  Service(Scenario scenario, std::shared_ptr<Clock> clock);  // with a time of its own, for tests
  Service(const Service&) = delete;
  ~Service();

 private:
  friend HRESULT create(std::shared_ptr<Service> service, IVssBackupComponents** out) noexcept;
  friend HRESULT callFunction(const std::shared_ptr<Service>& service, const MethodInfo& function, void* const* args) noexcept;
  friend HRESULT createMetadata(const std::shared_ptr<Service>& service, char16_t* xml, IVssExamineWriterMetadata** out) noexcept;
  std::shared_ptr<Machine> machine;
};

// CreateVssBackupComponents: a new object with one reference in *out, which the caller releases; it keeps the service alive.
// E_INVALIDARG: out is null. E_ACCESSDENIED, E_OUTOFMEMORY and others: as the scenario orders. Throws nothing.
HRESULT create(std::shared_ptr<Service> service, IVssBackupComponents** out) noexcept;

// CreateVssExamineWriterMetadata: what IVssExamineWriterMetadata::SaveAsXML gave. E_INVALIDARG: a pointer is null.
// VSS_E_INVALID_XML_DOCUMENT: xml is no such document. Otherwise as create. Throws nothing.
HRESULT createMetadata(const std::shared_ptr<Service>& service, char16_t* xml, IVssExamineWriterMetadata** out) noexcept;

// A call of one of functions(), the factory among them. args: the addresses of the arguments. No service: VSS_E_UNEXPECTED.
HRESULT callFunction(const std::shared_ptr<Service>& service, const MethodInfo& function, void* const* args) noexcept;

// All that the answers to later calls on an object of create(), or on an operation that it began, depend on: two systems of one scenario with equal
// digests cannot be told apart by what a requester does next. Either may be null. Its bytes mean nothing else.
std::string digestOf(IVssBackupComponents* object, IVssAsync* operation);

}  // namespace vss::model
