// The table of all workloads: name -> what makes it from which traffic generator. A new workload is one line
// here and its own file (docs/adding_a_workload.md).
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "util/result.h"
#include "workload/workload.h"

namespace bpftax {

// All names, in the order in which they are listed to people: tcp_stream, tcp_stream_4, udp_stream, tcp_rr,
// udp_rr, udp_pps, udp_pps_4.
const std::vector<std::string>& workload_names();

// What `measure` runs by default (method.md section 4: all of the primary set) and with --quick.
const std::vector<std::string>& primary_workloads();
const std::vector<std::string>& quick_workloads();

// tcp_stream_N and udp_pps_N exist for 2 to 16 senders, though only N = 4 is listed.
// Makes the workload with the best generator that both ends have: iperf3 for streams and packets, netperf for
// request/response, sockperf where netperf or netserver is missing (each measurement then carries a warning).
// kUsage on an unknown name, with the nearest known one as a hint; kEnvironment when no generator for it is
// there, with the packages to install.
Result<std::unique_ptr<Workload>> find_workload(const std::string& name, const Generators& generators);

}  // namespace bpftax
