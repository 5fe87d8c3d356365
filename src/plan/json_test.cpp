#include <gtest/gtest.h>

#include "plan/model.h"
#include "util/json.h"

namespace bpftax {
namespace {

Plan full_plan() {
  Plan plan;
  plan.run_id = "20261120-190312-3f9a";
  plan.created_realtime_ns = 1'790'000'000'123'456'789;
  plan.seed = (1ULL << 53) - 1;
  plan.environment = "lab";
  plan.window_s = 2.5;
  plan.omit_s = 0.5;
  PlannedSubject tool;
  tool.id = "t1";
  tool.name = "count \"packets\"";
  tool.argv = {"bpftrace", "-e", "tracepoint:net:netif_receive_skb { @ = count(); }"};
  tool.command = "bpftrace -e ...";
  tool.ready = *parse_ready("line:Attaching");
  tool.ready.timeout_s = 12;
  tool.stop = {100, 200};
  tool.cpus = {0};
  tool.output_cap_bytes = 4096;
  PlannedSubject placebo;
  placebo.id = "placebo";
  placebo.kind = PlannedSubject::Kind::kPlacebo;
  placebo.shell = "exec sleep infinity";
  plan.subjects = {tool, placebo};
  plan.workloads = {{"tcp_rr", "same-cpu", {1}, {1}}, {"udp_pps_4", "auto", {0}, {1, 2}}};
  plan.stopping = {{6, 10}, 0.03, 300};
  plan.margins = {{"throughput_gbps", 3}, {"tcp_rr.latency_p99_us", 12.5}};
  plan.subject_cpus = {0};
  plan.attribution = false;
  plan.attribution_starts = 3;
  plan.sample_interval_ms = 200;
  plan.load = "cpu:80+io";
  return plan;
}

TEST(PlanJson, SurvivesTheRoundTrip) {
  const Json written = to_json(full_plan());
  const auto parsed = parse_json(dump_pretty(written), "plan.json");
  ASSERT_TRUE(parsed);
  const auto plan = plan_from_json(*parsed);
  ASSERT_TRUE(plan) << to_string(plan.error());
  EXPECT_EQ(Json(to_json(*plan)), written);
  EXPECT_EQ(plan->seed, full_plan().seed);
  EXPECT_EQ(plan->subjects[0].argv, full_plan().subjects[0].argv);
  EXPECT_EQ(plan->subjects[0].ready.kind, ReadySpec::Kind::kLine);
  EXPECT_EQ(plan->subjects[0].ready.timeout_s, 12);
  EXPECT_EQ(plan->subjects[1].kind, PlannedSubject::Kind::kPlacebo);
  EXPECT_EQ(plan->stopping.looks, (std::vector<int>{6, 10}));
}

TEST(PlanJson, HasTheFieldsOfACampaignOnlyThere) {
  Plan plan = full_plan();
  const Json measured = to_json(plan);
  EXPECT_FALSE(measured["subjects"][0].contains("tool_id"));
  EXPECT_FALSE(measured["workloads"][0].contains("window_s"));
  PlannedSubject& subject = plan.subjects[0];
  subject.tool_id = "eth_drop";
  subject.case_id = 45;
  subject.protocol = "tcp";
  subject.direction = "rx";
  subject.hash6 = "9d5e19";
  subject.design_class = "summary";
  plan.workloads[0].window_s = 10;
  plan.workloads[0].target_bandwidth = "1G";
  const Json written = to_json(plan);
  const auto read = plan_from_json(written);
  ASSERT_TRUE(read) << to_string(read.error());
  EXPECT_EQ(Json(to_json(*read)), written);
  EXPECT_EQ(read->subjects[0].case_id, 45);
  EXPECT_EQ(read->subjects[0].hash6, "9d5e19");
  EXPECT_EQ(read->subjects[0].design_class, "summary");
  EXPECT_EQ(window_s(*read, read->workloads[0]), 10);
  EXPECT_EQ(window_s(*read, read->workloads[1]), 2.5);
  EXPECT_EQ(read->workloads[0].target_bandwidth, "1G");
}

TEST(PlanJson, KeepsDefaultsWhereFieldsAreMissing) {
  const auto plan = plan_from_json(Json{{"schema", "bpftax.plan/1"}});
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->stopping.looks, Plan().stopping.looks);
  EXPECT_EQ(plan->window_s, Plan().window_s);
}

TEST(PlanJson, NamesThePlaceOfAWrongField) {
  const auto error_of = [](const std::function<void(Json&)>& spoil) {
    Json json = to_json(full_plan());
    spoil(json);
    const auto plan = plan_from_json(json);
    EXPECT_FALSE(plan) << json.dump();
    return plan ? std::string() : plan.error().where;
  };
  EXPECT_EQ(error_of([](Json& j) { j["window_s"] = "5"; }), "window_s");
  EXPECT_EQ(error_of([](Json& j) { j["subjects"][1]["kind"] = "toool"; }), "subjects[1].kind");
  EXPECT_EQ(error_of([](Json& j) { j["subjects"][0]["argv"] = {1}; }), "subjects[0].argv");
  EXPECT_EQ(error_of([](Json& j) { j["subjects"][0]["ready"] = "perhaps"; }), "subjects[0].ready");
  EXPECT_EQ(error_of([](Json& j) { j["workloads"][1]["client_cpus"] = {-1}; }), "workloads[1].client_cpus");
  EXPECT_EQ(error_of([](Json& j) { j["margins"]["x"] = "3%"; }), "margins.x");
  EXPECT_EQ(error_of([](Json& j) { j["stopping"]["looks"] = 6; }), "stopping.looks");
  EXPECT_EQ(error_of([](Json& j) { j["schema"] = "bpftax.plan/2"; }), "schema");
  EXPECT_EQ(error_of([](Json& j) { j["subjects"] = {3}; }), "subjects[0]");
}

}  // namespace
}  // namespace bpftax
