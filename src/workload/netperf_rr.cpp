#include "workload/netperf_rr.h"

#include <fmt/format.h>

#include <cmath>

#include "util/strings.h"
#include "workload/common_time.h"
#include "workload/metrics.h"
#include "workload/netperf_output.h"
#include "workload/window.h"

namespace bpftax {
namespace {

constexpr double kNetperfPercentileFloorUs = 2;
constexpr double kElapsedRounding = 0.005;  // netperf prints two decimals

class NetperfRr : public Workload {
 public:
  NetperfRr(std::string name, bool udp)
      : name_(std::move(name)), udp_(udp), metrics_(request_response_metrics(kNetperfPercentileFloorUs)) {}

  const std::string& name() const override { return name_; }
  const std::string& generator() const override { return generator_; }
  const std::vector<MetricInfo>& metrics() const override { return metrics_; }
  bool request_response() const override { return true; }

  std::vector<ServerSpec> servers(const WorkloadContext& context) const override {
    // -D: in the foreground, so that it stays a child of the agent.
    return {
        {server_process(context, "netserver",
                        {context.generators.netserver, "-D", is_ipv6(context.server_address) ? "-6" : "-4",
                         "-p", std::to_string(context.base_port), "-L", context.server_address},
                        fmt::format("netserver_port_{}.txt", context.base_port)),
         PortProtocol::kTcp, context.base_port}};
  }

  std::vector<ProcessSpec> clients(const WorkloadContext& context) const override {
    const std::string address = context.server_address + (is_ipv6(context.server_address) ? ",6" : ",4");
    return {client_process(
        context, "netperf " + name_,
        {context.generators.netperf, "-H", address, "-p", std::to_string(context.base_port), "-t",
         udp_ ? "UDP_RR" : "TCP_RR", "-l", std::to_string(whole_seconds(context.window_s)), "-j", "-P", "0",
         "--", "-r", "1,1", "-P", fmt::format(",{}", context.base_port + 1), "-k", kNetperfKeys},
        fmt::format("latency_{}.txt", name_))};
  }

  // It counts from the first transaction on.
  double omit_s(const WorkloadContext&) const override { return 0; }
  double timeout_s(const WorkloadContext& context) const override {
    return whole_seconds(context.window_s) + 10;
  }

  Result<Measurement> measure(const WorkloadContext& context, const WindowEvidence& evidence) const override {
    BPFTAX_TRY(check_complete(evidence, 1));
    BPFTAX_TRY(check_exit(evidence, 0, generator_));
    // netperf explains some failures on standard error alone and exits with 0.
    const bool silent = trim(evidence.out[0]).empty();
    const std::string& text = silent ? evidence.err[0] : evidence.out[0];
    BPFTAX_ASSIGN(const NetperfReport report, parse_netperf(text, "netperf " + name_));
    BPFTAX_TRY(check(context, report));

    Measurement measurement;
    auto& metrics = measurement.metrics;
    metrics[kTransactionsPerS] = report.transactions_per_s;
    metrics[kLatencyMeanUs] = 1e6 / report.transactions_per_s;
    metrics[kLatencyMinUs] = report.min_us;
    metrics[kLatencyP50Us] = report.p50_us;
    metrics[kLatencyP90Us] = report.p90_us;
    metrics[kLatencyP99Us] = report.p99_us;
    metrics[kLatencyMaxUs] = report.max_us;
    measurement.unit_name = "transaction";
    BPFTAX_TRY(set_steady_part(report, evidence, measurement));
    add_counters(context, evidence, measurement);
    return measurement;
  }

 private:
  Result<void> check(const WorkloadContext& context, const NetperfReport& report) const {
    const auto wrong = [&](std::string why, std::string hint = {}) {
      return fail(ErrorKind::kWorkload, "netperf did not do what was asked", "netperf " + name_,
                  std::move(why), std::move(hint));
    };
    if ((report.protocol == "UDP") != udp_) return wrong("it used " + report.protocol);
    if (report.request_bytes != 1 || report.response_bytes != 1)
      return wrong(fmt::format("its requests had {} and its responses {} bytes, not 1", report.request_bytes,
                               report.response_bytes));
    const int asked_s = whole_seconds(context.window_s);
    if (report.elapsed_s < kLeastShare * asked_s)
      return wrong(fmt::format("it ran for {:.2f} s of the asked {} s", report.elapsed_s, asked_s));
    if (!(report.transactions_per_s * report.elapsed_s >= 1)) return wrong("it made no transaction");
    const double share = busy_share(report);
    if (share < kLeastShare) {
      const std::string stalled = fmt::format("transactions took {:.3f} s of its {:.2f} s",
                                              share * report.elapsed_s, report.elapsed_s);
      return udp_ ? wrong(stalled +
                          ", then it waited: a datagram was lost, and netperf does not send it again")
                  : wrong(stalled + ": it stood still in between");
    }
    if (share > 2 - kLeastShare)
      return wrong(
          fmt::format("its mean latency of {} us and its rate of {} transactions/s "
                      "contradict each other",
                      report.mean_us, report.transactions_per_s));
    return {};
  }

  // The test lay somewhere between the release of the process and its end. The steady part is what certainly
  // belongs to it, wherever it lay.
  static Result<void> set_steady_part(const NetperfReport& report, const WindowEvidence& evidence,
                                      Measurement& measurement) {
    const auto elapsed_ns = static_cast<int64_t>(std::llround((report.elapsed_s - kElapsedRounding) * 1e9));
    measurement.steady_start_ns = evidence.exits[0].ended_ns - elapsed_ns;
    measurement.steady_end_ns = evidence.clients[0].started_ns + elapsed_ns;
    if (measurement.steady_end_ns <= measurement.steady_start_ns ||
        evidence.exits[0].ended_ns - evidence.clients[0].started_ns < elapsed_ns) {
      return fail(
          ErrorKind::kWorkload, "the times of netperf contradict each other", {},
          fmt::format(
              "its test lasted {:.2f} s, its process {:.3f} s", report.elapsed_s,
              static_cast<double>(evidence.exits[0].ended_ns - evidence.clients[0].started_ns) * 1e-9));
    }
    const double seconds =
        static_cast<double>(measurement.steady_end_ns - measurement.steady_start_ns) * 1e-9;
    measurement.units = report.transactions_per_s * seconds;
    return {};
  }

  std::string name_;
  std::string generator_ = "netperf";
  bool udp_;
  std::vector<MetricInfo> metrics_;
};

}  // namespace

std::unique_ptr<Workload> make_netperf_rr(std::string name, bool udp) {
  return std::make_unique<NetperfRr>(std::move(name), udp);
}

}  // namespace bpftax
