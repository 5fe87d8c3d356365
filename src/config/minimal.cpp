// minimal-input.yaml: what discovery starts from.
#include <arpa/inet.h>

#include <algorithm>

#include "config/load.h"
#include "config/sections.h"
#include "util/strings.h"

namespace bpftax {
namespace {

bool is_address(const std::string& text) {
  unsigned char buffer[16];
  return inet_pton(AF_INET, text.c_str(), buffer) == 1 || inet_pton(AF_INET6, text.c_str(), buffer) == 1;
}

// Where results go on a machine that does not say.
std::string default_workdir(const std::string& user) {
  if (user == "root") return "/root/bpftax";
  return user.empty() ? "/var/tmp/bpftax" : "/home/" + user + "/bpftax";
}

Result<MinimalNode> read_node(const YamlEntry& entry, const ConfigFile& file) {
  MinimalNode node;
  node.host.id = entry.key;
  node.host.place = file.place(entry);
  BPFTAX_TRY(check_name(node.host.place, "a node", entry.key));
  Fields fields(*entry.value, file, "nodes." + entry.key);
  std::string target;
  fields.required_text("ssh", target);
  if (const YamlNode* ssh = fields.take("ssh"); ssh != nullptr && !fields.failed())
    fields.keep(parse_ssh_target(target, file.place(*ssh), node.host));
  if (fields.has("port")) {
    int port = 22;
    fields.integer("port", port, 1, 65535);
    node.host.port = port;
  }
  fields.require("role");
  fields.one_of("role", node.role, {"host", "vm"});
  fields.text("workdir", node.host.workdir);
  if (!fields.has("workdir")) node.host.workdir = default_workdir(node.host.user);
  fields.text("test_ip", node.test_ip);
  if (const YamlNode* ip = fields.take("test_ip");
      ip != nullptr && !fields.failed() && !is_address(node.test_ip))
    fields.wrong(*ip, "'" + fields.path("test_ip") + "' is not an IP address", quote_name(node.test_ip),
                 "in numbers, such as 192.0.2.1 or 2001:db8::1");
  for (const char* key : {"host_ref", "uuid"}) {
    const YamlNode* only_vm = fields.take(key);
    if (only_vm != nullptr && node.role == "host")
      fields.wrong(*only_vm, std::string("'") + key + "' is for a VM", "'" + entry.key + "' is a host",
                   "role: vm");
  }
  fields.text("host_ref", node.host_ref);
  fields.text("uuid", node.uuid);
  if (node.role == "vm") {
    fields.require("host_ref");
    fields.require("test_ip");
  }
  BPFTAX_TRY(fields.done());
  BPFTAX_TRY(check_host(node.host));
  return node;
}

const MinimalNode* find_node(const MinimalInput& input, const std::string& id) {
  const auto found = std::find_if(input.nodes.begin(), input.nodes.end(),
                                  [&](const MinimalNode& node) { return node.host.id == id; });
  return found == input.nodes.end() ? nullptr : &*found;
}

std::vector<std::string> node_ids(const MinimalInput& input, const std::string& role) {
  std::vector<std::string> ids;
  for (const MinimalNode& node : input.nodes) {
    if (role.empty() || node.role == role) ids.push_back(node.host.id);
  }
  return ids;
}

Result<void> check_host_refs(const MinimalInput& input, const YamlNode& nodes, const ConfigFile& file) {
  for (const MinimalNode& node : input.nodes) {
    if (node.role != "vm") continue;
    const MinimalNode* host = find_node(input, node.host_ref);
    const YamlNode* at = nodes.find(node.host.id)->find("host_ref");
    if (host == nullptr)
      return config_error(file.place(*at), "'host_ref' names no node: " + quote_name(node.host_ref),
                          "in 'nodes." + node.host.id + "'",
                          hint_nearest(node.host_ref, node_ids(input, "host")));
    if (host->role != "host")
      return config_error(file.place(*at), "'host_ref' names a VM: " + quote_name(node.host_ref),
                          "in 'nodes." + node.host.id + "'", "the physical host on which it runs");
  }
  return {};
}

Result<TestPair> read_pair(const YamlEntry& entry, const ConfigFile& file, const MinimalInput& input) {
  TestPair pair;
  pair.environment = entry.key;
  pair.place = file.place(entry);
  BPFTAX_TRY(check_name(pair.place, "an environment", entry.key));
  Fields fields(*entry.value, file, "test_pairs." + entry.key);
  fields.required_text("server", pair.server);
  fields.required_text("client", pair.client);
  BPFTAX_TRY(fields.done());
  for (const auto& [key, id] : {std::pair("server", pair.server), std::pair("client", pair.client)}) {
    if (find_node(input, id) == nullptr)
      return config_error(file.place(*entry.value->find(key)),
                          std::string("'") + key + "' names no node: " + quote_name(id),
                          "in 'test_pairs." + entry.key + "'", hint_nearest(id, node_ids(input, "")));
  }
  if (pair.server == pair.client)
    return config_error(pair.place, "server and client are the same node",
                        "in 'test_pairs." + entry.key + "'");
  if (find_node(input, pair.server)->role != find_node(input, pair.client)->role)
    return config_error(pair.place, "a pair of a host and a VM", "in 'test_pairs." + entry.key + "'",
                        "both ends are hosts, or both are VMs");
  return pair;
}

Result<void> read_overrides(const YamlEntry& entry, const ConfigFile& file, const MinimalInput& input,
                            std::map<std::string, std::string>& fields_of_node) {
  if (find_node(input, entry.key) == nullptr)
    return config_error(file.place(entry), "'overrides' names no node: " + quote_name(entry.key),
                        "in 'discovery_hints.overrides'", hint_nearest(entry.key, node_ids(input, "")));
  Fields fields(*entry.value, file, "discovery_hints.overrides." + entry.key);
  if (entry.value->is_map()) {
    for (const YamlEntry& field : entry.value->entries) {
      std::vector<std::string> texts;
      fields.texts(field.key.c_str(), texts);
      fields_of_node[field.key] = join(texts, ",");
    }
  }
  return fields.done();
}

}  // namespace

Result<void> read_version(Fields& fields, std::string& version) {
  fields.text("version", version);
  const YamlNode* node = fields.take("version");
  if (node == nullptr || !node->is_scalar() || version == "1.0" || version == "1") return {};
  return config_error(fields.file().place(*node), "unknown version of the format", quote_name(version),
                      "1.0 is known");
}

Result<MinimalInput> parse_minimal(std::string_view yaml, const std::string& file) {
  BPFTAX_ASSIGN(const YamlPtr root, parse_yaml(yaml, file));
  MinimalInput input;
  std::vector<std::string> warnings;
  const ConfigFile source{file, &warnings};
  input.place = source.place(*root);
  if (root->is_map() && root->find("environments") != nullptr && root->find("nodes") == nullptr)
    return config_error(input.place, "this is a full configuration, not a minimal input", "",
                        "bpftax plan and run take it as it is");
  Fields fields(*root, source, "");
  BPFTAX_TRY(read_version(fields, input.version));
  fields.required_text("environment", input.environment);
  if (const YamlNode* node = fields.take("environment"); node != nullptr && !fields.failed())
    fields.keep(check_name(source.place(*node), "an environment", input.environment));
  fields.require("nodes");
  fields.require("test_pairs");
  fields.each_entry("nodes", [&](const YamlEntry& entry) -> Result<void> {
    BPFTAX_ASSIGN(MinimalNode node, read_node(entry, source));
    input.nodes.push_back(std::move(node));
    return {};
  });
  if (const YamlNode* nodes = fields.map("nodes"); nodes != nullptr && !fields.failed())
    fields.keep(check_host_refs(input, *nodes, source));
  fields.each_entry("test_pairs", [&](const YamlEntry& entry) -> Result<void> {
    BPFTAX_ASSIGN(TestPair pair, read_pair(entry, source, input));
    input.pairs.push_back(std::move(pair));
    return {};
  });
  fields.fields("discovery_hints", [&](Fields& hints) {
    hints.text("internal_port_type", input.hints.internal_port_type);
    hints.text("python_interpreter", input.hints.python_interpreter);
    hints.each_entry("overrides", [&](const YamlEntry& entry) {
      return read_overrides(entry, source, input, input.hints.overrides[entry.key]);
    });
  });
  BPFTAX_TRY(fields.done());
  if (input.pairs.empty())
    return config_error(input.place, "'test_pairs' names no pair", "", "host: {server: NODE, client: NODE}");
  return input;
}

}  // namespace bpftax
