#include "saved_set.h"

#include <algorithm>
#include <new>
#include <pugixml.hpp>

#include "traces/vss/text.h"

namespace vss::model {

bool SavedSet::isTransportable() const {
  return !copies.empty() &&
         std::all_of(copies.begin(), copies.end(), [](const auto& copy) { return hasBit(copy.context, VSS_VOLSNAP_ATTR_TRANSPORTABLE); });
}

const SavedShadowCopy* SavedSet::find(const Guid& copy) const {
  auto found = std::find_if(copies.begin(), copies.end(), [&](const auto& each) { return each.id == copy; });
  return found == copies.end() ? nullptr : &*found;
}

SavedSet readSavedSet(const char16_t* document) {
  SavedSet set;
  std::string utf8 = toUtf8(document);
  pugi::xml_document xml;
  if (xml.load_buffer_inplace(utf8.data(), utf8.size(), pugi::parse_default, pugi::encoding_utf8).status == pugi::status_out_of_memory)
    throw std::bad_alloc();
  pugi::xml_node description = xml.child("BACKUP_COMPONENTS").child("SNAPSHOT_SET_DESCRIPTION");
  set.id = parseGuid(description.attribute("snapshotSetId").as_string()).value_or(Guid());
  for (pugi::xml_node node : description.children("SNAPSHOT_DESCRIPTION"))
    if (auto id = parseGuid(node.attribute("snapshotId").as_string()))
      set.copies.push_back({*id, parseGuid(node.attribute("providerId").as_string()), node.attribute("snapshotAttributes").as_int(),
                            toUtf16(node.attribute("originalVolumeName").as_string())});
  return set;
}

}  // namespace vss::model
