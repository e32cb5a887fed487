// What docs/abi.md states of the ABI: its tables are the description's (BLESS=1 writes them anew), its sentences are tested here or where it says.
#include <gtest/gtest.h>

#include <set>
#include <type_traits>

#include "traces/vss/api.h"
#include "traces/vss/golden_file.h"
#include "traces/vss/memory.h"

#if !defined(_WIN32) && defined(__x86_64__)
// Written down as machine code, because a compiler agrees with itself under any convention.
extern "C" {
int VSS_CALL abiSecondArgument(void*, int second);
int VSS_CALL abiFifthArgument(void*, int, int, int, int fifth);
std::uint32_t VSS_CALL abiFirstOfId(void*, vss::VSS_ID id);
std::uint32_t VSS_CALL abiLowOfTime(void*, vss::FILETIME time);
}
asm(".text\n"
    "abiSecondArgument: mov %edx, %eax\n ret\n"
    "abiFifthArgument: mov 40(%rsp), %eax\n ret\n"  // above the return address and 32 bytes of the caller's for the first four
    "abiFirstOfId: mov (%rdx), %eax\n ret\n"
    "abiLowOfTime: mov %edx, %eax\n ret\n");
#endif

namespace vss {
namespace {

constexpr const char* kPage = "docs/abi.md";

std::string interfaceTable() {
  std::string text = "| interface | its id | extends | its own slots |\n|---|---|---|---|\n";
  for (const auto* i : interfaces()) {
    std::size_t first = i->base ? i->base->methods.size() : 0;
    std::string extends = i->base ? "`" + std::string(i->base->name) + "`" : "-";
    if (i->unknownVtable) extends += ", `IUnknown` in a second vtable";
    text += "| `" + std::string(i->name) + "` | " + (i->iid == Guid{} ? "none is published" : toString(i->iid)) + " | " + extends + " | ";
    text += first == i->methods.size() ? "none" : std::to_string(first) + " … " + std::to_string(i->methods.size() - 1);
    text += " |\n";
  }
  return text;
}

template <class S> std::string structureRow(const std::string& name) {
  std::string text = "| `" + name + "` | " + std::to_string(sizeof(S)) + " | ";
  std::set<std::string> told;
  for (const auto& field : S::fields()) {
    if (field.when) continue;  // of a union: in the structure's own row
    text += (told.empty() ? "" : ", ") + std::string(field.name) + " " + std::to_string(field.offset);
    told.insert(std::string(field.name));
  }
  return text + " |\n";
}
std::string structureTable() {
  std::string text = "| structure | bytes | fields, at |\n|---|---|---|\n";
  text += structureRow<VSS_SNAPSHOT_PROP>("VSS_SNAPSHOT_PROP") + structureRow<VSS_PROVIDER_PROP>("VSS_PROVIDER_PROP");
  text += structureRow<VSS_COMPONENTINFO>("VSS_COMPONENTINFO") + "| `VSS_OBJECT_PROP` | " + std::to_string(sizeof(VSS_OBJECT_PROP));
  text += " | Type " + std::to_string(offsetof(VSS_OBJECT_PROP, Type)) + ", Obj (one of the first two, as Type says) " + std::to_string(offsetof(VSS_OBJECT_PROP, Obj));
  return text + " |\n";
}

TEST(AbiPage, ItsTablesAreTheDescriptions) {
  EXPECT_TRUE(test::hasGoldenTables(kPage, {{"interfaces", interfaceTable()}, {"structures", structureTable()}}));
}

TEST(AbiPage, TheTypesHaveTheSizesItTells) {
  static_assert(sizeof(void*) == 8 && sizeof(HRESULT) == 4 && std::is_signed_v<HRESULT> && sizeof(char16_t) == 2);
  static_assert(sizeof(bool) == 1 && sizeof(BOOL) == 4 && sizeof(VSS_WRITER_STATE) == 4 && sizeof(VSS_TIMESTAMP) == 8 && sizeof(FILETIME) == 8);
  static_assert(sizeof(VSS_ID) == 16 && alignof(VSS_ID) == 4);
  static_assert(sizeof(Out<UINT>) == sizeof(void*) && sizeof(Bstr) == sizeof(void*) && sizeof(Wstr) == sizeof(void*), "the words for parameters change nothing");
  static_assert(alignof(VSS_SNAPSHOT_PROP) == 8 && alignof(VSS_OBJECT_PROP) == 8 && alignof(VSS_COMPONENTINFO) == 8);
  // Classes of the description are abstract and have no data: an object begins with the pointer to its slots, and a slot is a pointer.
  static_assert(sizeof(IVssBackupComponents) == sizeof(void*) && sizeof(IVssAsync) == sizeof(void*) && sizeof(IVssWriterComponentsExt) == 2 * sizeof(void*));
  // A destructor or a type information would take slots: there is none.
  static_assert(!std::has_virtual_destructor_v<IVssBackupComponents> && !std::has_virtual_destructor_v<IUnknown>);
  for (const char* name : {"QueryInterface", "AddRef", "Release"}) EXPECT_LT(methodNamed("IUnknown", name)->slot, 3u);
}

#if !defined(_WIN32) && defined(__x86_64__)
TEST(AbiPage, OnLinuxTheConventionIsTheOneOfWindows) {
  static_assert(!std::is_same_v<int (VSS_CALL*)(int), int (*)(int)>);
  EXPECT_EQ(abiSecondArgument(nullptr, 7), 7);
  EXPECT_EQ(abiFifthArgument(nullptr, 1, 2, 3, 8), 8);
  EXPECT_EQ(abiFirstOfId(nullptr, VSS_ID{0x12345678, 0, 0, {}}), 0x12345678u) << "a pointer to a copy";
  EXPECT_EQ(abiLowOfTime(nullptr, FILETIME{0x9ABCDEF0, 1}), 0x9ABCDEF0u) << "in the register itself";
}

TEST(AbiPage, EveryAllocatorKeepsToTheLayoutOfABstr) {
  auto lengthBefore = [](const char16_t* text) {
    std::uint32_t length = 0;
    std::memcpy(&length, reinterpret_cast<const char*>(text) - 4, 4);
    return length;
  };
  for (char16_t* text : {SysAllocString(u"ab"), SysAllocStringLen(u"ab…", 2), SysAllocStringByteLen("a\0b\0", 4)}) {
    EXPECT_EQ(lengthBefore(text), 4u) << "in bytes, without the NUL";
    EXPECT_EQ(std::u16string_view(text), u"ab") << "with a NUL behind";
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(text) % 8, 0u);
    ASSERT_TRUE(SysReAllocString(&text, u"abc"));
    EXPECT_EQ(lengthBefore(text), 6u);
    ASSERT_TRUE(SysReAllocStringLen(&text, u"a", 1));
    EXPECT_EQ(SysStringByteLen(text), 2u);
    SysFreeString(text);
  }
  char16_t* empty = SysAllocString(u"");
  EXPECT_TRUE(empty);
  EXPECT_EQ(SysStringLen(empty), 0u);
  SysFreeString(empty);
  EXPECT_EQ(SysAllocString(nullptr), nullptr);
  EXPECT_EQ(SysStringLen(nullptr), 0u) << "null is a text of its own, of no length";
}
#endif

}  // namespace
}  // namespace vss
