// Programs that a host has: where, and which version. Asked for in one round trip.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "host/host.h"
#include "util/result.h"
#include "workload/workload.h"

namespace bpftax {

struct HostTool {
  std::string path;     // absolute
  std::string version;  // first line of what it says of itself; may be empty
};

// Looks for the programs we know how to ask for their version (iperf3, netperf, netserver, sockperf,
// bpftrace, ip, bpftool, sudo, stress-ng) in the agent's PATH and the sbin folders. What is not there is not
// in the map.
Result<std::map<std::string, HostTool>> find_host_tools(Host& host);

Generators generators_of(const std::map<std::string, HostTool>& tools);

}  // namespace bpftax
