// Memory runs out at every allocation in turn: E_OUTOFMEMORY comes back, nothing is half done, nobody waits for ever, and the
// object can still be released. The whole program's operator new can be told to fail; it does so in this file alone.
#include <cstdlib>
#include <functional>
#include <new>
#include <pugixml.hpp>

#include "metadata_document.h"
#include "testing_readers.h"

namespace {
int left = -1;  // allocations until one fails; negative: none will

// operator new's and operator delete's in this program, so that they fit each other.
void* allocate(std::size_t bytes) {
  if (left == 0) {
    --left;
    throw std::bad_alloc();
  }
  if (left > 0) --left;
  if (void* memory = std::malloc(bytes ? bytes : 1)) return memory;
  throw std::bad_alloc();
}
}  // namespace

void* operator new(std::size_t bytes) { return allocate(bytes); }
// pugixml has an allocator of its own.
namespace {
void* allocateForXml(std::size_t bytes) noexcept {
  try {
    return allocate(bytes);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
const bool asksUs = (pugi::set_memory_management_functions(allocateForXml, std::free), true);
}  // namespace
// Not inline, where the compiler would see free() of what comes from new, and warn.
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

namespace vss::model {
namespace {


// Runs `body` for a fresh requester again and again, each time with another allocation failing inside `whileScarce`, until
// none is left to fail.
void atEveryAllocation(const std::string& scenario, const std::function<void(Requester&, const std::function<void(const std::function<void()>&)>&)>& body) {
  bool failedOne = true;
  int n = 0;
  for (; failedOne; ++n) {
    ASSERT_LT(n, 1000);
    failedOne = false;
    Requester r(scenario);
    body(r, [&](const std::function<void()>& call) {
      left = n;
      call();
      failedOne |= left < 0;
      left = -1;
    });
    EXPECT_EQ(r.release(), 0u);
  }
  EXPECT_GT(n, 1) << "nothing is allocated here; the test tries nothing";
}

TEST(OutOfMemory, InTheFactoryMakesNoObject) {
  auto service = std::make_shared<Service>(defaultScenario());
  int n = 0;
  for (HRESULT hresult = E_OUTOFMEMORY; hresult != S_OK; ++n) {
    IVssBackupComponents* vss = nullptr;
    left = n;
    hresult = create(service, &vss);
    left = -1;
    ASSERT_TRUE(hresult == S_OK || hresult == E_OUTOFMEMORY) << nameOf(hresult);
    ASSERT_EQ(vss != nullptr, hresult == S_OK);
    if (vss) vss->Release();
  }
  EXPECT_GT(n, 1);
}

TEST(OutOfMemory, InInitialisationLeavesTheObjectAsItWas) {
  atEveryAllocation("{}", [](Requester& r, auto& whileScarce) {
    char16_t document[] = u"<BACKUP_COMPONENTS><WRITER_COMPONENTS instanceId='e8132975-6f93-4464-a53e-1050253ae220' "
                          u"writerId='e8132975-6f93-4464-a53e-1050253ae220'><COMPONENT componentName='a name that is long enough to be "
                          u"allocated' componentType='filegroup'/></WRITER_COMPONENTS></BACKUP_COMPONENTS>";
    HRESULT hresult = S_OK;
    whileScarce([&] { hresult = r->InitializeForBackup(document); });
    EXPECT_TRUE(hresult == S_OK || hresult == E_OUTOFMEMORY) << nameOf(hresult);
    EXPECT_EQ(r->InitializeForBackup(document), hresult == S_OK ? VSS_E_BAD_STATE : S_OK);
  });
}

TEST(OutOfMemory, WhereTheDocumentIsSavedGivesNoHalfOfIt) {
  Requester whole;
  char16_t* text = nullptr;
  ASSERT_EQ(whole.b3()->SaveAsXML(&text), S_OK);
  const std::u16string expected = *takeBstr(text);
  atEveryAllocation("{}", [&](Requester& r, auto& whileScarce) {
    r.b3();
    HRESULT hresult = S_OK;
    char16_t* saved = nullptr;
    whileScarce([&] { hresult = r->SaveAsXML(&saved); });
    EXPECT_TRUE(hresult == S_OK || hresult == E_OUTOFMEMORY) << nameOf(hresult);
    EXPECT_EQ(takeBstr(saved), hresult == S_OK ? MaybeText(expected) : std::nullopt);
  });
}

HRESULT queryAndRelease(Requester& r) {
  IVssEnumObject *found, *clone = nullptr;
  HRESULT hresult = r.query(found);
  EXPECT_EQ(found != nullptr, hresult == S_OK);
  if (!found) return hresult;
  VSS_OBJECT_PROP objects[2]{};
  ULONG fetched = 77;
  HRESULT filled = found->Next(2, objects, &fetched);
  EXPECT_EQ(fetched, filled == S_FALSE ? 1u : 0u);
  EXPECT_EQ(objects[0].Obj.Snap.m_pwszSnapshotDeviceObject != nullptr, filled == S_FALSE);
  freeSnapshotProperties(&objects[0].Obj.Snap, &coTaskMemFree);
  hresult = found->Clone(&clone);
  EXPECT_EQ(clone != nullptr, hresult == S_OK);
  if (clone) clone->Release();
  EXPECT_EQ(found->Release(), 0u);
  return filled == S_FALSE ? hresult : filled;
}
HRESULT askRevertStatus(Requester& r) {
  IVssAsync* async = nullptr;
  HRESULT hresult = r->QueryRevertStatus(u"C:\\", &async);
  if (async) async->Release();
  return hresult;
}
HRESULT askRoot(Requester& r) {
  char16_t *root = nullptr, *prefix = nullptr;
  HRESULT hresult = r->GetRootAndLogicalPrefixPaths(u"\\\\a long name of a server\\share\\", &root, &prefix, false);
  EXPECT_EQ(root && prefix, hresult == S_OK);
  coTaskMemFree(root);
  coTaskMemFree(prefix);
  return hresult;
}

TEST(OutOfMemory, InAnImportBringsAllOfTheSetOrNothing) {
  for (bool atStart : {true, false})
    atEveryAllocation("{" + kHardware + "}", [&](Requester& r, auto& whileScarce) {
      std::u16string document = transported(kHardwareProvider, "a volume of another system, with a long name\\");
      EXPECT_EQ(r->InitializeForBackup(document.data()), S_OK);
      IVssAsync* async = nullptr;
      HRESULT hresult = S_OK;
      if (!atStart) async = r.start(&Starters::ImportSnapshots);
      whileScarce([&] { atStart ? hresult = r->ImportSnapshots(&async) : async->Wait(kInfinite); });
      EXPECT_TRUE(hresult == S_OK || hresult == E_OUTOFMEMORY) << nameOf(hresult);
      EXPECT_EQ(async != nullptr, hresult == S_OK);
      HRESULT result = async ? Requester::end(async) : r.run(&Starters::ImportSnapshots);
      EXPECT_TRUE(result == VSS_S_ASYNC_FINISHED || (!atStart && result == E_OUTOFMEMORY)) << nameOf(result);
      EXPECT_EQ(r.exists(kSavedCopy), result == VSS_S_ASYNC_FINISHED ? S_OK : VSS_E_OBJECT_NOT_FOUND);
      if (result != VSS_S_ASYNC_FINISHED) {
        EXPECT_EQ(r.run(&Starters::ImportSnapshots), VSS_S_ASYNC_FINISHED);  // once more
      }
    });
}

TEST(OutOfMemory, InABreakOrARecoveryChangesNothing) {
  atEveryAllocation("{" + kHardware + "}", [](Requester& r, auto& whileScarce) {
    r.b4();
    HRESULT hresult = S_OK;
    whileScarce([&] { hresult = r.breakEx(r.setId); });
    EXPECT_TRUE(hresult == VSS_S_ASYNC_FINISHED || hresult == E_OUTOFMEMORY) << nameOf(hresult);
    EXPECT_EQ(r.exists(r.copyId), hresult == E_OUTOFMEMORY ? S_OK : VSS_E_OBJECT_NOT_FOUND);
  });
  atEveryAllocation("{" + kHardware + "}", [](Requester& r, auto& whileScarce) {
    EXPECT_EQ(r->InitializeForRestore(transported().data()), S_OK);
    HRESULT added = S_OK, recovered = S_OK;
    whileScarce([&] { added = r->AddSnapshotToRecoverySet(kSavedCopy, 0, nullptr); });
    EXPECT_TRUE(added == S_OK || added == E_OUTOFMEMORY) << nameOf(added);
    if (added != S_OK) {
      EXPECT_EQ(r->AddSnapshotToRecoverySet(kSavedCopy, 0, nullptr), S_OK);
    }
    whileScarce([&] { recovered = r.recover(); });
    EXPECT_TRUE(recovered == VSS_S_ASYNC_FINISHED || recovered == E_OUTOFMEMORY) << nameOf(recovered);
    if (recovered == E_OUTOFMEMORY) {
      EXPECT_EQ(r.recover(), VSS_S_ASYNC_FINISHED);
    }
  });
}

TEST(OutOfMemory, InACallOfABackupChangesNothing) {
  struct Step {
    std::function<void(Requester&)> before;
    std::function<HRESULT(Requester&)> call;
    HRESULT again;  // once it has succeeded
  };
  const Step steps[] = {{[](Requester& r) { r.b1(); }, [](Requester& r) { return r.add(); }, VSS_E_OBJECT_ALREADY_EXISTS},
                        {[](Requester& r) { r.b1().startSet(); }, [](Requester& r) { return r.addToSet(); }, VSS_E_OBJECT_ALREADY_EXISTS},
                        {[](Requester& r) { r.b4(); }, [](Requester& r) { return r.succeeded(); }, S_OK},
                        {[](Requester& r) { r.forBackup(); }, [](Requester& r) { return r->EnableWriterClasses(&kSystemFiles.writerClassId, 1); }, S_OK},
                        {[](Requester& r) { r.b4(); }, queryAndRelease, S_OK},
                        {[](Requester& r) { r.madeIn(VSS_CTX_APP_ROLLBACK); },
                         [](Requester& r) { return r.expose(r.copyId, u"X:\\a folder with a long name"); }, E_INVALIDARG},
                        {[](Requester& r) { r.madeIn(VSS_CTX_APP_ROLLBACK); },
                         [](Requester& r) { return r->RevertToSnapshot(r.copyId, false); }, VSS_E_REVERT_IN_PROGRESS},
                        {[](Requester& r) { r.forBackup(); }, askRevertStatus, S_OK},
                        {[](Requester& r) { r.forBackup(); }, askRoot, S_OK}};
  for (const Step& step : steps)
    atEveryAllocation("{}", [&](Requester& r, auto& whileScarce) {
      step.before(r);
      HRESULT hresult = S_OK;
      whileScarce([&] { hresult = step.call(r); });
      EXPECT_TRUE(hresult == S_OK || hresult == E_OUTOFMEMORY) << nameOf(hresult);
      EXPECT_EQ(step.call(r), hresult == S_OK ? step.again : S_OK);
    });
}

TEST(OutOfMemory, InDoSnapshotSetLeavesAllOfTheSetOrNothingAndLetsTheSystemGo) {
  for (bool atStart : {true, false})
    atEveryAllocation("{}", [&](Requester& r, auto& whileScarce) {
      r.b3();
      IVssAsync* async = nullptr;
      HRESULT hresult = S_OK;
      if (!atStart) async = r.start(&Starters::DoSnapshotSet);
      whileScarce([&] { atStart ? hresult = r->DoSnapshotSet(&async) : async->Wait(kInfinite); });
      EXPECT_TRUE(hresult == S_OK || hresult == E_OUTOFMEMORY) << nameOf(hresult);
      EXPECT_EQ(async != nullptr, hresult == S_OK);
      HRESULT result = async ? Requester::end(async) : r.run(&Starters::DoSnapshotSet);
      EXPECT_TRUE(result == VSS_S_ASYNC_FINISHED || (!atStart && result == E_OUTOFMEMORY)) << nameOf(result);
      EXPECT_EQ(r.exists(r.copyId), result == VSS_S_ASYNC_FINISHED ? S_OK : VSS_E_OBJECT_NOT_FOUND);
      EXPECT_EQ(r->AbortBackup(), S_OK);
      Requester other = r.beside();
      EXPECT_EQ(other.forBackup().startSetAgain(), S_OK);
    });
}

TEST(OutOfMemory, WhereAGatherBeginsStartsNothing) {
  atEveryAllocation("{}", [](Requester& r, auto& whileScarce) {
    r.forBackup();
    IVssAsync* async = nullptr;
    HRESULT hresult = S_OK;
    whileScarce([&] { hresult = r->GatherWriterStatus(&async); });
    EXPECT_TRUE(hresult == S_OK || hresult == E_OUTOFMEMORY) << nameOf(hresult);
    EXPECT_EQ(async != nullptr, hresult == S_OK);
    if (async) async->Release();
    else r.gathered();
    EXPECT_EQ(r.writers(), 9u);
  });
}

TEST(OutOfMemory, WhereAnOperationEndsIsItsResultAndWakesWhoWaits) {
  for (auto starter : {&Starters::GatherWriterMetadata, &Starters::GatherWriterStatus})
    atEveryAllocation("{}", [&](Requester& r, auto& whileScarce) {
      auto* async = r.forBackup().start(starter);
      HRESULT waited = E_FAIL;
      whileScarce([&] { waited = async->Wait(kInfinite); });
      HRESULT result = Requester::query(async);
      EXPECT_EQ(waited, S_OK);
      EXPECT_TRUE(result == VSS_S_ASYNC_FINISHED || result == E_OUTOFMEMORY) << nameOf(result);
      UINT n = 0;
      HRESULT counted = starter == &Starters::GatherWriterStatus ? r->GetWriterStatusCount(&n) : r->GetWriterMetadataCount(&n);
      EXPECT_EQ(counted, result == VSS_S_ASYNC_FINISHED ? S_OK : VSS_E_BAD_STATE);
      EXPECT_EQ(n, result == VSS_S_ASYNC_FINISHED ? 9u : 0u);
      async->Release();
    });
}

TEST(OutOfMemory, InTheEventsOfABackupLeavesTheObjectUsable) {
  const std::string scenario = oneWriter(
      R"("failsAt": [{"event": "prepareBackup", "applicationMessage": "a text that is long enough to be allocated"}])", withoutSet());
  atEveryAllocation(scenario, [](Requester& r, auto& whileScarce) {
    r.forBackup().withMetadata()->SetBackupState(false, false, VSS_BT_FULL, false);
    auto* async = r.start(&Starters::PrepareForBackup);
    HRESULT waited = E_FAIL;
    whileScarce([&] { waited = async->Wait(kInfinite); });
    HRESULT result = Requester::query(async);
    EXPECT_EQ(waited, S_OK);
    EXPECT_TRUE(result == VSS_S_ASYNC_FINISHED || result == E_OUTOFMEMORY) << nameOf(result);
    EXPECT_EQ(r->AbortBackup(), S_OK);
    EXPECT_EQ(r.run(&Starters::GatherWriterStatus), VSS_S_ASYNC_FINISHED);
    async->Release();
  });
}

// ---- Metadata and components ----

// One call that makes something, tried with ever more memory until it succeeds.
void expectsAllOrNothing(const std::function<HRESULT()>& call) {
  HRESULT hresult = E_OUTOFMEMORY;
  int n = 0;
  for (; hresult != S_OK; ++n) {
    ASSERT_LT(n, 1000);
    left = n;
    hresult = call();
    left = -1;
    ASSERT_TRUE(hresult == S_OK || hresult == E_OUTOFMEMORY) << nameOf(hresult);
  }
  EXPECT_GT(n, 1);
}

TEST(OutOfMemory, InWhatIsHandedOutLeavesNoHalfOfIt) {  // the address sanitizer counts
  Requester r(rich());
  r.b3();
  VSS_ID id;
  MetadataReader metadata(r);
  ComponentReader component(r);
  Released<IVssWMComponent> offered;
  Released<IVssWriterComponentsExt> components;
  ASSERT_EQ(metadata->GetComponent(0, &offered.object), S_OK);
  ASSERT_EQ(r->GetWriterComponents(0, &components.object), S_OK);
#define HANDED_OUT(I, call)                     \
  expectsAllOrNothing([&] {                     \
    I* out = nullptr;                           \
    HRESULT hresult = call;                     \
    EXPECT_EQ(out != nullptr, hresult == S_OK); \
    if (out) out->Release();                    \
    return hresult;                             \
  })
  HANDED_OUT(IVssExamineWriterMetadata, r->GetWriterMetadata(0, &id, &out));
  HANDED_OUT(IVssWMComponent, metadata->GetComponent(0, &out));
  HANDED_OUT(IVssWMFiledesc, metadata->GetExcludeFile(0, &out));
  HANDED_OUT(IVssWMDependency, offered->GetDependency(0, &out));
  HANDED_OUT(IVssWriterComponentsExt, r->GetWriterComponents(0, &out));
  HANDED_OUT(IVssComponent, components->GetComponent(0, &out));
#undef HANDED_OUT
  expectsAllOrNothing([&] {
    VSS_COMPONENTINFO* info = nullptr;
    HRESULT hresult = offered->GetComponentInfo(&info);
    EXPECT_EQ(info != nullptr, hresult == S_OK);
    offered->FreeComponentInfo(info);
    return hresult;
  });
}

TEST(OutOfMemory, InWhatARequesterSaysOfAComponentChangesNothing) {
  const char16_t* name = kSystemFiles.name;
  const char16_t longText[] = u"a text that is long enough to be allocated";
  struct Step {
    bool restore;
    std::function<HRESULT(Requester&)> call;
  };
  const Step steps[] = {
      {false, [&](Requester& r) { return r->SetBackupOptions(r.writer.classId, kSystemFiles.type, nullptr, name, longText); }},
      {false, [&](Requester& r) { return r->SetPreviousBackupStamp(r.writer.classId, kSystemFiles.type, nullptr, name, longText); }},
      {true, [&](Requester& r) { return r->SetRestoreOptions(r.writer.classId, kSystemFiles.type, nullptr, name, longText); }},
      {true, [&](Requester& r) { return r->SetRestoreName(r.writer.classId, kSystemFiles.type, nullptr, name, longText); }},
      {true, [&](Requester& r) { return r->SetRollForward(r.writer.classId, kSystemFiles.type, nullptr, name, VSS_RF_PARTIAL, longText); }},
      {true, [&](Requester& r) { return r->AddNewTarget(r.writer.classId, kSystemFiles.type, nullptr, name, u"F:\\", u"*", true, longText); }},
      {true, [&](Requester& r) { return r->AddAlternativeLocationMapping(r.writer.classId, kSystemFiles.type, nullptr, name, u"F:\\", u"*", true, longText); }},
      {true, [&](Requester& r) { return r->AddRestoreSubcomponent(r.writer.classId, kSystemFiles.type, nullptr, name, name, u"Part", false); }},
      {true, [&](Requester& r) { return r->SetRangesFilePath(r.writer.classId, kSystemFiles.type, nullptr, name, 0, longText); }}};
  for (const Step& step : steps) {
    auto saved = [](Requester& r) {
      char16_t* text = nullptr;
      EXPECT_EQ(r->SaveAsXML(&text), S_OK);
      return *takeBstr(text);
    };
    atEveryAllocation(rich(R"("choices": {"saveBeforePrepare": "ok"})"), [&](Requester& r, auto& whileScarce) {
      step.restore ? r.r2() : r.b2();
      const std::u16string before = saved(r);
      HRESULT hresult = S_OK;
      whileScarce([&] { hresult = step.call(r); });
      EXPECT_TRUE(hresult == S_OK || hresult == E_OUTOFMEMORY) << nameOf(hresult);
      EXPECT_EQ(saved(r) == before, hresult != S_OK);
      EXPECT_EQ(step.call(r), S_OK);
    });
  }
}

TEST(OutOfMemory, WhereMetadataAreLoadedLeavesWhatWasThere) {
  Requester r(rich());
  MetadataReader metadata(r.b1());
  auto saved = [&] {
    char16_t* text = nullptr;
    EXPECT_EQ(metadata->SaveAsXML(&text), S_OK);
    return *takeBstr(text);
  };
  const std::u16string before = saved();
  WriterMetadata other = parseScenario(rich()).writers[0];
  other.name = u"another name that is long enough to be allocated";
  std::u16string text = writeMetadata(other);
  for (int n = 0;; ++n) {
    ASSERT_LT(n, 1000);
    left = n;
    HRESULT hresult = metadata->LoadFromXML(text.data());
    left = -1;
    if (hresult == S_OK) break;
    ASSERT_EQ(hresult, E_OUTOFMEMORY);
    ASSERT_EQ(saved(), before);
  }
  EXPECT_EQ(saved(), text);
  expectsAllOrNothing([&] {
    IVssExamineWriterMetadata* made = nullptr;
    HRESULT hresult = createMetadata(r.service, text.data(), &made);
    EXPECT_EQ(made != nullptr, hresult == S_OK);
    if (made) made->Release();
    return hresult;
  });
}

TEST(OutOfMemory, WhereWritersWriteIntoTheDocumentLeavesTheObjectUsable) {
  for (auto starter : {&Starters::PrepareForBackup, &Starters::DoSnapshotSet, &Starters::BackupComplete, &Starters::PreRestore, &Starters::PostRestore})
    for (bool atStart : {true, false})
      atEveryAllocation(rich(), [&](Requester& r, auto& whileScarce) {
        if (starter == &Starters::PrepareForBackup) r.b2();
        if (starter == &Starters::DoSnapshotSet) r.b3();
        if (starter == &Starters::BackupComplete) r.b4();
        if (starter == &Starters::PreRestore) r.r2();
        if (starter == &Starters::PostRestore) r.r3();
        IVssAsync* async = nullptr;
        HRESULT hresult = S_OK;
        if (!atStart) async = r.start(starter);
        whileScarce([&] { atStart ? hresult = (r.vss->*starter)(&async) : async->Wait(kInfinite); });
        EXPECT_TRUE(hresult == S_OK || hresult == E_OUTOFMEMORY) << nameOf(hresult);
        HRESULT result = async ? Requester::end(async) : r.run(starter);
        EXPECT_TRUE(result == VSS_S_ASYNC_FINISHED || (!atStart && result == E_OUTOFMEMORY)) << nameOf(result);
        ComponentReader component(r);
        EXPECT_NE(textOf(static_cast<IVssComponent*>(component.object), &IVssComponent::GetComponentName), std::nullopt);
      });
}

}  // namespace
}  // namespace vss::model
