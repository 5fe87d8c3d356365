// Names and addresses of a lab: pure functions, and parsers of what `ip -json` writes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace bpftax {

// An IPv4 network: address in host byte order, host bits zero.
struct Subnet {
  uint32_t network = 0;
  int prefix = 32;
  bool overlaps(const Subnet& other) const;
  bool operator==(const Subnet&) const = default;
};
std::string format_ipv4(uint32_t address);
std::string to_string(const Subnet& subnet);  // "198.18.0.4/30"
// "198.18.0.4/30", or an address alone (/32). nullopt on anything else.
std::optional<Subnet> parse_subnet(std::string_view text);

// The networks that the output of `ip -json -4 addr show` or `ip -json -4 route show table all` names.
// Default routes, and the halves of the address space that VPNs use in their place, reserve nothing.
Result<std::vector<Subnet>> subnets_of_addresses(std::string_view json);
Result<std::vector<Subnet>> subnets_of_routes(std::string_view json);
// operstate of the one link in the output of `ip -json link show dev X`: "UP", "DOWN", "LOWERLAYERDOWN", ...
Result<std::string> operstate_of_link(std::string_view json);

// A /30 from 198.18.0.0/15 (RFC 2544), else from 100.64.0.0/10 (RFC 6598), that overlaps none of `used`.
// Where the search begins depends on the seed alone, so that labs rarely meet. nullopt: everything is taken.
std::optional<Subnet> choose_lab_subnet(const std::vector<Subnet>& used, uint64_t seed);
// A stable hash of the run id (FNV-1a).
uint64_t lab_seed(std::string_view run_id);

enum class LabSide { kServer, kClient };
// "bpftax-<run id>-s" and "-c".
std::string lab_netns(std::string_view run_id, LabSide side);
// At most 15 characters: "bt", the last 10 letters and digits of the run id, "s" or "c".
std::string lab_interface(std::string_view run_id, LabSide side);

}  // namespace bpftax
