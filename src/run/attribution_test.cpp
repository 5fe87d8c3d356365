// Where the cost comes from: run time and entering the hooks.
#include "run/attribution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "run/testing_campaign.h"

namespace bpftax {
namespace {

const ResultComparison* latency_of(const RunResult& result) {
  const auto found = std::find_if(result.comparisons.begin(), result.comparisons.end(),
                                  [](const ResultComparison& c) { return c.metric == "latency_mean_us"; });
  return found == result.comparisons.end() ? nullptr : &*found;
}

// The entry costs 10 +- 4 ns on the fake host, and each transaction runs the program twice.
TEST(Engine, AddsWhatEnteringTheHooksCosts) {
  Campaign campaign;
  campaign.plan.attribution_starts = 3;
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error);
  const auto& program = outcome.result.subjects[0].programs[0];
  EXPECT_EQ(program.entry_ns, 10);
  EXPECT_EQ(program.entry_error_ns, 4);
  const ResultComparison* latency = latency_of(outcome.result);
  ASSERT_NE(latency, nullptr);
  const double run_us = program.workloads[0].runs_per_unit * *program.workloads[0].ns_per_run * 1e-3;
  EXPECT_NEAR(*latency->attributed_entry_us, 0.02, 1e-4);
  EXPECT_NEAR(*latency->attributed_added_us, run_us + 0.02, 1e-4);
  // Its runs take the same time in each start: the error is that of the entry.
  EXPECT_NEAR(*latency->attributed_added_high - *latency->attributed_added_us, 0.008, 1e-3);
  EXPECT_NEAR(*latency->attributed_added_us - *latency->attributed_added_low, 0.008, 1e-3);
  const std::vector<std::string> log = campaign.host->log(true);
  EXPECT_EQ(std::count(log.begin(), log.end(), "entry cost of raw_tp"), 1);
}

// Starts 500, 510 and 520 ns a run, two runs a transaction: 1.02 +- 4.303 * 0.02 / sqrt(3), and 0.02 +-
// 0.008.
TEST(Engine, TheIntervalOfAttributedTimeComesFromItsStarts) {
  Campaign campaign;
  campaign.plan.attribution_starts = 3;
  campaign.script.tool = [](int number, const std::string&, FakeProcess& process) {
    if (number > 7) process.programs.at(0).ns_per_run = 500 + 10 * (number - 8);
  };
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error);
  int windows = 0;
  for (const ResultWindow& window : outcome.result.windows)
    windows += window.purpose == "attribution" ? 1 : 0;
  EXPECT_EQ(windows, 3);
  ASSERT_EQ(outcome.result.subjects[0].programs[0].workloads.size(), 1u) << "one row a workload";
  EXPECT_NEAR(*outcome.result.subjects[0].programs[0].ns_per_run, 510, 0.5);
  const ResultComparison* latency = latency_of(outcome.result);
  ASSERT_NE(latency, nullptr);
  EXPECT_NEAR(*latency->attributed_added_us, 1.04, 1e-3);
  EXPECT_NEAR(*latency->attributed_added_high - *latency->attributed_added_us, 0.0577, 1e-3);
}

TEST(Engine, OneStartGivesNoInterval) {
  Campaign campaign;
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error);
  const ResultComparison* latency = latency_of(outcome.result);
  ASSERT_NE(latency, nullptr);
  EXPECT_TRUE(latency->attributed_entry_us);
  EXPECT_FALSE(latency->attributed_added_low);
}

TEST(Engine, LeavesTheEntryUnknownWhereItCannotBeMeasured) {
  Campaign campaign;
  campaign.new_host().set_entry_cost(std::nullopt);
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error);
  const auto& program = outcome.result.subjects[0].programs[0];
  EXPECT_FALSE(program.entry_ns);
  const ResultComparison* latency = latency_of(outcome.result);
  ASSERT_NE(latency, nullptr);
  const double run_us = program.workloads[0].runs_per_unit * *program.workloads[0].ns_per_run * 1e-3;
  EXPECT_NEAR(*latency->attributed_added_us, run_us, 1e-4);
  EXPECT_FALSE(latency->attributed_entry_us);
  EXPECT_FALSE(latency->attributed_added_low);
}

TEST(Engine, JudgesTheCostOfStatisticsByAllAttributionWindows) {
  const auto warned = [](const std::set<int>& slow) {
    Campaign campaign;
    campaign.plan.attribution_starts = 3;
    campaign.script.noise = 0.001;
    campaign.script.client = [&](int number, const std::string&, FakeProcess& client) {
      if (slow.contains(number - 7 * 3)) client.out = "26.000000000";  // else about 20
    };
    const RunOutcome outcome = campaign.run();
    EXPECT_FALSE(outcome.error);
    return std::any_of(outcome.result.warnings.begin(), outcome.result.warnings.end(),
                       [](const ResultWarning& warning) { return warning.code == "stats_cost"; });
  };
  EXPECT_TRUE(warned({1, 2})) << "the last one alone looks fine";
  EXPECT_FALSE(warned({}));
}

TEST(Attribution, KnowsTheHooksWhoseEntryCanBeMeasured) {
  EXPECT_EQ(entry_hook("tp_btf:netif_receive_skb"), "tp_btf");
  EXPECT_EQ(entry_hook("tracepoint:net:netif_receive_skb"), "tracepoint");
  EXPECT_EQ(entry_hook("kprobe.multi:3 functions"), "");
  EXPECT_EQ(entry_hook("xdp:eth0"), "");
  EXPECT_EQ(entry_hook(""), "");
}

}  // namespace
}  // namespace bpftax
