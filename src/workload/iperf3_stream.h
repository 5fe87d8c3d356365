// tcp_stream, tcp_stream_4, udp_stream: bulk transfer from client to server. The metric is goodput: what the
// receivers got in the time in which all streams ran.
#pragma once

#include <memory>
#include <string>

#include "workload/workload.h"

namespace bpftax {

// UDP streams send unpaced (-b 0) datagrams of the size that iperf3 takes for the path, the largest that is
// not fragmented (1448 bytes with an MTU of 1500); the condition datagram_bytes says which it was.
std::unique_ptr<Workload> make_iperf3_stream(std::string name, bool udp, int parallel);

}  // namespace bpftax
