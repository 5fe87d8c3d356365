// tcp_rr, udp_rr with netperf: one byte there, one byte back, one transaction at a time over one connection.
#pragma once

#include <memory>
#include <string>

#include "workload/workload.h"

namespace bpftax {

// netserver listens on base_port, its data socket on base_port + 1.
//
// No part of the window is thrown away: netperf has no such option, its clock starts after the connection is
// made, and one-byte transactions know no slow start. The first 50 ms were 4 % slower than the rest
// [measured, 2-CPU machine, both ends on one CPU], 0.1 % of a window of 2 s, and the same in all arms.
//
// Mean latency is 1e6 / transaction rate, so it contains everything that happened, at full precision.
std::unique_ptr<Workload> make_netperf_rr(std::string name, bool udp);

}  // namespace bpftax
