// udp_pps, udp_pps_4: as many 64-byte datagrams as one or N senders can send. The metric is packets per
// second at the receiver's interface, from the counters that the samplers read there (what `sar -n DEV`
// shows), so it includes datagrams that the receiving socket then had no room for; these are in loss_percent.
#pragma once

#include <memory>
#include <string>

#include "workload/workload.h"

namespace bpftax {

// Without samples of the server's interface over at least 80 % of the steady part there is no measurement,
// but an error of kind kWorkload. When the sender's and the receiver's counters differ by more than 1 %, a
// warning says so.
std::unique_ptr<Workload> make_iperf3_pps(std::string name, int parallel);

}  // namespace bpftax
