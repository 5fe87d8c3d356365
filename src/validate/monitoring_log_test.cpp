#include "validate/monitoring_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpftax {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST(MonitoringLog, reads_our_rows_and_counts_a_moment_once) {
  const MonitoringLog log = parse_monitoring_log(
      "# date time_utc(+00:00) monotonic_ns cpu user_us\n"
      "2026-11-21 10:30:15.964755165 1000 0 5\n"
      "2026-11-21 10:30:15.964755165 1000 1 6\n"
      "2026-11-21 10:30:16.064755165 2000 0 7\n",
      true);
  EXPECT_TRUE(log.monotonic);
  EXPECT_THAT(log.times_ns, ElementsAre(1000, 2000));
  EXPECT_EQ(log.rows, 3);
  EXPECT_EQ(log.unusable_lines, 0);
  EXPECT_THAT(log.columns, ElementsAre("cpu", "user_us"));
  ASSERT_THAT(log.values, SizeIs(3));
  EXPECT_THAT(log.values[2], ElementsAre("0", "7"));
  EXPECT_DOUBLE_EQ(*log.interval_s(), 1e-6);
}

TEST(MonitoringLog, a_row_with_a_column_too_few_is_unusable) {
  const MonitoringLog log = parse_monitoring_log(
      "# date time_utc(+00:00) monotonic_ns rss_kb\n2026-11-21 10:30:15.9 1000 1\n2026-11-21 10:30:16.");
  EXPECT_EQ(log.rows, 1);
  EXPECT_EQ(log.unusable_lines, 1);
  EXPECT_EQ(log.first_unusable, 3);
}

TEST(MonitoringLog, reads_pidstat_with_its_interval) {
  const MonitoringLog log = parse_monitoring_log(
      "# START_DATETIME: 2026-11-20 18:44:09.756  START_EPOCH: 1795200249  INTERVAL: 2s  PID: 19642\n"
      "Linux 6.18.44 (vm) \t11/20/26 \t_x86_64_\t(2 CPU)\n\n"
      "# Time        UID       PID    %usr\n"
      "18:44:11        0     19642    0.00\n\n"
      "# Time        UID       PID    %usr\n"
      "18:44:13        0     19642    0.00\n");
  EXPECT_FALSE(log.monotonic);
  EXPECT_THAT(log.times_ns, ElementsAre(*parse_log_time("2026-11-20", "18:44:11"),
                                        *parse_log_time("2026-11-20", "18:44:13")));
  EXPECT_EQ(log.interval_s(), 2.0);
  EXPECT_EQ(log.unusable_lines, 0);
}

TEST(MonitoringLog, pidstat_goes_on_after_midnight_and_knows_am_and_pm) {
  const MonitoringLog night = parse_monitoring_log("23:59:59 0 1 x\n00:00:01 0 1 x\n");
  EXPECT_FALSE(night.first_backwards);
  EXPECT_DOUBLE_EQ(*night.interval_s(), 2);
  const MonitoringLog noon = parse_monitoring_log("11:59:59 AM 0 1\n12:00:01 PM 0 1\n01:00:00 PM 0 1\n");
  EXPECT_FALSE(noon.first_backwards);
  EXPECT_EQ(noon.rows, 3);
}

TEST(MonitoringLog, time_that_goes_back_is_found_with_its_line) {
  EXPECT_EQ(parse_monitoring_log("2026-11-20 18:44:12.1 5 5\n2026-11-20 18:44:10.1 5 5\n").first_backwards,
            2);
  EXPECT_EQ(parse_monitoring_log("# date time_utc(+00:00) monotonic_ns x\n2026-11-20 18:44:12.1 9 5\n"
                                 "2026-11-20 18:44:13.1 8 5\n")
                .first_backwards,
            3);
}

TEST(MonitoringLog, times_that_cannot_be_are_none) {
  EXPECT_EQ(parse_log_time("1970-01-02", "00:00:01.5"), (int64_t{86'401} * 1'000'000'000) + 500'000'000);
  for (const char* date : {"2026-02-30", "2026-13-01", "26-1-1", "2026-11", "", "9999-01-01", "2026-+1-01"})
    EXPECT_FALSE(parse_log_time(date, "00:00:00")) << date;
  for (const char* time :
       {"24:00:00", "00:60:00", "00:00:61", "00:00", "00:00:00.", "00:00:00.1234567890", "-1:00:00"})
    EXPECT_FALSE(parse_log_time("2026-11-20", time)) << time;
}

TEST(MonitoringLog, garbage_is_counted_and_nothing_more) {
  const MonitoringLog log =
      parse_monitoring_log(std::string("\x00\xff\n# \n#\n99999999999999999999 1 2\n\n", 30));
  EXPECT_EQ(log.rows, 0);
  EXPECT_FALSE(log.interval_s());
  EXPECT_GT(log.unusable_lines, 0);
}

}  // namespace
}  // namespace bpftax
