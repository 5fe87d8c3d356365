#include "run/wire.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

namespace bpftax {
namespace {

// Their speed is a setting of the hypervisor, or a number that never changes.
const std::set<std::string>& virtual_drivers() {
  static const std::set<std::string> kNames = {"virtio_net",   "virtio-pci", "vmxnet3", "hv_netvsc", "vif",
                                               "xen_netfront", "e1000",      "8139cp",  "netdevsim"};
  return kNames;
}

std::optional<int64_t> positive(const nlohmann::json& nic, const char* key) {
  const auto found = nic.find(key);
  if (found == nic.end() || !found->is_number_integer() || found->get<int64_t>() <= 0) return std::nullopt;
  return found->get<int64_t>();
}

std::optional<LineRate> line_rate_of_end(const nlohmann::json& facts, const std::string& netns,
                                         const std::string& interface) {
  if (!netns.empty() || !facts.is_object()) return std::nullopt;
  const auto nics = facts.find("nics");
  if (nics == facts.end() || !nics->is_object() || !nics->contains(interface)) return std::nullopt;
  const nlohmann::json& nic = (*nics)[interface];
  if (!nic.is_object()) return std::nullopt;
  const auto driver = nic.find("driver");
  if (driver != nic.end() && driver->is_string() && virtual_drivers().contains(driver->get<std::string>()))
    return std::nullopt;
  const auto speed_mbps = positive(nic, "speed_mbps"), mtu = positive(nic, "mtu");
  if (!speed_mbps || !mtu) return std::nullopt;
  return LineRate{static_cast<double>(*speed_mbps) * 1e6, static_cast<int>(std::min<int64_t>(*mtu, 65'536))};
}

}  // namespace

std::optional<LineRate> line_rate_of(const Environment& env, const nlohmann::json& server_facts,
                                     const nlohmann::json& client_facts) {
  const auto server = line_rate_of_end(server_facts, env.server_netns, env.server_interface);
  const auto client = line_rate_of_end(client_facts, env.client_netns, env.client_interface);
  if (!server || !client) return server ? server : client;
  return LineRate{std::min(server->bps, client->bps), std::min(server->mtu, client->mtu)};
}

}  // namespace bpftax
