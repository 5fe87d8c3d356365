// Tier bpf: run-time statistics of this kernel.
#include "sample/bpf_stats.h"
#include "sample/entry_cost.h"

#include "sample/bpf_inventory.h"
#include "sample/test_programs.h"

namespace bpftax {
namespace {

using namespace test;  // NOLINT(google-build-using-namespace)

int64_t runs_counted_for(const Fd& program, int repeat) {
  const auto count = [&] {
    BpfInspector inspector;
    const auto inventory = inspector.of_processes({::getpid()});
    EXPECT_TRUE(inventory.has_value());
    for (const BpfProgram& found : inventory->programs) {
      if (found.id == program_id(program)) return found.run_count;
    }
    ADD_FAILURE() << "the program is not in the inventory";
    return int64_t{0};
  };
  const int64_t before = count();
  std::array<unsigned char, 64> packet{};
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  options.data_in = packet.data();
  options.data_size_in = packet.size();
  options.repeat = repeat;
  EXPECT_EQ(bpf_prog_test_run_opts(program.get(), &options), 0);
  return count() - before;
}

TEST(BpfStats, CountRunsWhileTheyAreOnAndOnlyThen) {
  const auto active = bpf_stats_active();
  ASSERT_TRUE(active.has_value()) << to_string(active.error());
  const Fd program = load_program(BPF_PROG_TYPE_SOCKET_FILTER, "counted");
  if (!*active) {
    EXPECT_EQ(runs_counted_for(program, 100), 0);
  }
  {
    const auto stats = BpfStats::enable();
    ASSERT_TRUE(stats.has_value()) << to_string(stats.error());
    EXPECT_EQ(runs_counted_for(program, 100), 100);
    EXPECT_TRUE(bpf_stats_active().value_or(false));
  }
  if (*active) GTEST_SKIP() << "somebody else keeps statistics on: off was not tested";
  EXPECT_EQ(runs_counted_for(program, 100), 0);
}

TEST(BpfStatsCost, IsMeasuredWithStatisticsOffAndOn) {
  if (bpf_stats_active().value_or(true)) GTEST_SKIP() << "somebody else keeps statistics on";
  const auto cost = measure_stats_cost();
  ASSERT_TRUE(cost.has_value()) << to_string(cost.error());
  EXPECT_GT(cost->off_ns, 0);
  EXPECT_GT(cost->on_ns, cost->off_ns) << "reading the clock twice is not free";
  EXPECT_GE(cost->rounds, 5);
  RecordProperty("off_ns", std::to_string(cost->off_ns));
  RecordProperty("on_ns", std::to_string(cost->on_ns));
}

TEST(BpfStatsCost, IsRefusedAndSaysWhoWhenStatisticsAreOnAlready) {
  const auto stats = BpfStats::enable();
  ASSERT_TRUE(stats.has_value()) << to_string(stats.error());
  const auto cost = measure_stats_cost();
  ASSERT_FALSE(cost.has_value());
  EXPECT_EQ(cost.error().kind, ErrorKind::kEnvironment);
  EXPECT_NE(cost.error().why.find(std::to_string(::getpid())), std::string::npos) << cost.error().why;
}

TEST(BpfStatsUse, NamesWhoKeepsThemOn) {
  const auto before = bpf_stats_use();
  ASSERT_TRUE(before.has_value()) << to_string(before.error());
  EXPECT_EQ(before->active, !before->by.empty());
  const auto stats = BpfStats::enable();
  ASSERT_TRUE(stats.has_value()) << to_string(stats.error());
  const auto use = bpf_stats_use();
  ASSERT_TRUE(use.has_value()) << to_string(use.error());
  EXPECT_TRUE(use->active);
  if (before->active) GTEST_SKIP() << "somebody else keeps statistics on: " << before->by;
  EXPECT_NE(use->by.find(std::to_string(::getpid())), std::string::npos) << use->by;
}

TEST(EntryCost, IsMeasuredInPlaceAndLeavesNothingOn) {
  if (bpf_stats_active().value_or(true)) GTEST_SKIP() << "somebody else keeps statistics on";
  const auto cost = measure_entry_cost("raw_tp");
  ASSERT_TRUE(cost.has_value()) << to_string(cost.error());
  EXPECT_EQ(cost->hook, "raw_tp");
  EXPECT_GT(cost->run_ns, 0) << "the statistics' own clock at least";
  EXPECT_GT(cost->error_ns, 0);
  EXPECT_EQ(cost->ns(), cost->in_place_ns - cost->run_ns);
  RecordProperty("in_place_ns", std::to_string(cost->in_place_ns));
  RecordProperty("run_ns", std::to_string(cost->run_ns));
}

TEST(EntryCost, IsUnknownForAHookThatCannotBeTried) {
  if (bpf_stats_active().value_or(true)) GTEST_SKIP() << "somebody else keeps statistics on";
  for (const char* hook : {"xdp", "", "kprobe.multi"}) {
    const auto cost = measure_entry_cost(hook);
    ASSERT_FALSE(cost.has_value()) << hook;
    EXPECT_EQ(cost.error().kind, ErrorKind::kEnvironment);
  }
}

TEST(EntryCost, IsRefusedWhileStatisticsAreOn) {
  const auto stats = BpfStats::enable();
  ASSERT_TRUE(stats.has_value()) << to_string(stats.error());
  EXPECT_FALSE(measure_entry_cost("raw_tp").has_value());
}

}  // namespace
}  // namespace bpftax
