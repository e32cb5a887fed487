// No page describes the XML. The names are those that saved documents show; what no saved document shows is ours.
#include "document.h"

#include <new>
#include <pugixml.hpp>
#include <string_view>

#include "traces/vss/text.h"

namespace vss::model {
namespace {

constexpr const char* kNamespace = "x-schema:#VssComponentMetadata";
// By value, from 0; an attribute that is missing means the first.
constexpr std::string_view kBackupTypes[] = {"undefined", "full", "incremental", "differential", "log", "copy", "other"};
constexpr std::string_view kRestoreTypes[] = {"undefined", "byCopy", "import", "other"};
constexpr std::string_view kComponentTypes[] = {"undefined", "database", "filegroup"};
constexpr std::string_view kRestoreStates[] = {"undefined", "none", "all", "failed"};
constexpr std::string_view kNoOrYes[] = {"no", "yes"};

std::string bare(const Guid& id) { return toString(id).substr(1, 36); }

// ---- Reading ----

struct NotADocument {};

// One of a list of words, by its place in the list.
template <class E, std::size_t N> E wordOf(pugi::xml_node node, const char* attribute, const std::string_view (&words)[N]) {
  std::string_view given = node.attribute(attribute).as_string(words[0].data());
  for (std::size_t i = 0; i < N; ++i)
    if (words[i] == given) return static_cast<E>(i);
  throw NotADocument();
}

Guid idOf(pugi::xml_node node, const char* attribute) {
  auto id = parseGuid(node.attribute(attribute).as_string());
  if (!id) throw NotADocument();
  return *id;
}

std::u16string textOf(pugi::xml_node node, const char* attribute) { return toUtf16(node.attribute(attribute).as_string()); }

// The one element of the text, which may have nothing else beside it but comments.
pugi::xml_node rootOf(const pugi::xml_document& xml) {
  pugi::xml_node root;
  for (pugi::xml_node node : xml) {
    if (root || node.type() != pugi::node_element) throw NotADocument();
    root = node;
  }
  if (std::string_view(root.name()) != "BACKUP_COMPONENTS") throw NotADocument();
  return root;
}

ChosenComponent chosenOf(pugi::xml_node writer, pugi::xml_node node) {
  ChosenComponent chosen{idOf(writer, "instanceId"), idOf(writer, "writerId"), {}};
  chosen.component.type = wordOf<VSS_COMPONENT_TYPE>(node, "componentType", kComponentTypes);
  chosen.component.logicalPath = textOf(node, "logicalPath");
  chosen.component.name = textOf(node, "componentName");
  if (chosen.component.name.empty() || chosen.component.type == VSS_CT_UNDEFINED) throw NotADocument();
  chosen.backupSucceeded = wordOf<bool>(node, "backupSucceeded", kNoOrYes);
  chosen.selectedForRestore = wordOf<bool>(node, "selectedForRestore", kNoOrYes);
  if (node.attribute("restoreInstanceId")) chosen.restoreInstanceId = idOf(node, "restoreInstanceId");
  chosen.restoreStatus = wordOf<VSS_FILE_RESTORE_STATUS>(node, "filesRestored", kRestoreStates);
  return chosen;
}

BackupDocument documentOf(pugi::xml_node root) {
  BackupDocument document;
  document.selectComponents = wordOf<bool>(root, "selectComponents", kNoOrYes);
  document.bootableSystemState = wordOf<bool>(root, "bootableSystemStateBackup", kNoOrYes);
  document.partialFiles = wordOf<bool>(root, "partialFileSupport", kNoOrYes);
  document.backupType = wordOf<VSS_BACKUP_TYPE>(root, "backupType", kBackupTypes);
  document.restoreType = wordOf<VSS_RESTORE_TYPE>(root, "restoreType", kRestoreTypes);
  for (pugi::xml_node writer : root.children("WRITER_COMPONENTS"))
    for (pugi::xml_node node : writer.children("COMPONENT")) document.components.push_back(chosenOf(writer, node));
  return document;
}

// ---- Writing ----

// pugixml says by an empty handle that memory ran out.
pugi::xml_node add(pugi::xml_node parent, const char* name) {
  pugi::xml_node node = parent.append_child(name);
  if (!node) throw std::bad_alloc();
  return node;
}

void set(pugi::xml_node node, const char* name, const char* value) {
  pugi::xml_attribute attribute = node.append_attribute(name);
  if (!attribute || !attribute.set_value(value)) throw std::bad_alloc();
}
void set(pugi::xml_node node, const char* name, std::u16string_view value) { set(node, name, toUtf8(value).c_str()); }
void set(pugi::xml_node node, const char* name, const Guid& value) { set(node, name, bare(value).c_str()); }
template <class E, std::size_t N> void set(pugi::xml_node node, const char* name, E value, const std::string_view (&words)[N]) {
  set(node, name, words[static_cast<std::size_t>(value)].data());
}

void addComponent(pugi::xml_node parent, const ChosenComponent& chosen) {
  pugi::xml_node writer = add(parent, "WRITER_COMPONENTS");
  set(writer, "instanceId", chosen.instanceId);
  set(writer, "writerId", chosen.classId);
  pugi::xml_node node = add(writer, "COMPONENT");
  set(node, "componentName", chosen.component.name);
  if (!chosen.component.logicalPath.empty()) set(node, "logicalPath", chosen.component.logicalPath);
  set(node, "componentType", chosen.component.type, kComponentTypes);
  set(node, "backupSucceeded", chosen.backupSucceeded, kNoOrYes);
  if (chosen.selectedForRestore) set(node, "selectedForRestore", true, kNoOrYes);
  if (!(chosen.restoreInstanceId == Guid())) set(node, "restoreInstanceId", chosen.restoreInstanceId);
  if (chosen.restoreStatus != VSS_RS_UNDEFINED) set(node, "filesRestored", chosen.restoreStatus, kRestoreStates);
}

void addShadowCopies(pugi::xml_node root, const ShadowCopies& copies, const Scenario& scenario) {
  if (copies.empty()) return;
  pugi::xml_node description = add(root, "SNAPSHOT_SET_DESCRIPTION");
  set(description, "snapshotSetId", copies.front().setId);
  for (const ShadowCopy& copy : copies) {
    pugi::xml_node node = add(description, "SNAPSHOT_DESCRIPTION");
    set(node, "snapshotId", copy.id);
    set(node, "originalVolumeName", originalVolumeName(copy, scenario));
    if (scenario.providers[copy.provider].type != VSS_PROV_HARDWARE) continue;
    set(node, "providerId", scenario.providers[copy.provider].id);  // these for ImportSnapshots and AddSnapshotToRecoverySet
    set(node, "snapshotAttributes", std::to_string(copy.context).c_str());
  }
}

struct IntoString final : pugi::xml_writer {
  std::string text;
  void write(const void* data, std::size_t size) override { text.append(static_cast<const char*>(data), size); }
};

}  // namespace

std::optional<BackupDocument> readDocument(const char16_t* text) try {
  std::string utf8 = toUtf8(text);
  pugi::xml_document xml;
  auto flags = pugi::parse_default | pugi::parse_fragment;  // so that text beside the element is seen
  auto read = xml.load_buffer_inplace(utf8.data(), utf8.size(), flags, pugi::encoding_utf8);
  if (read.status == pugi::status_out_of_memory) throw std::bad_alloc();
  if (!read) return std::nullopt;
  return documentOf(rootOf(xml));
} catch (const NotADocument&) {
  return std::nullopt;
}

std::u16string writeDocument(const BackupDocument& document, const ShadowCopies& copies, const Scenario& scenario) {
  pugi::xml_document xml;
  pugi::xml_node root = add(xml, "BACKUP_COMPONENTS");
  set(root, "xmlns", kNamespace);
  set(root, "version", "1.2");
  set(root, "selectComponents", document.selectComponents, kNoOrYes);
  set(root, "bootableSystemStateBackup", document.bootableSystemState, kNoOrYes);
  set(root, "backupType", document.backupType, kBackupTypes);
  set(root, "partialFileSupport", document.partialFiles, kNoOrYes);
  if (document.restoreType != VSS_RTYPE_UNDEFINED) set(root, "restoreType", document.restoreType, kRestoreTypes);
  for (const ChosenComponent& chosen : document.components) addComponent(root, chosen);
  addShadowCopies(root, copies, scenario);
  IntoString out;
  xml.save(out, "", pugi::format_raw | pugi::format_no_declaration, pugi::encoding_utf8);
  return toUtf16(out.text);
}

}  // namespace vss::model
