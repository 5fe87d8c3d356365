#include "workload/iperf3_window.h"

#include <fmt/format.h>

#include <cmath>

#include "util/strings.h"
#include "workload/common_time.h"
#include "workload/window.h"

namespace bpftax {
namespace {

// The shortest that iperf3 takes: the cut of the common time is the finer for it, and costs 20 lines a
// second.
constexpr const char* kInterval = "0.1";

std::string file_name(const Iperf3Traffic& traffic, int stream, int port) {
  if (traffic.parallel == 1)
    return fmt::format("{}_single_{}.json", traffic.kind, traffic.udp ? "udp" : "tcp");
  return fmt::format("{}_multi_stream_{}_port_{}.json", traffic.kind, stream, port);
}

int asked_seconds(const WorkloadContext& context) {
  return whole_seconds(context.window_s + context.omit_s);
}

Result<void> check_report(const Iperf3Report& report, const Iperf3Traffic& traffic, int asked_s,
                          const std::string& where) {
  const auto wrong = [&](std::string why) {
    return fail(ErrorKind::kWorkload, "iperf3 did not do what was asked", where, std::move(why));
  };
  if (report.udp != traffic.udp) return wrong(report.udp ? "it used UDP" : "it used TCP");
  if (report.asked_s != asked_s)
    return wrong(fmt::format("it ran a test of {} s, not {} s", report.asked_s, asked_s));
  if (traffic.datagram_bytes > 0 && report.block_bytes != traffic.datagram_bytes)
    return wrong(
        fmt::format("its datagrams had {} bytes, not {}", report.block_bytes, traffic.datagram_bytes));
  if (report.sent_s < kLeastShare * asked_s || report.received_s < kLeastShare * asked_s) {
    return wrong(fmt::format("it sent for {:.3f} s and received for {:.3f} s of the asked {} s",
                             report.sent_s, report.received_s, asked_s));
  }
  return {};
}

}  // namespace

std::vector<ServerSpec> iperf3_servers(const WorkloadContext& context, const Iperf3Traffic& traffic) {
  std::vector<ServerSpec> servers;
  for (int i = 0; i < traffic.parallel; ++i) {
    const int port = context.base_port + i;
    // With -J even its complaints go to standard output.
    servers.push_back(
        {server_process(context, fmt::format("iperf3 server on port {}", port),
                        {context.generators.iperf3, "-s", "-J", "-i", kInterval, "-B", context.server_address,
                         "-p", std::to_string(port)},
                        fmt::format("iperf3_server_port_{}.json", port)),
         // The control connection of a UDP test is TCP too; the UDP socket is made for each test.
         PortProtocol::kTcp, port});
  }
  return servers;
}

std::vector<ProcessSpec> iperf3_clients(const WorkloadContext& context, const Iperf3Traffic& traffic) {
  std::vector<ProcessSpec> clients;
  for (int i = 0; i < traffic.parallel; ++i) {
    const int port = context.base_port + i;
    std::vector<std::string> argv = {context.generators.iperf3,
                                     "-c",
                                     context.server_address,
                                     "-p",
                                     std::to_string(port),
                                     "-J",
                                     "--get-server-output",
                                     "-i",
                                     kInterval,
                                     "-t",
                                     std::to_string(asked_seconds(context)),
                                     "--connect-timeout",
                                     "3000"};
    const bool paced = !context.target_bandwidth.empty();
    if (traffic.udp) argv.emplace_back("-u");
    if (traffic.udp || paced) argv.insert(argv.end(), {"-b", paced ? context.target_bandwidth : "0"});
    if (traffic.datagram_bytes > 0) argv.insert(argv.end(), {"-l", std::to_string(traffic.datagram_bytes)});
    clients.push_back(client_process(context, fmt::format("iperf3 client {} of {}", i + 1, traffic.parallel),
                                     std::move(argv), file_name(traffic, i, port)));
  }
  return clients;
}

std::optional<double> iperf3_rate_bps(const std::string& text) {
  // iperf3 counts rates in steps of 1000, whichever case the letter has; "/n" behind it is a burst.
  std::string number = text.substr(0, text.find('/'));
  double factor = 1;
  constexpr std::string_view kLetters = "kmgt";
  if (!number.empty()) {
    const auto letter = static_cast<char>(number.back() | 0x20);
    if (const size_t step = kLetters.find(letter); step != std::string_view::npos) {
      factor = std::pow(1000.0, static_cast<double>(step + 1));
      number.pop_back();
    }
  }
  const auto value = to_double(number);
  if (!value || *value < 0) return std::nullopt;
  return *value * factor;
}

std::optional<double> iperf3_cap_bps(const WorkloadContext& context, const Iperf3Traffic& traffic) {
  if (context.target_bandwidth.empty()) return std::nullopt;
  const auto rate = iperf3_rate_bps(context.target_bandwidth);
  if (!rate || *rate <= 0) return std::nullopt;
  return *rate * traffic.parallel;
}

std::optional<double> iperf3_line_bps(const WorkloadContext& context, const Iperf3Traffic& traffic) {
  if (!context.line_rate) return std::nullopt;
  const bool ipv6 = context.server_address.find(':') != std::string::npos;
  if (traffic.datagram_bytes > 0)
    return datagrams_per_s(*context.line_rate, ipv6, traffic.datagram_bytes) * traffic.datagram_bytes * 8;
  return traffic.udp ? udp_goodput_bps(*context.line_rate, ipv6) : tcp_goodput_bps(*context.line_rate, ipv6);
}

std::optional<double> lower_cap(const std::optional<double>& one, const std::optional<double>& other) {
  if (!one || !other) return one ? one : other;
  return std::min(*one, *other);
}

double iperf3_omit_s(const WorkloadContext& context) {
  return asked_seconds(context) - context.window_s;
}

double iperf3_timeout_s(const WorkloadContext& context) {
  return asked_seconds(context) + 10;
}

Result<Iperf3Window> read_iperf3_window(const WorkloadContext& context, const WindowEvidence& evidence,
                                        const Iperf3Traffic& traffic) {
  const auto count = static_cast<size_t>(traffic.parallel);
  BPFTAX_TRY(check_complete(evidence, count));
  Iperf3Window window;
  std::vector<StreamClock> clocks;
  for (size_t i = 0; i < count; ++i) {
    const std::string where = client_name(i, count, "iperf3 client");
    // A report says more than the exit code, which is 0 on most failures; but a killed client wrote none.
    if (evidence.exits[i].signaled || trim(evidence.out[i]).empty())
      BPFTAX_TRY(check_exit(evidence, i, "iperf3"));
    BPFTAX_ASSIGN(Iperf3Report report, parse_iperf3(evidence.out[i], where));
    BPFTAX_TRY(check_exit(evidence, i, "iperf3"));
    BPFTAX_TRY(check_report(report, traffic, asked_seconds(context), where));
    clocks.push_back({evidence.clients[i].started_ns, evidence.exits[i].ended_ns, report.received_s});
    window.reports.push_back(std::move(report));
  }
  BPFTAX_ASSIGN(window.time, common_time(clocks, context.window_s, context.omit_s));
  for (size_t i = 0; i < count; ++i) {
    const Amount amount = amount_between(window.reports[i].received, clocks[i], window.time);
    if (!(amount.bytes > 0)) {
      return fail(ErrorKind::kWorkload, "a stream received nothing", client_name(i, count, "iperf3 client"),
                  fmt::format("in the {:.3f} s that were measured", window.time.seconds()));
    }
    window.received.bytes += amount.bytes;
    window.received.packets += amount.packets;
    window.received.lost += amount.lost;
  }
  return window;
}

std::optional<double> loss_percent(const Amount& received) {
  if (!(received.packets > 0)) return std::nullopt;
  return received.lost / received.packets * 100;
}

void add_iperf3_conditions(const Iperf3Window& window, Measurement& measurement) {
  auto& conditions = measurement.conditions;
  conditions["alignment_slack_ms"] = window.time.max_slack_s * 1e3;
  conditions["omitted_s"] = window.time.omitted_s;
  double sent_packets_per_s = 0;
  double retransmits_per_s = 0;
  bool all_have_retransmits = true;
  for (const Iperf3Report& report : window.reports) {
    sent_packets_per_s += report.sent_packets / report.sent_s;
    if (report.retransmits) {
      retransmits_per_s += *report.retransmits / report.sent_s;
    } else {
      all_have_retransmits = false;
    }
  }
  if (all_have_retransmits) conditions["retransmits_per_s"] = retransmits_per_s;
  if (!window.reports.front().udp) return;
  conditions["datagram_bytes"] = static_cast<double>(window.reports.front().block_bytes);
  conditions["sent_datagrams_per_s"] = sent_packets_per_s;
  conditions["received_datagrams_per_s"] =
      (window.received.packets - window.received.lost) / window.time.seconds();
}

}  // namespace bpftax
