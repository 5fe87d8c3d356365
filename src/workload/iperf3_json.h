// Reads what `iperf3 -c ... -J --get-server-output` writes when the server runs with -J too: the sender's
// totals and the receiver's own intervals. Strict: it is foreign text, and a number that is not what it says
// would become a measurement.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace bpftax {

// A time range on one end's own clock: 0 is that end's start of the test.
struct Iperf3Interval {
  double start_s = 0, end_s = 0;
  double bytes = 0;
  double packets = 0;  // UDP: datagrams that were sent to it, so far as their sequence numbers were seen
  double lost = 0;     // UDP: of these, missing; negative in an interval in which late ones turned up
};

struct Iperf3Report {
  std::string version;  // "iperf 3.12"
  bool udp = false;
  double asked_s = 0;                                   // -t
  int64_t block_bytes = 0;                              // -l, for UDP the size of a datagram
  double sent_s = 0, sent_bytes = 0, sent_packets = 0;  // sender; packets: UDP only
  std::optional<double> retransmits;                    // sender; TCP only
  std::string congestion_control;                       // sender; "" with UDP
  double received_s = 0, received_bytes = 0;            // receiver, to the end of its last interval
  std::vector<Iperf3Interval> received;                 // in order, from 0 to received_s
};

// One client with one stream. Errors are of kind kWorkload: iperf3's own message when it reports one (it
// exits 0 even then), otherwise what is wrong with the text. `where` names the stream in the error.
Result<Iperf3Report> parse_iperf3(std::string_view text, const std::string& where);

}  // namespace bpftax
