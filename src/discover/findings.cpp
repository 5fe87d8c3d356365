#include "discover/findings.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>

#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kFieldWidth = 20, kLeastValueWidth = 8, kMostValueWidth = 40, kStatusWidth = 7;

bool is_numeric_address(const std::string& text) {
  unsigned char buffer[sizeof(in6_addr)];
  return inet_pton(AF_INET, text.c_str(), buffer) == 1 || inet_pton(AF_INET6, text.c_str(), buffer) == 1;
}

bool is_process_id(const std::string& text) {
  const auto number = to_int64(text);
  return number && *number > 0 && *number <= INT32_MAX;
}

bool is_mac_address(const std::string& text) {
  const auto parts = split(text, ':');
  return parts.size() == 6 && std::all_of(parts.begin(), parts.end(), [](std::string_view part) {
           return part.size() == 2 && to_uint64(part, 16);
         });
}

const DiscoveryField* field_of(const std::string& name, const std::string& role) {
  for (const DiscoveryField& field : discovery_fields()) {
    if (field.name == name && (role == "vm" ? field.of_vm : field.of_host)) return &field;
  }
  return nullptr;
}

// nullptr: the text is a value of that kind.
const char* wrong_value(const DiscoveryField& field, const std::string& text) {
  using Kind = DiscoveryField::Kind;
  const auto all = [&](auto test) {
    const auto parts = split(text, ',');
    return std::all_of(parts.begin(), parts.end(),
                       [&](std::string_view part) { return test(std::string(trim(part))); });
  };
  switch (field.kind) {
    case Kind::kAddress:
      return is_numeric_address(text) ? nullptr : "an IP address in numbers is wanted";
    case Kind::kInterface:
      return is_interface_name(text) ? nullptr : "the name of a network interface is wanted";
    case Kind::kInterfaces:
      return all(is_interface_name) ? nullptr : "names of network interfaces, comma-separated, are wanted";
    case Kind::kPid:
      return is_process_id(text) ? nullptr : "a process id is wanted";
    case Kind::kPids:
      return all(is_process_id) ? nullptr : "process ids, comma-separated, are wanted";
    case Kind::kMac:
      return is_mac_address(text) ? nullptr : "a MAC address is wanted, 52:54:00:01:02:03";
    case Kind::kText:
      return nullptr;
  }
  return nullptr;
}

// `text` in lines of at most `width` columns, broken at blanks.
std::vector<std::string> wrapped(const std::string& text, size_t width) {
  std::vector<std::string> lines(1);
  for (const std::string_view word : split(text, ' ')) {
    if (!lines.back().empty() && lines.back().size() + 1 + word.size() > width) lines.emplace_back();
    if (!lines.back().empty()) lines.back() += ' ';
    lines.back() += word;
  }
  return lines;
}

std::string shown_value(const FieldFinding& finding) {
  return finding.known() ? printable(finding.value()) : "-";
}

std::string table_row(const NodeFindings& node, const FieldFinding& finding, size_t value_width,
                      size_t width) {
  std::string status = to_string(finding.status);
  if (finding.status == FindingStatus::kMissing && finding.required) status = "MISSING";
  const std::string value = shown_value(finding);
  std::string words = printable(finding.known() ? finding.how : finding.why);
  if (status == "MISSING") words += "; give it as " + override_name(node.node, finding.field);
  const size_t indent = 2 + kFieldWidth + 1 + value_width + 1 + kStatusWidth + 1;
  const auto lines = wrapped(words, std::max<size_t>(width > indent ? width - indent : 0, 30));
  std::string text = fmt::format("  {:<{}} {:<{}} {:<{}} {}\n", finding.field, kFieldWidth, value,
                                 value_width, status, kStatusWidth, lines[0]);
  for (size_t i = 1; i < lines.size(); ++i) text += std::string(indent, ' ') + lines[i] + "\n";
  return text;
}

}  // namespace

const char* to_string(FindingStatus status) {
  switch (status) {
    case FindingStatus::kFound:
      return "found";
    case FindingStatus::kGiven:
      return "given";
    case FindingStatus::kNone:
      return "none";
    case FindingStatus::kMissing:
      return "missing";
  }
  return "missing";
}

std::string FieldFinding::value() const {
  return join(values, ",");
}

const FieldFinding* NodeFindings::find(const std::string& field) const {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const FieldFinding& each) { return each.field == field; });
  return found == fields.end() ? nullptr : &*found;
}

std::string NodeFindings::value(const std::string& field) const {
  const FieldFinding* finding = find(field);
  return finding != nullptr && finding->known() ? finding->value() : "";
}

const std::vector<DiscoveryField>& discovery_fields() {
  using Kind = DiscoveryField::Kind;
  // clang-format off
  static const std::vector<DiscoveryField> kFields = {
      {"test_ip",              true,  true,  true,  Kind::kAddress,    "address that the workloads use"},
      {"interface",            true,  true,  true,  Kind::kInterface,  "interface that carries test_ip"},
      {"mac",                  false, true,  false, Kind::kMac,        "hardware address of that interface"},
      {"internal_interface",   true,  false, false, Kind::kInterface,  "OVS internal port"},
      {"qemu_pid",             false, true,  true,  Kind::kPid,        "QEMU process on the physical host"},
      {"vm_interface",         false, true,  true,  Kind::kInterface,  "tap on the physical host"},
      {"vhost_pids",           false, true,  false, Kind::kPids,       "vhost threads of that tap"},
      {"bridge",               true,  true,  false, Kind::kInterface,  "bridge of the interface or tap"},
      {"uplink_bridge",        true,  true,  false, Kind::kInterface,  "bridge that holds the NIC"},
      {"physical_interface",   true,  true,  true,  Kind::kInterface,  "NIC or bond"},
      {"physical_nic_members", true,  true,  false, Kind::kInterfaces, "NICs of the bond"},
      {"link_speed",           true,  true,  false, Kind::kText,       "of each NIC"},
  };
  // clang-format on
  return kFields;
}

Result<void> check_overrides(const MinimalInput& input) {
  for (const auto& [id, fields] : input.hints.overrides) {
    const auto node = std::find_if(input.nodes.begin(), input.nodes.end(),
                                   [&, name = id](const MinimalNode& each) { return each.host.id == name; });
    const std::string file = input.place.file.empty() ? "" : input.place.file + ": ";
    if (node == input.nodes.end())
      return fail(ErrorKind::kUsage, "an override names no node", file + "discovery_hints.overrides." + id);
    for (const auto& [name, text] : fields) {
      const DiscoveryField* field = field_of(name, node->role);
      const std::string where = file + override_name(id, name);
      if (field == nullptr) {
        std::vector<std::string> known;
        for (const DiscoveryField& each : discovery_fields()) {
          if (node->role == "vm" ? each.of_vm : each.of_host) known.emplace_back(each.name);
        }
        const auto nearest = nearest_name(name, known);
        return fail(ErrorKind::kUsage, "an override of an unknown field", where,
                    "a " + node->role + " has no such field",
                    nearest ? "did you mean '" + *nearest + "'?" : "known are " + join(known, ", "));
      }
      if (const char* wrong = wrong_value(*field, text))
        return fail(ErrorKind::kUsage, "an override cannot be used", where,
                    "'" + shorten(printable(text), 60) + "': " + wrong);
    }
  }
  return {};
}

bool is_interface_name(const std::string& name) {
  if (name.empty() || name.size() > 64 || name == "." || name == ".." || name[0] == '-') return false;
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return c > ' ' && c != '/' && c != ',' && c != 0x7f; });
}

std::string override_name(const std::string& node, const std::string& field) {
  return "discovery_hints.overrides." + node + "." + field;
}

std::vector<std::string> missing_fields(const std::vector<NodeFindings>& nodes) {
  std::vector<std::string> missing;
  for (const NodeFindings& node : nodes) {
    for (const FieldFinding& finding : node.fields) {
      if (finding.required && finding.status == FindingStatus::kMissing)
        missing.push_back(node.node + "." + finding.field);
    }
  }
  return missing;
}

std::string findings_table(const std::vector<NodeFindings>& nodes, int width) {
  size_t value_width = kLeastValueWidth;
  for (const NodeFindings& node : nodes) {
    for (const FieldFinding& finding : node.fields)
      value_width = std::max(value_width, std::min(shown_value(finding).size(), kMostValueWidth));
  }
  std::string text;
  for (const NodeFindings& node : nodes) {
    text += fmt::format("{} ({}, {})\n", printable(node.node), node.role, printable(node.target));
    for (const FieldFinding& finding : node.fields)
      text += table_row(node, finding, value_width, static_cast<size_t>(std::max(width, 0)));
  }
  return text;
}

std::string overrides_to_give(const std::vector<NodeFindings>& nodes) {
  std::string text;
  for (const NodeFindings& node : nodes) {
    std::string fields;
    for (const FieldFinding& finding : node.fields) {
      if (!finding.required || finding.status != FindingStatus::kMissing) continue;
      const DiscoveryField* field = field_of(finding.field, node.role);
      fields += fmt::format("      {}: \"\"{}\n", finding.field,
                            field == nullptr ? "" : fmt::format("   # {}", field->meaning));
    }
    if (!fields.empty()) text += "    " + node.node + ":\n" + fields;
  }
  return text.empty() ? "" : "discovery_hints:\n  overrides:\n" + text;
}

OrderedJson provenance(const std::vector<NodeFindings>& nodes) {
  OrderedJson all = OrderedJson::object();
  for (const NodeFindings& node : nodes) {
    OrderedJson fields = OrderedJson::object();
    for (const FieldFinding& finding : node.fields) {
      OrderedJson one = OrderedJson::object();
      if (finding.known()) one["value"] = printable(finding.value());
      one["status"] = to_string(finding.status);
      if (finding.known() && !finding.how.empty()) one["how"] = printable(finding.how);
      if (!finding.known() && !finding.why.empty()) one["why"] = printable(finding.why);
      OrderedJson from = OrderedJson::array();
      for (const Evidence& each : finding.evidence) {
        from.push_back({{"on", each.machine}, {"command", printable(each.command)}});
        if (!each.output.empty()) from.back()["output"] = printable(each.output);
      }
      if (!from.empty()) one["from"] = std::move(from);
      fields[finding.field] = std::move(one);
    }
    all[node.node] = std::move(fields);
  }
  return all;
}

}  // namespace bpftax
