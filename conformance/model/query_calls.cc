// What the system has, as a requester asks for it. Pages: Query, GetRootAndLogicalPrefixPaths.
#include "backup_components.h"
#include "enum_object.h"
#include "traces/vss/memory.h"

namespace vss::model {
namespace {

bool onSameRoot(std::u16string_view path, std::u16string_view root) { return sameText(path.substr(0, root.size()), root); }

// Of \\server\share\folder the share, of a path on a volume the longest place where one is mounted, with the backslash at the end;
// nothing: there is none. The model has no names of servers but those that it is given.
std::u16string rootOfPath(const Scenario& scenario, std::u16string_view path) {
  if (path.starts_with(u"\\\\") && !path.starts_with(u"\\\\?\\")) {
    auto share = path.find(u'\\', 2), end = share == path.npos ? share : path.find(u'\\', share + 1);
    bool named = share != path.npos && share > 2 && share + 1 < path.size() && end != share + 1;
    return named ? std::u16string(path.substr(0, end)) + u'\\' : std::u16string();
  }
  std::u16string_view longest;
  for (const Volume& volume : scenario.volumes)
    for (std::u16string_view root : {std::u16string_view(volume.path), std::u16string_view(volume.name)})
      if (root.size() > longest.size() && onSameRoot(path, root)) longest = root;
  return std::u16string(longest);
}

}  // namespace

HRESULT BackupComponents::Query(VSS_ID QueriedObjectId, VSS_OBJECT_TYPE eQueriedObjectType, VSS_OBJECT_TYPE eReturnedObjectsType,
                                Out<IVssEnumObject*> ppEnum) {
  bool providers = eReturnedObjectsType == VSS_OBJECT_PROVIDER;
  bool bad = !ppEnum.at || !(QueriedObjectId == Guid()) || eQueriedObjectType != VSS_OBJECT_NONE ||
             (!providers && eReturnedObjectsType != VSS_OBJECT_SNAPSHOT);
  HRESULT result = call(Method::query, bad, mayQuery, [&]() -> HRESULT {
    auto all = std::make_shared<std::vector<Found>>();
    if (providers)
      for (const Provider& provider : machine->scenario.providers) all->emplace_back(std::in_place_type<const Provider*>, &provider);
    else
      for (const ShadowCopy& copy : machine->shadowCopies)
        if (isVisible(copy, session->context)) all->emplace_back(std::in_place_type<ShadowCopy>, copy);
    bool nothing = all->empty();
    *ppEnum.at = new EnumObject(machine, std::move(all));
    return nothing && choices().emptyQuery == EmptyQuery::sFalse ? S_FALSE : S_OK;
  });
  return withOutputs(*machine, result, ppEnum.at);
}

// The prefix is the root as the path spells it. No page says what else it could be.
HRESULT BackupComponents::GetRootAndLogicalPrefixPaths(Wstr pwszFilePath, Out<CoString> ppwszRootPath, Out<CoString> ppwszLogicalPrefix, BOOL) {
  bool bad = !pwszFilePath.text || !ppwszRootPath.at || !ppwszLogicalPrefix.at;
  auto inEveryState = [](const Session&, const Choices&) { return S_OK; };
  HRESULT result = call(Method::getRootAndLogicalPrefixPaths, bad, inEveryState, [&]() -> HRESULT {
    std::u16string_view path = pwszFilePath.text;
    std::u16string root = rootOfPath(machine->scenario, path);
    if (root.empty())
      return choices().rootPathNotFound == RootPathNotFound::objectNotFound ? VSS_E_OBJECT_NOT_FOUND : machine->onThisSystem(VSS_E_UNEXPECTED);
    std::u16string prefix(path.substr(0, root.size()));
    if (prefix.back() != u'\\') prefix += u'\\';
    std::unique_ptr<char16_t, void (*)(void*)> rootText(coText(root), coTaskMemFree);
    *ppwszLogicalPrefix.at = coText(prefix);
    *ppwszRootPath.at = rootText.release();
    return S_OK;
  });
  return withOutputs(*machine, result, ppwszRootPath.at, ppwszLogicalPrefix.at);
}

}  // namespace vss::model
