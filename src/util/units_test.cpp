#include "util/units.h"

#include <gtest/gtest.h>

#include "util/clock.h"

namespace bpftax {
namespace {

TEST(ParseDuration, ReadsWhatPeopleWrite) {
  EXPECT_DOUBLE_EQ(*parse_duration_s("500ms"), 0.5);
  EXPECT_DOUBLE_EQ(*parse_duration_s("2"), 2);
  EXPECT_DOUBLE_EQ(*parse_duration_s("1.5m"), 90);
  EXPECT_DOUBLE_EQ(*parse_duration_s("1h"), 3600);
}

TEST(ParseDuration, RefusesTheRest) {
  for (const char* text : {"", "abc", "-1s", "0", "5 parsecs", "1e9h", "nan", "inf", "2s2"}) {
    const Result<double> parsed = parse_duration_s(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().kind, ErrorKind::kUsage);
    EXPECT_FALSE(parsed.error().hint.empty());
  }
}

TEST(Format, PrintsThreeSignificantDigits) {
  EXPECT_EQ(format_significant(12.649), "12.6");
  EXPECT_EQ(format_significant(0.012345), "0.0123");
  EXPECT_EQ(format_significant(-1234.4), "-1234");
  EXPECT_EQ(format_bytes(1536), "1.50 KiB");
  EXPECT_EQ(format_count(1234567), "1.23M");
  EXPECT_EQ(format_clock(3725), "1:02:05");
  EXPECT_EQ(format_duration(250), "4 min 10 s");
}

TEST(Time, IsUtc) {
  EXPECT_EQ(format_iso8601(1'790'000'000'000'000'000), "2026-09-21T14:13:20Z");
  EXPECT_EQ(format_compact_time(1'790'000'000'000'000'000), "20260921_141320");
}

}  // namespace
}  // namespace bpftax
