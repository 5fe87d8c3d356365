#include "bench/maps/thread_keys.h"

#include <gtest/gtest.h>

#include <map>
#include <numeric>
#include <set>
#include <vector>

namespace bpftax::bench {
namespace {

TEST(ThreadKeys, EachKeyIsVisitedOnceInARoundWhateverTheirNumber) {
  for (uint32_t live = 1; live < 300; ++live) {
    PcgRng rng(live);
    const ThreadKeys keys(1000, live, rng);
    std::set<uint32_t> seen;
    for (uint32_t j = 0; j < live; ++j) seen.insert(keys.index_at(j));
    ASSERT_EQ(seen.size(), live);
    EXPECT_EQ(*seen.begin(), 1000u);
    EXPECT_EQ(*seen.rbegin(), 1000 + live - 1);
    EXPECT_EQ(keys.index_at(live), keys.index_at(0));
  }
}

TEST(ThreadKeys, LoopsAndWhatIsExpectedOfThemGoTheSameWay) {
  PcgRng rng(7);
  const ThreadKeys keys(5, 97, rng);
  KeyCursor cursor = keys.cursor_at(40);
  for (uint64_t i = 40; i < 500; ++i) ASSERT_EQ(next_key_index(&cursor), keys.index_at(i)) << i;
}

TEST(ThreadKeys, ManyKeysDoNotOverflow) {
  PcgRng rng(1);
  const ThreadKeys keys(0x80000000u, 8u << 20, rng);
  KeyCursor cursor = keys.cursor_at((8u << 20) - 2);
  for (uint64_t i = (8u << 20) - 2; i < (8u << 20) + 5; ++i)
    ASSERT_EQ(next_key_index(&cursor), keys.index_at(i));
}

TEST(ThreadKeys, NeighboursInTimeAreFarApart) {
  PcgRng rng(3);
  const ThreadKeys keys(0, 1024, rng);
  for (uint32_t j = 0; j < 1024; ++j) {
    const auto distance = static_cast<int64_t>(keys.index_at(j)) - static_cast<int64_t>(keys.index_at(j + 1));
    EXPECT_GT(std::abs(distance), 100);
  }
}

TEST(ThreadKeys, SumsAndLastVisitsAreThoseOfALoop) {
  PcgRng rng(11);
  const ThreadKeys keys(3, 17, rng);
  const auto f = [](uint32_t index) { return first_value(index); };
  for (const uint64_t n : {0u, 1u, 16u, 17u, 18u, 100u}) {
    uint64_t sum = 0;
    std::map<uint32_t, uint64_t> last;
    for (uint64_t i = 0; i < n; ++i) {
      sum += f(keys.index_at(i));
      last[keys.index_at(i)] = i;
    }
    EXPECT_EQ(keys.sum(n, f), sum) << n;
    for (uint32_t j = 0; j < 17; ++j) {
      const auto visit = keys.last_visit(j, n);
      ASSERT_EQ(visit.has_value(), last.count(keys.index_at(j)) == 1) << n << " " << j;
      if (visit) {
        EXPECT_EQ(*visit, last[keys.index_at(j)]);
      }
    }
  }
}

TEST(ThreadKeys, ScatteredKeysAreDifferent) {
  std::set<uint32_t> seen;
  for (uint32_t index = 0; index < 10'000; ++index) seen.insert(scatter_key(index));
  EXPECT_EQ(seen.size(), 10'000u);
}

}  // namespace
}  // namespace bpftax::bench
