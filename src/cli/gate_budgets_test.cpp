#include "cli/gate_budgets.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/files.h"

namespace bpftax {
namespace {

using testing::HasSubstr;

std::string error_of(const std::string& text) {
  const auto budgets = parse_budgets(text, "b.yaml");
  if (budgets) return "no error";
  EXPECT_EQ(budgets.error().kind, ErrorKind::kUsage);
  return to_string(budgets.error());
}

TEST(BudgetsFile, ReadsAllKindsOfLimits) {
  const std::string file = std::string(BPFTAX_SOURCE_DIR) + "/tests/fuzz-corpus/budgets_fuzz/full.yaml";
  const auto budgets = load_budgets(file);
  ASSERT_TRUE(budgets) << to_string(budgets.error());
  ASSERT_EQ(budgets->tools.size(), 2u);
  const ToolBudget& all = budgets->tools[0];
  EXPECT_EQ(all.tool, "*");
  EXPECT_EQ(all.klass, "diagnosis");
  EXPECT_EQ(all.map_bytes->value, 64.0 * 1024 * 1024);
  EXPECT_EQ(all.cpu_percent->value, 2);
  EXPECT_EQ(all.bpf_cpu_percent->value, 5);
  EXPECT_EQ(all.rss_bytes->value, 200.0 * 1024 * 1024);
  EXPECT_EQ(all.output_bytes_per_s->value, 1024.0 * 1024);
  EXPECT_EQ(to_string(all.cpu_percent->place), file + ":6:18");
  ASSERT_EQ(all.limits.size(), 2u);
  EXPECT_EQ(all.limits[0].workload, "tcp_rr");
  EXPECT_TRUE(all.limits[0].relative);
  EXPECT_EQ(all.limits[0].limit, 5);
  EXPECT_EQ(all.limits[1].workload, "");
  EXPECT_FALSE(all.limits[1].relative);
  EXPECT_EQ(all.limits[1].limit, 0.4);
  EXPECT_FALSE(budgets->tools[1].klass);
}

TEST(BudgetsFile, SaysWhereAndWhatIsWrong) {
  EXPECT_EQ(error_of("budgets:\n  - tool: x\n    clas: avoid\n"),
            "unknown key 'clas': b.yaml:3:5: in 'budgets[0]'");
  EXPECT_THAT(error_of("budgets:\n  - tool: x\n    class: often\n"),
              HasSubstr("unknown value 'often' of 'budgets[0].class': b.yaml:3:12"));
  EXPECT_THAT(error_of("budgets:\n  - tool: x\n    map_memory: much\n"),
              HasSubstr("not a size at 'budgets[0].map_memory': b.yaml:3:17"));
  EXPECT_THAT(error_of("budgets:\n  - tool: x\n    cpu_percent: -1\n"),
              HasSubstr("out of range: b.yaml:3:18"));
  EXPECT_THAT(error_of("budgets:\n  - class: avoid\n"), HasSubstr("missing key 'tool': b.yaml:2:5"));
  EXPECT_THAT(error_of("budgets:\n  - tool: x\n"), HasSubstr("a budget that limits nothing: b.yaml:2:5"));
  EXPECT_THAT(error_of("budgets: []\n"), HasSubstr("there are no budgets in the file"));
  EXPECT_THAT(error_of("version: '2'\nbudgets: []\n"),
              HasSubstr("unknown version of the format: b.yaml:1:10"));
  EXPECT_THAT(error_of("limits: []\n"), HasSubstr("unknown key 'limits': b.yaml:1:1"));
  EXPECT_THAT(error_of(""), HasSubstr("b.yaml"));
  EXPECT_THAT(error_of("budgets: {tool: x}\n"), HasSubstr("wrong type of 'budgets'"));
}

TEST(BudgetsFile, SaysWhatIsWrongWithALimit) {
  const auto limit = [](const std::string& text) {
    return error_of("budgets:\n  - tool: x\n    limits:\n      - {" + text + "}\n");
  };
  EXPECT_EQ(limit("workload: tcp_r, metric: latency_mean_us, overhead: 5"),
            "unknown workload 'tcp_r': b.yaml:4:20");
  EXPECT_THAT(limit("metric: latency_mean, overhead: 5"),
              HasSubstr("unknown metric 'latency_mean': b.yaml:4:18"));
  EXPECT_THAT(limit("metric: packets_per_s"), HasSubstr("an entry without a limit: b.yaml:4:9"));
  EXPECT_THAT(limit("metric: packets_per_s, overhead: 5, added: 5"), HasSubstr("two limits in one entry"));
  EXPECT_THAT(limit("metric: packets_per_s, overhead: 5%"), HasSubstr("wrong type"));
  EXPECT_THAT(limit("metric: packets_per_s, overhead: 0"), HasSubstr("out of range"));
  EXPECT_THAT(limit("overhead: 5"), HasSubstr("missing key 'metric'"));
  EXPECT_EQ(limit("workload: tcp_stream_8, metric: throughput_gbps, overhead: 5"), "no error");
}

TEST(BudgetsFile, AMissingFileIsAnErrorOfTheUser) {
  const auto budgets = load_budgets("/no/such/budgets.yaml");
  ASSERT_FALSE(budgets);
  EXPECT_EQ(budgets.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(to_string(budgets.error()), HasSubstr("cannot read the budgets: /no/such/budgets.yaml"));
}

TEST(Pattern, StarsAndQuestionMarks) {
  EXPECT_TRUE(matches_pattern("*", ""));
  EXPECT_TRUE(matches_pattern("eth_*", "eth_drop"));
  EXPECT_TRUE(matches_pattern("*drop*", "eth_drop_2"));
  EXPECT_TRUE(matches_pattern("a?c", "abc"));
  EXPECT_TRUE(matches_pattern("a*b*c", "a-b-b-c"));
  EXPECT_TRUE(matches_pattern("", ""));
  EXPECT_FALSE(matches_pattern("", "a"));
  EXPECT_FALSE(matches_pattern("eth_*", "veth_drop"));
  EXPECT_FALSE(matches_pattern("a?c", "ac"));
  EXPECT_FALSE(matches_pattern("abc", "ab"));
  EXPECT_FALSE(matches_pattern("*a*a*a*a*a*b", std::string(2000, 'a')));  // in no time
}

}  // namespace
}  // namespace bpftax
