#include "cli/measure_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/run_testing.h"

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TEST(MeasureResume, RefusesOptionsThatItWouldNotHeed) {
  const std::vector<std::vector<std::string>> planning = {{"--tool", "true"},
                                                          {"--workloads", "tcp_rr"},
                                                          {"--window", "3s"},
                                                          {"--blocks", "6"},
                                                          {"--budget", "1h"},
                                                          {"--quick"},
                                                          {"--margin", "cpu=3"},
                                                          {"--ready", "bpf"},
                                                          {"--attribution-starts", "3"},
                                                          {"--ready-timeout", "5s"},
                                                          {"--placement", "auto"},
                                                          {"--load", "cpu:80"},
                                                          {"--sham"},
                                                          {"--out", "elsewhere"},
                                                          {"--seed", "1"}};
  for (const std::vector<std::string>& option : planning) {
    std::vector<std::string> words = {"measure", "--resume", "/no/such/run", "--quiet"};
    words.insert(words.end(), option.begin(), option.end());
    const Ran ran = run_bpftax(words);
    EXPECT_EQ(ran.code, 2) << option[0];
    EXPECT_THAT(ran.err, HasSubstr("--resume goes on with the plan of the run: " + option[0]));
    EXPECT_THAT(ran.err, HasSubstr("\nhint: bpftax measure --resume /no/such/run"));
  }
  EXPECT_THAT(run_bpftax({"measure", "--resume", "/no/such/run", "--", "true"}).err,
              HasSubstr("the command behind --"));
}

TEST(MeasureResume, TakesWhatIsDoneWithTheResult) {
  const Ran ran = run_bpftax({"measure", "--resume", "/no/such/run", "--quiet", "-v", "--no-color", "--json",
                              "-", "--gate", "--junit", "/tmp/x.xml", "--summary", "/tmp/x.md",
                              "--openmetrics", "/tmp/x.txt"});
  EXPECT_EQ(ran.code, 2);
  EXPECT_THAT(ran.err, HasSubstr("there is no run to resume"));
}

TEST(ParseTool, TakesTheNameFromTheUserOrTheCommand) {
  EXPECT_EQ(parse_tool("mine=./my_tool --summary")->name, "mine");
  EXPECT_EQ(parse_tool("mine=./my_tool --summary")->shell, "./my_tool --summary");
  EXPECT_EQ(parse_tool("/usr/bin/bpftrace -e 'x=1'")->name, "bpftrace");
  EXPECT_EQ(parse_tool("sudo -n /opt/tool.py --a=b")->name, "tool.py");
  EXPECT_EQ(parse_tool("'; touch /tmp/x; '")->name, "touch");
  EXPECT_FALSE(parse_tool("name="));
  EXPECT_FALSE(parse_tool(""));
}

TEST(ParseBlocks, PlansALookEverySixBlocksAndSharesTheErrorRate) {
  EXPECT_THAT(parse_blocks("6..24")->looks, ElementsAre(6, 12, 18, 24));
  EXPECT_DOUBLE_EQ(parse_blocks("6..24")->alpha_per_look, 0.0182);
  EXPECT_THAT(parse_blocks("6")->looks, ElementsAre(6));
  EXPECT_DOUBLE_EQ(parse_blocks("6")->alpha_per_look, 0.05);
  EXPECT_THAT(parse_blocks("8..20")->looks, ElementsAre(8, 14, 20));
  EXPECT_THAT(parse_blocks("6..13")->looks, ElementsAre(6, 12, 13));
}

TEST(ParseBlocks, RefusesWhatCannotBe) {
  for (const char* text : {"", "x", "0", "1", "24..6", "6..", "..6", "6..2000", "-6"}) {
    const auto rule = parse_blocks(text);
    ASSERT_FALSE(rule) << text;
    EXPECT_EQ(rule.error().kind, ErrorKind::kUsage);
  }
}

MeasureOptions with_tool(const std::string& tool) {
  MeasureOptions options;
  options.tools = {tool};
  return options;
}

TEST(MakePlan, GivesEverySubjectItsOwnNameAndId) {
  MeasureOptions options = with_tool("bpftrace -e a");
  options.tools.emplace_back("bpftrace -e b");
  options.command = {"bpftrace", "-e", "c d"};
  options.sham = true;
  const auto plan = make_plan(options, "run", 1);
  ASSERT_TRUE(plan);
  ASSERT_EQ(plan->subjects.size(), 4u);
  EXPECT_EQ(plan->subjects[0].command, "bpftrace -e 'c d'");
  EXPECT_THAT(plan->subjects[0].argv, ElementsAre("bpftrace", "-e", "c d"));
  EXPECT_EQ(plan->subjects[1].name, "bpftrace-2");
  EXPECT_EQ(plan->subjects[2].name, "bpftrace-3");
  EXPECT_EQ(plan->subjects[2].id, "t3");
  EXPECT_EQ(plan->subjects[3].kind, PlannedSubject::Kind::kPlacebo);
}

TEST(MakePlan, QuickIsSixBlocksOfTwoSecondWindows) {
  MeasureOptions options = with_tool("x");
  options.quick = true;
  const auto plan = make_plan(options, "run", 1);
  ASSERT_TRUE(plan);
  EXPECT_DOUBLE_EQ(plan->window_s, 2);
  EXPECT_THAT(plan->stopping.looks, ElementsAre(6));
  ASSERT_EQ(plan->workloads.size(), 3u);
  EXPECT_EQ(plan->workloads[0].name, "tcp_stream");
}

TEST(MakePlan, ExplainsBadOptions) {
  const auto expect_usage = [](const MeasureOptions& options, const std::string& hint) {
    const auto plan = make_plan(options, "run", 1);
    ASSERT_FALSE(plan);
    EXPECT_EQ(plan.error().kind, ErrorKind::kUsage);
    EXPECT_NE(plan.error().hint.find(hint), std::string::npos) << plan.error().hint;
  };
  expect_usage(MeasureOptions{}, "bpftax measure -- CMD");
  MeasureOptions options = with_tool("x");
  options.workloads = "tcp_steam";
  expect_usage(options, "tcp_stream");
  options.workloads = "tcp_rr,tcp_rr";
  expect_usage(options, "once");
  options = with_tool("x");
  options.window = "2 fortnights";
  expect_usage(options, "500ms");
  options.window = "100ms";
  expect_usage(options, "--window");
  options = with_tool("x");
  options.margins = {"throughput_gbps"};
  expect_usage(options, "--margin");
  options.margins = {"throughput_gbps=-3"};
  expect_usage(options, "--margin");
  options = with_tool("x");
  options.placement = "nowhere";
  expect_usage(options, "same-cpu");
  options = with_tool("x");
  options.ready = "soon";
  EXPECT_FALSE(make_plan(options, "run", 1));
}

}  // namespace
}  // namespace bpftax
