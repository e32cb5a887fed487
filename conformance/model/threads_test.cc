// Several threads at once: each with an object of its own on one system, and all with one object. ThreadSanitizer looks on.
#include <thread>

#include "testing.h"

namespace vss::model {
namespace {

template <class Body> void inFourThreads(Body&& body) {
  std::thread threads[] = {std::thread(body, 0), std::thread(body, 1), std::thread(body, 2), std::thread(body, 3)};
  for (auto& thread : threads) thread.join();
}

TEST(Threads, EachRunASessionOfTheirOwn) {
  for (const char* plan : {R"({"polls": 3})", R"({"ms": 1})", R"({"ms": 0})"}) {
    auto service = std::make_shared<Service>(parseScenario(R"({"operations": {"gatherWriterStatus": )" + std::string(plan) + "}}"));
    inFourThreads([&](int) {
      for (int i = 0; i < 25; ++i) {
        Requester r(service, nullptr);
        r.forBackup().withMetadata().gathered();
        ASSERT_EQ(r.writers(), 9u);
        for (UINT k = 0; k < 9; ++k) ASSERT_EQ(r.shown(k), "1 S_OK");
        ASSERT_EQ(r->FreeWriterStatus(), S_OK);
        ASSERT_EQ(r.count(), VSS_E_BAD_STATE);
      }
    });
  }
}

TEST(Threads, OfOneObjectGetDocumentedAnswersInWhateverOrder) {
  Requester shared(R"({"choices": {"gatherWhilePending": "ok", "freeWhilePending": "ok", "freeTwice": "ok", "freeBeforeGather": "ok"}})");
  shared.forBackup().withMetadata();
  auto okOr = [](HRESULT other, HRESULT got) { EXPECT_TRUE(got == S_OK || got == other) << nameOf(got); };
  inFourThreads([&](int number) {
    for (int i = 0; i < 200; ++i) {
      shared->AddRef();
      if (number == 0) {
        EXPECT_EQ(shared.run(&IVssBackupComponents::GatherWriterStatus), VSS_S_ASYNC_FINISHED);
      } else if (number == 1) {
        EXPECT_EQ(shared->FreeWriterStatus(), S_OK);
      } else {
        okOr(VSS_E_BAD_STATE, shared.count());
        okOr(VSS_E_BAD_STATE, shared.statusEx(8).hresult);
        void* same = nullptr;
        EXPECT_EQ(shared->QueryInterface(IVssBackupComponentsEx3::iid, &same), S_OK);
        shared->Release();
      }
      shared->Release();
    }
  });
  EXPECT_EQ(shared.gathered().writers(), 9u);
  EXPECT_EQ(shared.release(), 0u);
}

TEST(Threads, MayReleaseTheParentWhileAnotherWaits) {
  for (int i = 0; i < 25; ++i) {
    Requester r(R"({"operations": {"gatherWriterStatus": {"ms": 1}}})");
    auto* async = r.forBackup().start();
    std::thread waiting([&] { EXPECT_EQ(Requester::end(async), VSS_S_ASYNC_FINISHED); });
    r.release();
    waiting.join();
  }
}

}  // namespace
}  // namespace vss::model
