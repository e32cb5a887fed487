// The objects as COM sees them: references, identity, what is offered on which system; which of two goes first; who frees what.
#include "testing.h"

namespace vss::model {
namespace {



// ---- IVssBackupComponents … Ex4 ----
constexpr const Guid* kFamily[] = {&IVssBackupComponents::iid, &IVssBackupComponentsEx::iid, &IVssBackupComponentsEx2::iid,
                                   &IVssBackupComponentsEx3::iid, &IVssBackupComponentsEx4::iid};
// The newest interface of each system that the documentation names: Ex came with Server 2003 SP1, Ex2 with Vista and Server
// 2008, Ex3 with Windows 7 and Server 2008 R2, Ex4 with Windows 8 and Server 2012.
const std::pair<const char*, int> kNewest[] = {
    {"windowsXp", 0}, {"server2003", 0},   {"server2003Sp1", 1}, {"vista", 2},      {"server2008", 2}, {"windows7", 3},  {"server2008R2", 3},
    {"windows8", 4},  {"server2012", 4}, {"windows10", 4},     {"server2016", 4}, {"windows11", 4},  {"server2022", 4}};

TEST(QueryInterface, OffersOnEachSystemWhatThatSystemHas) {
  ASSERT_EQ(std::size(kNewest), profiles().size());
  for (auto [os, newest] : kNewest) {
    Requester r(R"({"os": ")" + std::string(os) + "\"}");
    for (int i = 0; i < 5; ++i) {
      void* got = &got;
      EXPECT_EQ(r->QueryInterface(*kFamily[i], &got), i <= newest ? S_OK : E_NOINTERFACE) << os << " Ex" << i;
      EXPECT_EQ(got != nullptr, i <= newest) << os << " Ex" << i;
      if (got) {
        EXPECT_EQ(r->Release(), 1u);
      }
    }
  }
}
TEST(QueryInterface, GivesOneIdentityFromEveryInterfaceOfTheFamily) {
  for (auto [os, newest] : kNewest) {
    Requester r(R"({"os": ")" + std::string(os) + "\"}");
    void* identity = nullptr;
    EXPECT_EQ(r->QueryInterface(IUnknown::iid, &identity), S_OK);
    for (int i = 0; i <= newest; ++i) {
      void *one = nullptr, *back = nullptr, *first = nullptr;
      EXPECT_EQ(r->QueryInterface(*kFamily[i], &one), S_OK);
      EXPECT_EQ(static_cast<IUnknown*>(one)->QueryInterface(IUnknown::iid, &back), S_OK);
      EXPECT_EQ(static_cast<IUnknown*>(one)->QueryInterface(IVssBackupComponents::iid, &first), S_OK);
      EXPECT_EQ(back, identity) << os << " Ex" << i;
      for (int k = 0; k < 3; ++k) r->Release();
    }
    EXPECT_EQ(r->Release(), 1u);
  }
}
TEST(QueryInterface, RefusesForeignInterfacesAndANullPointer) {
  Requester r;
  void* got = &got;
  EXPECT_EQ(r->QueryInterface(IVssAsync::iid, &got), E_NOINTERFACE);
  EXPECT_EQ(got, nullptr);
  EXPECT_EQ(r->QueryInterface(IUnknown::iid, nullptr), E_POINTER);
  EXPECT_EQ(r.release(), 0u);
}
TEST(QueryInterface, WorksThroughASlotOfTheNewestVtableOnEverySystem) {
  Requester r(R"({"os": "windowsXp"})");
  EXPECT_EQ(r.forBackup().gathered().statusEx(0).hresult, S_OK);  // a requester that casts instead of asking gets an answer, no crash
}
TEST(References, AreCountedOverAllInterfaces) {
  Requester r;
  for (ULONG i = 2; i <= 10; ++i) EXPECT_EQ(r->AddRef(), i);
  for (ULONG i = 9; i >= 1; --i) EXPECT_EQ(r->Release(), i);
  EXPECT_EQ(r.release(), 0u);
}

// ---- IVssAsync, and which of the two goes first ----
TEST(Async, CountsItsReferencesAndKnowsTwoInterfaces) {
  Requester r;
  auto* async = r.forBackup().start();
  EXPECT_EQ(async->AddRef(), 2u);
  EXPECT_EQ(async->Release(), 1u);
  for (const Guid* iid : {&IUnknown::iid, &IVssAsync::iid}) {
    void* same = nullptr;
    EXPECT_EQ(async->QueryInterface(*iid, &same), S_OK);
    EXPECT_EQ(same, async);
    EXPECT_EQ(async->Release(), 1u);
  }
  void* other = async;
  EXPECT_EQ(async->QueryInterface(IVssBackupComponents::iid, &other), E_NOINTERFACE);
  EXPECT_EQ(other, nullptr);
  EXPECT_EQ(async->QueryInterface(IUnknown::iid, nullptr), E_POINTER);
  EXPECT_EQ(async->Release(), 0u);
}
TEST(ReleaseOfPending, LetsTheGatherGoOn) {
  Requester polls(gather(R"({"polls": 5})")), ms(gather(R"({"ms": 250})")), never(gather(R"({"never": true})"));
  polls.forBackup().start()->Release();
  EXPECT_EQ(polls.count(), S_OK);  // nobody is left to ask it
  ms.forBackup().start()->Release();
  EXPECT_EQ(ms.count(), VSS_E_BAD_STATE);
  ms.clock->ms += 250;
  EXPECT_EQ(ms.count(), S_OK);
  never.forBackup().start()->Release();
  never.clock->ms += 1'000'000;
  EXPECT_EQ(never.count(), VSS_E_BAD_STATE);
  EXPECT_EQ(never->GatherWriterStatus(nullptr), E_INVALIDARG);
  EXPECT_EQ(never.run(&Starters::GatherWriterStatus), VSS_E_BAD_STATE);  // one runs still
}
TEST(ReleaseOfPending, MayCancelTheGather) {
  for (const char* plan : {R"({"polls": 5})", R"({"ms": 250})", R"({"never": true, "onCall": 1})"}) {
    Requester r(gather(plan, R"("choices": {"releaseOfPending": "cancels"})"));
    r.forBackup().start()->Release();
    r.clock->ms += 250;
    EXPECT_EQ(r.count(), VSS_E_BAD_STATE) << plan;
    auto* again = r.start();
    again->Release();
  }
}
TEST(ReleaseOfPending, DoesNothingToOneThatHasEnded) {
  Requester r(choosing("releaseOfPending", "cancels"));
  r.forBackup().gathered();
  EXPECT_EQ(r.count(), S_OK);
}
TEST(ReleaseOfParent, LeavesTheOperationAnswering) {
  Requester r(gather(R"({"ms": 250})"));
  auto* async = r.forBackup().start();
  EXPECT_EQ(r.release(), 0u);
  r.service.reset();
  EXPECT_EQ(Requester::query(async), P);
  EXPECT_EQ(async->Wait(100), S_OK);
  EXPECT_EQ(Requester::query(async), P);
  EXPECT_EQ(async->Wait(kInfinite), S_OK);
  EXPECT_EQ(Requester::query(async), F);
  EXPECT_EQ(async->Cancel(), F);
  EXPECT_EQ(async->Release(), 0u);
}
TEST(ReleaseOfParent, LeavesOneThatNeverEndsToBeCancelledOrDropped) {
  Requester cancelled(gather(R"({"never": true})")), dropped(gather(R"({"never": true})"));
  auto* async = cancelled.forBackup().start();
  cancelled.release();
  EXPECT_EQ(async->Cancel(), S_OK);
  EXPECT_EQ(Requester::query(async), C);
  EXPECT_EQ(async->Release(), 0u);
  async = dropped.forBackup().start();
  dropped.release();
  dropped.service.reset();
  EXPECT_EQ(async->Release(), 0u);
}
TEST(ReleaseOfParent, MayCancelItsOperations) {
  Requester r(choosing("releaseOfParent", "cancels"));
  auto* metadata = r.forBackup().start(&Starters::GatherWriterMetadata);
  auto* status = r.start();
  r.release();
  EXPECT_EQ(Requester::query(metadata), C);
  EXPECT_EQ(Requester::query(status), C);
  EXPECT_EQ(metadata->Release(), 0u);
  EXPECT_EQ(status->Release(), 0u);
}

// ---- Who frees what ----
TEST(Text, IsTheCallersOwnOneForEachCall) {
  Requester r(oneWriter(R"("applicationMessage": "said")"));
  r.forBackup().gathered();
  struct Row {
    Guid instance, writer;
    char16_t *name = nullptr, *message = nullptr;
    VSS_WRITER_STATE state;
    HRESULT failure, application;
  } one, two;
  for (Row* row : {&one, &two})
    ASSERT_EQ(r->GetWriterStatusEx(0, &row->instance, &row->writer, &row->name, &row->state, &row->failure, &row->application, &row->message), S_OK);
  EXPECT_NE(one.name, two.name);
  EXPECT_NE(one.message, two.message);
  one.name[0] = u'w';
  sysFreeString(one.message);
  EXPECT_EQ(r.status(0).name, u"Writer");
  r->FreeWriterStatus();
  r.release();
  EXPECT_EQ(takeBstr(two.name), u"Writer");
  EXPECT_EQ(takeBstr(two.message), u"said");
  EXPECT_EQ(takeBstr(one.name), u"writer");
}
TEST(Text, IsNotLostWhereAnOptionalPointerIsNull) {  // the address sanitizer counts
  Requester r(oneWriter(R"("applicationMessage": "said")"));
  r.forBackup().gathered();
  Guid instance, writer;
  char16_t* name = nullptr;
  VSS_WRITER_STATE state;
  HRESULT failure;
  EXPECT_EQ(r->GetWriterStatusEx(0, &instance, &writer, &name, &state, &failure, nullptr, nullptr), S_OK);
  EXPECT_EQ(takeBstr(name), u"Writer");
}
TEST(Release, WithoutFreeWriterStatusLeavesNothingBehind) {  // the address sanitizer counts
  Requester r;
  r.forBackup().withMetadata().gathered();
  EXPECT_EQ(r.release(), 0u);
}
TEST(Release, WithEveryOperationPendingLeavesNothingBehind) {
  Requester r(R"({"operations": {"gatherWriterMetadata": {"never": true}, "gatherWriterStatus": {"never": true}, "prepareForBackup": {"never": true}}, )" + withoutSet() + "}");
  r.forBackup()->SetBackupState(false, false, VSS_BT_FULL, false);
  for (auto starter : {&Starters::GatherWriterMetadata, &Starters::GatherWriterStatus, &Starters::PrepareForBackup}) EXPECT_EQ(r.start(starter)->Release(), 0u);
  EXPECT_EQ(r.release(), 0u);
}

// ---- The writers' sessions ----
const std::string kOneSession = R"({"limits": {"writerSessions": 1}, )" + withoutSet() + "}";
constexpr const char* kNoSlot = "0 VSS_E_WRITER_STATUS_NOT_AVAILABLE";

TEST(WriterSessions, AreTakenByPrepareForBackupAndGivenBackByTheGatherAfterBackupComplete) {
  Requester one(kOneSession), two = one.beside(), three = one.beside();
  EXPECT_EQ(one.forBackup().withMetadata().prepared().seen(), kStable);
  EXPECT_EQ(two.forBackup().withMetadata().seen(), kStable);  // has asked for none yet
  EXPECT_EQ(two.prepared().seen(), kNoSlot);
  EXPECT_EQ(one.run(&Starters::BackupComplete), F);
  EXPECT_EQ(two.seen(), kNoSlot);
  EXPECT_EQ(one.seen(), kStable);  // gives the session back
  EXPECT_EQ(three.forBackup().withMetadata().prepared().seen(), kStable);
  EXPECT_EQ(two.seen(), kNoSlot);
}
TEST(WriterSessions, AreGivenBackByAbortBackup) {
  Requester one(kOneSession), two = one.beside();
  one.forBackup().prepared()->AbortBackup();
  EXPECT_EQ(two.forBackup().prepared().seen(), kStable);
}
TEST(WriterSessions, AreNotGivenBackByRelease) {
  Requester one(kOneSession), two = one.beside();
  one.forBackup().prepared();
  one.release();
  EXPECT_EQ(two.forBackup().prepared().seen(), kNoSlot);
}
TEST(WriterSessions, AreGivenBackByAbortBackupAlsoWhereAVetoEndedPrepareForBackupInAnError) {
  Requester one(oneWriter(R"("failsAt": [{"event": "prepareBackup"}])", R"("limits": {"writerSessions": 1}, )" + withoutSet(R"("prepareAfterVeto": "unexpected")")));
  Requester two = one.beside();
  for (Requester* r : {&one, &two}) {
    r->forBackup().withMetadata();
    EXPECT_EQ((*r)->SetBackupState(false, false, VSS_BT_FULL, false), S_OK);
    EXPECT_EQ(r->run(&Starters::PrepareForBackup), VSS_E_UNEXPECTED);
    EXPECT_EQ(r->seen(), "7 VSS_E_WRITERERROR_NONRETRYABLE");
    EXPECT_EQ((*r)->AbortBackup(), S_OK);
    EXPECT_EQ(r->run(&Starters::PrepareForBackup), VSS_E_BAD_STATE);  // the object has done its work
  }
}

}  // namespace
}  // namespace vss::model
