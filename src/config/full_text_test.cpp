#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/load.h"
#include "config/test_data.h"
#include "config/yaml.h"
#include "util/json.h"

namespace bpftax {
namespace {

using testing::HasSubstr;

ConfigTemplates origin_templates() {
  return {config_text("origin/tools-template.yaml"), "tools-template.yaml",
          config_text("origin/performance-test-template.yaml"), "performance-test-template.yaml"};
}

// Everything of an end, as text.
std::string end_text(const EnvironmentEnd& end) {
  std::string text = end.ssh_ref + "|" + end.test_ip + "|" + end.interface + "|" + end.vm_interface + "|" +
                     end.physical_host_ref + "|" + end.internal_interface + "|" + end.physical_interface +
                     "|" + end.qemu_pid;
  for (const std::string& each : end.physical_nic_members) text += "|" + each;
  for (const std::string& each : end.vhost_pids) text += "|" + each;
  return text;
}

struct Given {
  std::string folder, minimal, full;
};
class FullConfigText : public testing::TestWithParam<Given> {};

TEST_P(FullConfigText, LoadsToTheModelOfTheGivenFile) {
  const std::string folder = GetParam().folder + "/";
  const auto input = load_minimal(config_data(folder + GetParam().minimal));
  const auto given = load_config(config_data(folder + GetParam().full));
  ASSERT_TRUE(input) << to_string(input.error());
  ASSERT_TRUE(given) << to_string(given.error());
  OrderedJson provenance;
  provenance["host-server"]["interface"] = {{"value", "port-mgt"}, {"how", "ovs-vsctl: \"list\" 'x'\n#"}};
  const auto text = full_config_text(*input, given->environments, origin_templates(), provenance);
  ASSERT_TRUE(text) << to_string(text.error());
  const auto made = parse_full_config(*text, "made.yaml");
  ASSERT_TRUE(made) << to_string(made.error()) << "\n" << *text;

  EXPECT_EQ(cases_json(*made), cases_json(*given));
  EXPECT_EQ(made->name, given->name);
  EXPECT_EQ(made->version, given->version);
  ASSERT_EQ(made->hosts.size(), given->hosts.size());
  for (size_t i = 0; i < made->hosts.size(); ++i) {
    EXPECT_EQ(made->hosts[i].id, given->hosts[i].id);
    EXPECT_EQ(made->hosts[i].address, given->hosts[i].address);
    EXPECT_EQ(made->hosts[i].user, given->hosts[i].user);
    EXPECT_EQ(made->hosts[i].workdir, given->hosts[i].workdir);
  }
  ASSERT_EQ(made->environments.size(), given->environments.size());
  for (size_t i = 0; i < made->environments.size(); ++i) {
    EXPECT_EQ(made->environments[i].name, given->environments[i].name);
    EXPECT_EQ(made->environments[i].description, given->environments[i].description);
    EXPECT_EQ(end_text(made->environments[i].server), end_text(given->environments[i].server));
    EXPECT_EQ(end_text(made->environments[i].client), end_text(given->environments[i].client));
  }
  EXPECT_EQ(made->tools_dir, given->tools_dir);
  EXPECT_EQ(made->results_dir, "performance-test-results") << "ours: formats.md section 4";
  EXPECT_EQ(made->use_sudo, given->use_sudo);
  EXPECT_EQ(made->timeout_s, given->timeout_s);
  EXPECT_EQ(made->performance_tests.size(), given->performance_tests.size());
  EXPECT_EQ(made->monitoring.log_size, given->monitoring.log_size);
}

// Names of keys in the order in which they stand, those below `tools` and our own left out.
void key_order(const YamlNode& node, const std::string& path, std::vector<std::string>& keys) {
  for (const YamlEntry& entry : node.entries) {
    if (path.empty() && (entry.key == "provenance")) continue;
    if (entry.key == "measurement_tools_dir") continue;
    keys.push_back(path + "/" + entry.key);
    key_order(*entry.value, path + "/" + entry.key, keys);
  }
  for (const YamlPtr& item : node.items) key_order(*item, path + "[]", keys);
}

TEST_P(FullConfigText, HasTheKeysInTheOrderOfTheGivenFile) {
  const std::string folder = GetParam().folder + "/";
  const auto input = load_minimal(config_data(folder + GetParam().minimal));
  const auto given = load_config(config_data(folder + GetParam().full));
  ASSERT_TRUE(input && given);
  const auto text = full_config_text(*input, given->environments, origin_templates(), {});
  ASSERT_TRUE(text) << to_string(text.error());
  std::vector<std::string> ours, theirs;
  key_order(**parse_yaml(*text, "ours"), "", ours);
  key_order(**parse_yaml(config_text(folder + GetParam().full), "theirs"), "", theirs);
  EXPECT_EQ(ours, theirs);
}

INSTANTIATE_TEST_SUITE_P(Origin, FullConfigText,
                         testing::Values(Given{kOs620, "minimal-input.yaml", "phy-620-full.yaml"},
                                         Given{kOs630, "os630-kernel-510-hygon-physical-minimal.yaml",
                                               "os630-kernel-510-hygon-physical-full.yaml"}));

TEST(FullConfig, OfHostsOnlyLeavesTheToolsOfVmsOut) {
  const auto input = load_minimal(config_data(std::string(kOs620) + "/minimal-input.yaml"));
  const auto given = load_config(config_data(kOs620));
  ASSERT_TRUE(input && given);
  const auto text = full_config_text(*input, {given->environments[0]}, origin_templates(), {});
  ASSERT_TRUE(text) << to_string(text.error());
  const auto made = parse_full_config(*text, "made.yaml");
  ASSERT_TRUE(made) << to_string(made.error());
  EXPECT_EQ(made->cases.size(), 35u);  // 14 + 13 + 8
  EXPECT_EQ(made->warnings.size(), 0u);
}

TEST(FullConfig, HasTheReferenceToolsWithoutOtherTemplates) {
  const auto input = load_minimal(config_data(std::string(kOs620) + "/minimal-input.yaml"));
  const auto given = load_config(config_data(kOs620));
  ASSERT_TRUE(input && given);
  const auto text = full_config_text(*input, {given->environments[0]}, built_in_templates(), {});
  ASSERT_TRUE(text) << to_string(text.error());
  const auto made = parse_full_config(*text, "made.yaml");
  ASSERT_TRUE(made) << to_string(made.error());
  EXPECT_EQ(made->cases.size(), 20u);
  EXPECT_EQ(made->cases[0].name, "packet_count_rx_protocol_tcp");
  EXPECT_EQ(made->cases[0].command,
            "bpftax-probe packet-count --protocol tcp --address 192.168.70.32 --direction receive");
  EXPECT_EQ(made->cases[0].tool_id, "packet-count");
  EXPECT_EQ(made->performance_tests.size(), 6u);
}

TEST(FullConfig, SaysWhichTemplateIsWrong) {
  const auto input = load_minimal(config_data(std::string(kOs620) + "/minimal-input.yaml"));
  const auto given = load_config(config_data(kOs620));
  ASSERT_TRUE(input && given);
  ConfigTemplates templates = origin_templates();
  templates.tools = with(templates.tools, "parameters:", "paramters:");
  const auto text = full_config_text(*input, given->environments, templates, {});
  ASSERT_FALSE(text);
  EXPECT_THAT(to_string(text.error()), HasSubstr("unknown key 'paramters': tools-template.yaml:21:11"));
  EXPECT_EQ(text.error().hint, "did you mean 'parameters'?");
}

TEST(YamlDocument, ReadsBackAsItWasWritten) {
  YamlNode root = yaml_map();
  const std::vector<std::string> texts = {
      "plain", "1.0",      "43272",      "true",      "no",   "",    "~", "a: b", "# x",  "- x",
      "{x}",   "'quoted'", "two\nlines", "tab\there", "0x1F", "1e3", "é", ".5",   "null", "a #b",
      "*a",    "&a",       "!a",         "%a",        "@a",   "`a`", "[", " x "};
  for (size_t i = 0; i < texts.size(); ++i) yaml_add(root, "k" + std::to_string(i), yaml_text(texts[i]));
  yaml_add(root, "list", yaml_sequence(texts));
  yaml_add(root, "empty", yaml_sequence({}));
  const auto read = parse_yaml(yaml_document(root), "x");
  ASSERT_TRUE(read) << to_string(read.error()) << yaml_document(root);
  for (size_t i = 0; i < texts.size(); ++i) {
    const YamlNode* node = (*read)->find("k" + std::to_string(i));
    EXPECT_EQ(node->text, texts[i]);
    EXPECT_TRUE(node->is_scalar()) << texts[i];
    EXPECT_EQ((*read)->find("list")->items[i]->text, texts[i]);
  }
  EXPECT_TRUE((*read)->find("k2")->quoted);
  EXPECT_FALSE((*read)->find("k0")->quoted);
  EXPECT_TRUE((*read)->find("empty")->is_sequence());
}

}  // namespace
}  // namespace bpftax
