// What they say is plausible, from the page "In-Box VSS Writers" and from public listings; it is no copy of one machine's answers.
#include "in_box_writers.h"

#include "model.h"

namespace vss::model {
namespace {

struct InBox {
  const char16_t* name;
  const char *classId, *instanceId;
  VSS_USAGE_TYPE usage;
  const char16_t *component = u"", *logicalPath = u"", *caption = nullptr;
  std::vector<FileSet> files = {}, excluded = {};
};

FileSet below(const char16_t* path, const char16_t* filespec = u"*") {
  FileSet set;
  set.path = path;
  set.filespec = filespec;
  set.recursive = true;
  return set;
}

}  // namespace

std::vector<Writer> inBoxWriters() {
  const InBox rows[] = {
      {u"Task Scheduler Writer", "d61d61c8-d73a-4eee-8cdd-f6f9786b7124", "1bddd48e-5052-49db-9b07-b96f96727e6b", VSS_UT_BOOTABLESYSTEMSTATE,
       u"TasksStore", u"", u"Task Scheduler tasks", {below(u"%windir%\\System32\\Tasks"), below(u"%windir%\\Tasks", u"*.job")}},
      {u"VSS Metadata Store Writer", "75dfb225-e2e4-4d39-9ac9-ffaff65ddf06", "088e7a7d-09a8-4cc6-a609-ad90e75ddc93", VSS_UT_BOOTABLESYSTEMSTATE,
       u"WriterMetadataStore", u"", u"Metadata of VSS Express Writers", {below(u"%SystemRoot%\\Vss\\Writers")}},
      {u"Performance Counters Writer", "0bada1de-01a9-4625-8278-69e735f39dd2", "f0086dda-9efc-47c5-8eb6-a944c3d09381", VSS_UT_BOOTABLESYSTEMSTATE,
       u"PerformanceCounters", u"", u"Performance counters", {below(u"%windir%\\System32", u"perfc*.dat"), below(u"%windir%\\System32", u"perfh*.dat")}},
      {u"System Writer", "e8132975-6f93-4464-a53e-1050253ae220", "7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c01", VSS_UT_BOOTABLESYSTEMSTATE,
       kSystemFiles.name, u"", u"System files",
       {below(u"%SystemRoot%\\WinSxS"), below(u"%SystemRoot%\\System32\\CatRoot"), below(u"%SystemRoot%\\System32\\drivers"), below(u"%SystemRoot%\\inf")},
       {below(u"%SystemRoot%\\Temp"), below(u"%SystemRoot%\\SoftwareDistribution\\Download")}},
      {u"ASR Writer", "be000cbe-11fe-4426-9c58-531aa6355fc4", "7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c02", VSS_UT_OTHER, u"ASR", u"ASR",
       u"Automated System Recovery"},
      {u"WMI Writer", "a6ad56c2-b509-4e6c-bb19-49d8f43532f0", "7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c03", VSS_UT_BOOTABLESYSTEMSTATE, u"WMI", u"",
       u"Windows Management Instrumentation", {below(u"%SystemRoot%\\System32\\wbem\\Repository")}},
      {u"Registry Writer", "afbab4a2-367d-4d15-a586-71dbb18f8485", "7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c04", VSS_UT_BOOTABLESYSTEMSTATE, u"Registry",
       u"", u"Registry", {below(u"%SystemRoot%\\System32\\config")}},
      {u"COM+ REGDB Writer", "542da469-d3e1-473c-9f4f-7847f01fc64f", "7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c05", VSS_UT_BOOTABLESYSTEMSTATE,
       u"COM+ REGDB", u"", u"COM+ REGDB", {below(u"%SystemRoot%\\Registration", u"*.clb")}},
      {u"Shadow Copy Optimization Writer", "4dc3bdd4-ab48-4d07-adb0-3bee2926fd7f", "7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c06", VSS_UT_OTHER},
  };
  std::vector<Writer> writers;
  for (const InBox& row : rows) {
    Writer& writer = writers.emplace_back();
    writer.name = row.name;
    writer.classId = *parseGuid(row.classId);
    writer.instanceId = *parseGuid(row.instanceId);
    writer.usage = row.usage;
    writer.excludeFiles = row.excluded;
    if (!*row.component) continue;
    writer.restoreMethod.emplace().method = VSS_RME_RESTORE_AT_REBOOT;
    writer.restoreMethod->rebootRequired = true;
    OfferedComponent& component = writer.components.emplace_back();
    component.logicalPath = row.logicalPath;
    component.name = row.component;
    component.caption = row.caption;
    component.files = row.files;
  }
  return writers;
}

}  // namespace vss::model
