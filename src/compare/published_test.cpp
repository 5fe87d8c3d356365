#include "compare/published.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bpftax {
namespace {

using testing::HasSubstr;

constexpr const char* kSmall = R"(schema: bpftax.published/1
name: Machine A
reference: a report
measured:
  window_s: 10
  workloads:
    tcp_rr: {generator: netperf, version: '2.7'}
environments:
  host:
    facts: {kernel_release: 5.10.0, sockets: 2, note: '7', governor: null}
    baselines:
      tcp_rr: {latency_mean_us: 68.04}
    cases:
      - tool: eth_drop
        protocol: tcp
        class: details
        diffs:
          tcp_rr: {latency_mean_us: [229, 295]}
          tcp_stream: {throughput_gbps: -53.5}
        cpu_percent: [16, 17]
      - tool: quiet
        diffs: {}
        cpu_percent: "<0.1"
)";

TEST(Published, ReadsValuesRangesAndBounds) {
  const auto table = parse_published(kSmall, "a.yaml");
  ASSERT_TRUE(table) << to_string(table.error());
  EXPECT_EQ(table->name, "Machine A");
  EXPECT_EQ(table->window_s, 10);
  EXPECT_EQ(table->workloads.at("tcp_rr").version, "2.7");
  ASSERT_EQ(table->environments.size(), 1u);
  const PublishedEnvironment& host = table->environments[0];
  EXPECT_EQ(host.facts["kernel_release"], "5.10.0");
  EXPECT_EQ(host.facts["sockets"], 2);
  EXPECT_EQ(host.facts["note"], "7");
  EXPECT_TRUE(host.facts["governor"].is_null());
  EXPECT_DOUBLE_EQ(host.baselines[0].value.high, 68.04);
  ASSERT_EQ(host.cases.size(), 2u);
  const PublishedCase& drop = host.cases[0];
  EXPECT_EQ(drop.design_class, "details");
  EXPECT_DOUBLE_EQ(*drop.diffs[0].value.low, 229);
  EXPECT_DOUBLE_EQ(drop.diffs[0].value.high, 295);
  EXPECT_TRUE(drop.diffs[1].value.single());
  EXPECT_FALSE(host.cases[1].cpu_percent->low);
  EXPECT_TRUE(host.cases[1].cpu_percent->below);
}

TEST(Published, JsonIsReadToo) {
  const auto table = parse_published(
      R"({"schema": "bpftax.published/1", "name": "B", "environments": {"vm": {"cases": [
          {"tool": "t", "diffs": {"tcp_rr": {"latency_mean_us": 4}}}]}}})",
      "b.json");
  ASSERT_TRUE(table) << to_string(table.error());
  EXPECT_DOUBLE_EQ(table->environments[0].cases[0].diffs[0].value.high, 4);
}

std::string refusal(const std::string& from, const std::string& to) {
  std::string text = kSmall;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  if (at != std::string::npos) text.replace(at, from.size(), to);
  const auto table = parse_published(text, "a.yaml");
  if (table) return "it was accepted";
  EXPECT_EQ(table.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(table.error().where, HasSubstr("a.yaml:"));
  return to_string(table.error()) + " / " + table.error().hint;
}

TEST(Published, SaysWhereAndWhatIsWrong) {
  EXPECT_THAT(refusal("published/1", "published/2"), HasSubstr("unknown schema"));
  EXPECT_THAT(refusal("latency_mean_us: [229, 295]", "latency_mean: 4"),
              HasSubstr("did you mean 'latency_mean_us'"));
  EXPECT_THAT(refusal("[229, 295]", "[295, 229]"), HasSubstr("greater end"));
  EXPECT_THAT(refusal("[229, 295]", "[229]"), HasSubstr("two ends"));
  EXPECT_THAT(refusal("[229, 295]", "[229, many]"), HasSubstr("no number"));
  EXPECT_THAT(refusal("[229, 295]", "\"<4\""), HasSubstr("mere bound"));
  EXPECT_THAT(refusal("[229, 295]", ".nan"), HasSubstr("cannot read the value"));
  EXPECT_THAT(refusal("[229, 295]", "{a: 1}"), HasSubstr("a number, [low, high]"));
  EXPECT_THAT(refusal("-53.5", "-100"), HasSubstr("leave nothing"));
  EXPECT_THAT(refusal("68.04", "0"), HasSubstr("a baseline is positive"));
  EXPECT_THAT(refusal("[16, 17]", "-1"), HasSubstr("negative"));
  EXPECT_THAT(refusal("\"<0.1\"", "\"<much\""), HasSubstr("no number behind"));
  EXPECT_THAT(refusal("class: details", "class: detail"), HasSubstr("did you mean 'details'"));
  EXPECT_THAT(refusal("tool: quiet", "tool: eth_drop\n        protocol: tcp"), HasSubstr("stands twice"));
  EXPECT_THAT(refusal("tool: quiet", "tol: quiet"), HasSubstr("unknown key 'tol'"));
  EXPECT_THAT(refusal("name: Machine A", "nam: x"), HasSubstr("'nam'"));
  EXPECT_THAT(refusal("sockets: 2", "sockets: [2]"), HasSubstr("expected a text or a number"));
  EXPECT_THAT(refusal("window_s: 10", "window_s: 0"), HasSubstr("window_s"));
}

TEST(Published, NothingAtAllIsRefused) {
  for (const char* text :
       {"", "[]", "x", "schema: bpftax.published/1", "schema: bpftax.published/1\nname: a\n"})
    EXPECT_FALSE(parse_published(text, "a.yaml")) << text;
}

TEST(Published, IsToldFromOtherFiles) {
  EXPECT_TRUE(looks_published(kSmall));
  EXPECT_FALSE(looks_published(R"({"schema": "bpftax.result/1"})"));
  EXPECT_FALSE(looks_published(std::string(10'000, ' ') + kSmall));
}

}  // namespace
}  // namespace bpftax
