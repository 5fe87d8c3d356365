#include "plan/workflow.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "config/load.h"
#include "plan/workflow_parts.h"
#include "plan/workflow_testing.h"

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace testing_workflow;

Workflow made(const CampaignConfig& config, WorkflowOptions options = make_options()) {
  auto workflow = make_workflow(config, options);
  EXPECT_TRUE(workflow) << (workflow ? "" : to_string(workflow.error()));
  return workflow ? std::move(*workflow) : Workflow();
}

std::string refusal(const CampaignConfig& config) {
  const auto workflow = make_workflow(config, make_options());
  EXPECT_FALSE(workflow);
  if (workflow) return "";
  EXPECT_EQ(workflow.error().kind, ErrorKind::kUsage);
  return to_string(workflow.error()) + " | " + workflow.error().hint;
}

std::vector<std::string> cycle_ids(const Workflow& workflow) {
  std::vector<std::string> ids;
  for (const WorkflowCycle& cycle : workflow.cycles) ids.push_back(cycle.id);
  return ids;
}

std::vector<std::vector<int>> cases_of_parts(const Workflow& workflow) {
  std::vector<std::vector<int>> parts;
  for (const WorkflowPart& part : workflow.parts) {
    parts.emplace_back();
    for (const PlannedSubject& subject : part.plan.subjects) parts.back().push_back(subject.case_id);
  }
  return parts;
}

TEST(MakeWorkflow, PutsBaselinesFirstAndThenTheCasesInTheirOrder) {
  EXPECT_THAT(
      cycle_ids(made(make_config())),
      ElementsAre("baseline_host", "baseline_vm", "metrics_case_1_tcp_rx_host", "metrics_case_2_tcp_tx_host",
                  "metrics_case_3_udp_rx_host", "metrics_case_4_udp_tx_host", "drops_case_5_tcp_rx_host",
                  "drops_case_6_icmp_rx_host", "tun_case_7_any_rx_vm"));
}

TEST(MakeWorkflow, NamesFoldersAsTheFormatPromises) {
  const Workflow workflow = made(make_config());
  EXPECT_EQ(workflow.cycle("baseline_host")->result_path, "performance-test-results/baseline/host");
  EXPECT_EQ(workflow.cycle("metrics_case_1_tcp_rx_host")->result_path,
            "performance-test-results/ebpf/metrics_case_1_tcp_rx_9d5e19/host");
  // MD5 of "any_rx_4711".
  EXPECT_EQ(workflow.cycle("tun_case_7_any_rx_vm")->result_path,
            "performance-test-results/ebpf/tun_case_7_any_rx_460b0d/vm");
}

TEST(MakeWorkflow, GivesCyclesOfOneNameDifferentIds) {
  CampaignConfig config = make_config();
  config.cases = {make_case(1, "a b", "host", "tcp/ip", "rx"), make_case(1, "a_b", "host", "tcp_ip", "rx")};
  const auto ids = cycle_ids(made(config));
  EXPECT_THAT(ids, ElementsAre("baseline_host", "a_b_case_1_tcp_ip_rx_host", "a_b_case_1_tcp_ip_rx_host_2"));
  config.cases[0].parameters = config.cases[1].parameters;
  EXPECT_THAT(refusal(config), HasSubstr("two cases would write into the same folder"));
}

TEST(MakeWorkflow, KeepsIdsShortAndPlain) {
  CampaignConfig config = make_config();
  config.cases = {make_case(1, "../" + std::string(300, 'x'), "host", "'; touch /tmp/x; '", "rx")};
  const Workflow workflow = made(config);
  EXPECT_EQ(workflow.cycles[1].id.find_first_of("/.; '"), std::string::npos) << workflow.cycles[1].id;
  EXPECT_LE(workflow.cycles[1].id.size(), 200u);
  EXPECT_EQ(workflow.cycles[1].result_path.find(".."), std::string::npos);
}

TEST(MakeWorkflow, KeepsAToolsCasesTogetherWhereTheyFit) {
  CampaignConfig config = make_config();
  EXPECT_THAT(cases_of_parts(made(config)),
              ElementsAre(ElementsAre(1, 2, 3, 4), ElementsAre(5, 6), ElementsAre(7)));
  config.measurement.cases_per_block = 3;
  EXPECT_THAT(cases_of_parts(made(config)),
              ElementsAre(ElementsAre(1, 2), ElementsAre(3, 4), ElementsAre(5, 6), ElementsAre(7)));
  config.measurement.cases_per_block = 6;
  EXPECT_THAT(cases_of_parts(made(config)), ElementsAre(ElementsAre(1, 2, 3, 4, 5, 6), ElementsAre(7)));
  config.measurement.cases_per_block = 1;
  EXPECT_EQ(made(config).parts.size(), 7u);
}

TEST(MakeWorkflow, PutsCasesOfOtherTestsIntoPartsOfTheirOwn) {
  CampaignConfig config = make_config();
  config.measurement.cases_per_block = 6;
  config.cases[4].performance_test_types = config.cases[5].performance_test_types = {"latency"};
  const Workflow workflow = made(config);
  EXPECT_THAT(cases_of_parts(workflow),
              ElementsAre(ElementsAre(1, 2, 3, 4), ElementsAre(5, 6), ElementsAre(7)));
  EXPECT_EQ(workflow.parts[1].plan.workloads.size(), 1u);
  EXPECT_EQ(workflow.cycle("baseline_host")->tests.size(), 3u);
}

TEST(MakeWorkflow, MakesPlansThatSayWhatTheConfigurationSays) {
  CampaignConfig config = make_config();
  config.measurement.margins = {{"latency_p99_us", 20}};
  config.measurement.ready = "line:ready";
  config.measurement.output_cap_mb = 2;
  const Workflow workflow = made(config);
  const Plan& plan = workflow.parts[0].plan;
  EXPECT_EQ(workflow.parts[0].id, "host-01");
  EXPECT_EQ(plan.environment, "host");
  EXPECT_EQ(plan.run_id, workflow.run_id + "-host-01");
  EXPECT_THAT(plan.stopping.looks, ElementsAre(6, 12, 18, 24));
  ASSERT_EQ(plan.workloads.size(), 3u);
  EXPECT_EQ(plan.workloads[0].target_bandwidth, "1G");
  EXPECT_EQ(window_s(plan, plan.workloads[1]), 5);
  EXPECT_EQ(plan.margins.at("latency_p99_us"), 20);
  const PlannedSubject& subject = plan.subjects[0];
  EXPECT_EQ(subject.shell, "sudo python3 metrics.py --direction rx");
  EXPECT_EQ(subject.hash6, "9d5e19");
  EXPECT_EQ(subject.ready.kind, ReadySpec::Kind::kLine);
  EXPECT_EQ(subject.output_cap_bytes, 2'000'000);
  EXPECT_EQ(subject.tool_id + subject.protocol + subject.direction, "metricstcprx");
}

TEST(MakeWorkflow, TakesOneWindowForAllTestsWhenAsked) {
  CampaignConfig config = make_config();
  config.measurement.window_s = 3;
  const Workflow workflow = made(config);
  for (const PlannedWorkload& workload : workflow.parts[0].plan.workloads) EXPECT_EQ(workload.window_s, 3);
}

TEST(MakeWorkflow, DerivesPartsSeedsFromTheCampaigns) {
  const Workflow workflow = made(make_config());
  std::set<uint64_t> seeds;
  for (const WorkflowPart& part : workflow.parts) {
    EXPECT_EQ(part.plan.seed, part_seed(42, part.id));
    EXPECT_LT(part.plan.seed, 1ULL << 53U);
    seeds.insert(part.plan.seed);
  }
  EXPECT_EQ(seeds.size(), workflow.parts.size());
  EXPECT_EQ(part_seed(42, "host-01"), part_seed(42, "host-01"));
  EXPECT_NE(part_seed(42, "host-01"), part_seed(43, "host-01"));
  WorkflowOptions options = make_options();
  options.seed.reset();
  EXPECT_NE(made(make_config(), options).seed, made(make_config(), options).seed);
}

TEST(MakeWorkflow, KeepsOnlyHostsThatAreNeeded) {
  WorkflowOptions options = make_options();
  options.filter.environments = {"host"};
  const Workflow workflow = made(make_config(), options);
  EXPECT_EQ(workflow.hosts.size(), 2u);
  EXPECT_EQ(workflow.environments.size(), 1u);
  EXPECT_EQ(made(make_config()).hosts.size(), 4u);
}

TEST(MakeWorkflow, LeavesOutCasesWithoutTheirEnvironmentAndSaysSo) {
  CampaignConfig config = make_config();
  config.environments.pop_back();
  const Workflow workflow = made(config);
  EXPECT_EQ(workflow.cycles.size(), 7u);
  ASSERT_EQ(workflow.warnings.size(), 1u);
  EXPECT_EQ(workflow.warnings[0], "one case is left out: there is no environment 'vm' (there are: host)");
  config.cases = {config.cases[6]};
  EXPECT_THAT(refusal(config), HasSubstr("no case has its environment"));
}

TEST(MakeWorkflow, RefusesWhatACampaignCannotDoWithout) {
  const auto refused = [](auto spoil) {
    CampaignConfig config = make_config();
    spoil(config);
    return refusal(config);
  };
  EXPECT_THAT(refused([](auto& c) { c.cases.clear(); }), HasSubstr("no cases"));
  EXPECT_THAT(refused([](auto& c) { c.performance_tests.clear(); }), HasSubstr("no performance tests"));
  EXPECT_THAT(refused([](auto& c) { c.performance_tests[0].workload = "tcp_stream_8"; }),
              HasSubstr("workloads: tcp_stream"));
  EXPECT_THAT(refused([](auto& c) { c.performance_tests.push_back(c.performance_tests[0]); }),
              HasSubstr("same workload"));
  EXPECT_THAT(refused([](auto& c) { c.environments[0].client.ssh_ref = "nobody"; }), HasSubstr("'nobody'"));
  EXPECT_THAT(refused([](auto& c) { c.environments[0].client.test_ip = ""; }), HasSubstr("test_ip"));
  EXPECT_THAT(refused([](auto& c) { c.hosts[1].workdir = ""; }), HasSubstr("workdir"));
  EXPECT_THAT(refused([](auto& c) { c.measurement.margins["latency_p9_us"] = 3; }),
              HasSubstr("did you mean 'latency_p90_us'"));
  EXPECT_THAT(refused([](auto& c) { c.measurement.min_blocks = 30; }), HasSubstr("settings.min_blocks"));
  EXPECT_THAT(refused([](auto& c) { c.measurement.ready = "soon"; }), HasSubstr("settings.ready"));
  EXPECT_THAT(refused([](auto& c) { c.measurement.budget_s = 60; }), HasSubstr("budget is too small"));
  EXPECT_THAT(refused([](auto& c) { c.cases[0].performance_test_types = {"jitter"}; }), HasSubstr("jitter"));
  EXPECT_THAT(refused([](auto& c) { c.performance_tests[0].duration_s = 86400; }), HasSubstr("0.1 s to 1 h"));
}

TEST(MakeWorkflow, LeavesMarginsToThePartsThatHaveTheMetric) {
  CampaignConfig config = make_config();
  config.cases[6].performance_test_types = {"latency"};
  config.measurement.margins = {{"throughput_gbps", 3}, {"tcp_rr.latency_mean_us", 4}};
  const Workflow workflow = made(config);
  EXPECT_EQ(workflow.parts[0].plan.margins.size(), 2u);
  EXPECT_EQ(workflow.parts[2].plan.margins.size(), 1u);
}

TEST(MakeWorkflow, PlansAConfigurationInRealUse) {
  const auto config =
      load_config(std::string(BPFTAX_SOURCE_DIR) +
                  "/tests/data/config/origin/os620-kernel-419-intel-physical/phy-620-full.yaml");
  ASSERT_TRUE(config) << to_string(config.error());
  const Workflow workflow = made(*config);
  EXPECT_EQ(workflow.cycles.size(), 99u);  // 35 host and 62 VM cases, two baselines
  std::set<std::string> ids, paths;
  for (const WorkflowCycle& cycle : workflow.cycles) {
    ids.insert(cycle.id);
    paths.insert(cycle.result_path);
  }
  EXPECT_EQ(ids.size(), 99u);
  EXPECT_EQ(paths.size(), 99u);
  EXPECT_EQ(workflow.cycles[2].id, "system_network_perfomance_metrics_case_1_tcp_rx_host");
  EXPECT_EQ(workflow.cycles[2].result_path,
            config->results_dir + "/ebpf/system_network_perfomance_metrics_case_1_tcp_rx_9d5e19/host");
  EXPECT_EQ(workflow.config_sha256.size(), 64u);
  const auto again = workflow_from_json(document_of(workflow), "w");
  ASSERT_TRUE(again) << to_string(again.error());
  EXPECT_TRUE(workflow_text(*again) == workflow_text(workflow));
}

TEST(WorkflowEstimate, AddsUpWindowsAndDurations) {
  CampaignConfig config = make_config();
  config.measurement.min_blocks = 6;
  config.measurement.max_blocks = 12;
  const Workflow workflow = made(config);
  // Parts of 4, 2 and 1 cases: warm-up and six blocks of cases and two baselines, one attribution arm a case.
  EXPECT_EQ(workflow.windows, 3 * ((7 * 6 + 4) + (7 * 4 + 2) + (7 * 3 + 1)));
  const auto totals = environment_totals(workflow);
  ASSERT_EQ(totals.size(), 2u);
  EXPECT_EQ(totals[0].cases, 6);
  EXPECT_EQ(totals[0].parts, 2);
  EXPECT_EQ(totals[0].windows_most, 3 * ((13 * 6 + 4) + (13 * 4 + 2)));
  double cycles_s = 0, parts_s = 0;
  for (const WorkflowCycle& cycle : workflow.cycles) cycles_s += cycle.expected_s;
  for (const WorkflowPart& part : workflow.parts) parts_s += estimated_duration_s(part.plan, 6);
  EXPECT_NEAR(cycles_s, parts_s, 1e-6);
  // The guests run on the hosts: one chain.
  EXPECT_NEAR(workflow.expected_s, parts_s, 1e-6);
  EXPECT_GT(workflow.expected_most_s, workflow.expected_s);
  EXPECT_GT(workflow.expected_disk_bytes, 1e6);
  EXPECT_EQ(workflow.tool_output_bytes, 7.0 * 14 * 64e6);
}

TEST(WorkflowEstimate, CountsTheLongestChainOnly) {
  CampaignConfig config = make_config();
  config.environments[1].server.physical_host_ref = config.environments[1].client.physical_host_ref = "";
  const Workflow workflow = made(config);
  EXPECT_THAT(independent_environments(workflow), ElementsAre(ElementsAre("host"), ElementsAre("vm")));
  EXPECT_NEAR(workflow.expected_s, environment_totals(workflow)[0].least_s, 1e-6);
}

TEST(WorkflowEstimate, SharesTheBudgetAmongTheParts) {
  CampaignConfig config = make_config();
  config.measurement.budget_s = 4 * 3600;
  const Workflow workflow = made(config);
  double host_s = 0;
  for (const WorkflowPart& part : workflow.parts) {
    if (part.environment == "host") host_s += part.plan.stopping.budget_s;
  }
  EXPECT_NEAR(host_s, 4 * 3600, 1e-6);
  EXPECT_NEAR(workflow.parts[2].plan.stopping.budget_s, 4 * 3600, 1e-6);
}

TEST(IndependentEnvironments, AreThoseThatShareNoMachine) {
  Workflow workflow;
  workflow.hosts = {make_host("a", "192.0.2.1"),       make_host("b", "192.0.2.2"),
                    make_host("c", "192.0.2.3"),       make_host("d", "192.0.2.4"),
                    make_host("a-again", "192.0.2.1"), make_host("e", "192.0.2.5"),
                    make_host("f", "192.0.2.6")};
  workflow.environments = {make_environment("one", "a", "b"), make_environment("two", "c", "d"),
                           make_environment("three", "e", "f"), make_environment("four", "a-again", "c")};
  EXPECT_THAT(independent_environments(workflow),
              ElementsAre(ElementsAre("one", "two", "four"), ElementsAre("three")));
}

}  // namespace
}  // namespace bpftax
