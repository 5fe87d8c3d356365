#include "workload/conditions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "workload/recorded_window.h"

namespace bpftax {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kOneSecond = 1'000'000'000;

SteadySamples whole(const SampleSeries& series) {
  return {&series, 0, series.samples.size() - 1};
}

// Two samples one second apart.
SampleSeries second() {
  SampleSeries series;
  series.samples.resize(2);
  series.samples[0].monotonic_ns = kOneSecond;
  series.samples[1].monotonic_ns = 2 * kOneSecond;
  return series;
}

TEST(SteadySamplesTest, LieInsideTheSteadyPart) {
  const SampleSeries series = steady_series(0, 3);  // every 0.1 s
  const auto steady = steady_samples(series, 550'000'000, 2'050'000'000);
  ASSERT_TRUE(steady) << to_string(steady.error());
  EXPECT_EQ(steady->begin().monotonic_ns, 600'000'000);
  EXPECT_EQ(steady->end().monotonic_ns, 2'000'000'000);
  const auto exact = steady_samples(series, kOneSecond, 2 * kOneSecond);
  ASSERT_TRUE(exact) << to_string(exact.error());
  EXPECT_DOUBLE_EQ(exact->seconds(), 1);
}

TEST(SteadySamplesTest, CoverFourFifthsOrAreAnError) {
  const SampleSeries series = steady_series(0, 1);  // ends at 1 s
  EXPECT_TRUE(steady_samples(series, 0, 1'250'000'000));
  const auto lacking = steady_samples(series, 0, 1'300'000'000);
  ASSERT_FALSE(lacking);
  EXPECT_EQ(lacking.error().kind, ErrorKind::kWorkload);
  EXPECT_THAT(lacking.error().why, HasSubstr("cover 77 %"));
}

TEST(SteadySamplesTest, EmptyDisorderedAndTooFewSamplesAreErrors) {
  EXPECT_FALSE(steady_samples({}, 0, kOneSecond));
  SampleSeries series = steady_series(0, 1);
  EXPECT_FALSE(steady_samples(series, kOneSecond, kOneSecond));
  EXPECT_FALSE(steady_samples(series, 950'000'000, 1'040'000'000));
  EXPECT_FALSE(steady_samples(series, 5 * kOneSecond, 6 * kOneSecond));
  std::swap(series.samples[2], series.samples[3]);
  EXPECT_FALSE(steady_samples(series, 0, kOneSecond));
}

TEST(HostConditions, AreSharesAndRatesOfWhatWasSampled) {
  const SampleSeries series = steady_series(0, 2);
  const auto conditions = host_conditions(whole(series), 0);
  EXPECT_NEAR(conditions.at("idle_percent"), 75, 1e-9);
  EXPECT_NEAR(conditions.at("softirq_percent"), 12.5, 1e-9);
  EXPECT_NEAR(conditions.at("steal_percent"), 0, 1e-9);
  EXPECT_NEAR(conditions.at("context_switches_per_s"), 10'000, 1e-6);
  EXPECT_NEAR(conditions.at("interrupts_per_s"), 1000, 1e-6);
  EXPECT_NEAR(conditions.at("memory_available_mb"), 1024, 1e-9);
  EXPECT_NEAR(busy_us_per_s(whole(series)).value(), 500'000, 1e-6);
}

TEST(HostConditions, MissingSourcesAreAbsentNotZero) {
  const SampleSeries series = second();
  EXPECT_TRUE(host_conditions(whole(series), 10).empty());
  EXPECT_EQ(busy_us_per_s(whole(series)), std::nullopt);
  EXPECT_EQ(interface_rates(whole(series), "srv", "s0"), std::nullopt);
  EXPECT_EQ(run_queue_wait_percent(whole(series), {1}), std::nullopt);
  EXPECT_TRUE(subject_conditions(whole(series), 1).empty());
}

TEST(HostConditions, PressureFrequencyIdleDiskAndInstructions) {
  SampleSeries series = second();
  Sample& a = series.samples[0];
  Sample& b = series.samples[1];
  a.pressure = {.cpu_some_us = 100, .memory_some_us = 0};
  b.pressure = {.cpu_some_us = 250'100, .memory_some_us = 0};
  a.frequency_khz = {2'000'000, 3'000'000};
  b.frequency_khz = {2'000'000, 3'400'000};
  a.idle = {{.cpu = 0, .residency_us = 0}, {.cpu = 1, .residency_us = 500}};
  b.idle = {{.cpu = 0, .residency_us = 500'000}, {.cpu = 1, .residency_us = 1'000'500}};
  a.disks = {{.name = "vda", .read_bytes = 10, .written_bytes = 100}, {.name = "gone"}};
  b.disks = {{.name = "vda", .read_bytes = 4106, .written_bytes = 100}};
  a.hardware = HardwareCounters{};
  b.hardware = HardwareCounters{.cycles = 4000, .instructions_user = 1000, .instructions_kernel = 5000};
  const auto conditions = host_conditions(whole(series), 100);
  EXPECT_NEAR(conditions.at("psi_cpu_percent"), 25, 1e-9);
  EXPECT_EQ(conditions.at("psi_memory_percent"), 0);  // read, and 0
  EXPECT_FALSE(conditions.contains("psi_io_percent"));
  EXPECT_NEAR(conditions.at("frequency_mhz"), 2600, 1e-9);
  EXPECT_NEAR(conditions.at("idle_residency_percent"), 75, 1e-9);
  EXPECT_NEAR(conditions.at("disk_read_bytes_per_s"), 4096, 1e-9);
  EXPECT_NEAR(conditions.at("disk_written_bytes_per_s"), 0, 1e-9);
  EXPECT_NEAR(conditions.at("kernel_instructions_per_unit"), 50, 1e-9);
  EXPECT_NEAR(conditions.at("user_instructions_per_unit"), 10, 1e-9);
  EXPECT_NEAR(conditions.at("cycles_per_unit"), 40, 1e-9);
  EXPECT_FALSE(host_conditions(whole(series), 0).contains("cycles_per_unit"));
}

TEST(HostConditions, CountersThatRunBackwardsAreAbsent) {
  SampleSeries series = second();
  series.samples[0].cpus = {{.cpu = 0, .user_us = 900, .idle_us = 100}};
  series.samples[1].cpus = {{.cpu = 0, .user_us = 100, .idle_us = 2000}};
  series.samples[0].context_switches = 50;
  series.samples[1].context_switches = 40;
  const auto conditions = host_conditions(whole(series), 0);
  EXPECT_FALSE(conditions.contains("idle_percent"));
  EXPECT_FALSE(conditions.contains("context_switches_per_s"));
  EXPECT_EQ(busy_us_per_s(whole(series)), std::nullopt);
}

TEST(HostConditions, SoftirqsAreCountedIn32Bits) {
  SampleSeries series = steady_series(0, 1);
  Sample& first = series.samples.front();
  Sample& last = series.samples.back();
  for (Sample& sample : series.samples) sample.softirq_net_tx = 7;
  first.softirq_net_rx = (int64_t{1} << 32) - 600;
  last.softirq_net_rx = 400;
  const double seconds = static_cast<double>(last.monotonic_ns - first.monotonic_ns) * 1e-9;
  const auto conditions = host_conditions(whole(series), 0);
  EXPECT_NEAR(conditions.at("softirq_net_rx_per_s"), 1000 / seconds, 1e-6);
  EXPECT_EQ(conditions.at("softirq_net_tx_per_s"), 0);
}

TEST(HostConditions, ACpuThatWentOfflineIsLeftOut) {
  SampleSeries series = second();
  series.samples[0].cpus = {{.cpu = 0}, {.cpu = 1, .user_us = 1'000'000}};
  series.samples[1].cpus = {{.cpu = 0, .user_us = 400'000, .idle_us = 600'000}};
  EXPECT_NEAR(busy_us_per_s(whole(series)).value(), 400'000, 1e-6);
  EXPECT_NEAR(host_conditions(whole(series), 0).at("idle_percent"), 60, 1e-9);
}

TEST(InterfaceRatesTest, AreReadByNamespaceAndName) {
  const SampleSeries series = steady_series(0, 2);
  const auto rates = interface_rates(whole(series), "srv", "s0");
  ASSERT_TRUE(rates.has_value());
  EXPECT_NEAR(rates->rx_packets_per_s, 1000, 1e-6);
  EXPECT_EQ(rates->tx_packets_per_s, 0);
  EXPECT_EQ(interface_rates(whole(series), "cli", "s0"), std::nullopt);
  SampleSeries replaced = series;
  replaced.samples.front().interfaces[0].rx_packets = 9999;  // and a new one, with the same name, began at 0
  EXPECT_EQ(interface_rates(whole(replaced), "srv", "s0"), std::nullopt);
}

TEST(SubjectConditions, DescribeItsProcessTree) {
  SampleSeries series;
  for (int i = 0; i <= 20; ++i) {  // 2 s; 10 % of a CPU in the first second, 30 % in the second
    Sample sample;
    sample.monotonic_ns = i * 100'000'000;
    ProcessTree tree{.handle = 7, .processes = 1};
    tree.user_us = i <= 10 ? i * 8'000 : 80'000 + (i - 10) * 25'000;
    tree.system_us = i <= 10 ? i * 2'000 : 20'000 + (i - 10) * 5'000;
    tree.rss_kb = 1000 + i * 10;
    tree.vsz_kb = 5000;
    tree.output_bytes = i * 50;
    tree.run_delay_us = i * 1'000;
    sample.processes = {tree};
    series.samples.push_back(std::move(sample));
  }
  const auto conditions = subject_conditions(whole(series), 7);
  EXPECT_NEAR(conditions.at("subject_cpu_percent"), 20, 1e-9);
  EXPECT_NEAR(conditions.at("subject_cpu_peak_percent"), 30, 1e-9);
  EXPECT_NEAR(conditions.at("subject_rss_kb"), 1100, 1e-9);
  EXPECT_NEAR(conditions.at("subject_rss_peak_kb"), 1200, 1e-9);
  EXPECT_NEAR(conditions.at("subject_vsz_kb"), 5000, 1e-9);
  EXPECT_NEAR(conditions.at("subject_output_bytes_per_s"), 500, 1e-9);
  EXPECT_NEAR(conditions.at("subject_run_queue_wait_percent"), 1, 1e-9);
  EXPECT_TRUE(subject_conditions(whole(series), 8).empty());
}

TEST(SubjectConditions, MemoryOfATreeThatIsGoneIsNotZero) {
  SampleSeries series = second();
  series.samples[0].processes = {{.handle = 7, .processes = 0}};
  series.samples[1].processes = {{.handle = 7, .processes = 0}};
  const auto conditions = subject_conditions(whole(series), 7);
  EXPECT_FALSE(conditions.contains("subject_rss_kb"));
  EXPECT_FALSE(conditions.contains("subject_run_queue_wait_percent"));
}

TEST(RunQueueWait, IsSummedOverTheTreesThatWereSampled) {
  SampleSeries series = second();
  series.samples[0].processes = {{.handle = 1, .run_delay_us = 0}, {.handle = 2, .run_delay_us = 10'000}};
  series.samples[1].processes = {{.handle = 1, .run_delay_us = 100'000},
                                 {.handle = 2, .run_delay_us = 60'000}};
  EXPECT_NEAR(run_queue_wait_percent(whole(series), {1, 2, 3}).value(), 15, 1e-9);
}

TEST(SameSeries, TellsOneHostFromTwo) {
  const SampleSeries a = steady_series(0, 1);
  const SampleSeries b = steady_series(0, 1);
  const SampleSeries c = steady_series(3, 1);
  EXPECT_TRUE(same_series(a, a));
  EXPECT_TRUE(same_series(a, b));
  EXPECT_FALSE(same_series(a, c));
  EXPECT_FALSE(same_series(a, steady_series(0, 2)));
}

}  // namespace
}  // namespace bpftax
