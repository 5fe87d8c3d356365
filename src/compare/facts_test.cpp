#include "compare/facts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "util/json.h"

namespace bpftax {
namespace {

using testing::ElementsAre;

CompareSource machine(const Json& server, const Json& client, const std::string& environment = "lab") {
  CompareSource source;
  source.environments = {environment};
  source.facts[environment] = {server, client, server};
  return source;
}

TEST(FactDifferences, FindsLeavesAndTellsWhereTheyAre) {
  const Json a = {
      {"kernel_release", "5.10.0"}, {"smt", true}, {"mitigations", {{"retbleed", "Not affected"}}}};
  Json b = a;
  b["mitigations"]["retbleed"] = "Mitigation: IBRS";
  b["kernel_release"] = "6.12.0";
  const auto found = fact_differences({machine(a, a), machine(b, a)});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].fact, "kernel_release") << "what decides most comes first";
  EXPECT_THAT(found[0].values, ElementsAre("5.10.0", "6.12.0"));
  EXPECT_EQ(found[0].hosts, "lab: server, tool");
  EXPECT_TRUE(found[0].known_to_differ);
  EXPECT_EQ(found[1].fact, "mitigations.retbleed");
}

TEST(FactDifferences, OneThatIsEverywhereIsSaidOnce) {
  const Json a = {{"cpufreq_governor", "performance"}}, b = {{"cpufreq_governor", "powersave"}};
  const auto found = fact_differences({machine(a, a), machine(b, b)});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].hosts, "all hosts");
}

TEST(FactDifferences, ASilentSideIsNotCalledADifference) {
  const Json a = {{"turbo", true}, {"numa_nodes", 2}}, b = {{"turbo", nullptr}, {"numa_nodes", 4}};
  const auto found = fact_differences({machine(a, a), machine(b, b)});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].fact, "numa_nodes");
  EXPECT_EQ(found[1].fact, "turbo");
  EXPECT_FALSE(found[1].known_to_differ);
  EXPECT_THAT(found[1].values, ElementsAre("yes", ""));
}

TEST(FactDifferences, LeavesOutWhatNamesOneMachineOrBoot) {
  const Json a = {{"hostname", "a"}, {"boot_id", "1"}, {"uptime_s", 5}},
             b = {{"hostname", "b"}, {"boot_id", "2"}};
  EXPECT_TRUE(fact_differences({machine(a, a), machine(b, b)}).empty());
}

TEST(FactDifferences, ComparesOnlyEnvironmentsThatSeveralHave) {
  const Json a = {{"kernel_release", "5"}}, b = {{"kernel_release", "6"}};
  EXPECT_TRUE(fact_differences({machine(a, a, "host"), machine(b, b, "vm")}).empty());
}

TEST(FactDifferences, SurvivesWhateverStandsInAResult) {
  Json deep = "end";
  for (int i = 0; i < 40; ++i) deep = {{"x", deep}};
  const Json odd = {{"list", {1, "a", nullptr}}, {"deep", deep}, {"bad", "\xff\xfe"}, {"real", 0.1}};
  const auto found = fact_differences({machine(odd, "no object"), machine(nullptr, odd)});
  EXPECT_FALSE(found.empty());
}

}  // namespace
}  // namespace bpftax
