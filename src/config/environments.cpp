#include <arpa/inet.h>

#include <algorithm>

#include "config/sections.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// A value that stands in two places of an environment must be the same in both.
class EndReader {
 public:
  EndReader(Fields& fields, std::string& target) : fields_(fields), target_(target) {}
  void text(const char* key) {
    const YamlNode* node = fields_.take(key);
    std::string value;
    fields_.text(key, value);
    if (value.empty()) return;
    if (!target_.empty() && target_ != value)
      return fields_.wrong(*node, "'" + fields_.path(key) + "' contradicts another key",
                           quote_name(value) + " here, " + quote_name(target_) + " there");
    target_ = value;
  }

 private:
  Fields& fields_;
  std::string& target_;
};

void agree(Fields& fields, const std::string& key, std::string& target) {
  EndReader(fields, target).text(key.c_str());
}

void read_ref(Fields& fields, const char* key, std::string& target,
              const std::vector<ConfiguredHost>& hosts) {
  fields.text(key, target);
  const YamlNode* node = fields.take(key);
  if (node == nullptr || fields.failed()) return;
  std::vector<std::string> ids;
  for (const ConfiguredHost& host : hosts) ids.push_back(host.id);
  if (std::find(ids.begin(), ids.end(), target) == ids.end())
    fields.wrong(*node, std::string("'") + key + "' names no host: " + quote_name(target),
                 "in '" + fields.own_path() + "'", hint_nearest(target, ids));
}

void read_address(Fields& fields, const char* key, std::string& target) {
  const YamlNode* node = fields.take(key);
  agree(fields, key, target);
  unsigned char buffer[16];
  if (node == nullptr || fields.failed() || target.empty()) return;
  if (inet_pton(AF_INET, target.c_str(), buffer) != 1 && inet_pton(AF_INET6, target.c_str(), buffer) != 1)
    fields.wrong(*node, "'" + fields.path(key) + "' is not an IP address", quote_name(target),
                 "in numbers, such as 192.0.2.1 or 2001:db8::1");
}

void read_end(Fields& fields, EnvironmentEnd& end, const std::vector<ConfiguredHost>& hosts) {
  end.place = fields.file().place(fields.node());
  fields.require("ssh_ref");
  fields.require("test_ip");
  read_ref(fields, "ssh_ref", end.ssh_ref, hosts);
  read_ref(fields, "physical_host_ref", end.physical_host_ref, hosts);
  read_address(fields, "test_ip", end.test_ip);
  fields.text("interface", end.interface);
  fields.text("vm_interface", end.vm_interface);
}

// Keys of network_config: for both ends, or with server_ or client_ in front.
void read_network(Fields& fields, ConfiguredEnvironment& environment) {
  read_address(fields, "server_ip", environment.server.test_ip);
  read_address(fields, "client_ip", environment.client.test_ip);
  for (const std::string& prefix : {std::string(), std::string("server_"), std::string("client_")}) {
    for (EnvironmentEnd* end : {&environment.server, &environment.client}) {
      if (prefix == "server_" && end != &environment.server) continue;
      if (prefix == "client_" && end != &environment.client) continue;
      agree(fields, prefix + "internal_interface", end->internal_interface);
      agree(fields, prefix + "physical_interface", end->physical_interface);
      agree(fields, prefix + "vm_interface", end->vm_interface);
      fields.texts((prefix + "physical_nic_members").c_str(), end->physical_nic_members);
    }
  }
}

void read_kvm_end(Fields& fields, EnvironmentEnd& end) {
  fields.text("qemu_pid", end.qemu_pid);
  fields.texts("vhost_pids", end.vhost_pids);
}

}  // namespace

Result<std::vector<ConfiguredEnvironment>> read_environments(const YamlNode& environments,
                                                             const ConfigFile& file, const std::string& path,
                                                             const std::vector<ConfiguredHost>& hosts) {
  std::vector<ConfiguredEnvironment> result;
  if (!environments.is_map())
    return config_error(file.place(environments), "wrong type of '" + path + "'",
                        "expected a mapping of environments, got " + describe(environments));
  for (const YamlEntry& entry : environments.entries) {
    ConfiguredEnvironment environment;
    environment.name = entry.key;
    environment.place = file.place(entry);
    BPFTAX_TRY(check_name(environment.place, "an environment", entry.key));
    Fields fields(*entry.value, file, path + "." + entry.key);
    fields.ignore("name");  // legacy: a title
    fields.text("description", environment.description);
    fields.require("server");
    fields.require("client");
    fields.fields("server", [&](Fields& end) { read_end(end, environment.server, hosts); });
    fields.fields("client", [&](Fields& end) { read_end(end, environment.client, hosts); });
    fields.fields("network_config", [&](Fields& network) { read_network(network, environment); });
    fields.fields("kvm_config", [&](Fields& kvm) {
      kvm.fields("server", [&](Fields& end) { read_kvm_end(end, environment.server); });
      kvm.fields("client", [&](Fields& end) { read_kvm_end(end, environment.client); });
    });
    BPFTAX_TRY(fields.done());
    if (environment.server.ssh_ref == environment.client.ssh_ref)
      file.warn(*entry.value, "server and client of '" + entry.key + "' are the same machine");
    result.push_back(std::move(environment));
  }
  if (result.empty()) return config_error(file.place(environments), "'" + path + "' names no environment");
  return result;
}

}  // namespace bpftax
