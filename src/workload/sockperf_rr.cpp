#include "workload/sockperf_rr.h"

#include <fmt/format.h>

#include <cmath>

#include "util/strings.h"
#include "workload/common_time.h"
#include "workload/metrics.h"
#include "workload/sockperf_output.h"
#include "workload/window.h"

namespace bpftax {
namespace {

constexpr double kSockperfPercentileFloorUs = 1;
// sockperf 3.7 [measured]: 2.1 s from its start to the test, 0.1 s from the test's end to its own; of the
// test it leaves out 0.4 s at the beginning and 0.05 s at the end.
constexpr double kNotCountedS = 0.45;
constexpr double kWarmUpS = 0.4;
constexpr int64_t kEndNs = 150'000'000;      // from the last counted observation to the process's end
constexpr int64_t kPositionNs = 50'000'000;  // how well that is known
constexpr const char* kMessageBytes = "14";

class SockperfRr : public Workload {
 public:
  SockperfRr(std::string name, bool udp)
      : name_(std::move(name)), udp_(udp), metrics_(request_response_metrics(kSockperfPercentileFloorUs)) {}

  const std::string& name() const override { return name_; }
  const std::string& generator() const override { return generator_; }
  const std::vector<MetricInfo>& metrics() const override { return metrics_; }
  bool request_response() const override { return true; }

  std::vector<ServerSpec> servers(const WorkloadContext& context) const override {
    std::vector<std::string> argv = {
        context.generators.sockperf, "server", "-i",
        context.server_address,      "-p",     std::to_string(context.base_port)};
    if (!udp_) argv.push_back("--tcp");
    return {{server_process(context, "sockperf server", std::move(argv),
                            fmt::format("sockperf_server_port_{}.txt", context.base_port)),
             udp_ ? PortProtocol::kUdp : PortProtocol::kTcp, context.base_port}};
  }

  std::vector<ProcessSpec> clients(const WorkloadContext& context) const override {
    std::vector<std::string> argv = {context.generators.sockperf,
                                     "ping-pong",
                                     "-i",
                                     context.server_address,
                                     "-p",
                                     std::to_string(context.base_port),
                                     "-t",
                                     std::to_string(asked_s(context)),
                                     "-m",
                                     kMessageBytes,
                                     "--full-rtt"};
    if (!udp_) argv.push_back("--tcp");
    return {
        client_process(context, "sockperf " + name_, std::move(argv), fmt::format("latency_{}.txt", name_))};
  }

  double omit_s(const WorkloadContext&) const override { return kWarmUpS; }
  double timeout_s(const WorkloadContext& context) const override { return asked_s(context) + 13; }

  Result<Measurement> measure(const WorkloadContext& context, const WindowEvidence& evidence) const override {
    BPFTAX_TRY(check_complete(evidence, 1));
    BPFTAX_TRY(check_exit(evidence, 0, generator_));
    const bool silent = trim(evidence.out[0]).empty();
    BPFTAX_ASSIGN(const SockperfReport report,
                  parse_sockperf(silent ? evidence.err[0] : evidence.out[0], "sockperf " + name_));
    BPFTAX_TRY(check(context, report));

    Measurement measurement;
    auto& metrics = measurement.metrics;
    const double transactions_per_s = static_cast<double>(report.observations) / report.valid_s;
    metrics[kTransactionsPerS] = transactions_per_s;
    metrics[kLatencyMeanUs] = report.mean_us;
    metrics[kLatencyMinUs] = report.min_us;
    metrics[kLatencyP50Us] = report.p50_us;
    metrics[kLatencyP90Us] = report.p90_us;
    metrics[kLatencyP99Us] = report.p99_us;
    metrics[kLatencyMaxUs] = report.max_us;
    measurement.unit_name = "transaction";
    measurement.steady_end_ns = evidence.exits[0].ended_ns - kEndNs - kPositionNs;
    measurement.steady_start_ns = evidence.exits[0].ended_ns - kEndNs + kPositionNs -
                                  static_cast<int64_t>(std::llround(report.valid_s * 1e9));
    if (measurement.steady_start_ns < evidence.clients[0].started_ns ||
        measurement.steady_end_ns <= measurement.steady_start_ns) {
      return fail(
          ErrorKind::kWorkload, "the times of sockperf contradict each other", {},
          fmt::format(
              "its report covers {:.3f} s, its process lasted {:.3f} s", report.valid_s,
              static_cast<double>(evidence.exits[0].ended_ns - evidence.clients[0].started_ns) * 1e-9));
    }
    measurement.units = transactions_per_s *
                        static_cast<double>(measurement.steady_end_ns - measurement.steady_start_ns) * 1e-9;
    measurement.warnings.push_back(
        "netperf is missing, so sockperf measured this: messages of 14 bytes instead of 1, not comparable "
        "with "
        "netperf's results");
    add_counters(context, evidence, measurement);
    return measurement;
  }

 private:
  static int asked_s(const WorkloadContext& context) {
    return whole_seconds(context.window_s + kNotCountedS);
  }

  Result<void> check(const WorkloadContext& context, const SockperfReport& report) const {
    const auto wrong = [&](std::string why) {
      return fail(ErrorKind::kWorkload, "sockperf did not do what was asked", "sockperf " + name_,
                  std::move(why));
    };
    if (report.total_s < kLeastShare * asked_s(context))
      return wrong(fmt::format("it ran for {:.3f} s of the asked {} s", report.total_s, asked_s(context)));
    if (report.observations < 1 || !(report.valid_s > 0) || !(report.mean_us > 0))
      return wrong("it made no transaction");
    if (report.dropped > 0 || report.duplicated > 0 || report.out_of_order > 0)
      return wrong(fmt::format("{} messages were dropped, {} duplicated, {} came out of order",
                               report.dropped, report.duplicated, report.out_of_order));
    // After a lost datagram it waits to the end of the test, and reports the part before the loss as if it
    // were all.
    if (report.valid_s < kLeastShare * (report.total_s - kNotCountedS)) {
      return wrong(fmt::format("its numbers cover {:.3f} s of a test of {:.3f} s: it stood still{}",
                               report.valid_s, report.total_s,
                               udp_ ? ", as it does when a datagram is lost" : ""));
    }
    const double share = static_cast<double>(report.observations) * report.mean_us * 1e-6 / report.valid_s;
    if (share < kLeastShare || share > 2 - kLeastShare) {
      return wrong(
          fmt::format("its mean latency of {} us and its {} transactions in {} s contradict each other",
                      report.mean_us, report.observations, report.valid_s));
    }
    return {};
  }

  std::string name_;
  std::string generator_ = "sockperf";
  bool udp_;
  std::vector<MetricInfo> metrics_;
};

}  // namespace

std::unique_ptr<Workload> make_sockperf_rr(std::string name, bool udp) {
  return std::make_unique<SockperfRr>(std::move(name), udp);
}

}  // namespace bpftax
