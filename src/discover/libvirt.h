// libvirt's view of a virtual machine's interfaces: `virsh domiflist UUID`.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bpftax {

struct DomainInterface {
  std::string name;    // "vnet126"; "" where there is none on the host ("-")
  std::string type;    // "bridge", "network", "direct", "ethernet", "user", "vhostuser", "hostdev", ...
  std::string source;  // bridge or network; "" for "-"
  std::string mac;     // lower case
};
// The table with or without a blank in front of its lines (both are around). Lines that are no interface are
// left out.
std::vector<DomainInterface> parse_domiflist(std::string_view text);

}  // namespace bpftax
