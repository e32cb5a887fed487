// How a requester comes to a writer's metadata. Pages: GetWriterMetadata, GetWriterMetadataEx, CreateVssExamineWriterMetadata.
#include "backup_components.h"
#include "metadata_document.h"
#include "metadata_objects.h"
#include "model.h"

namespace vss::model {

template <class I> HRESULT BackupComponents::handOutMetadata(Method method, UINT index, VSS_ID* instance, I** out) {
  HRESULT result = call(method, !instance || !out, [](const Session& s, const Choices&) { return mayReadMetadata(s); }, [&]() -> HRESULT {
    if (index >= session->identified.size()) return VSS_E_OBJECT_NOT_FOUND;
    const WriterMetadata& metadata = machine->scenario.writers[session->identified[index]];
    *out = new ExamineWriterMetadata(machine, metadata);
    *instance = metadata.instanceId;
    return S_OK;
  });
  return withOutputs(*machine, result, instance, out);
}

HRESULT BackupComponents::GetWriterMetadata(UINT iWriter, Out<VSS_ID> pidInstance, Out<IVssExamineWriterMetadata*> ppMetadata) {
  return handOutMetadata(Method::getWriterMetadata, iWriter, pidInstance.at, ppMetadata.at);
}
HRESULT BackupComponents::GetWriterMetadataEx(UINT iWriter, Out<VSS_ID> pidInstance, Out<IVssExamineWriterMetadataEx*> ppMetadata) {
  return handOutMetadata(Method::getWriterMetadataEx, iWriter, pidInstance.at, ppMetadata.at);
}

HRESULT createMetadata(const std::shared_ptr<Service>& service, char16_t* xml, IVssExamineWriterMetadata** out) noexcept {
  if (!service) return VSS_E_UNEXPECTED;
  auto machine = service->machine;
  bool nullIsBad = machine->scenario.choices.nullMetadataDocument == NullMetadataDocument::invalidArgument;
  HRESULT result = answer(*machine, Method::createMetadata, !out || (!xml && nullIsBad), [] { return S_OK; }, [&]() -> HRESULT {
    if (machine->scenario.accessDenied == AccessDenied::create) return E_ACCESSDENIED;
    auto metadata = xml ? readMetadata(xml) : std::nullopt;
    if (!metadata) return VSS_E_INVALID_XML_DOCUMENT;
    *out = new ExamineWriterMetadata(machine, std::move(*metadata));
    return S_OK;
  });
  return withOutputs(*machine, result, out);
}

}  // namespace vss::model
