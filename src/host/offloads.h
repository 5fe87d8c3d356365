// Offload state of a network interface, by the kernel's ethtool interface.
#pragma once

#include <map>
#include <string>

#include "util/result.h"

namespace bpftax {

// ethtool's long names ("tcp-segmentation-offload") -> "on" or "off", of an interface in the network
// namespace that the file stands for ("/run/netns/NAME"). Features that the driver does not answer for are
// left out. Only a short-lived thread enters the namespace, never the caller.
Result<std::map<std::string, std::string>> read_offloads(const std::string& netns_path,
                                                         const std::string& interface);

}  // namespace bpftax
