// No page describes the XML. The names are those that saved documents show; what no saved document shows is ours.
#include "document.h"

#include <string_view>

#include "xml.h"

namespace vss::model {
namespace {

constexpr const char* kBackupRoot = "BACKUP_COMPONENTS";
constexpr const char* kNamespace = "x-schema:#VssComponentMetadata";
// By value, from 0; an attribute that is missing means the first.
constexpr std::string_view kBackupTypes[] = {"undefined", "full", "incremental", "differential", "log", "copy", "other"};
constexpr std::string_view kRestoreTypes[] = {"undefined", "byCopy", "import", "other"};
constexpr std::string_view kComponentTypes[] = {"undefined", "database", "filegroup"};
constexpr std::string_view kRestoreStates[] = {"undefined", "none", "all", "failed"};
constexpr std::string_view kNoOrYes[] = {"no", "yes"};

// ---- What was said of a component: the same fields for reading and for writing ----

constexpr auto subcomponent = [](auto& xml, auto& part) {
  xml.text("logicalPath", part.logicalPath);
  xml.text("componentName", part.name);
  xml.flag("repair", part.repair);
};
constexpr auto partialFile = [](auto& xml, auto& file) {
  xml.text("path", file.path);
  xml.text("filename", file.filename);
  xml.text("ranges", file.ranges);
  xml.text("metadata", file.metadata);
};
constexpr auto differencedFiles = [](auto& xml, auto& files) {
  xml.text("path", files.path);
  xml.text("filespec", files.filespec);
  xml.flag("recursive", files.recursive);
  xml.number("lastModifyTime", files.lastModifyTime);
};
constexpr auto directedTarget = [](auto& xml, auto& target) {
  xml.text("sourcePath", target.sourcePath);
  xml.text("sourceFilename", target.sourceFilename);
  xml.text("sourceRanges", target.sourceRanges);
  xml.text("destinationPath", target.destinationPath);
  xml.text("destinationFilename", target.destinationFilename);
  xml.text("destinationRanges", target.destinationRanges);
};
constexpr auto sayings = [](auto& xml, auto& chosen) {
  xml.text("backupOptions", chosen.backupOptions);
  xml.text("restoreOptions", chosen.restoreOptions);
  xml.text("previousBackupStamp", chosen.previousBackupStamp);
  xml.text("restoreName", chosen.restoreName);
  xml.flag("additionalRestores", chosen.additionalRestores);
  xml.flag("authoritativeRestore", chosen.authoritativeRestore);
  xml.enumeration("rollForward", "VSS_ROLLFORWARD_TYPE", chosen.rollForward);
  xml.text("rollForwardPoint", chosen.rollForwardPoint);
  xml.list("ALTERNATE_LOCATION_MAPPING", chosen.alternateLocations, xml::fileSet);
  xml.list("NEW_TARGET", chosen.newTargets, xml::fileSet);
  xml.list("RESTORE_SUBCOMPONENT", chosen.restoreSubcomponents, subcomponent);
  auto& notes = chosen.notes;
  xml.text("backupMetadata", notes.backupMetadata);
  xml.text("prepareForBackupFailureMsg", notes.prepareForBackupFailureMsg);
  xml.text("backupStamp", notes.backupStamp);
  xml.text("postSnapshotFailureMsg", notes.postSnapshotFailureMsg);
  xml.text("restoreMetadata", notes.restoreMetadata);
  xml.text("preRestoreFailureMsg", notes.preRestoreFailureMsg);
  xml.text("postRestoreFailureMsg", notes.postRestoreFailureMsg);
  xml.enumeration("restoreTarget", "VSS_RESTORE_TARGET", notes.restoreTarget);
  xml.number("failure", notes.failure);
  xml.number("applicationFailure", notes.applicationFailure);
  xml.text("applicationMessage", notes.applicationMessage);
  xml.list("PARTIAL_FILE", notes.partialFiles, partialFile);
  xml.list("DIFFERENCED_FILES", notes.differencedFiles, differencedFiles);
  xml.list("DIRECTED_TARGET", notes.directedTargets, directedTarget);
};

// ---- Reading ----

// One of a list of words, by its place in the list.
template <class E, std::size_t N> E wordOf(pugi::xml_node node, const char* attribute, const std::string_view (&words)[N]) {
  std::string_view given = node.attribute(attribute).as_string(words[0].data());
  for (std::size_t i = 0; i < N; ++i)
    if (words[i] == given) return static_cast<E>(i);
  throw xml::Invalid();
}

ChosenComponent chosenOf(pugi::xml_node writer, pugi::xml_node node) {
  ChosenComponent chosen{xml::idOf(writer, "instanceId"), xml::idOf(writer, "writerId"), {}};
  chosen.component.type = wordOf<VSS_COMPONENT_TYPE>(node, "componentType", kComponentTypes);
  chosen.component.logicalPath = xml::textOf(node, "logicalPath").value_or(u"");
  chosen.component.name = xml::textOf(node, "componentName").value_or(u"");
  if (chosen.component.name.empty() || chosen.component.type == VSS_CT_UNDEFINED) throw xml::Invalid();
  chosen.backupSucceeded = wordOf<bool>(node, "backupSucceeded", kNoOrYes);
  chosen.selectedForRestore = wordOf<bool>(node, "selectedForRestore", kNoOrYes);
  if (node.attribute("restoreInstanceId")) chosen.restoreInstanceId = xml::idOf(node, "restoreInstanceId");
  chosen.restoreStatus = wordOf<VSS_FILE_RESTORE_STATUS>(node, "filesRestored", kRestoreStates);
  xml::Reader reader(node);
  sayings(reader, chosen);
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

using xml::add;
using xml::set;
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
  xml::Writer fields(node);
  sayings(fields, chosen);
}

void addShadowCopies(pugi::xml_node root, const ShadowCopies& copies, const Scenario& scenario) {
  if (copies.empty()) return;
  pugi::xml_node description = add(root, "SNAPSHOT_SET_DESCRIPTION");
  set(description, "snapshotSetId", copies.front().setId);
  for (const ShadowCopy& copy : copies) {
    pugi::xml_node node = add(description, "SNAPSHOT_DESCRIPTION");
    set(node, "snapshotId", copy.id);
    set(node, "originalVolumeName", scenario.volumes[copy.volume].name);
  }
}

}  // namespace

std::optional<BackupDocument> readDocument(const char16_t* text) try {
  pugi::xml_document document;
  return documentOf(xml::load(document, text, kBackupRoot));
} catch (const xml::Invalid&) {
  return std::nullopt;
}

std::u16string writeDocument(const BackupDocument& document, const ShadowCopies& copies, const Scenario& scenario) {
  pugi::xml_document tree;
  pugi::xml_node root = add(tree, kBackupRoot);
  set(root, "xmlns", kNamespace);
  set(root, "version", "1.2");
  set(root, "selectComponents", document.selectComponents, kNoOrYes);
  set(root, "bootableSystemStateBackup", document.bootableSystemState, kNoOrYes);
  set(root, "backupType", document.backupType, kBackupTypes);
  set(root, "partialFileSupport", document.partialFiles, kNoOrYes);
  if (document.restoreType != VSS_RTYPE_UNDEFINED) set(root, "restoreType", document.restoreType, kRestoreTypes);
  for (const ChosenComponent& chosen : document.components) addComponent(root, chosen);
  addShadowCopies(root, copies, scenario);
  return xml::save(tree);
}

}  // namespace vss::model
