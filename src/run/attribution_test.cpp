// Where the cost comes from: run time and entering the hooks.
#include "run/attribution.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

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
  // Its runs take the same time all along: the error is that of the entry.
  EXPECT_NEAR(*latency->attributed_added_high - *latency->attributed_added_us, 0.008, 1e-3);
  EXPECT_NEAR(*latency->attributed_added_us - *latency->attributed_added_low, 0.008, 1e-3);
  const std::vector<std::string> log = campaign.host->log(true);
  EXPECT_EQ(std::count(log.begin(), log.end(), "entry cost of raw_tp"), 1);
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

TEST(Attribution, KnowsTheHooksWhoseEntryCanBeMeasured) {
  EXPECT_EQ(entry_hook("tp_btf:netif_receive_skb"), "tp_btf");
  EXPECT_EQ(entry_hook("tracepoint:net:netif_receive_skb"), "tracepoint");
  EXPECT_EQ(entry_hook("kprobe.multi:3 functions"), "");
  EXPECT_EQ(entry_hook("xdp:eth0"), "");
  EXPECT_EQ(entry_hook(""), "");
}

TEST(Attribution, TheErrorOfTheRunTimeComesFromItsParts) {
  const auto reading = [](uint64_t runs, uint64_t ns) {
    BpfInventory inventory;
    BpfProgram program;
    program.id = 1;
    program.run_count = static_cast<int64_t>(runs);
    program.run_time_ns = static_cast<int64_t>(ns);
    inventory.programs.push_back(program);
    return inventory;
  };
  // 90, 100 and 110 ns a run: 100 +- 4.303 * 10 / sqrt(3).
  const std::vector<BpfInventory> readings = {reading(0, 0), reading(10, 900), reading(20, 1900),
                                              reading(30, 3000)};
  EXPECT_NEAR(run_time_error(readings).value_or(0), 0.2484, 1e-4);
  EXPECT_FALSE(run_time_error({readings[0], readings[1], readings[2]})) << "two parts";
  EXPECT_FALSE(run_time_error({readings[1], readings[1], readings[1], readings[1]})) << "nothing ran";
}

}  // namespace
}  // namespace bpftax
