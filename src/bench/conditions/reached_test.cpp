#include "bench/conditions/reached.h"

#include <gtest/gtest.h>

#include "util/clock.h"

namespace bpftax::bench {
namespace {

// At that time, a machine of two CPUs that have been busy for so long; the rest is idle.
Sample sample_at(double seconds, double busy_0_s, double busy_1_s) {
  Sample sample;
  sample.monotonic_ns = static_cast<int64_t>(seconds * static_cast<double>(kNsPerS));
  const auto us = [](double s) { return static_cast<int64_t>(s * 1e6); };
  for (const double busy : {busy_0_s, busy_1_s}) {
    CpuTimes cpu;
    cpu.cpu = static_cast<int>(sample.cpus.size());
    cpu.user_us = us(busy);
    cpu.idle_us = us((seconds - busy) / 2);
    cpu.iowait_us = us((seconds - busy) / 2);
    sample.cpus.push_back(cpu);
  }
  return sample;
}

TEST(Reached, cpu_use_is_of_all_cpus_together_and_the_mean_is_of_the_whole_time) {
  SampleSeries series;
  series.samples = {sample_at(0, 0, 0), sample_at(1, 1, 0.6), sample_at(2, 1.5, 1.1),
                    sample_at(2.01, 1.51, 1.11)};
  const auto spread = cpu_percent_of(series);
  ASSERT_TRUE(spread);
  EXPECT_NEAR(spread->mean, 100 * 2.62 / 4.02, 0.01);
  EXPECT_NEAR(spread->max, 80, 0.01) << "the last 10 ms are too short to be a sample of their own";
  EXPECT_NEAR(spread->min, 50, 0.01);
  EXPECT_EQ(spread->samples, 2);
}

TEST(Reached, steal_is_not_idle_and_a_cpu_that_came_or_went_does_not_count) {
  SampleSeries series;
  series.samples = {sample_at(0, 0, 0), sample_at(1, 0.2, 1)};
  series.samples[1].cpus[0].idle_us = 500'000;
  series.samples[1].cpus[0].iowait_us = 0;
  series.samples[1].cpus[0].steal_us = 300'000;
  series.samples[1].cpus[1].cpu = 7;
  EXPECT_NEAR(cpu_percent_of(series)->mean, 50, 0.01);
}

TEST(Reached, one_sample_tells_memory_and_no_rate) {
  SampleSeries series;
  EXPECT_FALSE(cpu_percent_of(series));
  EXPECT_FALSE(memory_percent_of(series));
  series.samples = {sample_at(1, 0, 0)};
  series.samples[0].memory = {1000, 100, 400, 0, 0};
  EXPECT_FALSE(cpu_percent_of(series));
  EXPECT_NEAR(memory_percent_of(series)->mean, 60, 1e-9);
}

TEST(Reached, traffic_is_of_all_disks_and_interfaces_and_unknown_where_there_is_none) {
  SampleSeries series;
  series.samples = {sample_at(0, 0, 0), sample_at(2, 0, 0)};
  EXPECT_FALSE(disk_written_bytes_per_s_of(series));
  EXPECT_FALSE(network_bytes_per_s_of(series));
  for (Sample& sample : series.samples) {
    const bool last = sample.monotonic_ns > 0;
    DiskCounters disk{"vda", 0, last ? 50 : 10, 0, last ? 5000 : 1000, 0};
    sample.disks = {disk, disk};
    sample.disks[1].name = "vdb";
    NetInterface lo;
    lo.name = "lo";
    lo.rx_bytes = last ? 700 : 100;
    sample.interfaces = {lo};
  }
  EXPECT_NEAR(disk_written_bytes_per_s_of(series)->mean, 4000, 1e-9);
  EXPECT_NEAR(disk_read_bytes_per_s_of(series)->mean, 40, 1e-9);
  EXPECT_NEAR(network_bytes_per_s_of(series)->mean, 300, 1e-9);
}

TEST(Reached, the_loads_own_time_is_told_apart) {
  SampleSeries series;
  series.samples = {sample_at(0, 0, 0), sample_at(2, 2, 2)};
  EXPECT_FALSE(load_cpu_percent_of(series));
  for (Sample& sample : series.samples) {
    const bool last = sample.monotonic_ns > 0;
    sample.processes = {{.handle = 3, .user_us = last ? 1'000'000 : 0, .system_us = last ? 200'000 : 0},
                        {.handle = 4, .user_us = last ? 800'000 : 0, .system_us = 0}};
  }
  EXPECT_NEAR(load_cpu_percent_of(series)->mean, 50, 1e-9);
}

TEST(Reached, json_holds_what_is_known_and_nothing_else) {
  SampleSeries series;
  series.samples = {sample_at(0, 0, 0), sample_at(1, 0.5, 0.5)};
  series.samples[0].idle = {{0, 0, 0}, {1, 0, 0}};
  series.samples[1].idle = {{0, 300'000, 9}, {1, 100'000, 9}};
  series.samples[1].frequency_khz = {2'000'000, 3'000'000};
  const Json json = reached_json(series);
  EXPECT_EQ(json.size(), 3U) << json.dump();
  EXPECT_NEAR(json["cpu_percent"]["mean"].get<double>(), 50, 1e-9);
  EXPECT_EQ(json["cpu_percent"]["samples"], 1);
  EXPECT_NEAR(json["deep_idle_percent"]["mean"].get<double>(), 20, 1e-9);
  EXPECT_NEAR(json["frequency_mhz"]["max"].get<double>(), 2500, 1e-9);
}

}  // namespace
}  // namespace bpftax::bench
