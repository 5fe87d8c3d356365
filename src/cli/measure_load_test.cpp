#include "cli/measure_load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/measure_options.h"
#include "util/json.h"

namespace bpftax {
namespace {

using testing::HasSubstr;

TEST(MeasuredLoad, is_one_load_by_its_canonical_name) {
  EXPECT_EQ(parse_measured_load("").value(), "");
  EXPECT_EQ(parse_measured_load("idle").value(), "");
  EXPECT_EQ(parse_measured_load("io+cpu:80%").value(), "cpu:80+io");
  for (const char* text : {"cpu:80,io", "cpu", "disk"})
    EXPECT_EQ(parse_measured_load(text).error().kind, ErrorKind::kUsage) << text;
}

TEST(MeasuredLoad, stands_in_the_plan) {
  MeasureOptions options;
  options.tools = {"x"};
  options.load = "net+cpu:50";
  EXPECT_EQ(make_plan(options, "run", 1)->load, "cpu:50+net");
  options.load = "cpu:500";
  EXPECT_FALSE(make_plan(options, "run", 1));
}

TEST(MeasuredLoad, none_asked_for_changes_nothing) {
  auto held = HeldLoad::begin("");
  ASSERT_TRUE(held);
  RunResult result;
  ASSERT_TRUE(held->end(result));
  EXPECT_TRUE(result.warnings.empty());
}

TEST(NoteLoad, what_was_reached_stands_in_the_facts_of_every_end_and_in_a_warning) {
  RunResult result;
  result.server_facts = result.client_facts = Json{{"hostname", "h"}};
  ResultEnvironment lab;
  lab.server_facts = lab.tool_facts = Json{{"hostname", "h"}};
  result.environments = {lab};
  const Json spread = {{"mean", 81.25}, {"min", 78}, {"max", 84}, {"samples", 8}};
  note_load("cpu:80+io",
            Json{{"cpu_percent_before", spread},
                 {"disk_written_bytes_per_s_before", {{"mean", 3 << 20}}},
                 {"stress", {{"cpu_load", 79}}}},
            result);
  const Json& fact = result.environments[0].tool_facts["load"];
  EXPECT_EQ(fact["name"], "cpu:80+io");
  EXPECT_EQ(fact["cpu_percent_before"], 81.3);
  EXPECT_FALSE(fact.contains("stress"));
  EXPECT_EQ(result.client_facts["load"], fact);
  EXPECT_TRUE(result.environments[0].client_facts.is_null()) << "unknown facts stay unknown";
  ASSERT_EQ(result.warnings.size(), 1U);
  EXPECT_EQ(result.warnings[0].code, "load");
  EXPECT_EQ(result.warnings[0].text,
            "the machine was under the load cpu:80+io: 81.3 % of the CPUs in use, 3.00 MiB/s written to "
            "disks before "
            "the traffic began.");
}

TEST(NoteLoad, a_load_that_did_not_hold_is_a_doubt) {
  RunResult result;
  result.server_facts = Json::object();
  note_load("cpu:80",
            fail(ErrorKind::kWorkload, "the load did not hold", "cpu:80", "60 % of the CPUs were in use"),
            result);
  EXPECT_EQ(result.server_facts["load"], (Json{{"name", "cpu:80"}}));
  EXPECT_EQ(result.warnings.at(0).text, "the load cpu:80 did not hold: 60 % of the CPUs were in use.");
}

}  // namespace
}  // namespace bpftax
