// What discovery has found, for each node and field: the value and how it was found, or why it is missing and
// how to give it by hand. Plain data, a table for people, JSON for the full configuration (`provenance:`).
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "config/model.h"
#include "util/result.h"

namespace bpftax {

// A command that was run on a machine and the part of its output that says it, printable and short.
struct Evidence {
  std::string machine;  // node id
  std::string command;  // shell-quoted
  std::string output;
};

enum class FindingStatus {
  kFound,
  kGiven,    // discovery_hints.overrides, or the node's own test_ip
  kNone,     // there is none, and none is needed: no bond, no bridge, no vhost
  kMissing,  // it could not be found out: see why
};
const char* to_string(FindingStatus status);  // "found", "given", "none", "missing"

struct FieldFinding {
  std::string field;  // of discovery_fields()
  FindingStatus status = FindingStatus::kMissing;
  bool required = false;
  std::vector<std::string> values;  // one, but for physical_nic_members, vhost_pids and link_speed
  std::string how;                  // found: in words
  std::string why;                  // none, missing: the reason
  std::vector<Evidence> evidence;

  std::string value() const;  // values, comma-separated
  bool known() const { return status == FindingStatus::kFound || status == FindingStatus::kGiven; }
};

struct NodeFindings {
  std::string node, role, target;    // id, "host" | "vm", "user@address"
  std::vector<FieldFinding> fields;  // all of the role's, in their order

  const FieldFinding* find(const std::string& field) const;
  std::string value(const std::string& field) const;  // "" when it is not known
};

// The fields of a role and what they are.
struct DiscoveryField {
  enum class Kind { kAddress, kInterface, kInterfaces, kPid, kPids, kMac, kText };
  const char* name;
  bool of_host, of_vm;
  bool required;
  Kind kind;
  const char* meaning;
};
const std::vector<DiscoveryField>& discovery_fields();
// kUsage: an override of a field that the node's role does not have, or of a value that is none of its kind.
Result<void> check_overrides(const MinimalInput& input);

// A name of a network interface or bridge that can stand in a path and in a command: not empty, no '/', no
// blank, no control character, not "." or "..", no '-' in front.
bool is_interface_name(const std::string& name);

// "discovery_hints.overrides.host-server.physical_interface"
std::string override_name(const std::string& node, const std::string& field);

// The required fields that are missing, as "node.field".
std::vector<std::string> missing_fields(const std::vector<NodeFindings>& nodes);
// Lines for a terminal that many columns wide.
std::string findings_table(const std::vector<NodeFindings>& nodes, int width);
// The part of a minimal input that gives what is missing, ready to be filled in. "" when nothing is.
std::string overrides_to_give(const std::vector<NodeFindings>& nodes);
// { node: { field: { value, status, how, why, from: [ { on, command, output } ] } } }, empty parts left out.
nlohmann::ordered_json provenance(const std::vector<NodeFindings>& nodes);

}  // namespace bpftax
