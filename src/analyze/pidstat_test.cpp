// pidstat's shapes, after real outputs of sysstat 11.7, 12.2 and 12.6.
#include "analyze/pidstat.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/clock.h"
#include "util/files.h"
#include "util/log_time.h"

namespace bpftax {
namespace {

int64_t local(const char* date, const char* time) {
  return parse_log_time(date, time).value();
}

struct Expected {
  int64_t at_ns;
  double cpu, rss, vsz;
};

void expect_moments(const PidstatLog& log, const std::vector<Expected>& expected) {
  ASSERT_EQ(log.moments.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_EQ(log.moments[i].at_ns, expected[i].at_ns) << i;
    EXPECT_EQ(log.moments[i].cpu_percent, expected[i].cpu) << i;
    EXPECT_EQ(log.moments[i].rss_kb, expected[i].rss) << i;
    EXPECT_EQ(log.moments[i].vsz_kb, expected[i].vsz) << i;
  }
  EXPECT_EQ(log.unusable_lines, 0);
}

TEST(Pidstat, TheOriginFrameworksOwn) {
  const std::string file =
      std::string(BPFTAX_SOURCE_DIR) +
      "/tests/data/origin-results/iteration_002/host-server/performance-test-results/ebpf/"
      "pktcount_case_1_tcp_rx_9d5e19/host/ebpf_monitoring/ebpf_resource_monitor_20261120_184352.log";
  const PidstatLog log = parse_pidstat(read_file(file).value());
  EXPECT_EQ(log.moments.size(), 31u);
  EXPECT_TRUE(log.dated);
  EXPECT_FALSE(log.epoch);
  EXPECT_EQ(log.unusable_lines, 0);
  EXPECT_EQ(log.start.utc_offset_s(), 0);
  EXPECT_EQ(log.moments.front().at_ns, local("2026-11-20", "18:44:11"));
  EXPECT_EQ(log.moments.back().at_ns, local("2026-11-20", "18:45:11"));
  EXPECT_EQ(log.moments.front().rss_kb, 13928);
  EXPECT_EQ(log.moments.front().vsz_kb, 16824);
  EXPECT_EQ(log.moments.front().span_ns, 2 * kNsPerS);
}

TEST(Pidstat, TwentyFourHourClockWithWait) {
  expect_moments(
      parse_pidstat(
          "Linux 5.10.0 (node) \t2026-11-20 \t_x86_64_\t(8 CPU)\n\n"
          "# Time        UID       PID    %usr %system  %guest   %wait    %CPU   CPU  minflt/s  majflt/s     "
          "VSZ     RSS   %MEM  Command\n"
          "18:44:11        0     19642    1.50    2.50    0.00    0.10    4.00     1      0.00      0.00   "
          "16824   13928   0.06  python3\n\n"
          "# Time        UID       PID    %usr %system  %guest   %wait    %CPU   CPU  minflt/s  majflt/s     "
          "VSZ     RSS   %MEM  Command\n"
          "18:44:13        0     19642    0.50    0.50    0.00    0.00    1.00     1      0.00      0.00   "
          "16828   13930   0.06  python3\n"),
      {{local("2026-11-20", "18:44:11"), 4, 13928, 16824},
       {local("2026-11-20", "18:44:13"), 1, 13930, 16828}});
}

TEST(Pidstat, AmAndPm) {
  expect_moments(
      parse_pidstat(
          "# START_DATETIME: 2026-11-20 11:59:57.100  START_EPOCH: 1795175997  INTERVAL: 2s  PID: 1\n"
          "# Time        UID       PID    %usr %system  %guest   %wait    %CPU   CPU  minflt/s  majflt/s     "
          "VSZ     RSS   %MEM  Command\n"
          "11:59:59 AM        0     19642    0.00    0.00    0.00    0.00    3.00     1      0.00      0.00  "
          " "
          "16824   13928   0.06  python3\n"
          "12:00:01 PM        0     19642    0.00    0.00    0.00    0.00    5.00     1      0.00      0.00  "
          " "
          "16824   13928   0.06  python3\n"
          "01:00:01 PM        0     19642    0.00    0.00    0.00    0.00    7.00     1      0.00      0.00  "
          " "
          "16824   13928   0.06  python3\n"),
      {{local("2026-11-20", "11:59:59"), 3, 13928, 16824},
       {local("2026-11-20", "12:00:01"), 5, 13928, 16824},
       {local("2026-11-20", "13:00:01"), 7, 13928, 16824}});
}

TEST(Pidstat, TwelveInTheNightIsZero) {
  const PidstatLog log = parse_pidstat(
      "# START_DATETIME: 2026-11-20 23:59:58.100  START_EPOCH: 1795219198  INTERVAL: 2s\n"
      "# Time UID PID %CPU Command\n"
      "12:00:00 AM 0 1 1.0 x\n12:00:02 AM 0 1 2.0 x\n");
  ASSERT_EQ(log.moments.size(), 2u);
  EXPECT_EQ(log.moments[0].at_ns, local("2026-11-21", "00:00:00"));
  EXPECT_EQ(log.moments[1].at_ns, local("2026-11-21", "00:00:02"));
  EXPECT_FALSE(log.moments[0].rss_kb);
}

TEST(Pidstat, SecondsSince1970) {
  const PidstatLog log = parse_pidstat(
      "# Time        UID       PID    %usr %system  %guest    %CPU   CPU  minflt/s  majflt/s     VSZ    RSS  "
      " %MEM  "
      "Command\n"
      " 1795200251      0     19642    1.00    1.00    0.00    2.00     1      0.00      0.00   16824  13928 "
      "  0.06  "
      "python3\n");
  expect_moments(log, {{int64_t{1795200251} * kNsPerS, 2, 13928, 16824}});
  EXPECT_TRUE(log.epoch);
}

TEST(Pidstat, WithoutWaitAndWithoutGuestInAnyOrder) {
  expect_moments(parse_pidstat("# START_DATETIME: 2026-11-20 10:00:00.0\n"
                               "# Time   PID   RSS   VSZ  %MEM  CPU  %CPU  %system  %usr  UID  Command\n"
                               "10:00:02  7   4000  9000  0.1   0   12.5  10.0  2.5  0  drop\n"),
                 {{local("2026-11-20", "10:00:02"), 12.5, 4000, 9000}});
}

TEST(Pidstat, WithoutH) {
  // The first column of the header is the time itself; averages end it.
  expect_moments(
      parse_pidstat("Linux 4.19.90 (n1)  2026-11-20  _aarch64_  (64 CPU)\n\n"
                    "10:00:00 AM   UID       PID    %usr %system  %guest    %CPU   CPU  Command\n"
                    "10:00:02 AM     0      7000    1.00    1.00    0.00    2.00     3  drop\n"
                    "\n"
                    "10:00:00 AM   UID       PID  minflt/s  majflt/s     VSZ     RSS   %MEM  Command\n"
                    "10:00:02 AM     0      7000      0.00      0.00    9000    4000   0.10  drop\n"
                    "\n"
                    "Average:      UID       PID    %usr %system  %guest    %CPU   CPU  Command\n"
                    "Average:        0      7000    1.00    1.00    0.00    2.00     -  drop\n"),
      {{local("2026-11-20", "10:00:02"), 2, 4000, 9000}});
}

TEST(Pidstat, SeveralProcessesAreAddedUp) {
  const char* const kText =
      "# START_DATETIME: 2026-11-20 10:00:00.0\n"
      "# Time   UID   PID  %CPU   VSZ  RSS  Command\n"
      "10:00:02  0  7000  2.0  100  10  bash\n"
      "10:00:02  0  7001  30.5  1000  200  python3 tool.py --mode hist\n"
      "10:00:04  0  7001  40.0  1000  210  python3 tool.py --mode hist\n";
  expect_moments(parse_pidstat(kText), {{local("2026-11-20", "10:00:02"), 32.5, 210, 1100},
                                        {local("2026-11-20", "10:00:04"), 40, 210, 1000}});
}

TEST(Pidstat, AProcessTwiceInASecondMakesTwoMoments) {
  const PidstatLog log =
      parse_pidstat("# Time UID PID %CPU Command\n10:00:02 0 7 2.0 x\n10:00:02 0 7 4.0 x\n");
  ASSERT_EQ(log.moments.size(), 2u);
  EXPECT_EQ(log.moments[0].cpu_percent, 2.0);
  EXPECT_EQ(log.moments[1].cpu_percent, 4.0);
}

TEST(Pidstat, ThreadsAreNotCountedOnTopOfTheirProcess) {
  expect_moments(parse_pidstat("# START_DATETIME: 2026-11-20 10:00:00.0\n"
                               "# Time UID TGID TID %CPU VSZ RSS Command\n"
                               "10:00:02 0 70 - 9.0 100 10 x\n"
                               "10:00:02 0 - 70 4.0 100 10 |__x\n"
                               "10:00:02 0 - 71 5.0 100 10 |__x\n"),
                 {{local("2026-11-20", "10:00:02"), 9, 10, 100}});
}

TEST(Pidstat, OtherLanguages) {
  expect_moments(parse_pidstat("# START_DATETIME: 2026-11-20 10:00:00.0\n"
                               "Linux 5.10 (n)  2026年11月20日  _x86_64_ (2 CPU)\n"
                               "# Time UID PID %CPU VSZ RSS Command\n"
                               "10时00分02秒 0 7 1.0 100 10 x\n"
                               "下午 01时00分02秒 0 7 2.0 100 10 x\n"
                               "下午 01:00:04 0 7 3,50 100 10 x\n"
                               "平均时间: 0 7 2.0 100 10 x\n"),
                 {{local("2026-11-20", "10:00:02"), 1, 10, 100},
                  {local("2026-11-20", "13:00:02"), 2, 10, 100},
                  {local("2026-11-20", "13:00:04"), 3.5, 10, 100}});
}

TEST(Pidstat, MidnightAndTheDayOfALogThatNamesNone) {
  const char* const kText =
      "# Time UID PID %CPU Command\n23:59:58 0 7 1 x\n00:00:00 0 7 1 x\n00:00:02 0 7 1 x\n";
  const PidstatLog log = parse_pidstat(kText, local("2026-11-20", "23:59:50"));
  ASSERT_EQ(log.moments.size(), 3u);
  EXPECT_TRUE(log.dated);
  EXPECT_EQ(log.moments[0].at_ns, local("2026-11-20", "23:59:58"));
  EXPECT_EQ(log.moments[2].at_ns, local("2026-11-21", "00:00:02"));
  EXPECT_FALSE(log.first_backwards);
  // The hint lies behind midnight, the log begins before it.
  EXPECT_EQ(parse_pidstat(kText, local("2026-11-21", "00:00:01")).moments[0].at_ns,
            local("2026-11-20", "23:59:58"));
  EXPECT_FALSE(parse_pidstat(kText).dated);
}

TEST(Pidstat, TheDistanceIsTheSpanWhereNoneIsStated) {
  const PidstatLog log =
      parse_pidstat("# Time UID PID %CPU Command\n10:00:02 0 7 1 x\n10:00:07 0 7 1 x\n10:00:12 0 7 1 x\n");
  EXPECT_EQ(log.moments[0].span_ns, 5 * kNsPerS);
  EXPECT_EQ(parse_pidstat("# Time UID PID %CPU Command\n10:00:02 0 7 1 x\n").moments[0].span_ns, 0);
}

TEST(Pidstat, WhatCannotBeIsLeftOutAndCounted) {
  const PidstatLog log = parse_pidstat(
      "10:00:00 0 7 1.0 x\n"  // before any header
      "# Time UID PID %CPU Command\n"
      "10:00:02 0 7 nan x\n"
      "10:00:04 0 7 -3.0 x\n"
      "10:00:06 0 7 1e300 x\n"
      "10:00:08 0\n"
      "garbage\n"
      "10:00:10 0 7 1.0 x\n"
      "10:00:08 0 7 1.0 x\n");
  EXPECT_EQ(log.unusable_lines, 6);
  EXPECT_EQ(log.first_unusable, 1);
  EXPECT_EQ(log.moments.size(), 2u);
  EXPECT_EQ(log.first_backwards, 9);
}

TEST(Pidstat, ToolsThatHadDied) {
  const std::string file =
      std::string(BPFTAX_SOURCE_DIR) +
      "/tests/data/origin-results/iteration_001/host-server/performance-test-results/ebpf/"
      "pktcount_case_1_tcp_rx_9d5e19/host/ebpf_monitoring/ebpf_resource_monitor_20261120_182047.log";
  const PidstatLog log = parse_pidstat(read_file(file).value());
  EXPECT_TRUE(log.has_header);
  EXPECT_TRUE(log.moments.empty());
  EXPECT_EQ(log.unusable_lines, 0);
}

TEST(MonitorStart, BothForms) {
  const MonitorStart header = parse_monitor_start(
      "# START_DATETIME: 2026-11-21 02:44:09.756  START_EPOCH: 1795200249  INTERVAL: 2s  PID: 19642");
  EXPECT_EQ(header.local_ns, local("2026-11-21", "02:44:09.756"));
  EXPECT_EQ(header.epoch_s, 1795200249);
  EXPECT_EQ(header.interval_s, 2);
  EXPECT_EQ(header.utc_offset_s(), 8 * 3600);
  const MonitorStart shell =
      parse_monitor_start("START_DATETIME=\"2026-11-20 18:44:09.756\"\nSTART_EPOCH=\"1795200249\"\n");
  EXPECT_EQ(shell.utc_offset_s(), 0);
  EXPECT_FALSE(shell.interval_s);
}

TEST(MonitorStart, ZonesOfHalfAndQuarterHours) {
  for (const int64_t minutes : {-570, -210, 330, 345, 525, 765}) {
    MonitorStart start;
    start.epoch_s = 1795200249;
    start.local_ns = (*start.epoch_s + minutes * 60) * kNsPerS + 756'000'000;
    EXPECT_EQ(start.utc_offset_s(), minutes * 60) << minutes;
  }
}

TEST(MonitorStart, WhatDoesNotFitTogetherTellsNothing) {
  MonitorStart start;
  start.epoch_s = 1795200249;
  EXPECT_FALSE(start.utc_offset_s());
  for (const int64_t apart_s : {int64_t{100}, int64_t{15 * 3600}, int64_t{-400}, int64_t{1} << 32}) {
    start.local_ns = (*start.epoch_s + apart_s) * kNsPerS;
    EXPECT_FALSE(start.utc_offset_s()) << apart_s;
  }
  EXPECT_FALSE(parse_monitor_start("START_DATETIME=\"").local_ns);
  EXPECT_FALSE(parse_monitor_start("START_EPOCH=99999999999999999999").epoch_s);
}

}  // namespace
}  // namespace bpftax
