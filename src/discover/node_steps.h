// The steps of discovery on one node. Each fills in findings of its own; a step that has nothing to go on
// says so in its finding and the next one goes on.
#pragma once

#include <string>
#include <vector>

#include "config/model.h"
#include "discover/findings.h"
#include "discover/machine.h"

namespace bpftax {

// The findings of one node under construction: overrides first, then what is found.
class NodeReport {
 public:
  NodeReport(const MinimalNode& node, const DiscoveryHints& hints);

  // Given by hand: not to be looked for.
  bool given(const std::string& field) const;
  std::string value(const std::string& field) const { return findings_.value(field); }
  // All do nothing for a field that was given. A value that cannot be used as what it is (a name with '/' or
  // a blank in it) is missing, not found.
  void found(const std::string& field, std::vector<std::string> values, std::string how,
             std::vector<Evidence> evidence = {});
  void none(const std::string& field, std::string why, std::vector<Evidence> evidence = {});
  void missing(const std::string& field, std::string why, std::vector<Evidence> evidence = {});

  NodeFindings take() { return std::move(findings_); }

 private:
  FieldFinding* open_field(const std::string& field);
  NodeFindings findings_;
};

// peer: the other end of its pair; decides the route, and the address where an interface has several.
NodeFindings discover_host(const MinimalNode& node, const MinimalNode& peer, const DiscoveryHints& hints,
                           Machine& machine);
NodeFindings discover_vm(const MinimalNode& node, const DiscoveryHints& hints, Machine& guest, Machine& host);

// Shared: bridge, uplink_bridge, physical_interface, physical_nic_members and link_speed, from the interface
// or tap `device` of `machine` ("": unknown, `why_not` says why).
void find_physical_path(NodeReport& report, Machine& machine, const std::string& device,
                        const std::string& why_not);

}  // namespace bpftax
