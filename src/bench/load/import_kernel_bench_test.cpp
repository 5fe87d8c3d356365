// Texts as people posted them to the bpf mailing list, and formats of the sources they come from.
#include "bench/load/import_kernel_bench.h"

#include <gtest/gtest.h>

#include <cmath>

namespace bpftax::bench {
namespace {

std::vector<Row> imported(std::string_view text) {
  auto rows = import_kernel_bench(text, "bench.txt");
  EXPECT_TRUE(rows);
  return rows ? *rows : std::vector<Row>();
}

std::optional<double> metric(const Row& row, std::string_view name) {
  for (const Metric& each : row.metrics)
    if (each.name == name) return each.value.mean;
  return std::nullopt;
}

// ./bench -a -w1 -d2 -p4 count-global, Linux 5.8 (the mail that introduced the ring buffer, May 2020).
constexpr const char* kCountGlobal =
    "Setting up benchmark 'count-global'...\n"
    "Benchmark 'count-global' started.\n"
    "Iter   0 ( 60.659us): hits   53.910M/s ( 13.477M/prod), drops    0.000M/s\n"
    "Iter   1 (-17.658us): hits   53.722M/s ( 13.431M/prod), drops    0.000M/s\n"
    "Iter   2 (  5.865us): hits   53.495M/s ( 13.374M/prod), drops    0.000M/s\n"
    "Iter   3 (  0.104us): hits   53.606M/s ( 13.402M/prod), drops    0.000M/s\n"
    "Summary: hits   53.608 \xc2\xb1 0.113M/s ( 13.402M/prod), drops    0.000 \xc2\xb1 0.000M/s\n";

TEST(KernelBench, ARateOfFourProducersIsTheTimeOfOneOfThem) {
  const auto rows = imported(kCountGlobal);
  ASSERT_EQ(rows.size(), 1u);
  const Row& row = rows[0];
  EXPECT_EQ(row.benchmark, "kernel_bench");
  EXPECT_EQ(row.subject, "count-global");
  EXPECT_EQ(row.params, Json({{"bench", "count-global"}, {"producers", 4}}));
  ASSERT_TRUE(row.ns);
  EXPECT_NEAR(row.ns->mean, 4e9 / 53.608e6, 1e-6);
  EXPECT_EQ(metric(row, "lost"), 0.0);
  EXPECT_NEAR(*metric(row, "rate"), 53.608e6, 1);
}

// 0.113 is the deviation of the last three seconds: 53.722, 53.495, 53.606. t(0.975, 2) = 4.302653.
TEST(KernelBench, TheIntervalIsStudentsOfTheSecondsThatTheSummaryIsMadeOf) {
  const Row row = imported(kCountGlobal).at(0);
  EXPECT_EQ(row.samples, 3);
  const double half = 4.302653 * 0.113e6 / std::sqrt(3.0);
  ASSERT_TRUE(row.ns->low && row.ns->high);
  EXPECT_NEAR(*row.ns->low, 4e9 / (53.608e6 + half), 1e-4);
  EXPECT_NEAR(*row.ns->high, 4e9 / (53.608e6 - half), 1e-4);
}

// ./bench trig-kprobe-multi (2024): no drops, seconds without a known warm-up.
TEST(KernelBench, ATriggerIsAHook) {
  const Row row =
      imported(
          "Setting up benchmark 'trig-kprobe-multi'...\n"
          "Benchmark 'trig-kprobe-multi' started.\n"
          "Iter   0 ( 95.485us): hits   62.462M/s ( 62.462M/prod), drops    0.000M/s, total operations   "
          "62.462M/s\n"
          "Iter   1 (-80.054us): hits   62.486M/s ( 62.486M/prod), drops    0.000M/s, total operations   "
          "62.486M/s\n"
          "Iter   2 ( 13.572us): hits   62.287M/s ( 62.287M/prod), drops    0.000M/s, total operations   "
          "62.287M/s\n"
          "Iter   3 ( 76.961us): hits   62.293M/s ( 62.293M/prod), drops    0.000M/s, total operations   "
          "62.293M/s\n"
          "Iter   4 (-77.698us): hits   62.394M/s ( 62.394M/prod), drops    0.000M/s, total operations   "
          "62.394M/s\n"
          "Iter   5 (-13.399us): hits   62.319M/s ( 62.319M/prod), drops    0.000M/s, total operations   "
          "62.319M/s\n"
          "Iter   6 ( 77.573us): hits   62.250M/s ( 62.250M/prod), drops    0.000M/s, total operations   "
          "62.250M/s\n"
          "Summary: hits   62.338 \xc2\xb1 0.083M/s ( 62.338M/prod), drops    0.000 \xc2\xb1 0.000M/s, "
          "total operations   62.338 \xc2\xb1 0.083M/s\n")
          .at(0);
  EXPECT_EQ(row.benchmark, "hooks");
  EXPECT_EQ(row.subject, "kprobe.multi");
  EXPECT_EQ(row.op, "count");
  EXPECT_EQ(row.params["place"], "hot");
  EXPECT_EQ(row.params["programs"], 1);
  EXPECT_EQ(row.samples, 6);
  EXPECT_NEAR(row.ns->mean, 16.0416, 1e-3);
}

// ./bench lpm-trie-noop and others (2025), which print operations and latencies.
TEST(KernelBench, ThroughputAndLatencyAgree) {
  const auto rows = imported(
      "Setting up benchmark 'lpm-trie-noop'...\n"
      "Benchmark 'lpm-trie-noop' started.\n"
      "Iter   0 ( 23.456us): hits   74.567M/s ( 74.567M/prod)\n"
      "Iter   1 ( -5.155us): hits   74.630M/s ( 74.630M/prod)\n"
      "Iter   2 (  0.123us): hits   74.620M/s ( 74.620M/prod)\n"
      "Iter   3 ( -7.127us): hits   74.611M/s ( 74.611M/prod)\n"
      "Iter   4 (  7.334us): hits   74.609M/s ( 74.609M/prod)\n"
      "Iter   5 (  0.163us): hits   74.620M/s ( 74.620M/prod)\n"
      "Iter   6 (  0.213us): hits   74.610M/s ( 74.610M/prod)\n"
      "Summary: throughput   74.617 \xc2\xb1 0.008 M ops/s ( 74.617M ops/prod), latency   13.402 ns/op\n"
      "Benchmark 'lpm-trie-free' started.\n"
      "Summary: throughput    0.574 \xc2\xb1 0.003 K ops/s (  0.574K ops/prod), latency    1.743 ms/op\n");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].benchmark, "maps");
  EXPECT_EQ(rows[0].subject, "lpm_trie");
  EXPECT_TRUE(rows[0].is_floor);
  EXPECT_NEAR(rows[0].ns->mean, 13.402, 0.001);
  EXPECT_EQ(rows[0].samples, 6);
  EXPECT_EQ(rows[1].op, "free");
  EXPECT_NEAR(rows[1].ns->mean, 1.743e6, 1e3);
  EXPECT_FALSE(rows[1].ns->low) << "no seconds, no interval";
}

TEST(KernelBench, LostRecordsAreAShareOfAll) {
  const Row row =
      imported(
          "Benchmark 'rb-libbpf' started.\n"
          "Summary: hits    9.000 \xc2\xb1 0.100M/s (  9.000M/prod), drops    3.000 \xc2\xb1 0.100M/s, "
          "total operations   12.000 \xc2\xb1 0.100M/s\n")
          .at(0);
  EXPECT_EQ(row.benchmark, "submit");
  EXPECT_EQ(row.subject, "ringbuf");
  EXPECT_EQ(metric(row, "lost"), 0.25);
}

// local_storage_report_final(), bench_local_storage_create.c, bench_htab_mem.c, false_hits_report_final().
TEST(KernelBench, EveryKindOfSummaryIsRead) {
  const auto rows = imported(
      "Benchmark 'local-storage-cache-seq-get' started.\n"
      "Summary: hits throughput   25.000 \xc2\xb1 0.500 M ops/s, hits latency   40.000 ns/op, important_hits "
      "throughput"
      "   12.500 \xc2\xb1 0.250 M ops/s\n"
      "Benchmark 'local-storage-create' started.\n"
      "Summary: creates  200.000 \xc2\xb1 2.000k/s (100.000k/prod), 2.00 kmallocs/create\n"
      "Benchmark 'htab-mem' started.\n"
      "Summary: per-prod-op   50.00 \xc2\xb1    1.00k/s, memory usage    2.00 \xc2\xb1    0.10MiB, peak "
      "memory usage    3.00MiB\n"
      "Benchmark 'bloom-false-positive' started.\n"
      "Summary: 5 false hits of 100 total operations. Percentage =  5.00 %\n");
  ASSERT_EQ(rows.size(), 4u);
  EXPECT_NEAR(rows[0].ns->mean, 40, 1e-9);
  EXPECT_NEAR(*metric(rows[0], "important"), 80, 1e-9);
  EXPECT_EQ(rows[1].params["producers"], 2);
  EXPECT_NEAR(rows[1].ns->mean, 1e4, 1e-6);
  EXPECT_EQ(metric(rows[1], "kmallocs"), 2.0);
  EXPECT_NEAR(rows[2].ns->mean, 2e4, 1e-6);
  EXPECT_EQ(metric(rows[2], "memory"), 2.0 * 1024 * 1024);
  EXPECT_EQ(metric(rows[2], "peak_memory"), 3.0 * 1024 * 1024);
  EXPECT_FALSE(rows[3].ns);
  EXPECT_EQ(metric(rows[3], "false_hits"), 0.05);
}

// bench_bpf_hashmap_lookup.c (its "±" is twice the deviation), bench_bpf_hashmap_full_update.c.
TEST(KernelBench, ResultsOfSingleCpusAreRows) {
  const auto rows = imported(
      "Benchmark 'bpf-hashmap-lookup' started.\n"
      "cpu01: lookup 45.950M \xc2\xb1 0.200M events/sec (approximated from 32 samples of ~24ms)\n"
      "Benchmark 'bpf-hashmap-ful-update' started.\n"
      "0:hash_map_full_perf 2000000 events per sec\n");
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].subject, "hash");
  EXPECT_EQ(rows[0].op, "lookup");
  EXPECT_EQ(rows[0].params["cpu"], 1);
  EXPECT_EQ(rows[0].samples, 32);
  const double half = 2.039513 * 0.1e6 / std::sqrt(32.0);  // t(0.975, 31)
  EXPECT_NEAR(*rows[0].ns->high, 1e9 / (45.95e6 - half), 1e-5);
  EXPECT_NEAR(rows[1].ns->mean, 500, 1e-9);
}

TEST(KernelBench, GracePeriodsAreTimes) {
  const auto rows = imported(
      "Benchmark 'local-storage-tasks-trace' started.\n"
      "Iter 0\t avg tasks_trace grace period latency\t25011.5 ns\n"
      "SUMMARY tasks_trace grace period latency\tavg 25.250 us\tstddev 1.200 us\n"
      "SUMMARY ticks per tasks_trace grace period\tavg 1.500\tstddev 0.100\n");
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_NEAR(rows[0].ns->mean, 25250, 1e-9);
  EXPECT_EQ(metric(rows[0], "ticks"), 1.5);
}

// run_bench_ringbufs.sh, run_bench_trigger.sh and summarize_ops() of run_common.sh.
TEST(KernelBench, WhatTheScriptsPrintIsReadWithItsHeading) {
  const auto rows = imported(
      "Single-producer, parallel producer\n"
      "==================================\n"
      "rb-libbpf            12.054 \xc2\xb1 0.320M/s (drops 0.000 \xc2\xb1 0.000M/s)\n"
      "pb-libbpf            7.774 \xc2\xb1 0.010M/s (drops 7.774 \xc2\xb1 0.010M/s)\n"
      "\n"
      "Single-producer, back-to-back mode\n"
      "==================================\n"
      "rb-libbpf            25.000 \xc2\xb1 0.320M/s (drops 0.000 \xc2\xb1 0.000M/s)\n");
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[0].subject, "ringbuf");
  EXPECT_NEAR(rows[0].ns->mean, 1000 / 12.054, 1e-6);
  EXPECT_EQ(rows[0].params["section"], "Single-producer, parallel producer");
  EXPECT_EQ(rows[1].subject, "perf_event_array");
  EXPECT_EQ(metric(rows[1], "lost"), 0.5);
  EXPECT_EQ(rows[2].params["section"], "Single-producer, back-to-back mode");

  const auto triggers = imported(
      "usermode-count :  750.000 \xc2\xb1 1.000M/s \n"
      "fentry         :   50.000 +/- 0.100M/s \n"
      "1000 entries throughput: 20.000 \xc2\xb1 0.008 M ops/s, latency: 50.000 ns/op\n");
  ASSERT_EQ(triggers.size(), 3u);
  EXPECT_TRUE(triggers[0].is_floor);
  EXPECT_EQ(triggers[1].subject, "fentry");
  EXPECT_NEAR(triggers[1].ns->mean, 20, 1e-9);
  EXPECT_EQ(triggers[2].subject, "1000 entries");
  EXPECT_NEAR(triggers[2].ns->mean, 50, 1e-9);
}

// ./bench strncmp-no-helper before it was mended (2024): nothing was counted.
TEST(KernelBench, NoOperationIsNoTime) {
  const Row row =
      imported(
          "Benchmark 'strncmp-no-helper' started.\n"
          "Summary: hits    0.000 \xc2\xb1 0.000M/s (  0.000M/prod), drops    0.000 \xc2\xb1 0.000M/s, total "
          "operations    0.000 \xc2\xb1 0.000M/s\n")
          .at(0);
  EXPECT_EQ(row.status, Status::kInvalid);
  EXPECT_EQ(row.reason, "no operation was counted");
  EXPECT_FALSE(row.ns);
  EXPECT_TRUE(row.metrics.empty());
}

TEST(KernelBench, TheSameBenchmarkTwiceIsTwoRowsThatDiffer) {
  const auto rows = imported(std::string(kCountGlobal) + kCountGlobal);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[1].params["run"], 2);
  EXPECT_NE(rows[0].params, rows[1].params);
}

TEST(KernelBench, TextOfSomethingElseHasNoRows) {
  EXPECT_TRUE(imported("").empty());
  EXPECT_TRUE(
      imported("Summary: \nSummary: hits\nSummary: hits x\ncpu: lookup\n\xc2\xb1\na \xc2\xb1 b\n").empty());
  EXPECT_TRUE(imported("hello 12 \xc2\xb1 3 apples\n").empty());
}

}  // namespace
}  // namespace bpftax::bench
