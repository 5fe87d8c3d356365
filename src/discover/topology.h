// The way from an interface down to the wire: bridges, uplink bridges, bonds, NIC. Pure: works on what has
// been read from the machine.
#pragma once

#include <string>
#include <vector>

#include "discover/links.h"
#include "discover/ovs.h"

namespace bpftax {

struct PhysicalPath {
  std::string bridge;                // that the interface is on; "" = none
  std::string uplink_bridge;         // that holds the physical port, when it is another one
  std::string physical;              // NIC or bond; "" = see why
  std::vector<std::string> members;  // of a bond; in OVS's or ip's order
  bool ovs_bond = false;
  std::vector<std::string> steps;  // in words
  std::string why;
};

// From `device` of a machine. ovs: nullptr when there is no Open vSwitch.
PhysicalPath physical_path(const std::string& device, const std::vector<Link>& links, const OvsState* ovs);

}  // namespace bpftax
