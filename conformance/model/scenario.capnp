@0xd0c5b3a90e6f4b17;
# A scenario: what system the model is, who its writers are, what goes wrong and when. Read from JSON; an unknown key, a wrong
# type or an unknown name is an error with its path. Everything has a default: {} is the default scenario.
#
#   {"os": "server2012",
#    "writers": [{"name": "System Writer", "classId": "e8132975-6f93-4464-a53e-1050253ae220", "state": "VSS_WS_STABLE"},
#                {"name": null, "classId": "{00000000-0000-0000-0000-000000000002}", "state": 8, "failure": "0x800423f4"}],
#    "operations": {"gatherWriterStatus": {"ms": 250}},
#    "choices": {"statusInRestore": "badState"}}
#
# Without "writers" the system has the nine in-box writers of a Windows server, stable, without failure, in this order (class
# ids are Microsoft's; the first three instance ids are the same on all machines, the others are made up and never change):
#
#   Task Scheduler Writer            d61d61c8-d73a-4eee-8cdd-f6f9786b7124   1bddd48e-5052-49db-9b07-b96f96727e6b
#   VSS Metadata Store Writer        75dfb225-e2e4-4d39-9ac9-ffaff65ddf06   088e7a7d-09a8-4cc6-a609-ad90e75ddc93
#   Performance Counters Writer      0bada1de-01a9-4625-8278-69e735f39dd2   f0086dda-9efc-47c5-8eb6-a944c3d09381
#   System Writer                    e8132975-6f93-4464-a53e-1050253ae220   7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c01
#   ASR Writer                       be000cbe-11fe-4426-9c58-531aa6355fc4   7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c02
#   WMI Writer                       a6ad56c2-b509-4e6c-bb19-49d8f43532f0   7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c03
#   Registry Writer                  afbab4a2-367d-4d15-a586-71dbb18f8485   7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c04
#   COM+ REGDB Writer                542da469-d3e1-473c-9f4f-7847f01fc64f   7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c05
#   Shadow Copy Optimization Writer  4dc3bdd4-ab48-4d07-adb0-3bee2926fd7f   7a1c6b0e-4d0b-4f52-9a63-2f5b8d1e7c06
#
# Each of them but the last has one component, a file group, under the name that public listings of writers show:
#
#   Task Scheduler Writer: TasksStore; VSS Metadata Store Writer: WriterMetadataStore; Performance Counters Writer:
#   PerformanceCounters; System Writer: System Files; ASR Writer: ASR, logical path ASR; WMI Writer: WMI; Registry Writer: Registry;
#   COM+ REGDB Writer: COM+ REGDB
#
# Without "volumes" there is C:\ alone.

using Cxx = import "/capnp/c++.capnp";
using Json = import "/capnp/compat/json.capnp";
$Cxx.namespace("vss::model::json");

struct Scenario {
  comment @0 :Text;
  # For people.

  os @1 :Text;
  # A profile's name: windowsXp, server2003, server2003Sp1, vista, server2008, windows7, server2008R2, windows8, server2012,
  # windows10, server2016, windows11, server2022 (the default).

  writers @2 :List(Writer);
  # In the order in which they are listed. [] is a system without writers.

  operations @3 :Operations;
  choices @4 :Json.Value;
  # An object: a name of choices.def → one of its values.

  calls @5 :List(CallResult);
  # Failures of single calls, after their arguments and the object's state were found good.

  limits @6 :Limits;
  accessDenied @7 :Text;
  # Where a caller without rights meets E_ACCESSDENIED: nowhere (the default); create (the two factories); initialize
  # (InitializeForBackup and -Restore); starters (GatherWriterMetadata and GatherWriterStatus, at once); results (the same two,
  # through QueryStatus); async (IVssAsync::Wait and QueryStatus).

  volumes @8 :List(Volume);
  # What can be shadow-copied. [] is a system without volumes.

  providers @9 :List(Provider);
  # Beside the system's own, which is always there. None by default.
}

struct Volume {
  path @0 :Text;
  # Must be given: where it is mounted, with the backslash at the end: "C:\\" in JSON. Letter case does not matter.

  name @1 :Text;
  # "\\\\?\\Volume{GUID}\\" in JSON. By default made from the volume's place in the list.

  supported @2 :Bool = true;
  # Whether the system provider can make shadow copies of it.

  inUse @3 :Bool;
  # true: RevertToSnapshot must force its dismount.

  revertible @4 :Bool = true;
  # false: RevertToSnapshot and QueryRevertStatus say VSS_E_VOLUME_NOT_SUPPORTED.

  blocksRevert @5 :Bool;
  # What ShouldBlockRevert says: whether a writer has registered that the volume must not be reverted.

  deleteFails @6 :Json.Value;
  # The failure that DeleteSnapshots meets at each shadow copy of it; one that its page lists. S_OK by default.
}

struct Provider {
  # Who else makes shadow copies. A hardware provider makes transportable ones and split mirrors too.

  name @0 :Text;
  # Must be given.

  type @1 :Text;
  # VSS_PROV_HARDWARE (the default) or VSS_PROV_SOFTWARE.

  id @2 :Text;
  # By default made from the provider's place in the list: 00000000-0000-4000-9000-000000000000 for the first, …01 for the next.

  version @3 :Text;
  # "1.0" by default.

  volumes @4 :List(Text);
  # The paths of the volumes that it supports. All by default.
}

struct Writer {
  name @0 :Json.Value;
  # A text; null: a null BSTR; "": an empty one. Every \u escape is taken as it is, unpaired surrogates and \u0000 too.

  nameUtf16 @1 :List(UInt16);
  # The name as code units, for generators that cannot write such escapes. Exactly one of name and nameUtf16 must be given.

  classId @2 :Text;
  # Must be given, with or without braces.

  instanceId @3 :Text;
  # By default made from the writer's place in the list: 00000000-0000-4000-8000-000000000000 for the first, …01 for the next.

  state @4 :Json.Value;
  # VSS_WRITER_STATE by name or number, 0 to 15. VSS_WS_STABLE by default.

  failure @5 :Json.Value;
  # HRESULT by name, as "0x…" or as a number. S_OK by default. Any code: what a page does not list shows as it is.

  applicationFailure @6 :Json.Value;
  # HRESULT in *phrApplication of GetWriterStatusEx. S_OK by default.

  applicationMessage @7 :Json.Value;
  # Text in *pbstrApplicationMessage. By default the choice applicationMessageWithoutFailure says.

  failsAt @8 :List(Failure);
  # At most one for each event.

  responds @9 :Bool = true;
  # false: answers Identify, but no request for its status: VSS_E_WRITER_NOT_RESPONDING.

  runs @10 :Text;
  # always (the default); untilIdentify: ended after GatherWriterMetadata, stays counted, does not respond; afterIdentify:
  # started after it, is not counted by that object.

  components @11 :List(Component);
  # What AddComponent may add, and what the metadata show. None by default.

  # ---- What the writer's metadata say beside; see docs/model.md, "Writer metadata" ----

  instanceName @12 :Json.Value;
  # Text of GetIdentityEx, or null (the default).

  usage @13 :Text;
  # VSS_USAGE_TYPE by name. VSS_UT_OTHER by default.

  source @14 :Text;
  # VSS_SOURCE_TYPE by name. VSS_ST_OTHER by default.

  majorVersion @15 :Json.Value;
  minorVersion @16 :Json.Value;
  # 0 by default: the writer gave none.

  backupSchema @17 :List(Text);
  # VSS_BACKUP_SCHEMA by names. None by default.

  restoreMethod @18 :RestoreMethod;
  # Without it GetRestoreMethod is S_FALSE.

  alternateLocations @19 :List(FileSet);
  # Each with its alternateLocation.

  excludeFiles @20 :List(FileSet);
  excludeFromSnapshot @21 :List(FileSet);
}

struct FileSet {
  path @0 :Text;
  filespec @1 :Text;
  # Both must be given.

  recursive @2 :Bool = false;
  alternateLocation @3 :Json.Value;
  # Text, or null (the default).

  backupTypeMask @4 :List(Text);
  # VSS_FILE_SPEC_BACKUP_TYPE by names. VSS_FSBT_ALL_BACKUP_REQUIRED and VSS_FSBT_ALL_SNAPSHOT_REQUIRED by default.
}

struct RestoreMethod {
  method @0 :Text;
  # Must be given: VSS_RESTOREMETHOD_ENUM by name.

  service @1 :Text;
  # What is stopped and started: given for VSS_RME_STOP_RESTORE_START and VSS_RME_RESTORE_STOP_START, and only for them.

  userProcedure @2 :Text;
  # Without it a null BSTR.

  writerRestore @3 :Text;
  # VSS_WRITERRESTORE_ENUM by name. VSS_WRE_NEVER by default.

  rebootRequired @4 :Bool = false;
}

struct Component {
  type @0 :Text;
  # VSS_CT_FILEGROUP (the default) or VSS_CT_DATABASE.

  logicalPath @1 :Text;
  # Without it the component stands at the root, as with a logical path NULL or "".

  name @2 :Text;
  # Must be given.

  caption @3 :Json.Value;
  # Text, or null (the default).

  icon @4 :Text;
  # Bytes in hexadecimal: "89504e47". None by default.

  restoreMetadata @5 :Bool = false;
  notifyOnBackupComplete @6 :Bool = false;
  selectable @7 :Bool = true;
  selectableForRestore @8 :Bool = true;
  flags @9 :List(Text);
  # VSS_COMPONENT_FLAGS by names. None by default.

  files @10 :List(FileSet);
  # Of a VSS_CT_FILEGROUP, and only of one.

  databaseFiles @11 :List(FileSet);
  logFiles @12 :List(FileSet);
  # Of a VSS_CT_DATABASE, and only of one; no file set of them is recursive.

  dependencies @13 :List(Dependency);
  notes @14 :Notes;
  # What the writer writes into the Backup Components Document. Nothing by default.
}

struct Dependency {
  writerId @0 :Text;
  # Class id of the writer. Without it no writer manages the component: S_FALSE.

  logicalPath @1 :Text;
  name @2 :Text;
  # Must be given.
}

struct Notes {
  # At PrepareBackup:
  backupMetadata @0 :Json.Value;
  prepareForBackupFailureMsg @1 :Json.Value;
  partialFiles @2 :List(PartialFile);
  differencedFiles @3 :List(DifferencedFiles);
  # At PostSnapshot:
  backupStamp @4 :Json.Value;
  postSnapshotFailureMsg @5 :Json.Value;
  # At PreRestore:
  restoreMetadata @6 :Json.Value;
  preRestoreFailureMsg @7 :Json.Value;
  restoreTarget @8 :Text;
  # VSS_RESTORE_TARGET by name. By default the writer says none: VSS_RT_ORIGINAL.
  directedTargets @9 :List(DirectedTarget);
  # At PostRestore:
  postRestoreFailureMsg @10 :Json.Value;
  # At whichever event the writer reports VSS_E_WRITERERROR_PARTIAL_FAILURE (failsAt). Where no component of the writer's in the document
  # has a failure, the first has VSS_E_WRITERERROR_NONRETRYABLE.
  failure @11 :Json.Value;
  applicationFailure @12 :Json.Value;
  applicationMessage @13 :Json.Value;
}

struct PartialFile {
  path @0 :Text;
  filename @1 :Text;
  ranges @2 :Text;
  metadata @3 :Text;
}

struct DifferencedFiles {
  path @0 :Text;
  filespec @1 :Text;
  recursive @2 :Bool = false;
  lastModifyTime @3 :Text;
  # As "2026-11-25T10:00:00Z", in UTC, from 1601 on. None by default: the requester finds it out.
}

struct DirectedTarget {
  sourcePath @0 :Text;
  sourceFilename @1 :Text;
  sourceRanges @2 :Text;
  destinationPath @3 :Text;
  destinationFilename @4 :Text;
  destinationRanges @5 :Text;
}

struct Failure {
  event @0 :Text;
  # identify (the writer is in no list; only event is given then), prepareBackup, prepareSnapshot, freeze, thaw, postSnapshot,
  # backupComplete, backupShutdown, preRestore, postRestore.

  failure @1 :Json.Value;
  # HRESULT that the handler reports by SetWriterFailure. VSS_E_WRITERERROR_NONRETRYABLE by default.

  fatal @2 :Bool = true;
  # false: the handler reports the failure but succeeds.

  applicationFailure @3 :Json.Value;
  applicationMessage @4 :Json.Value;
  # As a handler gives them to SetWriterFailureEx.
}

struct Operations {
  gatherWriterMetadata @0 :Operation;
  prepareForBackup @1 :Operation;
  gatherWriterStatus @2 :Operation;
  backupComplete @3 :Operation;
  doSnapshotSet @4 :Operation;
  # While it runs the writers wait for Freeze. A result other than S_OK: they get Abort, and no shadow copy is left.

  preRestore @5 :Operation;
  postRestore @6 :Operation;
  importSnapshots @7 :Operation;
  breakSnapshotSetEx @8 :Operation;

  queryRevertStatus @9 :Operation;
  # The revert that RevertToSnapshot begins; "through": "call" is the answer of QueryRevertStatus.

  recoverSet @10 :Operation;
}

struct Operation {
  # How long every operation of one starter runs, and how it ends. At most one of ms, polls and never; {"polls": 1} by default.

  ms @0 :Json.Value;
  # Milliseconds after the start, 0 to 4294967295.

  polls @1 :Json.Value;
  # That many QueryStatus calls say VSS_S_ASYNC_PENDING, the next one has the result; any Wait has it too. 0: done at the start.

  never @2 :Bool = false;
  # Runs until it is cancelled.

  result @3 :Json.Value;
  # S_OK (the default) or a failure that the starter's page lists.

  onCall @5 :Json.Value;
  # Which start, over all objects, counted from 1, has that result; the others end well. By default every one.

  through @4 :Text;
  # Where the failure shows: async (the default; in QueryStatus) or call (the starter returns it).
}

struct CallResult {
  method @0 :Text;
  # Must be given: a method that the model answers, without its interface, or an exported function such as CreateVssBackupComponents.

  result @1 :Json.Value;
  # Must be given: a failure that the method's page lists.

  onCall @2 :Json.Value;
  # Which of the calls that get so far, over all objects, counted from 1. By default every one.
}

struct Limits {
  writerSessions @0 :Json.Value;
  # How many sessions the writers can hold at once: each backup takes one at PrepareForBackup, each restore at PreRestore;
  # BackupComplete or PostRestore with the gather after it, or AbortBackup, gives it back; Release does not. A session too many
  # shows as VSS_E_WRITER_STATUS_NOT_AVAILABLE. Unlimited by default.
}
