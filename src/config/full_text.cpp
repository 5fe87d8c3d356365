// The text of <env>-full.yaml, made of a minimal input, what was discovered, and templates.
#include <algorithm>

#include "config/load.h"
#include "config/registry.h"
#include "config/sections.h"
#include "config/yaml.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

void add_text(YamlNode& map, const char* key, const std::string& text) {
  yaml_add(map, key, yaml_text(text));
}
void add_found(YamlNode& map, const std::string& key, const std::string& text) {
  if (!text.empty()) yaml_add(map, key, yaml_text(text));
}

YamlNode hosts_node(const MinimalInput& input) {
  YamlNode hosts = yaml_map();
  for (const MinimalNode& node : input.nodes) {
    YamlNode host = yaml_map();
    add_text(host, "host", node.host.address);
    add_found(host, "user", node.host.user);
    if (node.host.port) yaml_add(host, "port", yaml_plain(std::to_string(*node.host.port)));
    add_text(host, "workdir", node.host.workdir);
    yaml_add(hosts, node.host.id, std::move(host));
  }
  YamlNode ssh = yaml_map();
  yaml_add(ssh, "ssh_hosts", std::move(hosts));
  return ssh;
}

YamlNode end_node(const EnvironmentEnd& end) {
  YamlNode node = yaml_map();
  add_text(node, "ssh_ref", end.ssh_ref);
  add_text(node, "test_ip", end.test_ip);
  add_found(node, "interface", end.interface);
  add_found(node, "vm_interface", end.vm_interface);
  add_found(node, "physical_host_ref", end.physical_host_ref);
  return node;
}

bool is_virtual(const EnvironmentEnd& end) {
  return !end.physical_host_ref.empty();
}

YamlNode network_node(const ConfiguredEnvironment& environment) {
  const EnvironmentEnd& server = environment.server;
  const EnvironmentEnd& client = environment.client;
  YamlNode node = yaml_map();
  add_text(node, "server_ip", server.test_ip);
  add_text(node, "client_ip", client.test_ip);
  if (server.internal_interface == client.internal_interface) {
    add_found(node, "internal_interface", server.internal_interface);
  } else {
    add_found(node, "server_internal_interface", server.internal_interface);
    add_found(node, "client_internal_interface", client.internal_interface);
  }
  for (const auto& [prefix, end] : {std::pair<std::string, const EnvironmentEnd*>("server_", &server),
                                    std::pair<std::string, const EnvironmentEnd*>("client_", &client)}) {
    add_found(node, prefix + "physical_interface", end->physical_interface);
    yaml_add(node, prefix + "physical_nic_members", yaml_sequence(end->physical_nic_members));
    add_found(node, prefix + "vm_interface", end->vm_interface);
  }
  return node;
}

YamlNode kvm_node(const ConfiguredEnvironment& environment) {
  YamlNode node = yaml_map();
  for (const auto& [key, end] :
       {std::pair("server", &environment.server), std::pair("client", &environment.client)}) {
    YamlNode each = yaml_map();
    add_found(each, "qemu_pid", end->qemu_pid);
    yaml_add(each, "vhost_pids", yaml_sequence(end->vhost_pids));
    yaml_add(node, key, std::move(each));
  }
  return node;
}

YamlNode environments_node(const std::vector<ConfiguredEnvironment>& environments) {
  YamlNode all = yaml_map();
  for (const ConfiguredEnvironment& environment : environments) {
    YamlNode node = yaml_map();
    add_found(node, "description", environment.description);
    yaml_add(node, "server", end_node(environment.server));
    yaml_add(node, "client", end_node(environment.client));
    yaml_add(node, "network_config", network_node(environment));
    if (is_virtual(environment.server) || is_virtual(environment.client))
      yaml_add(node, "kvm_config", kvm_node(environment));
    yaml_add(all, environment.name, std::move(node));
  }
  return all;
}

void add_settings(YamlNode& root, const MinimalInput& input) {
  const CampaignConfig usual;
  YamlNode paths = yaml_map();
  add_text(paths, "tools_dir", usual.tools_dir);
  add_text(paths, "results_dir", usual.results_dir);
  yaml_add(root, "paths", std::move(paths));
  YamlNode defaults = yaml_map();
  yaml_add(defaults, "duration", yaml_plain("10"));
  yaml_add(defaults, "timeout", yaml_plain("120"));
  yaml_add(defaults, "use_sudo", yaml_plain("true"));
  add_text(defaults, "python_interpreter", input.hints.python_interpreter);
  yaml_add(root, "defaults", std::move(defaults));
  YamlNode monitoring = yaml_map();
  for (const char* key : {"enabled", "cpu", "memory"}) yaml_add(monitoring, key, yaml_plain("true"));
  yaml_add(monitoring, "memory_types", yaml_sequence({"virt", "rss"}));
  yaml_add(monitoring, "log_size", yaml_plain("true"));
  yaml_add(monitoring, "cpu_stats", yaml_sequence({"avg", "peak"}));
  yaml_add(root, "monitoring", std::move(monitoring));
}

// Parameters that name a list of the environment become that list.
YamlNode filled_tool(const YamlNode& tool, const ConfiguredEnvironment& environment) {
  YamlNode result = yaml_map();
  for (const YamlEntry& entry : tool.entries) {
    if (entry.key != "parameters" || !entry.value->is_map()) {
      yaml_add(result, entry.key, entry.value);
      continue;
    }
    YamlNode parameters = yaml_map();
    for (const YamlEntry& parameter : entry.value->entries) {
      const EnvironmentEnd& end = environment.server;
      if (parameter.value->is_scalar() && parameter.value->text == "{vhost_pids}") {
        yaml_add(parameters, parameter.key, yaml_sequence(end.vhost_pids));
      } else if (parameter.value->is_scalar() && parameter.value->text == "{physical_nic_members}") {
        yaml_add(parameters, parameter.key, yaml_sequence(end.physical_nic_members));
      } else {
        yaml_add(parameters, parameter.key, parameter.value);
      }
    }
    yaml_add(result, "parameters", std::move(parameters));
  }
  return result;
}

// The categories whose environment is there.
YamlNode filled_tools(const YamlNode& categories, const std::vector<ConfiguredEnvironment>& environments) {
  YamlNode kept = yaml_map();
  for (const YamlEntry& category : categories.entries) {
    const YamlNode* name = category.value->find("environment");
    const auto environment = std::find_if(environments.begin(), environments.end(), [&](const auto& each) {
      return name != nullptr && each.name == name->text;
    });
    if (environment == environments.end()) continue;
    YamlNode copy = yaml_map();
    for (const YamlEntry& entry : category.value->entries) {
      if (entry.key != "tools" || !entry.value->is_sequence()) {
        yaml_add(copy, entry.key, entry.value);
        continue;
      }
      YamlNode tools = yaml_sequence({});
      for (const YamlPtr& tool : entry.value->items)
        tools.items.push_back(std::make_shared<YamlNode>(filled_tool(*tool, *environment)));
      yaml_add(copy, "tools", std::move(tools));
    }
    yaml_add(kept, category.key, std::move(copy));
  }
  YamlNode tools = yaml_map();
  yaml_add(tools, "categories", std::move(kept));
  return tools;
}

YamlNode from_json(const OrderedJson& json) {
  if (json.is_string()) return yaml_text(json.get<std::string>());
  if (json.is_object()) {
    YamlNode map = yaml_map();
    for (const auto& [key, value] : json.items()) yaml_add(map, key, from_json(value));
    return map;
  }
  if (json.is_array()) {
    YamlNode list = yaml_sequence({});
    for (const OrderedJson& item : json) list.items.push_back(std::make_shared<YamlNode>(from_json(item)));
    return list;
  }
  if (json.is_null()) return YamlNode{};
  return yaml_plain(json.dump());
}

// The one key of a template file, checked as if it stood in a configuration.
Result<YamlPtr> template_part(const YamlNode& root, const char* key, const ConfigFile& file) {
  Fields fields(root, file, "");
  fields.require(key);
  fields.map(key);
  BPFTAX_TRY(fields.done());
  return root.entries[0].value;
}

}  // namespace

Result<std::string> full_config_text(const MinimalInput& input,
                                     const std::vector<ConfiguredEnvironment>& environments,
                                     const ConfigTemplates& templates,
                                     const nlohmann::ordered_json& provenance) {
  std::vector<std::string> warnings;
  const ConfigFile tools_file{templates.tools_file, &warnings};
  const ConfigFile tests_file{templates.performance_tests_file, &warnings};
  BPFTAX_ASSIGN(const YamlPtr tools_root, parse_yaml(templates.tools, templates.tools_file));
  BPFTAX_ASSIGN(const YamlPtr tests_root,
                parse_yaml(templates.performance_tests, templates.performance_tests_file));
  BPFTAX_ASSIGN(const YamlPtr tools, template_part(*tools_root, "tools", tools_file));
  BPFTAX_ASSIGN(const YamlPtr tests, template_part(*tests_root, "performance_tests", tests_file));
  BPFTAX_TRY(read_registry(*tools, tools_file, "tools"));
  BPFTAX_TRY(read_performance_tests(*tests, tests_file, "performance_tests", 10));

  YamlNode root = yaml_map();
  YamlNode version = yaml_plain(input.version.empty() ? "1.0" : input.version);
  version.quoted = true;
  yaml_add(root, "version", std::move(version));
  add_text(root, "environment", input.environment);
  yaml_add(root, "ssh", hosts_node(input));
  yaml_add(root, "environments", environments_node(environments));
  add_settings(root, input);
  yaml_add(root, "tools", filled_tools(*tools->find("categories"), environments));
  yaml_add(root, "performance_tests", tests);
  if (!provenance.empty()) yaml_add(root, "provenance", from_json(provenance));
  return yaml_document(root);
}

}  // namespace bpftax
