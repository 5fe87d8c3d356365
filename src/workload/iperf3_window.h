// The iperf3 part that streams and packet workloads share: commands, and N reports cut to the time in which
// all ran.
//
// N parallel streams are N client processes and N servers on the ports base_port .. base_port + N - 1: one
// iperf3 process is single-threaded, and one server runs one test at a time. A server stays up over
// windows: 3.12 takes the next client at once after a test (it says "the server is busy" during one).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "workload/common_time.h"
#include "workload/iperf3_json.h"
#include "workload/workload.h"

namespace bpftax {

struct Iperf3Traffic {
  bool udp = false;
  int parallel = 1;
  int datagram_bytes =
      0;             // UDP; 0: what iperf3 takes, the largest that the path's MTU carries (1448 for 1500)
  std::string kind;  // "throughput" or "pps", for the names of files
};

std::vector<ServerSpec> iperf3_servers(const WorkloadContext& context, const Iperf3Traffic& traffic);
std::vector<ProcessSpec> iperf3_clients(const WorkloadContext& context, const Iperf3Traffic& traffic);
// iperf3 runs for whole seconds: what is more than the window is thrown away at its beginning.
double iperf3_omit_s(const WorkloadContext& context);
// Of the clients: what they were asked, plus ten seconds for starting, results and a slow machine.
double iperf3_timeout_s(const WorkloadContext& context);

// What iperf3 makes of -b: "1G" is 1e9 bits of payload a second ("0": unlimited). nullopt when it is none.
std::optional<double> iperf3_rate_bps(const std::string& text);
// What all streams together may send at most under -b; nullopt: as fast as they can.
std::optional<double> iperf3_cap_bps(const WorkloadContext& context, const Iperf3Traffic& traffic);

// What the line can carry of their payload; nullopt where its rate is not known. Over IPv6 where the server's
// address is one.
std::optional<double> iperf3_line_bps(const WorkloadContext& context, const Iperf3Traffic& traffic);
// The smaller of two ceilings, either of which may be unknown.
std::optional<double> lower_cap(const std::optional<double>& one, const std::optional<double>& other);

struct Iperf3Window {
  std::vector<Iperf3Report> reports;  // one a stream
  CommonTime time;
  Amount received;  // by all streams together in the common time
};
// kWorkload when any stream failed, was cut short, received nothing, or did not do what was asked.
Result<Iperf3Window> read_iperf3_window(const WorkloadContext& context, const WindowEvidence& evidence,
                                        const Iperf3Traffic& traffic);

// Lost share of the datagrams that the receivers saw the numbers of, in percent. Negative when late
// datagrams, counted as lost before the common time, arrived in it. nullopt when there were none.
std::optional<double> loss_percent(const Amount& received);

// Conditions from the reports: alignment_slack_ms, omitted_s, retransmits_per_s (TCP, whole test),
// datagram_bytes, received_datagrams_per_s, sent_datagrams_per_s (UDP).
void add_iperf3_conditions(const Iperf3Window& window, Measurement& measurement);

}  // namespace bpftax
