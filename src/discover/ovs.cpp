#include "discover/ovs.h"

#include <algorithm>
#include <map>

#include "discover/links.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// A table as `--format=json` writes it: { "headings": [...], "data": [[...], ...] }.
struct OvsTable {
  Json json;
  std::map<std::string, size_t> columns;

  const Json* cell(const Json& row, const char* column) const {
    const auto found = columns.find(column);
    return found != columns.end() && row.is_array() && found->second < row.size() ? &row[found->second]
                                                                                  : nullptr;
  }
};

Result<OvsTable> parse_table(std::string_view text, const char* name, std::string_view wanted) {
  OvsTable table;
  BPFTAX_ASSIGN(table.json, parse_json(text, std::string("ovs-vsctl list ") + name));
  const Json* headings = find_path(table.json, "headings");
  const Json* data = find_path(table.json, "data");
  if (headings == nullptr || !headings->is_array() || data == nullptr || !data->is_array())
    return fail(ErrorKind::kEnvironment, "cannot understand ovs-vsctl", name, "it did not write a table");
  for (size_t i = 0; i < headings->size(); ++i) {
    if ((*headings)[i].is_string()) table.columns[(*headings)[i].get<std::string>()] = i;
  }
  for (const std::string_view column : split(wanted, ',')) {
    if (table.columns.count(std::string(column)) == 0)
      return fail(ErrorKind::kEnvironment, "cannot understand ovs-vsctl", name,
                  "its table has no column " + std::string(column));
  }
  return table;
}

std::string string_cell(const Json* cell) {
  return cell != nullptr && cell->is_string() ? cell->get<std::string>() : "";
}

// OVSDB notation (RFC 7047, section 5.1): ["uuid", U] or ["set", [["uuid", U], ...]].
void collect_uuids(const Json* cell, std::vector<std::string>& uuids) {
  if (cell == nullptr || !cell->is_array() || cell->size() != 2 || !(*cell)[0].is_string()) return;
  const Json& kind = (*cell)[0];
  const Json& content = (*cell)[1];
  if (kind == "uuid" && content.is_string()) uuids.push_back(content.get<std::string>());
  if (kind != "set" || !content.is_array()) return;
  for (const Json& each : content) {
    if (each.is_array() && each.size() == 2 && each[0] == "uuid" && each[1].is_string())
      uuids.push_back(each[1].get<std::string>());
  }
}

// ["map", [[key, value], ...]]
std::string map_value(const Json* cell, const char* key) {
  if (cell == nullptr || !cell->is_array() || cell->size() != 2 || (*cell)[0] != "map" ||
      !(*cell)[1].is_array())
    return "";
  for (const Json& pair : (*cell)[1]) {
    if (pair.is_array() && pair.size() == 2 && pair[0] == key && pair[1].is_string())
      return pair[1].get<std::string>();
  }
  return "";
}

// Sorted by name, so that the order does not depend on the database's hashes.
template <class T>
void sort_by_name(std::vector<T>& items) {
  std::sort(items.begin(), items.end(), [](const T& a, const T& b) { return a.name < b.name; });
}

std::map<std::string, OvsInterface> interfaces_of(const OvsTable& table) {
  std::map<std::string, OvsInterface> interfaces;
  for (const Json& row : table.json["data"]) {
    std::vector<std::string> uuid;
    collect_uuids(table.cell(row, "_uuid"), uuid);
    OvsInterface interface;
    interface.name = string_cell(table.cell(row, "name"));
    if (uuid.size() != 1 || interface.name.empty()) continue;
    interface.type = string_cell(table.cell(row, "type"));
    interface.peer = map_value(table.cell(row, "options"), "peer");
    interface.attached_mac = lower_case(map_value(table.cell(row, "external_ids"), "attached-mac"));
    const Json* speed = table.cell(row, "link_speed");
    if (speed != nullptr && speed->is_number_integer() && speed->get<int64_t>() > 0)
      interface.link_speed_bps = speed->get<int64_t>();
    interfaces[uuid[0]] = std::move(interface);
  }
  return interfaces;
}

std::map<std::string, OvsPort> ports_of(const OvsTable& table,
                                        const std::map<std::string, OvsInterface>& interfaces) {
  std::map<std::string, OvsPort> ports;
  for (const Json& row : table.json["data"]) {
    std::vector<std::string> uuid, members;
    collect_uuids(table.cell(row, "_uuid"), uuid);
    collect_uuids(table.cell(row, "interfaces"), members);
    OvsPort port;
    port.name = string_cell(table.cell(row, "name"));
    port.bond_mode = string_cell(table.cell(row, "bond_mode"));
    if (uuid.size() != 1 || port.name.empty()) continue;
    for (const std::string& member : members) {
      if (const auto found = interfaces.find(member); found != interfaces.end())
        port.interfaces.push_back(found->second);
    }
    sort_by_name(port.interfaces);
    ports[uuid[0]] = std::move(port);
  }
  return ports;
}

// "member eth0: enabled" -> { "eth0", true }
std::optional<OvsBond::Member> bond_member(std::string_view line) {
  for (const std::string_view word : {std::string_view("member "), std::string_view("slave ")}) {
    if (line.substr(0, word.size()) != word) continue;
    const size_t colon = line.rfind(": ");
    if (colon == std::string_view::npos || colon <= word.size()) return std::nullopt;
    return OvsBond::Member{std::string(line.substr(word.size(), colon - word.size())),
                           trim(line.substr(colon + 2)) == "enabled"};
  }
  return std::nullopt;
}

}  // namespace

bool OvsInterface::device() const {
  return type.empty() || type == "system" || type == "dpdk" || type == "afxdp" || type == "afxdp-nonpmd";
}

const OvsBridge* OvsState::bridge(const std::string& name) const {
  const auto found =
      std::find_if(bridges.begin(), bridges.end(), [&](const OvsBridge& each) { return each.name == name; });
  return found == bridges.end() ? nullptr : &*found;
}

OvsState::Place OvsState::interface(const std::string& name) const {
  for (const OvsBridge& bridge : bridges) {
    for (const OvsPort& port : bridge.ports) {
      for (const OvsInterface& interface : port.interfaces) {
        if (interface.name == name) return {&bridge, &port, &interface};
      }
    }
  }
  return {};
}

OvsState::Place OvsState::attached(const std::string& mac) const {
  for (const OvsBridge& bridge : bridges) {
    for (const OvsPort& port : bridge.ports) {
      for (const OvsInterface& interface : port.interfaces) {
        if (!mac.empty() && interface.attached_mac == mac) return {&bridge, &port, &interface};
      }
    }
  }
  return {};
}

Result<OvsState> parse_ovs(std::string_view bridges_json, std::string_view ports_json,
                           std::string_view interfaces_json) {
  BPFTAX_ASSIGN(const OvsTable bridges, parse_table(bridges_json, "Bridge", kOvsBridgeColumns));
  BPFTAX_ASSIGN(const OvsTable port_table, parse_table(ports_json, "Port", kOvsPortColumns));
  BPFTAX_ASSIGN(const OvsTable interfaces, parse_table(interfaces_json, "Interface", kOvsInterfaceColumns));
  const auto ports = ports_of(port_table, interfaces_of(interfaces));
  OvsState state;
  for (const Json& row : bridges.json["data"]) {
    OvsBridge bridge;
    bridge.name = string_cell(bridges.cell(row, "name"));
    if (bridge.name.empty()) continue;
    std::vector<std::string> uuids;
    collect_uuids(bridges.cell(row, "ports"), uuids);
    for (const std::string& uuid : uuids) {
      if (const auto found = ports.find(uuid); found != ports.end()) bridge.ports.push_back(found->second);
    }
    sort_by_name(bridge.ports);
    state.bridges.push_back(std::move(bridge));
  }
  sort_by_name(state.bridges);
  return state;
}

std::vector<OvsBond> parse_bond_show(std::string_view text) {
  std::vector<OvsBond> bonds;
  for (const std::string_view raw : split(text, '\n')) {
    const std::string_view line = trim(raw);
    if (line.size() > 10 && line.substr(0, 5) == "---- " && line.substr(line.size() - 5) == " ----") {
      bonds.emplace_back().name = line.substr(5, line.size() - 10);
      continue;
    }
    if (bonds.empty()) continue;
    OvsBond& bond = bonds.back();
    if (auto member = bond_member(line)) {
      bond.members.push_back(std::move(*member));
    } else if (line == "active member" || line == "active slave") {
      if (!bond.members.empty()) bond.active = bond.members.back().name;
    } else if (line.substr(0, 11) == "bond_mode: ") {
      bond.mode = trim(line.substr(11));
    } else if (line.substr(0, 13) == "lacp_status: ") {
      bond.lacp = trim(line.substr(13));
    }
  }
  return bonds;
}

}  // namespace bpftax
