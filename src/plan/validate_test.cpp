#include "plan/validate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

namespace bpftax {
namespace {

MetricTable metrics() {
  MetricInfo latency;
  latency.name = "latency_mean_us";
  latency.margin_percent = 5;
  MetricInfo throughput;
  throughput.name = "throughput_gbps";
  throughput.margin_percent = 3;
  return {{"tcp_rr", {latency}}, {"tcp_stream", {throughput}}};
}

Plan good_plan() {
  Plan plan;
  plan.run_id = "20261120-190312-3f9a";
  PlannedSubject subject;
  subject.id = "t1";
  subject.argv = {"/bin/true"};
  plan.subjects = {subject};
  plan.workloads = {{"tcp_rr", "auto", {1}, {1}}, {"tcp_stream", "auto", {0}, {1}}};
  return plan;
}

Error refused(const std::function<void(Plan&)>& spoil) {
  Plan plan = good_plan();
  spoil(plan);
  const auto result = validate(plan, metrics());
  EXPECT_FALSE(result);
  if (result) return {};
  EXPECT_EQ(result.error().kind, ErrorKind::kUsage);
  return result.error();
}

TEST(ValidatePlan, AcceptsAGoodOne) {
  const auto result = validate(good_plan(), metrics());
  EXPECT_TRUE(result) << to_string(result.error());
}

TEST(ValidatePlan, RefusesAnUnknownMetricWithTheNearestName) {
  EXPECT_EQ(refused([](Plan& p) { p.margins["latency_meen_us"] = 3; }).why,
            "did you mean 'latency_mean_us'?");
  EXPECT_EQ(refused([](Plan& p) { p.margins["tcp_rr.latency_mean"] = 3; }).why,
            "did you mean 'tcp_rr.latency_mean_us'?");
  EXPECT_THAT(refused([](Plan& p) { p.margins["zzz"] = 3; }).why, testing::HasSubstr("throughput_gbps"));
}

TEST(ValidatePlan, RefusesAnUnknownWorkloadWithTheNearestName) {
  EXPECT_EQ(refused([](Plan& p) { p.workloads[0].name = "tcp_r"; }).why, "did you mean 'tcp_rr'?");
}

TEST(ValidatePlan, RefusesWhatCannotBeExecuted) {
  refused([](Plan& p) { p.subjects.clear(); });
  refused([](Plan& p) { p.subjects.push_back(p.subjects[0]); });
  refused([](Plan& p) { p.subjects[0].id = "A1"; });
  refused([](Plan& p) { p.subjects[0].id = "a/b"; });
  refused([](Plan& p) { p.subjects[0].shell = "true"; });
  refused([](Plan& p) { p.subjects[0].argv.clear(); });
  refused([](Plan& p) { p.subjects[0].ready.timeout_s = 0; });
  refused([](Plan& p) { p.workloads.clear(); });
  refused([](Plan& p) { p.workloads[1] = p.workloads[0]; });
  refused([](Plan& p) { p.window_s = 0; });
  refused([](Plan& p) { p.omit_s = -1; });
  refused([](Plan& p) { p.sample_interval_ms = 10; });
  refused([](Plan& p) { p.stopping.looks = {}; });
  refused([](Plan& p) { p.stopping.looks = {6, 6}; });
  refused([](Plan& p) { p.stopping.looks = {1}; });
  refused([](Plan& p) { p.stopping.budget_s = -1; });
  refused([](Plan& p) { p.margins["throughput_gbps"] = -1; });
  refused([](Plan& p) { p.run_id = ""; });
  refused([](Plan& p) { p.seed = ~0ULL; });
}

TEST(Margin, TakesTheMostSpecific) {
  Plan plan = good_plan();
  const MetricInfo latency = metrics()["tcp_rr"][0];
  EXPECT_EQ(margin_percent(plan, "tcp_rr", latency), 5);
  plan.margins["latency_mean_us"] = 7;
  EXPECT_EQ(margin_percent(plan, "tcp_rr", latency), 7);
  plan.margins["tcp_rr.latency_mean_us"] = 9;
  EXPECT_EQ(margin_percent(plan, "tcp_rr", latency), 9);
  EXPECT_EQ(margin_percent(plan, "udp_rr", latency), 7);
}

}  // namespace
}  // namespace bpftax
