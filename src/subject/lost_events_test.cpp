#include "subject/lost_events.h"

#include <gtest/gtest.h>

namespace bpftax {
namespace {

TEST(LostEvents, CountsWhatTheToolsOfTheFieldPrint) {
  EXPECT_EQ(count_lost_events("Attaching 1 probe...\nLost 123 events\n10 20\nLost 7 events\n"), 130);
  EXPECT_EQ(count_lost_events("Possibly lost 32 samples\n"), 32);
  EXPECT_EQ(count_lost_events("lost 5 events on CPU #1!"), 5);
  EXPECT_EQ(count_lost_events("[WARN] Lost 4 records."), 4);
}

TEST(LostEvents, LeavesOtherWordsAlone) {
  EXPECT_EQ(count_lost_events(""), 0);
  EXPECT_EQ(count_lost_events("lost carrier\nlost 5 packets\nlost\nlost 12"), 0);
  EXPECT_EQ(count_lost_events("lost -5 events"), 0);
  EXPECT_EQ(count_lost_events("lost 99999999999999999999999 events"), 0);
}

TEST(LostEvents, SaturatesInsteadOfOverflowing) {
  EXPECT_EQ(count_lost_events("lost 9223372036854775807 events\nlost 5 events"), INT64_MAX);
}

}  // namespace
}  // namespace bpftax
