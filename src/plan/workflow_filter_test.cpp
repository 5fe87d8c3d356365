#include "plan/workflow_filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plan/workflow_testing.h"

namespace bpftax {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using namespace testing_workflow;

std::vector<int> left(const WorkflowFilter& filter) {
  const CampaignConfig config = make_config();
  const auto cases = filtered_cases(config, filter);
  EXPECT_TRUE(cases) << (cases ? "" : to_string(cases.error()));
  std::vector<int> ids;
  if (!cases) return ids;
  for (const TestCase* each : *cases) ids.push_back(each->id);
  return ids;
}

Error refused(const WorkflowFilter& filter) {
  const CampaignConfig config = make_config();
  const auto cases = filtered_cases(config, filter);
  EXPECT_FALSE(cases);
  if (cases) return {};
  EXPECT_EQ(cases.error().kind, ErrorKind::kUsage);
  return cases.error();
}

TEST(WorkflowFilters, LetEverythingPassWhenEmpty) {
  EXPECT_EQ(left({}).size(), 7u);
}

TEST(WorkflowFilters, TakeToolsByIdOrScript) {
  EXPECT_THAT(left({.tools = {"drops"}}), ElementsAre(5, 6));
  EXPECT_THAT(left({.tools = {"tun.py", "drops"}}), ElementsAre(5, 6, 7));
}

TEST(WorkflowFilters, TakeCategoriesByTheirLeadingParts) {
  EXPECT_EQ(left({.categories = {"performance"}}).size(), 6u);
  EXPECT_EQ(left({.categories = {"performance/"}}).size(), 6u);
  EXPECT_EQ(left({.categories = {"performance/system-network"}}).size(), 6u);
  EXPECT_THAT(refused({.categories = {"perf"}}).why, HasSubstr("kvm-virt-network/kvm"));
}

TEST(WorkflowFilters, AllHaveToFit) {
  EXPECT_THAT(left({.environments = {"host"}, .protocols = {"tcp", "icmp"}, .directions = {"rx"}}),
              ElementsAre(1, 5, 6));
  EXPECT_THAT(left({.protocols = {"any"}}), ElementsAre(7));
  const Error error = refused({.tools = {"tun"}, .environments = {"host"}});
  EXPECT_EQ(error.where, "--tools tun --environments host");
}

TEST(WorkflowFilters, NameWhatThereIsAndTheNearest) {
  const Error error = refused({.tools = {"metric"}});
  EXPECT_EQ(error.where, "--tools metric");
  EXPECT_EQ(error.why, "there are: metrics, drops, tun");
  EXPECT_EQ(error.hint, "did you mean 'metrics'?");
  EXPECT_EQ(refused({.environments = {"hots"}}).hint, "did you mean 'host'?");
  EXPECT_THAT(refused({.directions = {"up"}}).why, HasSubstr("rx, tx"));
  EXPECT_EQ(refused({.protocols = {""}}).where, "--protocol ");
}

}  // namespace
}  // namespace bpftax
