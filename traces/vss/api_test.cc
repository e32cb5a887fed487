#include "traces/vss/api.h"

#include <gtest/gtest.h>

#include "traces/vss/golden_file.h"
#include "traces/vss/memory.h"
#include "traces/vss/text.h"

namespace vss {
namespace {

TEST(Api, IsTheReviewedTable) {
  EXPECT_TRUE(test::isGolden("traces/vss/api.tsv", apiTable())) << "rows are only added";
}

TEST(Api, HasEverySlotOfTheRequesterInterfacesOnce) {
  EXPECT_EQ(interfaceOf<IVssAsync>().methods.size(), 6u);
  EXPECT_EQ(interfaceOf<IVssBackupComponents>().methods.size(), 51u);
  EXPECT_EQ(interfaceOf<IVssBackupComponentsEx>().methods.size(), 53u);
  EXPECT_EQ(interfaceOf<IVssBackupComponentsEx2>().methods.size(), 60u);
  EXPECT_EQ(interfaceOf<IVssBackupComponentsEx3>().methods.size(), 64u);
  EXPECT_EQ(interfaceOf<IVssBackupComponentsEx4>().methods.size(), 65u);
  EXPECT_EQ(interfaceOf<IVssEnumObject>().methods.size(), 7u);
  EXPECT_EQ(interfaceOf<IVssExamineWriterMetadataEx2>().methods.size(), 18u);
  EXPECT_EQ(interfaceOf<IVssWMComponent>().methods.size(), 9u);
  EXPECT_EQ(interfaceOf<IVssWMFiledesc>().methods.size(), 8u);
  EXPECT_EQ(interfaceOf<IVssWMDependency>().methods.size(), 6u);
  EXPECT_EQ(interfaceOf<IVssWriterComponentsExt>().methods.size(), 3u);
  EXPECT_EQ(interfaceOf<IVssComponentEx2>().methods.size(), 50u);
  std::size_t own = 0;
  for (const auto* i : interfaces())
    for (const auto* method : i->methods) own += method->interface_ == i->name && !method->isUnknown();
  EXPECT_EQ(own, 148u);
  EXPECT_EQ(interfaces().size(), 19u) << "IUnknown, and 18";
  for (const auto* i : interfaces())
    for (std::size_t slot = 0; slot < i->methods.size(); ++slot) {
      ASSERT_TRUE(i->methods[slot]) << i->name << " slot " << slot;
      EXPECT_EQ(i->methods[slot]->slot, slot);
      EXPECT_TRUE(i->vtable[slot]);
    }
}

// The numbers that a requester's compiled code uses; the same as in the reference.
TEST(Api, PutsTheWriterStatusMethodsWhereRequestersCallThem) {
  const std::pair<const char*, unsigned> expected[] = {
      {"InitializeForBackup", 5}, {"GatherWriterMetadata", 9}, {"GatherWriterStatus", 16}, {"GetWriterStatusCount", 17},
      {"FreeWriterStatus", 18},   {"GetWriterStatus", 19},     {"SetContext", 35},         {"QueryRevertStatus", 50}};
  for (auto [name, slot] : expected) EXPECT_EQ(methodNamed("IVssBackupComponents", name)->slot, slot) << name;
  EXPECT_EQ(methodNamed("IVssBackupComponentsEx3", "GetWriterStatusEx")->slot, 60u);
  EXPECT_EQ(methodNamed("IVssAsync", "QueryStatus")->slot, 5u);
}

TEST(Api, EveryThunkLeadsToTheHandlerWithItsOwnMethodAndArguments) {
  struct Seen final : Handler {
    const MethodInfo* method = nullptr;
    std::vector<unsigned char> firstBytes;  // of the arguments, which are gone when the call is over
    HRESULT handle(const MethodInfo& m, Object&, void* const* a) override {
      method = &m;
      firstBytes.clear();
      for (std::size_t n = 0; n < m.params.size(); ++n) firstBytes.push_back(*static_cast<unsigned char*>(a[n]));
      return 0x1234;
    }
  } handler;
  for (const auto* i : interfaces()) {
    Object object(*i, &handler, nullptr);
    for (const auto* method : i->methods) {
      // 16 bytes for each argument: the largest by value.
      alignas(16) unsigned char storage[16][16] = {};
      void* args[16];
      for (std::size_t n = 0; n < 16; ++n) storage[n][0] = static_cast<unsigned char>(n & 1), args[n] = storage[n];
      EXPECT_EQ(method->invoke(&object, args), 0x1234) << i->name << "::" << method->name;
      EXPECT_EQ(handler.method, method) << i->name << "::" << method->name;
      ASSERT_EQ(handler.firstBytes.size(), method->params.size());
      for (std::size_t n = 0; n < handler.firstBytes.size(); ++n)
        if (!method->params[n].byReference) {
          EXPECT_EQ(handler.firstBytes[n], n & 1) << method->name << " argument " << n;
        }
    }
  }
}

// IUnknown is the second base of IVssWriterComponentsExt: a compiled program adds a pointer's size to the object and takes the vtable from there.
TEST(Api, AnObjectWithASecondVtablePointerIsReachedThroughBoth) {
  struct Seen final : Handler {
    const MethodInfo* method = nullptr;
    Object* self = nullptr;
    HRESULT handle(const MethodInfo& m, Object& object, void* const*) override { return method = &m, self = &object, 7; }
  } handler;
  const InterfaceInfo& described = interfaceOf<IVssWriterComponentsExt>();
  Object object(described, &handler, nullptr);
  EXPECT_EQ(described.unknownOf(&object), &object.unknownVtable);
  auto* ext = reinterpret_cast<IVssWriterComponentsExt*>(&object);
  EXPECT_EQ(ext->Release(), 7u);
  EXPECT_EQ(handler.method, methodNamed("IUnknown", "Release"));
  EXPECT_EQ(handler.self, &object);
  EXPECT_EQ(ext->GetComponentCount(nullptr), 7);
  EXPECT_EQ(handler.method, methodNamed("IVssWriterComponents", "GetComponentCount"));
  EXPECT_EQ(handler.self, &object);
  EXPECT_EQ(static_cast<IUnknown*>(ext)->AddRef(), 7u);
  EXPECT_EQ(handler.method, methodNamed("IUnknown", "AddRef"));
  for (const auto* other : interfaces()) EXPECT_EQ(other->unknownVtable != nullptr, other == &described) << other->name;
}

TEST(Api, KnowsWhatAnObjectMayBeAskedFor) {
  EXPECT_EQ(&widestOf(interfaceOf<IVssBackupComponents>()), &interfaceOf<IVssBackupComponentsEx4>());
  EXPECT_EQ(&widestOf(interfaceOf<IVssExamineWriterMetadata>()), &interfaceOf<IVssExamineWriterMetadataEx2>());
  EXPECT_EQ(&widestOf(interfaceOf<IVssComponent>()), &interfaceOf<IVssComponentEx2>());
  EXPECT_EQ(&widestOf(interfaceOf<IVssWriterComponents>()), &interfaceOf<IVssWriterComponentsExt>());
  EXPECT_EQ(&widestOf(interfaceOf<IVssAsync>()), &interfaceOf<IVssAsync>());
  EXPECT_EQ(&widestOf(interfaceOf<IUnknown>()), &interfaceOf<IUnknown>());
  EXPECT_TRUE(isA(interfaceOf<IVssComponentEx2>(), interfaceOf<IVssComponent>()));
  EXPECT_FALSE(isA(interfaceOf<IVssComponent>(), interfaceOf<IVssComponentEx>()));
}

// Structures lie in memory as the reference says.
TEST(Api, StructuresHaveTheirFieldsWhereProgramsReadThem) {
  auto offsets = [](const auto& fields) {
    std::vector<std::size_t> all;
    for (const auto& field : fields) all.push_back(field.offset);
    return all;
  };
  using All = std::vector<std::size_t>;
  EXPECT_EQ(offsets(VSS_SNAPSHOT_PROP::fields()), (All{0, 16, 32, 40, 48, 56, 64, 72, 80, 88, 104, 112, 120}));
  EXPECT_EQ(offsets(VSS_PROVIDER_PROP::fields()), (All{0, 16, 24, 32, 40, 56}));
  EXPECT_EQ(offsets(VSS_OBJECT_PROP::fields()), (All{0, 8, 24, 40, 48, 56, 64, 72, 80, 88, 96, 112, 120, 128, 8, 24, 32, 40, 48, 64}));
  EXPECT_EQ(offsets(VSS_COMPONENTINFO::fields()), (All{0, 8, 16, 24, 32, 40, 44, 45, 46, 47, 48, 52, 56, 60, 64}));
  EXPECT_EQ(VSS_COMPONENTINFO::fields()[4].countOffset, 40u);
}

TEST(Api, ExportedFunctionsAreCalledByTheirType) {
  static std::vector<void*> freed;
  VSS_SNAPSHOT_PROP properties{}, *at = &properties;
  properties.m_pwszExposedPath = reinterpret_cast<char16_t*>(16);
  VssFreeSnapshotPropertiesFunction free = [](InStructure<VSS_SNAPSHOT_PROP> p) VSS_CALL { freeSnapshotProperties(p.at, [](void* text) { freed.push_back(text); }); };
  void* args[] = {&at, nullptr};
  EXPECT_EQ(vssFreeSnapshotProperties().invoke(reinterpret_cast<void*>(free), args), 0);
  EXPECT_EQ(freed, (std::vector<void*>{nullptr, nullptr, nullptr, nullptr, nullptr, reinterpret_cast<void*>(16)}));
  EXPECT_EQ(properties.m_pwszExposedPath, nullptr);
  EXPECT_EQ(vssFreeSnapshotProperties().returns, Returns::nothing);
  for (const auto* function : functions()) EXPECT_EQ(exportNamesOf(*function)[0], std::string(function->name) + "Internal");
}

TEST(Api, FindsInterfacesByTheirPublishedIds) {
  EXPECT_EQ(toString(IVssBackupComponents::iid), "{665c1d5f-c218-414d-a05d-7fef5f9d5c86}");
  EXPECT_EQ(interfaceWithId(*parseGuid("C191BFBC-B602-4675-8BD1-67D642F529D5"))->name, "IVssBackupComponentsEx3");
  EXPECT_EQ(interfaceWithId(Guid{1}), nullptr);
  EXPECT_EQ(interfaceWithId(Guid{}), nullptr) << "some have none";
}

TEST(Results, HaveNamesMeaningsAndAWayBack) {
  EXPECT_EQ(nameOf(VSS_E_BAD_STATE), "VSS_E_BAD_STATE");
  EXPECT_EQ(static_cast<std::uint32_t>(VSS_E_WRITER_STATUS_NOT_AVAILABLE), 0x80042409u);
  EXPECT_EQ(nameOf(static_cast<HRESULT>(0x8004BEEF)), "0x8004beef");
  EXPECT_FALSE(meaningOf(VSS_E_WRITERERROR_RETRYABLE).empty());
  EXPECT_EQ(resultNamed("VSS_S_ASYNC_PENDING"), VSS_S_ASYNC_PENDING);
  EXPECT_EQ(resultNamed("0x80042301"), VSS_E_BAD_STATE);
  EXPECT_EQ(resultNamed("0x"), std::nullopt);
  EXPECT_EQ(resultNamed("80042301"), std::nullopt);
  EXPECT_EQ(resultNamed("0x800423011"), std::nullopt);
  EXPECT_EQ(enumeratorName("VSS_WRITER_STATE", 9), "VSS_WS_FAILED_AT_FREEZE");
  EXPECT_EQ(enumeratorName("VSS_WRITER_STATE", 99), "99");
  EXPECT_EQ(enumeratorNamed("VSS_WRITER_STATE", "VSS_WS_STABLE"), 1);
  EXPECT_EQ(enumeratorNamed("VSS_BACKUP_TYPE", "VSS_WS_STABLE"), std::nullopt);
}

TEST(Guids, AreReadInEveryUsualSpellingAndNoOther) {
  auto guid = parseGuid("{E8132975-6F93-4464-A53E-1050253AE220}");
  ASSERT_TRUE(guid);
  EXPECT_EQ(guid->a, 0xE8132975u);
  EXPECT_EQ(guid->d[7], 0x20);
  EXPECT_EQ(toString(*guid), "{e8132975-6f93-4464-a53e-1050253ae220}");
  EXPECT_EQ(parseGuid("e8132975-6f93-4464-a53e-1050253ae220"), guid);
  for (const char* bad : {"", "{}", "e8132975-6f93-4464-a53e-1050253ae22", "e8132975+6f93-4464-a53e-1050253ae220",
                          "{e8132975-6f93-4464-a53e-1050253ae220", "g8132975-6f93-4464-a53e-1050253ae220"})
    EXPECT_FALSE(parseGuid(bad)) << bad;
}

TEST(Text, GoesToUtf8AndBackWithoutLoss) {
  const std::u16string odd(u"a\0b \xD800 \xDC00 \xD83D\xDCBE \uFFFF é", 15);
  EXPECT_EQ(toUtf16(toUtf8(odd)), odd);
  EXPECT_EQ(toUtf8(u"\U0001F4BE"), "\xF0\x9F\x92\xBE");
  EXPECT_EQ(toUtf16("a\xFFz"), u"a\uFFFDz");
  EXPECT_EQ(toUtf16("\xC0\x80"), u"\uFFFD\uFFFD") << "an overlong NUL is no NUL";
  EXPECT_EQ(quoted(std::u16string(u"a\"\\\n\0\xD800\u202E", 7)), "\"a\\\"\\\\\\n\\u0000\\ud800\\u202e\"");
}

TEST(Memory, ABstrCarriesItsLength) {
  const char16_t text[] = u"a\0b";
  char16_t* bstr = sysAllocStringLen(text, 3);
  EXPECT_EQ(sysStringLen(bstr), 3u);
  EXPECT_EQ(std::u16string(bstr, 4), std::u16string(text, 4)) << "and a NUL behind";
  std::uint32_t prefix;
  std::memcpy(&prefix, reinterpret_cast<char*>(bstr) - 4, 4);
  EXPECT_EQ(prefix, 6u);
  sysFreeString(bstr);
  sysFreeString(nullptr);
  EXPECT_EQ(sysStringLen(nullptr), 0u);
  char16_t* empty = sysAllocStringLen(u"", 0);
  ASSERT_NE(empty, nullptr);
  EXPECT_EQ(sysStringLen(empty), 0u);
  sysFreeString(empty);
  void* memory = coTaskMemAlloc(10);
  EXPECT_NE(memory, nullptr);
  coTaskMemFree(memory);
  coTaskMemFree(nullptr);
}

}  // namespace
}  // namespace vss
