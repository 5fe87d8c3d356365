#include "util/rng.h"

#include <gtest/gtest.h>

#include <array>
#include <numeric>

namespace bpftax {
namespace {

TEST(PcgRng, GivesTheReferenceSequence) {
  // pcg32-demo of the reference implementation: seed 42, stream 54.
  PcgRng rng(42, 54);
  const std::array<uint32_t, 6> expected = {0xa15c02b7, 0x7b47f409, 0xba1d3330,
                                            0x83d2f293, 0xbfa4784b, 0xcbed606e};
  for (const uint32_t value : expected) EXPECT_EQ(rng.next(), value);
}

TEST(PcgRng, ShuffleIsAPermutationAndFollowsTheSeed) {
  std::vector<int> a(20);
  std::iota(a.begin(), a.end(), 0);
  std::vector<int> b = a;
  const std::vector<int> sorted = a;
  PcgRng(7).shuffle(a);
  PcgRng(7).shuffle(b);
  EXPECT_EQ(a, b);
  EXPECT_NE(a, sorted);
  std::sort(a.begin(), a.end());
  EXPECT_EQ(a, sorted);
}

TEST(PcgRng, NormalHasMeanZeroAndVarianceOne) {
  PcgRng rng(1);
  double sum = 0;
  double squares = 0;
  constexpr int kDraws = 100'000;
  for (int i = 0; i < kDraws; ++i) {
    const double x = rng.normal();
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / kDraws, 0, 0.02);
  EXPECT_NEAR(squares / kDraws, 1, 0.02);
}

TEST(RandomSeed, FitsADouble) {
  EXPECT_LT(random_seed(), uint64_t{1} << 53u);
}

}  // namespace
}  // namespace bpftax
