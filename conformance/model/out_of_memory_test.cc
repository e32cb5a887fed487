// Memory runs out at every allocation in turn: E_OUTOFMEMORY comes back, nothing is half done, nobody waits for ever, and the
// object can still be released. The whole program's operator new can be told to fail; it does so in this file alone.
#include <cstdlib>
#include <functional>
#include <new>
#include <pugixml.hpp>

#include "testing.h"

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
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }

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

TEST(OutOfMemory, InACallOfABackupChangesNothing) {
  struct Step {
    std::function<void(Requester&)> before;
    std::function<HRESULT(Requester&)> call;
    HRESULT again;  // once it has succeeded
  };
  const Step steps[] = {{[](Requester& r) { r.b1(); }, [](Requester& r) { return r.add(); }, VSS_E_OBJECT_ALREADY_EXISTS},
                        {[](Requester& r) { r.b1().startSet(); }, [](Requester& r) { return r.addToSet(); }, VSS_E_OBJECT_ALREADY_EXISTS},
                        {[](Requester& r) { r.b4(); }, [](Requester& r) { return r.succeeded(); }, S_OK},
                        {[](Requester& r) { r.forBackup(); }, [](Requester& r) { return r->EnableWriterClasses(&kSystemFiles.writerClassId, 1); }, S_OK}};
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

}  // namespace
}  // namespace vss::model
