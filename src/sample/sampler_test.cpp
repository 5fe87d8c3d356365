#include "sample/sampler.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <sys/wait.h>

#include <chrono>
#include <ctime>

#include "sample/cpu_list.h"
#include "sample/hardware_counters.h"
#include "sample/proc_system.h"
#include "sample/process_tree.h"
#include "sample/source_file.h"
#include "sample/test_tree.h"
#include "util/fd.h"
#include "util/files.h"

namespace bpftax {
namespace {

using test::TestTree;
using ::testing::HasSubstr;

constexpr char kStat[] = "cpu0 1 0 2 3 0 0 0 0 0 0\ncpu1 5 0 6 7 0 0 0 0 0 0\nintr 10 1\nctxt 20\n";

std::string process_stat(int pid, int ppid, int user_ticks, char state = 'S', int threads = 2) {
  return std::to_string(pid) + " (x) " + state + " " + std::to_string(ppid) + " 1 1 0 -1 0 0 0 0 0 " +
         std::to_string(user_ticks) + " 1 0 0 20 0 " + std::to_string(threads) + " 0 77 1048576 3 0\n";
}

void add_process(const TestTree& tree, int pid, int ppid, int user_ticks, const std::string& children,
                 int64_t wait_ns) {
  const std::string base = "/proc/" + std::to_string(pid);
  const std::string task = base + "/task/" + std::to_string(pid);
  tree.write(base + "/stat", process_stat(pid, ppid, user_ticks));
  tree.write(task + "/children", children);
  tree.write(task + "/schedstat", "1 " + std::to_string(wait_ns) + " 1\n");
}

void add_host(const TestTree& tree) {
  tree.write("/proc/stat", kStat);
  tree.write("/proc/meminfo",
             "MemTotal: 1000 kB\nMemFree: 400 kB\nMemAvailable: 600 kB\nCached: 1 kB\nSlab: 2 kB\n");
  tree.write("/proc/diskstats", "8 0 sda 1 2 3 4 5 6 7 8 9 10 11\n8 1 sda1 1 2 3 4 5 6 7 8 9 10 11\n");
  tree.write("/sys/block/sda/device/model", "x");
  for (const char* resource : {"cpu", "memory", "io"}) {
    tree.write(
        std::string("/proc/pressure/") + resource,
        "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=4\n");
  }
  tree.write(
      "/proc/thread-self/net/dev",
      "Inter-| Receive | Transmit\n face |bytes|bytes\n  eth0: 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n");
  for (const char* cpu : {"cpu0", "cpu1"}) {
    const std::string base = std::string("/sys/devices/system/cpu/") + cpu;
    tree.write(base + "/cpuidle/state0/name", "POLL\n");
    tree.write(base + "/cpuidle/state0/time", "1000000\n");
    tree.write(base + "/cpuidle/state0/usage", "1000\n");
    tree.write(base + "/cpuidle/state1/name", "C1\n");
    tree.write(base + "/cpuidle/state1/time", "500\n");
    tree.write(base + "/cpuidle/state1/usage", "5\n");
    tree.write(base + "/cpuidle/state2/name", "C6\n");
    tree.write(base + "/cpuidle/state2/time", "700\n");
    tree.write(base + "/cpuidle/state2/usage", "7\n");
    tree.write(base + "/cpufreq/scaling_cur_freq", "2600000\n");
  }
}

SamplingSpec spec_with(std::vector<std::string> netns) {
  SamplingSpec spec;
  spec.netns = std::move(netns);
  spec.hardware_counters = false;
  return spec;
}

TEST(HostSampler, ReadsEverySourceOfAHost) {
  const TestTree tree;
  add_host(tree);
  auto sampler = HostSampler::open(spec_with({""}), {}, tree.roots());
  ASSERT_TRUE(sampler.has_value()) << to_string(sampler.error());
  const Sample sample = sampler->take();
  EXPECT_GT(sample.monotonic_ns, 0);
  ASSERT_EQ(sample.cpus.size(), 2u);
  EXPECT_EQ(sample.cpus[1].user_us, 5 * clock_tick_us());
  EXPECT_EQ(sample.context_switches, 20);
  EXPECT_EQ(sample.interrupts, 10);
  EXPECT_EQ(sample.memory.available_kb, 600);
  EXPECT_EQ(sample.pressure.cpu_some_us, 5);
  EXPECT_EQ(sample.pressure.memory_full_us, 4);
  EXPECT_EQ(sample.pressure.io_full_us, 4);
  ASSERT_EQ(sample.interfaces.size(), 1u);
  EXPECT_EQ(sample.interfaces[0].name, "eth0");
  ASSERT_EQ(sample.disks.size(), 1u) << "the partition is no disk";
  EXPECT_EQ(sample.disks[0].name, "sda");
  EXPECT_EQ(sample.frequency_khz, (std::vector<int64_t>{2600000, 2600000}));
  ASSERT_EQ(sample.idle.size(), 2u);
  EXPECT_EQ(sample.idle[1].cpu, 1);
  EXPECT_EQ(sample.idle[1].residency_us, 1200) << "without POLL";
  EXPECT_EQ(sample.idle[1].entries, 12);
  EXPECT_EQ(sampler->unavailable(), (std::map<std::string, std::string>{{"hardware", "not asked for"}}));
}

TEST(HostSampler, SaysWhyEachMissingSourceIsMissing) {
  const TestTree tree;
  tree.write("/proc/stat", kStat);
  auto sampler = HostSampler::open(spec_with({}), {}, tree.roots());
  ASSERT_TRUE(sampler.has_value()) << to_string(sampler.error());
  const Sample sample = sampler->take();
  EXPECT_EQ(sample.cpus.size(), 2u);
  EXPECT_FALSE(sample.pressure.cpu_some_us.has_value());
  EXPECT_TRUE(sample.idle.empty());
  EXPECT_TRUE(sample.frequency_khz.empty());
  EXPECT_TRUE(sample.disks.empty());
  for (const char* field : {"memory", "disks", "pressure"})
    EXPECT_THAT(sampler->unavailable().at(field), HasSubstr("No such file or directory")) << field;
  EXPECT_THAT(sampler->unavailable().at("idle"), HasSubstr("no idle states"));
  EXPECT_THAT(sampler->unavailable().at("frequency_khz"), HasSubstr("no cpufreq driver"));
}

TEST(HostSampler, SaysWhenASourceStopsMakingSense) {
  const TestTree tree;
  add_host(tree);
  auto sampler = HostSampler::open(spec_with({}), {}, tree.roots());
  ASSERT_TRUE(sampler.has_value());
  tree.write("/proc/diskstats", "nonsense\n");
  sampler->take();
  EXPECT_THAT(sampler->unavailable().at("disks"), HasSubstr("/proc/diskstats"));
}

TEST(HostSampler, FallsBackToTheFrequencyOfCpuinfoWhereItIsLive) {
  const TestTree tree;
  tree.write("/proc/stat", kStat);
  tree.write("/proc/cpuinfo", "cpu MHz : 1000.5\nflags : aperfmperf\n\ncpu MHz : 2000\nflags : aperfmperf\n");
  auto sampler = HostSampler::open(spec_with({}), {}, tree.roots());
  ASSERT_TRUE(sampler.has_value());
  EXPECT_EQ(sampler->take().frequency_khz, (std::vector<int64_t>{1000500, 2000000}));
}

TEST(HostSampler, CannotBeOpenedWithoutStatOrForAnUnknownNamespace) {
  const TestTree tree;
  EXPECT_FALSE(HostSampler::open(spec_with({}), {}, tree.roots()).has_value());
  add_host(tree);
  const auto sampler = HostSampler::open(spec_with({"bpftax-no-such-namespace"}), {}, tree.roots());
  ASSERT_FALSE(sampler.has_value());
  EXPECT_EQ(sampler.error().where, "/run/netns/bpftax-no-such-namespace");
}

TEST(HostSampler, AddsUpAProcessTreeAndKeepsTheTimeOfThoseWhoEnd) {
  const TestTree tree;
  add_host(tree);
  add_process(tree, 100, 1, 10, "101 ", 5000);
  add_process(tree, 101, 100, 20, "", 7000);
  TrackedTree tracked;
  tracked.handle = 42;
  tracked.root_pid = 100;
  auto sampler = HostSampler::open(spec_with({}), {tracked}, tree.roots());
  ASSERT_TRUE(sampler.has_value());
  ProcessTree seen = sampler->take().processes.at(0);
  EXPECT_EQ(seen.handle, 42);
  EXPECT_EQ(seen.processes, 2);
  EXPECT_EQ(seen.threads, 4);
  EXPECT_EQ(seen.user_us, 30 * clock_tick_us());
  EXPECT_EQ(seen.system_us, 2 * clock_tick_us());
  EXPECT_EQ(seen.vsz_kb, 2048);
  EXPECT_EQ(seen.rss_kb, 6 * ::sysconf(_SC_PAGESIZE) / 1024);
  EXPECT_EQ(seen.run_delay_us, 12);

  // Reading what is left of an ended process fails; an empty file does the same here.
  tree.write("/proc/101/stat", "");
  tree.write("/proc/101/task/101/schedstat", "");
  seen = sampler->take().processes.at(0);
  EXPECT_EQ(seen.processes, 1);
  EXPECT_EQ(seen.user_us, 30 * clock_tick_us());
  EXPECT_EQ(seen.run_delay_us, 12);

  tree.write("/proc/100/stat", process_stat(100, 1, 15, 'Z'));
  seen = sampler->take().processes.at(0);
  EXPECT_EQ(seen.processes, 0) << "dead, though not yet waited for";
  EXPECT_EQ(seen.user_us, 35 * clock_tick_us());
}

// One thread, which the files agree on.
void add_single(const TestTree& tree, int pid, int utime, const std::string& schedstat) {
  add_process(tree, pid, 1, utime, "", 0);
  tree.write("/proc/" + std::to_string(pid) + "/stat", process_stat(pid, 1, utime, 'S', 1));
  tree.write("/proc/" + std::to_string(pid) + "/task/" + std::to_string(pid) + "/schedstat", schedstat);
}

TEST(HostSampler, LooksOnlyAtProcessesThatHaveRun) {
  const TestTree tree;
  add_host(tree);
  TrackedTree tracked;
  tracked.root_pid = 100;
  const auto user_us = [&](const char* before, const char* after) {
    add_single(tree, 100, 10, before);
    auto sampler = HostSampler::open(spec_with({}), {tracked}, tree.roots());
    EXPECT_EQ(sampler->take().processes.at(0).user_us, 10 * clock_tick_us());
    add_single(tree, 100, 25, after);
    return sampler->take().processes.at(0).user_us / clock_tick_us();
  };
  const auto begin = std::chrono::steady_clock::now();
  const int64_t rested = user_us("500 7 3\n", "500 7 3\n");
  // When this took longer than a second, everything was looked at anew.
  if (std::chrono::steady_clock::now() - begin < std::chrono::milliseconds(900)) {
    EXPECT_EQ(rested, 10) << "it says that it has not run: taken from the last look";
  }
  EXPECT_EQ(user_us("500 7 3\n", "500 7 4\n"), 25) << "it had a turn";
  EXPECT_EQ(user_us("500 7 3\n", "600 7 3\n"), 25) << "its turn goes on";
  EXPECT_EQ(user_us("0 0 0\n", "0 0 0\n"), 25) << "the kernel does not count";
}

TEST(HostSampler, TakesTheMembersItIsGiven) {
  const TestTree tree;
  add_host(tree);
  add_process(tree, 100, 1, 10, "", 0);
  add_process(tree, 200, 1, 20, "", 0);
  TrackedTree tracked;
  tracked.members = [] { return std::vector<int>{100, 200, 300}; };
  auto sampler = HostSampler::open(spec_with({}), {tracked}, tree.roots());
  ASSERT_TRUE(sampler.has_value());
  EXPECT_EQ(sampler->take().processes.at(0).processes, 2) << "300 does not exist";
}

TEST(HostSampler, LeavesOutRunDelayWhereTheKernelDoesNotCountIt) {
  const TestTree tree;
  add_host(tree);
  add_process(tree, 100, 1, 10, "", 0);
  tree.remove("/proc/100/task/100/schedstat");
  TrackedTree tracked;
  tracked.root_pid = 100;
  auto sampler = HostSampler::open(spec_with({}), {tracked}, tree.roots());
  ASSERT_TRUE(sampler.has_value());
  EXPECT_FALSE(sampler->take().processes.at(0).run_delay_us.has_value());
  EXPECT_THAT(sampler->unavailable().at("run_delay_us"), HasSubstr("schedstat"));
}

TEST(HostSampler, CountsOutputIncludingWhatWasRemoved) {
  const TestTree tree;
  add_host(tree);
  tree.write("/out", "0123456789");
  const Fd out(::open((tree.roots().proc + "/../out").c_str(), O_RDONLY | O_CLOEXEC));
  ASSERT_TRUE(out);
  TrackedTree tracked;
  tracked.root_pid = 1;
  tracked.output_fds = {out.get()};
  tracked.removed_output_bytes = [] { return int64_t{1000}; };
  auto sampler = HostSampler::open(spec_with({}), {tracked}, tree.roots());
  ASSERT_TRUE(sampler.has_value());
  EXPECT_EQ(sampler->take().processes.at(0).output_bytes, 1010);
}

// A child that computes for 0.2 s of CPU time: the sampler must see at least most of it while it lives and
// keep it when it has gone.
TEST(HostSampler, SeesTheCpuTimeOfARealProcess) {
  const pid_t child = ::fork();
  if (child == 0) {
    timespec used{};
    do {
      ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
    } while (used.tv_sec == 0 && used.tv_nsec < 200'000'000);
    ::pause();
    ::_exit(0);
  }
  TrackedTree tracked;
  tracked.root_pid = child;
  auto sampler = HostSampler::open(spec_with({""}), {tracked});
  ASSERT_TRUE(sampler.has_value()) << to_string(sampler.error());
  const auto context_switches = [] {
    return parse_system_stat(read_file("/proc/stat").value(), clock_tick_us()).value().context_switches;
  };
  ProcessTree seen;
  for (int i = 0; i < 3000 && seen.user_us + seen.system_us < 180'000; ++i) {
    const int64_t before = context_switches();
    const Sample sample = sampler->take();
    ASSERT_LE(before, sample.context_switches);
    ASSERT_LE(sample.context_switches, context_switches());
    seen = sample.processes.at(0);
    ::usleep(10'000);
  }
  EXPECT_GE(seen.user_us + seen.system_us, 180'000);
  EXPECT_EQ(seen.processes, 1);
  EXPECT_GT(seen.rss_kb, 0);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  const ProcessTree after = sampler->take().processes.at(0);
  EXPECT_EQ(after.processes, 0);
  EXPECT_GE(after.user_us + after.system_us, 180'000);
}

TEST(HostSampler, WorksWhenItMayKeepNoDescriptors) {
  FdBudget budget(0);
  const TestTree tree;
  tree.write("/proc/value", "7\n");
  const auto file = SourceFile::open(tree.roots().proc + "/value", Records::kOne, budget);
  ASSERT_TRUE(file.has_value());
  std::string buffer;
  EXPECT_EQ(file->read_number(buffer).value(), 7);
  tree.write("/proc/value", "8\n");
  EXPECT_EQ(file->read_number(buffer).value(), 8);
  tree.remove("/proc/value");
  EXPECT_EQ(file->read_number(buffer).error().errno_value, ENOENT);
}

TEST(SourceFile, ReadsTablesLongerThanItsBuffer) {
  FdBudget budget(1);
  const TestTree tree;
  const std::string text(100'000, 'x');
  tree.write("/proc/long", text);
  const auto file = SourceFile::open(tree.roots().proc + "/long", Records::kMany, budget);
  ASSERT_TRUE(file.has_value());
  std::string buffer;
  EXPECT_EQ(file->read(buffer).value(), text);
  EXPECT_FALSE(file->read_number(buffer).has_value());
}

TEST(CpuList, IsRangesAndNumbers) {
  EXPECT_EQ(parse_cpu_list("0-3,8"), (std::vector<int>{0, 1, 2, 3, 8}));
  EXPECT_EQ(parse_cpu_list("0"), (std::vector<int>{0}));
  EXPECT_EQ(parse_cpu_list(""), (std::vector<int>{}));
  for (const char* wrong : {"3-1", "x", "1,", "-1", "0-999999", "0-65535,0-65535"})
    EXPECT_FALSE(parse_cpu_list(wrong).has_value()) << wrong;
}

TEST(HardwareCounters, AreScaledWhenTheySharedTheHardware) {
  EXPECT_EQ(scale_counter(1000, 100, 100), 1000);
  EXPECT_EQ(scale_counter(1000, 100, 50), 2000);
  EXPECT_EQ(scale_counter(4'000'000'000'000'000'000, 3, 2), 6'000'000'000'000'000'000);
  EXPECT_EQ(scale_counter(0, 100, 0), 0);
}

TEST(HardwareCounters, CountOrSayWhyNot) {
  const auto reader = HardwareCounterReader::open();
  if (!reader) {
    EXPECT_THAT(reader.error().where, HasSubstr("perf_event_open"));
    EXPECT_NE(reader.error().errno_value, 0);
    GTEST_SKIP() << to_string(reader.error());
  }
  const auto before = reader->read(), after = reader->read();
  ASSERT_TRUE(before && after);
  EXPECT_LT(before->cycles, after->cycles);
  EXPECT_LT(before->instructions_user, after->instructions_user);
}

}  // namespace
}  // namespace bpftax
