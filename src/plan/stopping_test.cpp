#include "plan/stopping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpftax {
namespace {

using testing::ElementsAre;

TEST(Looks, ComeEverySixBlocksAndAtTheEnd) {
  EXPECT_THAT(stopping_rule(6, 24)->looks, ElementsAre(6, 12, 18, 24));
  EXPECT_THAT(stopping_rule(6, 15)->looks, ElementsAre(6, 12, 15));
  EXPECT_THAT(stopping_rule(6, 6)->looks, ElementsAre(6));
  EXPECT_THAT(stopping_rule(2, 3)->looks, ElementsAre(2, 3));
}

TEST(Looks, AreStricterTheMoreThereAre) {
  EXPECT_DOUBLE_EQ(stopping_rule(6, 6)->alpha_per_look, 0.05);
  EXPECT_DOUBLE_EQ(stopping_rule(6, 24)->alpha_per_look, 0.0182);
}

TEST(Looks, RefuseNumbersThatAreNone) {
  for (const auto& [low, high] : {std::pair{1, 6}, {6, 5}, {-3, -2}, {6, 1001}}) {
    const auto rule = stopping_rule(low, high);
    ASSERT_FALSE(rule);
    EXPECT_EQ(rule.error().kind, ErrorKind::kUsage);
  }
}

}  // namespace
}  // namespace bpftax
