#include "traces/file_table.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <utility>

namespace vss {
namespace {

struct Named {
  std::uint32_t key, value;
};

TEST(FileTable, FindsWhatAMapFindsAlsoBeyondWhatIsInMemory) {
  std::mt19937 random(1);
  std::map<std::uint32_t, std::uint32_t> same;
  FileTable<Named> table;
  auto find = [&](std::uint32_t key) {
    return table.find(key % 50'000, [&](const Named& entry) { return entry.key == key; });   // several keys have a hash in common
  };
  EXPECT_EQ(find(0), nullptr);
  for (int i = 0; i < 100'000; ++i) {
    std::uint32_t key = random() % 200'000;
    auto [place, isNew] = same.emplace(key, 0);
    Named* known = find(key);
    ASSERT_EQ(known == nullptr, isNew) << key;
    ++(known ? *known : table.add(key % 50'000, {key, 0})).value, ++place->second;
  }
  EXPECT_EQ(table.size(), same.size());
  EXPECT_GT(table.size() * sizeof(Named), std::size_t{512} << 10);
  for (auto [key, value] : same) ASSERT_EQ(find(key)->value, value);
}

TEST(FileText, GivesBackWhatWasAdded) {
  FileText texts;
  std::string once(100'000, 'a'), large(1'500'000, 'b');
  for (std::size_t i = 0; i < large.size(); ++i) large[i] = static_cast<char>('a' + i % 23);
  auto first = texts.add(once), none = texts.add(""), second = texts.add(large), last = texts.add("end");
  EXPECT_TRUE(texts.read(first, once.size()) == once);
  EXPECT_EQ(texts.read(none, 0), "");
  EXPECT_TRUE(texts.read(second, large.size()) == large);
  EXPECT_TRUE(texts.is(second, large));
  EXPECT_EQ(texts.read(last, 3), "end");
  large[900'000] = '!';
  EXPECT_FALSE(texts.is(second, large));
}

TEST(FileBlock, IsZerosInARowHoweverMany) {
  for (std::size_t size : {std::size_t{0}, std::size_t{10}, (std::size_t{512} << 10) / 8, (std::size_t{512} << 10) / 8 + 1, std::size_t{300'000}}) {
    FileBlock<std::uint64_t> block(size);
    auto span = block.span();
    ASSERT_EQ(span.size(), size);
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(std::exchange(span[i], i), 0u);
    if (size) { EXPECT_EQ(block[size - 1], size - 1); }
  }
}

}  // namespace
}  // namespace vss
