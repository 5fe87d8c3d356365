#include "run/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <tuple>

#include "result/manifest.h"
#include "run/journal.h"
#include "run/state.h"
#include "run/testing_campaign.h"
#include "run/wire.h"

namespace bpftax {
namespace {

using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;
using Kind = ProgressEvent::Kind;

const ResultComparison* row(const RunResult& result, const std::string& subject, const std::string& metric,
                            const std::string& workload = "tcp_rr") {
  for (const ResultComparison& c : result.comparisons) {
    if (c.subject == subject && c.metric == metric && c.workload == workload) return &c;
  }
  return nullptr;
}

bool has_warning(const RunResult& result, const std::string& code) {
  return std::any_of(result.warnings.begin(), result.warnings.end(),
                     [&](const ResultWarning& w) { return w.code == code; });
}

TEST(Engine, CoversTheTruthWithItsIntervals) {
  int covered = 0;
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    Campaign campaign;
    campaign.plan.attribution = false;
    campaign.script.effect["t1"] = 1.10;
    campaign.script.noise_seed = seed;
    const RunOutcome outcome = campaign.run();
    ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
    const ResultComparison* latency = row(outcome.result, "t1", "latency_mean_us");
    if (*latency->ci_low <= 10 && 10 <= *latency->ci_high) ++covered;
  }
  EXPECT_GE(covered, 17) << "95 % of 20 are 19; 16 or fewer have a probability below 2 %";
}

TEST(Engine, FindsAKnownEffectAndWhereItComesFrom) {
  Campaign campaign({"t1"}, {"tcp_rr", "tcp_stream"});
  campaign.script.effect["t1"] = 1.10;
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  EXPECT_TRUE(outcome.result.complete);
  EXPECT_EQ(outcome.result.blocks_done, 6);
  const ResultComparison* latency = row(outcome.result, "t1", "latency_mean_us");
  ASSERT_NE(latency, nullptr);
  EXPECT_EQ(latency->verdict, Verdict::kExceeds) << latency->verdict_text;
  EXPECT_NEAR(*latency->overhead_percent, 10, 2);
  EXPECT_NEAR(*latency->measured_added_us, 2, 0.5);
  // 2 runs a transaction, 500 ns each, and 10 ns for entering.
  EXPECT_NEAR(*latency->attributed_added_us, 1.02, 0.01);
  const ResultComparison* throughput = row(outcome.result, "t1", "throughput_gbps", "tcp_stream");
  ASSERT_NE(throughput, nullptr);
  EXPECT_NEAR(*throughput->overhead_percent, 100 * (1 - 1 / 1.1), 2);
  for (const ResultComparison& c : outcome.result.comparisons) {
    EXPECT_GE(c.p_adjusted.value_or(-1), c.p_value.value_or(2)) << c.metric;
    EXPECT_EQ(c.baseline_samples.size(), 6u);
  }
  EXPECT_THAT(campaign.host->running(), IsEmpty());
  EXPECT_FALSE(campaign.host->stats_on());
}

TEST(Engine, DescribesTheSubjectByItsProgramsMapsAndProcess) {
  Campaign campaign;
  const RunOutcome outcome = campaign.run();
  ASSERT_EQ(outcome.result.subjects.size(), 1u);
  const ResultSubject& subject = outcome.result.subjects[0];
  EXPECT_EQ(subject.status, "measured");
  EXPECT_NEAR(*subject.ready_ms, 100, 30);
  ASSERT_EQ(subject.programs.size(), 1u);
  EXPECT_NEAR(*subject.programs[0].runs_per_s, 2000, 5);
  EXPECT_NEAR(*subject.programs[0].ns_per_run, 500, 1);
  EXPECT_NEAR(*subject.programs[0].cpu_percent, 0.1, 0.001);
  ASSERT_EQ(subject.programs[0].workloads.size(), 1u);
  EXPECT_NEAR(subject.programs[0].workloads[0].runs_per_unit, 2, 0.01);
  ASSERT_EQ(subject.maps.size(), 1u);
  EXPECT_EQ(subject.map_bytes, 8192);
  EXPECT_EQ(subject.stats_cost_ns, 20);
  EXPECT_NEAR(subject.process_rss_kb.avg.value_or(0), 10'000, 1);
  EXPECT_TRUE(subject.process_cpu_percent.avg.has_value());
  EXPECT_THAT(subject.left_behind, IsEmpty());
}

TEST(Engine, CountsStatisticsOnlyInAttributionWindows) {
  Campaign campaign;
  ASSERT_FALSE(campaign.run().error);
  bool on = false;
  int clients_with = 0, clients_without = 0;
  for (const std::string& line : campaign.host->log(true)) {
    if (line == "stats on") on = true;
    if (line == "stats off") on = false;
    if (line == "start client tcp_rr") ++(on ? clients_with : clients_without);
  }
  EXPECT_EQ(clients_with, 1);
  EXPECT_EQ(clients_without, 7 * 3);
}

TEST(Engine, TriesAnAttributionWindowTwiceAndSaysWhatIsMissing) {
  Campaign campaign;
  campaign.script.client = [](int number, const std::string&, FakeProcess& client) {
    if (number > 7 * 3) client.exit.code = 1;
  };
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  int attempts = 0;
  for (const ResultWindow& window : outcome.result.windows)
    attempts += window.purpose == "attribution" ? 1 : 0;
  EXPECT_EQ(attempts, 2);
  EXPECT_TRUE(has_warning(outcome.result, "no_attribution"));
  EXPECT_FALSE(row(outcome.result, "t1", "latency_mean_us")->attributed_added_us);
  ASSERT_EQ(outcome.result.subjects[0].programs.size(), 1u);
  EXPECT_FALSE(outcome.result.subjects[0].programs[0].ns_per_run) << "unknown, not 0";
}

TEST(Engine, CallsABaselineAtItsAskedBandwidthSaturated) {
  Campaign campaign({"t1"}, {"tcp_stream"});
  campaign.plan.workloads[0].target_bandwidth = "10.2";  // the baseline has 10
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  EXPECT_EQ(row(outcome.result, "t1", "throughput_gbps", "tcp_stream")->verdict, Verdict::kSaturated);
}

TEST(Engine, MeasuresEachWorkloadForItsOwnTime) {
  Campaign campaign({"t1"}, {"tcp_rr"});
  campaign.plan.workloads[0].window_s = 2;
  campaign.plan.window_s = 30;  // of other workloads
  campaign.script.client = [](int, const std::string&, FakeProcess& client) {
    client.runs_for_ns = 2'005'000'000;
  };
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  EXPECT_EQ(outcome.result.blocks_done, 6) << "2 s are all that was asked";
  for (const ResultWindow& window : outcome.result.windows) EXPECT_NEAR(window.duration_s, 2, 0.01);
}

TEST(Engine, ListsItsFilesInAManifest) {
  Campaign campaign;
  ASSERT_FALSE(campaign.run().error);
  const auto& files = campaign.host->files();
  const auto text = files.find("/raw/" + manifest_name(campaign.plan.run_id));
  ASSERT_NE(text, files.end());
  const auto manifest = parse_manifest(text->second, "fake");
  ASSERT_TRUE(manifest) << to_string(manifest.error());
  EXPECT_EQ(manifest->files.size() + 1, files.size()) << "all but itself";
}

TEST(Engine, GivesNoFalseVerdictWithoutAnEffect) {
  int wrong = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    Campaign campaign({"placebo"});
    campaign.plan.seed = seed;
    campaign.script.noise_seed = seed;
    const RunOutcome outcome = campaign.run();
    ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
    const Verdict verdict = row(outcome.result, "placebo", "latency_mean_us")->verdict;
    if (verdict != Verdict::kPass && verdict != Verdict::kInconclusive) ++wrong;
  }
  EXPECT_LE(wrong, 4) << "5 % of 40 are 2; 5 or more have a probability below 5 %";
}

TEST(Engine, StopsAtALookWhenEverythingIsDecidedAndGoesOnWhenNot) {
  Campaign clear;
  clear.plan.stopping = StoppingRule();
  clear.script.effect["t1"] = 1.3;
  EXPECT_EQ(clear.run().result.blocks_done, 6);

  Campaign noisy;
  noisy.plan.stopping = StoppingRule();
  noisy.script.effect["t1"] = 1.04;
  noisy.script.noise = 0.08;
  const RunOutcome outcome = noisy.run();
  EXPECT_GT(outcome.result.blocks_done, 6);
  EXPECT_THAT(outcome.result.stop_reason, Not(IsEmpty()));
  EXPECT_TRUE(has_warning(outcome.result, "noisy_baseline"));
}

TEST(Engine, KeepsTheTimeBudget) {
  Campaign campaign;
  campaign.plan.stopping.looks = {6, 12, 18, 24};
  campaign.plan.stopping.budget_s = 100;
  campaign.script.noise = 0.2;
  const int64_t began = campaign.clock.monotonic_ns();
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  EXPECT_LE(static_cast<double>(campaign.clock.monotonic_ns() - began) * 1e-9, 100);
  EXPECT_GT(outcome.result.blocks_done, 2);
  EXPECT_LT(outcome.result.blocks_done, 24);
  EXPECT_THAT(outcome.result.stop_reason, HasSubstr("budget"));
  EXPECT_TRUE(has_warning(outcome.result, "budget"));
}

double elapsed_s(Campaign& campaign, RunOutcome& outcome) {
  const int64_t began = campaign.clock.monotonic_ns();
  outcome = campaign.run();
  return static_cast<double>(campaign.clock.monotonic_ns() - began) * 1e-9;
}

std::string text_of_warning(const RunResult& result, const std::string& code) {
  for (const ResultWarning& warning : result.warnings)
    if (warning.code == code) return warning.text;
  return {};
}

TEST(Engine, KeepsTheTimeBudgetOfAToolThatStartsSlowly) {
  Campaign campaign;
  campaign.plan.stopping.looks = {24};
  campaign.plan.stopping.budget_s = 300;
  campaign.plan.attribution_starts = 3;
  campaign.script.tool = [](int, const std::string&, FakeProcess& tool) {
    tool.programs.at(0).appears_after_ns = 20'000'000'000;
  };
  RunOutcome outcome;
  EXPECT_LE(elapsed_s(campaign, outcome), 300);
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  EXPECT_GT(outcome.result.blocks_done, 3);
  EXPECT_TRUE(outcome.result.subjects[0].programs.at(0).ns_per_run) << "its attribution had its share";
}

TEST(Engine, LeavesAttributionOutRatherThanExceedTheTimeBudget) {
  Campaign campaign;
  campaign.plan.stopping.budget_s = 120;
  campaign.plan.attribution_starts = 3;
  campaign.new_host().set_entry_cost(EntryCost{.hook = {}, .in_place_ns = 50, .error_ns = 4, .run_ns = 40},
                                     3'000'000'000);
  campaign.script.tool = [](int number, const std::string&, FakeProcess& tool) {
    if (number > 7) tool.programs.at(0).appears_after_ns = 25'000'000'000;  // those of the attribution
  };
  RunOutcome outcome;
  EXPECT_LE(elapsed_s(campaign, outcome), 120);
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  EXPECT_EQ(outcome.result.blocks_done, 6);
  EXPECT_TRUE(outcome.result.complete);
  EXPECT_THAT(text_of_warning(outcome.result, "budget"), HasSubstr(" of 3 starts of t1"));
}

TEST(Engine, LeavesTheEntryIntoHooksOutOfATimeBudgetThatIsUsedUp) {
  Campaign plenty;
  RunOutcome outcome;
  const double needed_s = elapsed_s(plenty, outcome);
  Campaign campaign;
  campaign.plan.stopping.budget_s = needed_s + 4;
  campaign.script.tool = [](int number, const std::string&, FakeProcess& tool) {
    if (number > 7) tool.programs.at(0).appears_after_ns = 3'500'000'000;
  };
  campaign.new_host().set_entry_cost(EntryCost{.hook = {}, .in_place_ns = 50, .error_ns = 4, .run_ns = 40},
                                     3'000'000'000);
  EXPECT_LE(elapsed_s(campaign, outcome), needed_s + 4);
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  EXPECT_EQ(outcome.result.blocks_done, 6);
  EXPECT_THAT(text_of_warning(outcome.result, "budget"), HasSubstr("without the entry into raw_tp"));
  for (const auto& program : outcome.result.subjects.at(0).programs) EXPECT_FALSE(program.entry_ns);
}

TEST(Engine, SaysWhenSomebodyElseKeepsRunTimeStatisticsOn) {
  Campaign quiet;
  EXPECT_FALSE(has_warning(quiet.run().result, "stats_on"));
  EXPECT_THAT(quiet.journal_text(), HasSubstr("\"type\":\"stats_use\""));
  Campaign campaign;
  campaign.new_host().set_stats_use({true, "kept on by process 7 (bpftop)"});
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  EXPECT_THAT(text_of_warning(outcome.result, "stats_on"), HasSubstr("kept on by process 7 (bpftop)"));
  Campaign unknown;
  unknown.new_host().fail_next("bpf_stats_use", Error{ErrorKind::kEnvironment, "not permitted"});
  EXPECT_FALSE(unknown.run().error) << "an unprivileged look is no reason to stop";
}

TEST(Engine, TellsOfEachWorkloadWhatItThrewAway) {
  Campaign campaign({"t1"}, {"tcp_rr", "tcp_stream"});
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  const Json& workloads = outcome.result.environments.at(0).workloads;
  EXPECT_EQ(workloads["tcp_rr"]["omit_s"], 0);
  EXPECT_EQ(workloads["tcp_stream"]["omit_s"], 0.5);
}

TEST(LineRateOfTheWire, IsThatOfTheSlowerCard) {
  const auto card = [](const char* driver, const Json& speed_mbps) {
    return Json{{"nics", {{"eth0", {{"driver", driver}, {"speed_mbps", speed_mbps}, {"mtu", 1500}}}}}};
  };
  Environment env;
  env.server_interface = env.client_interface = "eth0";
  EXPECT_EQ(line_rate_of(env, card("ixgbe", 10'000), card("igb", 1000))->bps, 1e9);
  EXPECT_EQ(line_rate_of(env, card("ixgbe", 10'000), card("igb", nullptr))->bps, 1e10) << "one end knows";
  EXPECT_FALSE(line_rate_of(env, card("virtio_net", 10'000), card("vmxnet3", 10'000)));
  EXPECT_FALSE(line_rate_of(env, Json::object(), Json())) << "a veth is in no list of cards";
  env.server_netns = env.client_netns = "lab";
  EXPECT_FALSE(line_rate_of(env, card("ixgbe", 10'000), card("igb", 1000))) << "another eth0";
}

TEST(Engine, RefusesABudgetThatCannotHoldABlock) {
  Campaign campaign;
  campaign.plan.stopping.budget_s = 10;
  const RunOutcome outcome = campaign.run();
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->kind, ErrorKind::kUsage);
}

TEST(Engine, ReproducesTheOrderFromTheSeed) {
  const auto order = [](uint64_t seed) {
    Campaign campaign({"t1", "t2"});
    campaign.plan.seed = seed;
    EXPECT_FALSE(campaign.run().error);
    std::vector<std::string> arms;
    for (const ProgressEvent& event : campaign.progress.events) {
      if (event.kind == Kind::kWindowStarted && event.purpose == "timed") arms.push_back(event.arm);
    }
    return arms;
  };
  EXPECT_EQ(order(5), order(5));
  EXPECT_NE(order(5), order(6));
}

TEST(Engine, MeasuresABlockAgainUnderANewNumberWhenAStreamIsLost) {
  Campaign campaign;
  campaign.script.client = [](int number, const std::string&, FakeProcess& client) {
    if (number == 3 + 3 + 3 + 2) {  // warm-up, blocks 1 and 2, second window of block 3
      client.exit.code = 1;
      client.err = "connection reset";
    }
  };
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  EXPECT_EQ(outcome.result.blocks_done, 6);
  std::set<int> blocks;
  for (const ResultWindow& window : outcome.result.windows) {
    if (window.purpose == "timed" && window.valid) blocks.insert(window.block);
    if (window.block == 3 && window.purpose == "timed") {
      EXPECT_FALSE(window.valid);
      EXPECT_THAT(window.reason, HasSubstr("connection reset"));
    }
  }
  EXPECT_EQ(blocks, (std::set<int>{1, 2, 4, 5, 6, 7}));
  EXPECT_THAT(row(outcome.result, "t1", "latency_mean_us")->excluded, testing::ElementsAre(3));
  EXPECT_EQ(outcome.result.drops.size(), 1u);
  EXPECT_EQ(outcome.result.drops.begin()->second, 1);
  EXPECT_TRUE(has_warning(outcome.result, "dropped_blocks"));
  EXPECT_EQ(campaign.progress.count(Kind::kBlockDropped), 1);
}

TEST(Engine, DropsABlockWithStolenTime) {
  Campaign campaign;
  campaign.script.steal_share = 0.2;
  campaign.script.steal_from = 7;
  campaign.script.steal_until = 8;
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error);
  EXPECT_EQ(outcome.result.blocks_done, 6);
  EXPECT_THAT(campaign.progress.text(Kind::kBlockDropped), HasSubstr("the hypervisor took"));
  EXPECT_TRUE(has_warning(outcome.result, "steal"));
}

TEST(Engine, DropsABlockWithAWindowThatIsTooShort) {
  Campaign campaign;
  campaign.script.client = [](int number, const std::string&, FakeProcess& client) {
    if (number == 5) client.runs_for_ns = 1'500'000'000;
  };
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error);
  EXPECT_THAT(campaign.progress.text(Kind::kBlockDropped), HasSubstr("only 1.50 s of 2 s"));
}

TEST(Engine, StopsAClientThatHangs) {
  Campaign campaign;
  campaign.script.client = [](int number, const std::string&, FakeProcess& client) {
    if (number == 5) client.runs_for_ns.reset();
  };
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error);
  EXPECT_THAT(campaign.progress.text(Kind::kBlockDropped), HasSubstr("did not end within"));
  EXPECT_THAT(campaign.host->running(), IsEmpty());
}

TEST(Engine, GivesUpWhenBlockAfterBlockIsLost) {
  Campaign campaign;
  campaign.script.client = [](int number, const std::string&, FakeProcess& client) {
    if (number > 3) client.exit.code = 1;
  };
  const RunOutcome outcome = campaign.run();
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->kind, ErrorKind::kWorkload);
  EXPECT_THAT(outcome.error->why, HasSubstr("4 blocks in a row had to be dropped"));
  EXPECT_FALSE(outcome.resumable);
}

TEST(Engine, EndsWithinSecondsWhenTheOnlySubjectDoesNotWork) {
  Campaign campaign;
  campaign.script.tool = [](int, const std::string&, FakeProcess& tool) {
    tool.programs.clear();
    tool.runs_for_ns = 70'000'000;
    tool.exit.code = 1;
    tool.err = "ERROR: tracepoint not found: net:no_such_probe";
  };
  const int64_t began = campaign.clock.monotonic_ns();
  const RunOutcome outcome = campaign.run();
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->kind, ErrorKind::kSubject);
  EXPECT_EQ(outcome.error->where, "t1 --run");
  EXPECT_THAT(outcome.error->why, HasSubstr("tracepoint not found: net:no_such_probe"));
  EXPECT_LT(campaign.clock.monotonic_ns() - began, 3'000'000'000);
  ASSERT_EQ(outcome.result.subjects.size(), 1u);
  EXPECT_EQ(outcome.result.subjects[0].status, "failed");
  EXPECT_EQ(row(outcome.result, "t1", "latency_mean_us")->verdict, Verdict::kInvalid);
  EXPECT_FALSE(row(outcome.result, "t1", "latency_mean_us")->overhead_percent);
  EXPECT_EQ(campaign.progress.count(Kind::kWindowStarted), 0);
}

TEST(Engine, MeasuresTheOthersWhenOneSubjectDoesNotWork) {
  Campaign campaign({"t1", "t2"});
  campaign.script.tool = [](int, const std::string& name, FakeProcess& tool) {
    if (name == "t1") tool.programs.clear();
  };
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  EXPECT_EQ(outcome.result.subjects[0].status, "failed");
  EXPECT_THAT(outcome.result.subjects[0].reason, HasSubstr("no eBPF program appeared within 60 s"));
  EXPECT_EQ(outcome.result.subjects[1].status, "measured");
  EXPECT_EQ(row(outcome.result, "t2", "latency_mean_us")->blocks, 6);
  EXPECT_EQ(campaign.progress.count(Kind::kSubjectRemoved), 1);
  EXPECT_TRUE(has_warning(outcome.result, "subject_removed"));
}

TEST(Engine, TakesASubjectOutThatDiesTwiceInARow) {
  Campaign campaign({"t1", "t2"});
  campaign.script.tool = [](int number, const std::string& name, FakeProcess& tool) {
    if (name == "t1" && number >= 3) {
      tool.runs_for_ns = 1'500'000'000;
      tool.exit.signaled = true;
      tool.exit.code = 11;
    }
  };
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  EXPECT_EQ(outcome.result.subjects[0].status, "invalid");
  EXPECT_THAT(outcome.result.subjects[0].reason, HasSubstr("killed by SIGSEGV"));
  EXPECT_EQ(outcome.result.drops.at("t1"), 2);
  EXPECT_EQ(row(outcome.result, "t1", "latency_mean_us")->verdict, Verdict::kInvalid);
  EXPECT_EQ(row(outcome.result, "t2", "latency_mean_us")->blocks, 6);
}

TEST(Engine, ForgivesASubjectThatDiesOnce) {
  Campaign campaign;
  campaign.script.tool = [](int number, const std::string&, FakeProcess& tool) {
    if (number == 4) tool.runs_for_ns = 1'500'000'000;
  };
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error);
  EXPECT_EQ(outcome.result.subjects[0].status, "measured");
  EXPECT_EQ(outcome.result.blocks_done, 6);
  EXPECT_EQ(outcome.result.drops.at("t1"), 1);
}

TEST(Engine, InvalidatesASubjectThatLosesItsPrograms) {
  Campaign campaign;
  campaign.script.tool = [](int, const std::string&, FakeProcess& tool) {
    tool.programs[0].vanishes_after_ns = 1'500'000'000;
  };
  const RunOutcome outcome = campaign.run();
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->kind, ErrorKind::kSubject);
  EXPECT_THAT(outcome.error->why, HasSubstr("it lost eBPF programs in mid-window"));
}

TEST(Engine, SaysInWordsWhenALatencyFallsBecauseTheCpuNoLongerSleeps) {
  Campaign campaign;
  campaign.script.effect["t1"] = 0.7;
  campaign.script.idle_share = {{"", 0.6}, {"t1", 0.3}};
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error);
  const ResultComparison* latency = row(outcome.result, "t1", "latency_mean_us");
  EXPECT_LT(*latency->ci_high, 0);
  EXPECT_THAT(latency->warnings, Contains(HasSubstr("idle time fell from 60 % to 30 %")));
  EXPECT_TRUE(has_warning(outcome.result, "idle_moved"));
  EXPECT_FALSE(has_warning(outcome.result, "wrong_sign"));
}

TEST(Engine, DoubtsAGainThatNothingExplains) {
  Campaign campaign;
  campaign.script.effect["t1"] = 0.7;
  EXPECT_TRUE(has_warning(campaign.run().result, "wrong_sign"));
}

TEST(Engine, ReportsWhatToolsLoseLeaveAndCut) {
  Campaign campaign;
  campaign.plan.subjects[0].output_cap_bytes = 40;
  campaign.script.tool = [](int number, const std::string&, FakeProcess& tool) {
    tool.out = "Lost 3 events\n" + std::string(100, 'x');
    tool.programs[0].left_behind = number == 2;
    tool.ignores_sigint = tool.ignores_sigterm = number == 3;
  };
  const RunOutcome outcome = campaign.run();
  ASSERT_FALSE(outcome.error) << to_string(*outcome.error);
  EXPECT_THAT(outcome.result.subjects[0].left_behind, Contains(HasSubstr("count (raw_tracepoint)")));
  for (const char* code : {"lost_events", "left_behind", "output_cut", "killed"})
    EXPECT_TRUE(has_warning(outcome.result, code)) << code;
}

TEST(Engine, KeepsServersForTheSessionAndStartsDeadOnesAgain) {
  const auto servers_started = [](Campaign& campaign) {
    EXPECT_FALSE(campaign.run().error);
    int servers = 0;
    for (const ProcessSpec& spec : campaign.host->started()) servers += spec.name == "server tcp_rr" ? 1 : 0;
    return servers;
  };
  Campaign steady;
  EXPECT_EQ(servers_started(steady), 1);
  Campaign dying;
  dying.script.server = [](int number, FakeProcess& server) {
    if (number == 1) server.runs_for_ns = 20'000'000'000;
  };
  EXPECT_EQ(servers_started(dying), 2);
}

TEST(Engine, FailsWhenAServerDoesNotListen) {
  Campaign campaign;
  campaign.new_host().on_start([](const ProcessSpec&) {
    FakeProcess process;
    process.programs = {fake_program("count")};
    process.listens_after_ns.reset();
    process.err = "bind: Address already in use";
    return process;
  });
  const RunOutcome outcome = campaign.run();
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->kind, ErrorKind::kEnvironment);
  EXPECT_THAT(outcome.error->why, HasSubstr("Address already in use"));
  EXPECT_TRUE(outcome.resumable);
}

TEST(Engine, RefusesARunDirectoryThatHasAJournal) {
  Campaign campaign;
  ASSERT_FALSE(campaign.run().error);
  campaign.new_host();
  const RunOutcome again = campaign.run();
  ASSERT_TRUE(again.error);
  EXPECT_EQ(again.error->kind, ErrorKind::kUsage);
  campaign.plan.window_s = 3;
  const RunOutcome other = campaign.run(true);
  ASSERT_TRUE(other.error);
  EXPECT_EQ(other.error->kind, ErrorKind::kUsage);
}

TEST(Engine, LeavesPlanJournalAndResultBehind) {
  Campaign campaign;
  const RunOutcome outcome = campaign.run();
  const auto plan = load_plan(campaign.dir());
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->seed, campaign.plan.seed);
  const auto text = read_file(campaign.dir() + "/" + kResultFile);
  ASSERT_TRUE(text);
  const auto json = parse_json(*text, "result.json");
  ASSERT_TRUE(json);
  const auto result = run_result_from_json(*json);
  ASSERT_TRUE(result) << to_string(result.error());
  EXPECT_EQ(Json(to_json(*result)), Json(to_json(outcome.result)));
  EXPECT_THAT(campaign.journal_text(), HasSubstr("\"type\":\"measured\""));
}

TEST(Engine, TellsHowFarItIs) {
  Campaign campaign;
  ASSERT_FALSE(campaign.run().error);
  const Collected& progress = campaign.progress;
  EXPECT_EQ(progress.count(Kind::kBlockStarted), 7);
  EXPECT_EQ(progress.count(Kind::kBlockDone), 7);
  EXPECT_EQ(progress.count(Kind::kWindowDone), 7 * 3 + 1);
  EXPECT_GT(progress.count(Kind::kTick), 7 * 3);
  double eta_s = 1e9;
  for (const ProgressEvent& event : progress.events) {
    if (event.kind != Kind::kBlockDone) continue;
    EXPECT_LT(event.eta_s, eta_s);
    eta_s = event.eta_s;
    if (event.blocks_done >= 2) {
      EXPECT_EQ(event.estimates.size(), 1u);
    }
  }
}

}  // namespace
}  // namespace bpftax
