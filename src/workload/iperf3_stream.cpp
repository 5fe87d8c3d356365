#include "workload/iperf3_stream.h"

#include "workload/iperf3_window.h"
#include "workload/metrics.h"
#include "workload/window.h"

namespace bpftax {
namespace {

class Iperf3Stream : public Workload {
 public:
  Iperf3Stream(std::string name, Iperf3Traffic traffic)
      : name_(std::move(name)), traffic_(std::move(traffic)), metrics_(stream_metrics(traffic_.udp)) {}

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
    if (!bps || metric != kThroughputGbps) return std::nullopt;
    return *bps * 1e-9;
  }

  Result<Measurement> measure(const WorkloadContext& context, const WindowEvidence& evidence) const override {
    BPFTAX_ASSIGN(const Iperf3Window window, read_iperf3_window(context, evidence, traffic_));
    Measurement measurement;
    measurement.steady_start_ns = window.time.start_ns;
    measurement.steady_end_ns = window.time.end_ns;
    measurement.units = window.received.bytes * 1e-9;
    measurement.unit_name = "GB";
    measurement.metrics[kThroughputGbps] = window.received.bytes * 8e-9 / window.time.seconds();
    if (traffic_.udp) {
      if (const auto loss = loss_percent(window.received)) measurement.metrics[kLossPercent] = *loss;
    }
    add_iperf3_conditions(window, measurement);
    add_counters(context, evidence, measurement);
    return measurement;
  }

 private:
  std::string name_;
  std::string generator_ = "iperf3";
  Iperf3Traffic traffic_;
  std::vector<MetricInfo> metrics_;
};

}  // namespace

std::unique_ptr<Workload> make_iperf3_stream(std::string name, bool udp, int parallel) {
  return std::make_unique<Iperf3Stream>(
      std::move(name), Iperf3Traffic{.udp = udp, .parallel = parallel, .kind = "throughput"});
}

}  // namespace bpftax
