// tcp_rr, udp_rr with sockperf, for hosts without netperf: ping-pong, one message at a time.
#pragma once

#include <memory>
#include <string>

#include "workload/workload.h"

namespace bpftax {

// Differences to netperf, which each measurement repeats as a warning: messages of 14 bytes, the smallest
// that sockperf has, instead of 1; and it throws away the first 0.4 s and the last 0.05 s of its test. It
// also waits 2 s before the test, so a window costs about 3 s more. Its values are exact to a nanosecond.
//
// Results of the two generators must not be compared with each other.
std::unique_ptr<Workload> make_sockperf_rr(std::string name, bool udp);

}  // namespace bpftax
