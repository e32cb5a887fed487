// DisableWriterClasses, EnableWriterClasses, DisableWriterInstances: whom a requester hears.
#include <functional>

#include "testing.h"

namespace vss::model {
namespace {

std::string heard(const std::function<void(Requester&, const Guid*)>& choose) {
  Requester r(R"({"writers": [{"name": "A", "classId": "00000000-0000-0000-0000-0000000000c1"}, {"name": "B", "classId": "00000000-0000-0000-0000-0000000000c2"},
                              {"name": "C", "classId": "00000000-0000-0000-0000-0000000000c3"}, {"name": "D", "classId": "00000000-0000-0000-0000-0000000000c1"}]})");
  const Guid classes[] = {*parseGuid("00000000-0000-0000-0000-0000000000c1"), *parseGuid("00000000-0000-0000-0000-0000000000c2"),
                          *parseGuid("00000000-0000-0000-0000-0000000000c3")};
  choose(r.forBackup(), classes);
  std::string names;
  r.gathered();  // before metadata
  for (UINT i = 0; i < r.writers(); ++i) names += toUtf8(*r.status(i).name);
  r.withMetadata().gathered();
  std::string again;
  UINT n = 0;
  EXPECT_EQ(r->GetWriterMetadataCount(&n), S_OK);
  EXPECT_EQ(n, r.writers());
  for (UINT i = 0; i < r.writers(); ++i) again += toUtf8(*r.status(i).name);
  EXPECT_EQ(names, again);
  return names;
}
TEST(WriterSelection, FollowsItsPages) {
  EXPECT_EQ(heard([](Requester&, const Guid*) {}), "ABCD");
  EXPECT_EQ(heard([](Requester& r, const Guid* c) { EXPECT_EQ(r->DisableWriterClasses(c, 1), S_OK); }), "BC");
  EXPECT_EQ(heard([](Requester& r, const Guid* c) {
              r->DisableWriterClasses(c, 1);
              r->DisableWriterClasses(c + 1, 1);
            }), "C");
  EXPECT_EQ(heard([](Requester& r, const Guid* c) { EXPECT_EQ(r->EnableWriterClasses(c, 2), S_OK); }), "ABD");
  EXPECT_EQ(heard([](Requester& r, const Guid* c) {
              r->EnableWriterClasses(c + 1, 1);
              r->EnableWriterClasses(c + 2, 1);
            }), "BC");
  EXPECT_EQ(heard([](Requester& r, const Guid* c) {
              r->DisableWriterClasses(c, 1);
              r->EnableWriterClasses(c + 1, 1);
            }), "B");
  EXPECT_EQ(heard([](Requester& r, const Guid* c) {
              r->EnableWriterClasses(c, 2);
              r->DisableWriterClasses(c + 1, 1);
            }), "AD");
  EXPECT_EQ(heard([](Requester& r, const Guid*) {
              Guid second = *parseGuid("00000000-0000-4000-8000-000000000003");
              EXPECT_EQ(r->DisableWriterInstances(&second, 1), S_OK);
            }), "ABC");
}
TEST(WriterSelection, IsRefusedBeforeInitialisationAndWithoutEffectAfterMetadata) {
  Guid id = kSystemFiles.writerClassId;
  Requester fresh, late;
  EXPECT_EQ(fresh->DisableWriterClasses(&id, 1), VSS_E_BAD_STATE);
  EXPECT_EQ(fresh->EnableWriterClasses(&id, 1), VSS_E_BAD_STATE);
  EXPECT_EQ(fresh->DisableWriterInstances(&id, 1), VSS_E_BAD_STATE);
  late.forBackup().withMetadata();
  EXPECT_EQ(late->EnableWriterClasses(&id, 1), S_OK);
  EXPECT_EQ(late->DisableWriterClasses(&id, 1), S_OK);
  EXPECT_EQ(late->DisableWriterInstances(&id, 1), S_OK);
  EXPECT_EQ(late.gathered().writers(), 9u);
}

}  // namespace
}  // namespace vss::model
