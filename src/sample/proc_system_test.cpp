#include "sample/proc_system.h"

#include <gtest/gtest.h>

#include <string>

#include "sample/process_tree.h"
#include "util/files.h"

namespace bpftax {
namespace {

constexpr char kStat618[] =
    "cpu  8205 0 4685 340978 553 0 1169 14 0 0\n"
    "cpu0 3221 1 1976 172052 20 2 500 6 0 0\n"
    "cpu1 4984 0 2709 168926 533 0 669 8 0 0\n"
    "intr 906924 0 0 0 1 1 13 0 356\n"
    "ctxt 2016413\n"
    "btime 1795200796\n"
    "processes 8654\n"
    "procs_running 1\n"
    "procs_blocked 0\n"
    "softirq 4204443 0 26914 8 3679480 85529 0 6366 47539 324098 34509\n";

// Linux 2.6.18 of an old enterprise distribution: no guest columns, no softirq line; CPU 1 is offline.
constexpr char kStat26[] =
    "cpu  10 20 30 40 5 6 7 8\n"
    "cpu0 10 20 30 40 5 6 7 8\n"
    "cpu2 1 2 3 4\n"
    "intr 77\n"
    "ctxt 99\n"
    "btime 1500000000\n"
    "processes 12\n";

TEST(SystemStat, ReadsEachCpuInMicroseconds) {
  const auto stat = parse_system_stat(kStat618);
  ASSERT_TRUE(stat.has_value()) << to_string(stat.error());
  ASSERT_EQ(stat->cpus.size(), 2u);
  const CpuTimes& cpu = stat->cpus[0];
  EXPECT_EQ(cpu.cpu, 0);
  EXPECT_EQ(cpu.user_us, 32'210'000);
  EXPECT_EQ(cpu.nice_us, 10'000);
  EXPECT_EQ(cpu.system_us, 19'760'000);
  EXPECT_EQ(cpu.idle_us, 1'720'520'000);
  EXPECT_EQ(cpu.iowait_us, 200'000);
  EXPECT_EQ(cpu.irq_us, 20'000);
  EXPECT_EQ(cpu.softirq_us, 5'000'000);
  EXPECT_EQ(cpu.steal_us, 60'000);
  EXPECT_EQ(stat->cpus[1].cpu, 1);
  EXPECT_EQ(stat->interrupts, 906924);
  EXPECT_EQ(stat->context_switches, 2016413);
  EXPECT_EQ(stat->boot_time_s, 1795200796);
  EXPECT_EQ(stat->processes_created, 8654);
  EXPECT_EQ(stat->softirq_net_tx, 8);
  EXPECT_EQ(stat->softirq_net_rx, 3679480);
}

TEST(SystemStat, ReadsTheShortLinesOfOldKernelsAndSkipsOfflineCpus) {
  const auto stat = parse_system_stat(kStat26, 1000);
  ASSERT_TRUE(stat.has_value()) << to_string(stat.error());
  ASSERT_EQ(stat->cpus.size(), 2u);
  EXPECT_EQ(stat->cpus[0].steal_us, 8000);
  EXPECT_EQ(stat->cpus[1].cpu, 2);
  EXPECT_EQ(stat->cpus[1].idle_us, 4000);
  EXPECT_EQ(stat->cpus[1].iowait_us, 0);
  EXPECT_EQ(stat->softirq_net_rx, 0);
}

TEST(SystemStat, RefusesWhatIsNoStatFile) {
  for (const char* text :
       {"", "ctxt 1\n", "cpu0 1 2 3 4\n", "cpu0 1 2 x 4\nctxt 1\n", "cpu0 1 2 3\nctxt 1\n",
        "cpux 1 2 3 4\nctxt 1\n", "cpu0 -1 2 3 4\nctxt 1\n", "cpu0 1 2 3 4\nctxt\n",
        "cpu0 99999999999999999999 2 3 4\nctxt 1\n", "cpu0 9000000000000000000 2 3 4\nctxt 1\n",
        "cpu0 1 2 3 4\nctxt 1\nsoftirq 1 2\n"}) {
    const auto stat = parse_system_stat(text);
    ASSERT_FALSE(stat.has_value()) << text;
    EXPECT_EQ(stat.error().where, "/proc/stat");
  }
}

// The live file's counters lie between those of a read before and a read after.
TEST(SystemStat, AgreesWithTheRunningKernel) {
  const auto read = [] { return parse_system_stat(read_file("/proc/stat").value(), clock_tick_us()); };
  const auto before = read(), now = read(), after = read();
  ASSERT_TRUE(before && now && after);
  EXPECT_LE(before->context_switches, now->context_switches);
  EXPECT_LE(now->context_switches, after->context_switches);
  EXPECT_GT(now->cpus.at(0).total_us(), 0);
  EXPECT_LE(before->cpus.at(0).user_us, after->cpus.at(0).user_us);
  const std::string text = read_file("/proc/softirqs").value();
  const auto softirqs = parse_softirqs(text);
  const auto later = read();
  ASSERT_TRUE(softirqs && later);
  // Both as /proc/stat counts them, which begins anew at 2^32.
  const auto passed = [&](int64_t total) { return static_cast<uint32_t>(total - after->softirq_net_rx); };
  for (const SoftirqRow& row : *softirqs) {
    if (row.name == "NET_RX") EXPECT_LE(passed(row.total), passed(later->softirq_net_rx));
  }
}

TEST(Meminfo, ReadsTheSizesOfANewKernel) {
  const auto memory = parse_meminfo(
      "MemTotal:       24684084 kB\nMemFree:        24154900 kB\nMemAvailable:   24298672 kB\n"
      "Buffers:            1672 kB\nCached:           313504 kB\nSwapCached:            7 kB\n"
      "KReclaimable:      94436 kB\nSlab:             119892 kB\nHugePages_Total:       0\n");
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->total_kb, 24684084);
  EXPECT_EQ(memory->free_kb, 24154900);
  EXPECT_EQ(memory->available_kb, 24298672);
  EXPECT_EQ(memory->cached_kb, 313504);
  EXPECT_EQ(memory->slab_kb, 119892);
}

TEST(Meminfo, EstimatesAvailableMemoryWhereTheKernelDoesNot) {
  const auto memory =
      parse_meminfo("MemTotal: 1000 kB\nMemFree: 100 kB\nBuffers: 20 kB\nCached: 300 kB\nSlab: 9 kB\n");
  ASSERT_TRUE(memory.has_value());
  EXPECT_EQ(memory->available_kb, 420);
}

TEST(Meminfo, RefusesATextWithoutTotals) {
  EXPECT_FALSE(parse_meminfo("").has_value());
  EXPECT_FALSE(parse_meminfo("MemTotal: 1 kB\n").has_value());
  EXPECT_FALSE(parse_meminfo("MemTotal: many kB\nMemFree: 1 kB\n").has_value());
  EXPECT_FALSE(parse_meminfo("MemTotal: -5 kB\nMemFree: 1 kB\n").has_value());
}

TEST(Softirqs, AddsUpTheCpus) {
  const auto rows = parse_softirqs(
      "                    CPU0       CPU1       \n"
      "          HI:          0          0\n"
      "      NET_RX:     522491    3156989\n");
  ASSERT_TRUE(rows.has_value());
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ(rows->at(1).name, "NET_RX");
  EXPECT_EQ(rows->at(1).total, 3679480);
  EXPECT_FALSE(parse_softirqs("").has_value());
  EXPECT_FALSE(parse_softirqs("CPU0\nNET_RX: x\n").has_value());
}

TEST(Pressure, ReadsTotalsOfBothLines) {
  const auto totals = parse_pressure(
      "some avg10=1.35 avg60=2.85 avg300=1.24 total=17347208\n"
      "full avg10=0.00 avg60=0.00 avg300=0.00 total=12\n");
  ASSERT_TRUE(totals.has_value());
  EXPECT_EQ(totals->some_us, 17347208);
  EXPECT_EQ(totals->full_us, 12);
}

TEST(Pressure, LeavesOutFullWhereTheKernelDoes) {
  // CPU pressure before Linux 5.13 has one line.
  const auto totals = parse_pressure("some avg10=0.00 avg60=0.00 avg300=0.00 total=5\n");
  ASSERT_TRUE(totals.has_value());
  EXPECT_EQ(totals->some_us, 5);
  EXPECT_FALSE(totals->full_us.has_value());
  EXPECT_FALSE(parse_pressure("").has_value());
  EXPECT_FALSE(parse_pressure("some avg10=0.00\n").has_value());
  EXPECT_FALSE(parse_pressure("some total=many\n").has_value());
}

TEST(CpuinfoFrequency, IsLiveOnlyWhereTheCpuMeasuresIt) {
  const auto constant = parse_cpuinfo_frequency(
      "processor\t: 0\ncpu MHz\t\t: 2600.000\nflags\t\t: fpu tsc hypervisor\n\n"
      "processor\t: 1\ncpu MHz\t\t: 2599.998\nflags\t\t: fpu tsc hypervisor\n");
  EXPECT_EQ(constant.khz, (std::vector<int64_t>{2600000, 2599998}));
  EXPECT_FALSE(constant.live);
  EXPECT_TRUE(parse_cpuinfo_frequency("cpu MHz : 800.1\nflags : fpu aperfmperf sse\n").live);
  EXPECT_TRUE(parse_cpuinfo_frequency("processor : 0\nBogoMIPS : 50.00\nCPU part : 0xd0c\n").khz.empty());
}

}  // namespace
}  // namespace bpftax
