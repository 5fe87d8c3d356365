#include "config/cases.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "config/test_data.h"
#include "util/json.h"

namespace bpftax {
namespace {

using testing::ElementsAre;

std::vector<std::string> names(const CampaignConfig& config) {
  std::vector<std::string> result;
  for (const TestCase& each : config.cases) result.push_back(each.name);
  return result;
}
std::vector<std::string> commands(const CampaignConfig& config) {
  std::vector<std::string> result;
  for (const TestCase& each : config.cases) result.push_back(each.command);
  return result;
}

// `tools: categories: net: tools:` of the small configuration replaced.
Result<CampaignConfig> with_tools(const std::string& tools) {
  const std::string text = small_config();
  const size_t begin = text.find("      - script"), end = text.find("performance_tests:");
  return parse_full_config(text.substr(0, begin) + tools + text.substr(end), "c.yaml");
}

class RealConfigurations : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(RealConfigurations, GiveTheCasesThatWereGeneratedFromThem) {
  const std::string folder = GetParam().first, name = GetParam().second;
  const auto config = load_config(config_data(folder));
  ASSERT_TRUE(config) << to_string(config.error());
  const OrderedJson expected = OrderedJson::parse(config_text(folder + "/" + name + "-cases.json"));
  const OrderedJson made = cases_json(*config);
  ASSERT_EQ(made["test_cases"].size(), 97u);
  for (size_t i = 0; i < 97; ++i) EXPECT_EQ(made["test_cases"][i], expected["test_cases"][i]);
  EXPECT_EQ(made.dump(2), expected.dump(2)) << "order of keys included";
}

INSTANTIATE_TEST_SUITE_P(Origin, RealConfigurations,
                         testing::Values(std::pair(kOs620, "phy-620"),
                                         std::pair(kOs630, "os630-kernel-510-hygon-physical")));

TEST(CaseMatrix, TurnsTheLastParameterFastestAndTheDirectionFasterStill) {
  const auto config = with_tools(
      "      - script: t.py\n"
      "        template: run {a} {b} {DST_IP}\n"
      "        parameters:\n"
      "          a: [1, 2]\n"
      "          b: ['x', 'y']\n");
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_THAT(names(*config), ElementsAre("t_rx_a_1_b_x", "t_tx_a_1_b_x", "t_rx_a_1_b_y", "t_tx_a_1_b_y",
                                          "t_rx_a_2_b_x", "t_tx_a_2_b_x", "t_rx_a_2_b_y", "t_tx_a_2_b_y"));
  EXPECT_THAT(commands(*config)[1], "run 1 x 10.0.0.2");
  EXPECT_EQ(cases_json(*config)["test_cases"][0]["parameters"].dump(), R"({"a":1,"b":"x","direction":"rx"})");
}

TEST(CaseMatrix, HasADirectionOnlyWhereTheTemplateUsesOne) {
  const auto config = with_tools(
      "      - {script: none.py, template: 'x {path}'}\n"
      "      - {script: one.py, template: 'x {direction}'}\n"
      "      - {script: some.py, template: 'x {direction}', parameters: {direction: [tx]}}\n");
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_THAT(names(*config), ElementsAre("none", "one_rx", "one_tx", "some_tx"));
}

TEST(CaseMatrix, KeepsAParameterThatTheTemplateDoesNotUse) {
  const auto config =
      with_tools("      - {script: t.py, template: x, parameters: {protocol: [icmp]}, duration: 20}\n");
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_EQ(config->cases[0].name, "t_protocol_icmp");
  EXPECT_EQ(config->cases[0].duration_s, 20);
  EXPECT_EQ(config->cases[0].parameter_text(), "icmp_any");
}

TEST(CaseMatrix, TheDesignClassOfTheRegistryComesWithTheCase) {
  const auto config = with_tools(
      "      - {script: a.py, template: x, class: details-filtered}\n"
      "      - {script: b.py, template: x}\n"
      "      - {script: c.py, template: 'x {class}', class: mine}\n");
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_EQ(config->cases[0].design_class, "details-filtered");
  EXPECT_EQ(config->cases[1].design_class, "");
  // A template that has a variable of that name has had it before there were classes.
  EXPECT_EQ(config->cases[2].design_class, "");
  EXPECT_THAT(commands(*config)[2], "x mine");
  EXPECT_FALSE(cases_json(*config)["test_cases"][0].contains("class"));
  const auto unknown = with_tools("      - {script: a.py, template: x, class: summery}\n");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().hint, "did you mean 'summary'?");
}

TEST(CaseMatrix, QuotesWhatWouldBeCode) {
  const auto config = with_tools(
      "      - script: \"'; touch bpftax-was-here; '.py\"\n"
      "        template: python3 {path} '{own}' \"{own}\"\n"
      "        own: $(id) 'x'\n");
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_EQ(config->cases[0].command,
            "python3 'measurement-tools/net/'\\''; touch bpftax-was-here; '\\''.py' "
            "'$(id) '\\''x'\\''' \"\\$(id) 'x'\"");
  EXPECT_EQ(config->cases[0].tool_id, "___touch_bpftax-was-here___");
}

TEST(CaseMatrix, TakesListsFromTheEnvironment) {
  const std::string text = config_text(std::string(kOs620) + "/phy-620-full.yaml");
  const size_t begin = text.find("          vhost_pid:\n"), end = text.find("          subcategory:");
  const auto config = parse_full_config(
      text.substr(0, begin) + "          vhost_pid: '{vhost_pids}'\n" + text.substr(end), "c.yaml");
  ASSERT_TRUE(config) << to_string(config.error());
  const OrderedJson expected = OrderedJson::parse(config_text(std::string(kOs620) + "/phy-620-cases.json"));
  EXPECT_EQ(cases_json(*config), expected);
}

TEST(CaseMatrix, LeavesOutCategoriesOfAnEnvironmentThatIsNotThere) {
  const auto config = parse_full_config(with(small_config(), "    net:\n",
                                             "    guests:\n      environment: vm\n      tools: [{script: "
                                             "v.py, template: 'x {vm_LOCAL_IP}'}]\n    net:\n"),
                                        "c.yaml");
  ASSERT_TRUE(config) << to_string(config.error());
  EXPECT_EQ(config->cases[0].id, 1);
  EXPECT_EQ(config->cases.size(), 4u);
  ASSERT_EQ(config->warnings.size(), 1u);
  EXPECT_EQ(config->warnings[0], "c.yaml:15:5: category 'guests' left out: there is no environment 'vm'");
}

TEST(CaseMatrix, RefusesAMillionCases) {
  std::string list = "[0";
  for (int i = 1; i < 400; ++i) list += "," + std::to_string(i);
  const auto config =
      with_tools("      - {script: t.py, template: x, parameters: {a: " + list + "], b: " + list + "]}}\n");
  ASSERT_FALSE(config);
  EXPECT_EQ(config.error().what, "too many cases");
}

TEST(TestCaseModel, NamesItsParameters) {
  TestCase test_case;
  test_case.parameters = {{"protocol", "tcp"}, {"queue", "3", true}, {"direction", "rx"}};
  EXPECT_EQ(test_case.parameter_text(), "tcp_rx_3");
}

TEST(ToolId, IsFitForAFileName) {
  EXPECT_EQ(tool_id_of("eth_drop.py"), "eth_drop");
  EXPECT_EQ(tool_id_of("ovs-kernel-module-drop-monitor.py"), "ovs-kernel-module-drop-monitor");
  EXPECT_EQ(tool_id_of("packet-count"), "packet-count");
  EXPECT_EQ(tool_id_of("../../x.py"), "_.._x");
  EXPECT_EQ(tool_id_of("..."), "tool");
}

}  // namespace
}  // namespace bpftax
