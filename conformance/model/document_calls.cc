// The Backup Components Document: what a backup writes into it, and how it is saved. Pages: AddComponent, SetBackupSucceeded,
// SaveAsXML.
#include <algorithm>
#include <iterator>

#include "backup_components.h"
#include "bstr.h"

namespace vss::model {
namespace {

// A writer that this session knows, and whether it offers the component.
bool offers(const Machine& machine, const Session& session, const ChosenComponent& chosen) {
  for (std::size_t i : session.identified) {
    const Writer& writer = machine.scenario.writers[i];
    if (writer.instanceId == chosen.instanceId && writer.classId == chosen.classId &&
        std::find(writer.components.begin(), writer.components.end(), chosen.component) != writer.components.end())
      return true;
  }
  return false;
}

}  // namespace

HRESULT BackupComponents::AddComponent(VSS_ID instanceId, VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath,
                                       Wstr wszComponentName) {
  bool bad = !wszComponentName.text || (ct != VSS_CT_DATABASE && ct != VSS_CT_FILEGROUP);
  return call(Method::addComponent, bad, mayAddComponent, [&]() -> HRESULT {
    ChosenComponent chosen{instanceId, writerId, componentOf(ct, wszLogicalPath, wszComponentName)};
    if (!offers(*machine, *session, chosen) && choices().unknownComponent != UnknownComponent::ok)
      return choices().unknownComponent == UnknownComponent::invalidArgument ? E_INVALIDARG : VSS_E_OBJECT_NOT_FOUND;
    for (const auto& other : session->document.components)
      if (other.instanceId == instanceId && other.component.logicalPath == chosen.component.logicalPath &&
          other.component.name == chosen.component.name)
        return VSS_E_OBJECT_ALREADY_EXISTS;
    session->document.components.push_back(std::move(chosen));
    return S_OK;
  });
}

HRESULT BackupComponents::SetBackupSucceeded(VSS_ID instanceId, VSS_ID writerId, VSS_COMPONENT_TYPE ct, Wstr wszLogicalPath,
                                             Wstr wszComponentName, bool bSucceded) {
  return call(Method::setBackupSucceeded, !wszComponentName.text, maySetBackupSucceeded, [&]() -> HRESULT {
    const Component component = componentOf(ct, wszLogicalPath, wszComponentName);
    for (auto& chosen : session->document.components)
      if (chosen.instanceId == instanceId && chosen.classId == writerId && chosen.component == component) {
        chosen.backupSucceeded = bSucceded;
        return S_OK;
      }
    return VSS_E_OBJECT_NOT_FOUND;
  });
}

HRESULT BackupComponents::SaveAsXML(Out<Bstr> pbstrXML) {
  HRESULT result = call(Method::saveAsXml, !pbstrXML.at, maySave, [&] {
    ShadowCopies made;
    std::copy_if(machine->shadowCopies.begin(), machine->shadowCopies.end(), std::back_inserter(made),
                 [&](const ShadowCopy& copy) { return session->setStarted() && copy.setId == session->setId; });
    *pbstrXML.at = newBstr(writeDocument(session->document, session->snapshotMade ? made : session->set, machine->scenario)).release();
    return S_OK;
  });
  return withOutputs(*machine, result, pbstrXML.at);
}

}  // namespace vss::model
