// Foreign memory, with unreadable pages around it.
#include "recorder/caller_memory.h"

#include <gtest/gtest.h>

#include <cstring>
#include <thread>

#include "recorder/lone_pages.h"
#include "recorder/memory_limit.h"
#include "traces/vss/memory.h"

namespace vss {
namespace {

constexpr std::size_t kPage = LonePages::kPage;

TEST(CallerMemory, IsCopiedWholeOrNotAtAll) {
  LonePages pages;
  std::memset(pages.begin(), 'x', kPage);
  char copy[16] = {};
  EXPECT_TRUE(copyFrom(pages.end() - 16, copy, 16));
  EXPECT_EQ(std::string(copy, 16), std::string(16, 'x'));
  EXPECT_FALSE(copyFrom(pages.end() - 15, copy, 16)) << "its last byte is not readable";
  EXPECT_FALSE(copyFrom(pages.begin() - 1, copy, 16)) << "nor is its first";
  EXPECT_FALSE(copyFrom(nullptr, copy, 1));
  EXPECT_TRUE(copyFrom(nullptr, copy, 0));
}

TEST(CallerMemory, TextMayEndWhereItsPageEnds) {
  for (std::size_t length : {0, 1, 2047, 2048, 4000, 4095}) {
    std::u16string text(length, u'x');
    LonePages two(2);
    EXPECT_EQ(readText(two.put(text)), text) << length;
    EXPECT_EQ(readBstr(two.put(text)), text) << length;
    if (length < 4095) { EXPECT_EQ(readText(two.put(text, 1)), text) << length << ", at an odd address"; }
  }
}

TEST(CallerMemory, TextWithoutAnEndIsUnreadable) {
  LonePages pages;
  std::memset(pages.begin(), 'x', kPage);
  EXPECT_EQ(readText(reinterpret_cast<const char16_t*>(pages.end() - 100)), std::nullopt);
  EXPECT_EQ(readText(reinterpret_cast<const char16_t*>(pages.end() - 99)), std::nullopt) << "at an odd address";
  EXPECT_EQ(readBstr(reinterpret_cast<const char16_t*>(pages.end() - 100)), std::nullopt);
}

TEST(CallerMemory, ABstrsLengthCountsOnlyWhereItCanBeTrue) {
  auto* real = sysAllocStringLen(u"Sys\0tem", 7);
  EXPECT_EQ(readBstr(real), std::u16string(u"Sys\0tem", 7));
  sysFreeString(real);
  // Plain text: four bytes of something else lie before it.
  LonePages pages;
  for (std::uint32_t claimed : {0u, 2u, 3u, 4u, 11u, 13u, 14u, 4096u, 0x10000000u, 0x10000002u, 0x7FFFFFFEu, 0xFFFFFFFEu, 0xFFFFFFFFu}) {
    MemoryLimit::largest = 0;
    EXPECT_EQ(readBstr(pages.put(u"System", 0, claimed)), u"System") << "its length was claimed to be " << claimed;
    EXPECT_LT(MemoryLimit::largest, 2 * kPage) << "memory was taken for what is not there";
  }
  // It may start where nothing before it can be read.
  std::memcpy(pages.begin(), u"first", 12);
  EXPECT_EQ(readBstr(reinterpret_cast<const char16_t*>(pages.begin())), u"first");
}

TEST(CallerMemory, TheOwnStackIsThatOfTheCallingThreadAboveTheCall) {
  int here = 0;
  EXPECT_TRUE(onOwnStack(&here, sizeof here));
  int* there = new int(0);
  EXPECT_FALSE(onOwnStack(there, sizeof *there));
  delete there;
  EXPECT_FALSE(onOwnStack(nullptr, 1));
  EXPECT_FALSE(onOwnStack(&here, std::size_t{1} << 40)) << "it ends somewhere";
  EXPECT_FALSE(onOwnStack(reinterpret_cast<void*>(reinterpret_cast<std::uintptr_t>(&here) - 100'000), 1)) << "below is nothing yet";
  std::thread([&] {
    int mine = 0;
    EXPECT_TRUE(onOwnStack(&mine, sizeof mine));
    EXPECT_FALSE(onOwnStack(&here, sizeof here)) << "another thread's may be gone in the next moment";
  }).join();
}

}  // namespace
}  // namespace vss
