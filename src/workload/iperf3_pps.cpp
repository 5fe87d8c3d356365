#include "workload/iperf3_pps.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "workload/conditions.h"
#include "workload/iperf3_window.h"
#include "workload/metrics.h"
#include "workload/window.h"

namespace bpftax {
namespace {

constexpr int kDatagramBytes = 64;
constexpr double kDisagreement = 0.01;

Result<double> received_packets_per_s(const WorkloadContext& context, const WindowEvidence& evidence,
                                      const CommonTime& time) {
  BPFTAX_ASSIGN(const SteadySamples steady,
                steady_samples(evidence.server_samples, time.start_ns, time.end_ns));
  const auto rates = interface_rates(steady, context.server_netns, context.server_interface);
  if (rates) return rates->rx_packets_per_s;
  return fail(ErrorKind::kWorkload, "the packet counters of the server's interface are missing",
              context.server_interface,
              "the samples do not contain it, or it was replaced while it was measured");
}

void compare_ends(double received_per_s, const std::map<std::string, double>& conditions,
                  std::vector<std::string>& warnings) {
  const auto sent = conditions.find("client_tx_packets_per_s");
  if (sent == conditions.end()) return;
  const double difference = (sent->second - received_per_s) / std::max(sent->second, received_per_s);
  if (std::abs(difference) <= kDisagreement) return;
  warnings.push_back(fmt::format(
      "the interfaces disagree: {:.0f} packets/s left the client's, {:.0f} packets/s reached the server's "
      "({:.1f} % {})",
      sent->second, received_per_s, std::abs(difference) * 100, difference > 0 ? "fewer" : "more"));
}

class Iperf3Pps : public Workload {
 public:
  Iperf3Pps(std::string name, Iperf3Traffic traffic)
      : name_(std::move(name)), traffic_(std::move(traffic)), metrics_(packet_metrics()) {}

  const std::string& name() const override { return name_; }
  const std::string& generator() const override { return generator_; }
  const std::vector<MetricInfo>& metrics() const override { return metrics_; }
  bool request_response() const override { return false; }
  std::vector<ServerSpec> servers(const WorkloadContext& context) const override {
    return iperf3_servers(context, traffic_);
  }
  std::vector<ProcessSpec> clients(const WorkloadContext& context) const override {
    return iperf3_clients(context, traffic_);
  }
  double omit_s(const WorkloadContext& context) const override { return iperf3_omit_s(context); }
  double timeout_s(const WorkloadContext& context) const override { return iperf3_timeout_s(context); }
  std::optional<double> cap(const WorkloadContext& context, const std::string& metric) const override {
    const auto bps = lower_cap(iperf3_cap_bps(context, traffic_), iperf3_line_bps(context, traffic_));
    if (!bps || metric != kPacketsPerS) return std::nullopt;
    return *bps / 8 / kDatagramBytes;
  }

  Result<Measurement> measure(const WorkloadContext& context, const WindowEvidence& evidence) const override {
    BPFTAX_ASSIGN(const Iperf3Window window, read_iperf3_window(context, evidence, traffic_));
    BPFTAX_ASSIGN(const double packets_per_s, received_packets_per_s(context, evidence, window.time));
    Measurement measurement;
    measurement.steady_start_ns = window.time.start_ns;
    measurement.steady_end_ns = window.time.end_ns;
    measurement.units = packets_per_s * window.time.seconds();
    measurement.unit_name = "packet";
    measurement.metrics[kPacketsPerS] = packets_per_s;
    if (const auto loss = loss_percent(window.received)) measurement.metrics[kLossPercent] = *loss;
    add_iperf3_conditions(window, measurement);
    add_counters(context, evidence, measurement);
    compare_ends(packets_per_s, measurement.conditions, measurement.warnings);
    return measurement;
  }

 private:
  std::string name_;
  std::string generator_ = "iperf3";
  Iperf3Traffic traffic_;
  std::vector<MetricInfo> metrics_;
};

}  // namespace

std::unique_ptr<Workload> make_iperf3_pps(std::string name, int parallel) {
  return std::make_unique<Iperf3Pps>(
      std::move(name),
      Iperf3Traffic{.udp = true, .parallel = parallel, .datagram_bytes = kDatagramBytes, .kind = "pps"});
}

}  // namespace bpftax
