// No page describes the XML. The names are ours, close to those of the Backup Components Document.
#include "metadata_document.h"

#include "xml.h"

namespace vss::model {
namespace {

constexpr const char* kMetadataRoot = "WRITER_METADATA";

constexpr auto dependencyFields = [](auto& xml, auto& dependency) {
  xml.id("writerId", dependency.writerId);
  xml.text("logicalPath", dependency.logicalPath);
  xml.text("componentName", dependency.name);
};

constexpr auto offeredFields = [](auto& xml, auto& component) {
  xml.enumeration("componentType", "VSS_COMPONENT_TYPE", component.type);
  xml.text("logicalPath", component.logicalPath);
  xml.text("componentName", component.name);
  xml.text("caption", component.caption);
  xml.bytes("icon", component.icon);
  xml.flag("restoreMetadata", component.restoreMetadata);
  xml.flag("notifyOnBackupComplete", component.notifyOnBackupComplete);
  xml.flag("selectable", component.selectable);
  xml.flag("selectableForRestore", component.selectableForRestore);
  xml.number("componentFlags", component.flags);
  xml.list("FILE_LIST", component.files, xml::fileSet);
  xml.list("DATABASE_FILES", component.databaseFiles, xml::fileSet);
  xml.list("DATABASE_LOGFILES", component.logFiles, xml::fileSet);
  xml.list("DEPENDENCY", component.dependencies, dependencyFields);
};

constexpr auto identityFields = [](auto& xml, auto& metadata) {
  xml.id("writerId", metadata.classId);
  xml.id("instanceId", metadata.instanceId);
  xml.text("friendlyName", metadata.name);
  xml.text("instanceName", metadata.instanceName);
  xml.enumeration("usage", "VSS_USAGE_TYPE", metadata.usage);
  xml.enumeration("dataSource", "VSS_SOURCE_TYPE", metadata.source);
  xml.number("majorVersion", metadata.majorVersion);
  xml.number("minorVersion", metadata.minorVersion);
};

constexpr auto restoreMethodFields = [](auto& xml, auto& method) {
  xml.enumeration("method", "VSS_RESTOREMETHOD_ENUM", method.method);
  xml.text("service", method.service);
  xml.text("userProcedure", method.userProcedure);
  xml.enumeration("writerRestore", "VSS_WRITERRESTORE_ENUM", method.writerRestore);
  xml.flag("rebootRequired", method.rebootRequired);
};

constexpr auto metadataFields = [](auto& xml, auto& metadata) {
  xml.number("backupSchema", metadata.backupSchema);
  xml.one("IDENTIFICATION", metadata, identityFields);
  xml.one("RESTORE_METHOD", metadata.restoreMethod, restoreMethodFields);
  xml.list("ALTERNATE_LOCATION_MAPPING", metadata.alternateLocations, xml::fileSet);
  xml.list("EXCLUDE_FILES", metadata.excludeFiles, xml::fileSet);
  xml.list("EXCLUDE_FILES_FROM_SNAPSHOT", metadata.excludeFromSnapshot, xml::fileSet);
  xml.list("COMPONENT", metadata.components, offeredFields);
};

}  // namespace

std::optional<WriterMetadata> readMetadata(const char16_t* text) try {
  pugi::xml_document document;
  xml::Reader reader(xml::load(document, text, kMetadataRoot));
  WriterMetadata metadata;
  metadataFields(reader, metadata);
  if (metadata.classId == Guid()) return std::nullopt;
  for (const auto& component : metadata.components)
    if (component.name.empty() || component.type == VSS_CT_UNDEFINED) return std::nullopt;
  return metadata;
} catch (const xml::Invalid&) {
  return std::nullopt;
}

std::u16string writeMetadata(const WriterMetadata& metadata) {
  pugi::xml_document document;
  pugi::xml_node root = xml::add(document, kMetadataRoot);
  xml::set(root, "xmlns", "x-schema:#VssWriterMetadataInfo");
  xml::set(root, "version", "1.1");
  xml::Writer writer(root);
  metadataFields(writer, metadata);
  return xml::save(document);
}

}  // namespace vss::model
