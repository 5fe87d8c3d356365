// The workloads' own commands, run by the agent in a lab: real generators, real packets, windows of one
// second. No assertion on speed. A workload whose generator is not installed is skipped with that reason.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <map>
#include <memory>

#include "host/lab.h"
#include "host/local_host.h"
#include "util/files.h"
#include "workload/iperf3_json.h"
#include "workload/metrics.h"
#include "workload/registry.h"
#include "workload/sockperf_rr.h"

namespace bpftax {
namespace {

using ::testing::HasSubstr;

#define ASSERT_RESULT(result) ASSERT_TRUE(result.has_value()) << to_string(result.error())

// One agent and one lab for all tests of this file.
class Bench : public ::testing::Environment {
 public:
  static Bench* instance;

  void SetUp() override {
    ASSERT_EQ(::geteuid(), 0u) << "the netns tier needs root";
    char folder[] = "/tmp/bpftax-workload-test-XXXXXX";
    ASSERT_NE(::mkdtemp(folder), nullptr);
    folder_ = folder;
    LocalHostOptions options;
    options.run_id = "workload-test-" + std::to_string(::getpid());
    options.roots = {folder_ + "/out"};
    options.agent_path = std::string(BPFTAX_BIN_DIR) + "/bpftax-agent";
    options.state_dir = folder_ + "/state";
    auto host = start_local_agent(options);
    ASSERT_RESULT(host);
    host_ = std::move(*host);
    LabOptions lab_options;
    lab_options.state_dir = options.state_dir;
    auto lab = Lab::up(*host_, options.run_id, lab_options);
    ASSERT_RESULT(lab);
    lab_ = std::move(*lab);
  }
  void TearDown() override {
    if (lab_) {
      EXPECT_TRUE(lab_->close());
    }
    lab_.reset();
    if (host_) host_->close();
    host_.reset();
    EXPECT_TRUE(remove_tree(folder_));
  }

  Host& host() { return *host_; }
  bool ready() const { return lab_ != nullptr; }
  WorkloadContext context() const {
    WorkloadContext context;
    context.generators = {.iperf3 = installed("iperf3"),
                          .netperf = installed("netperf"),
                          .netserver = installed("netserver"),
                          .sockperf = installed("sockperf")};
    context.server_address = lab_->info().server.address;
    context.server_netns = lab_->info().server.netns;
    context.client_netns = lab_->info().client.netns;
    context.server_interface = lab_->info().server.interface;
    context.client_interface = lab_->info().client.interface;
    context.window_s = 1;
    context.omit_s = 1;
    context.output_dir = folder_ + "/out";
    return context;
  }

 private:
  static std::string installed(const std::string& program) {
    for (const char* folder : {"/usr/bin/", "/usr/local/bin/"}) {
      if (path_exists(folder + program)) return folder + program;
    }
    return "";
  }

  std::string folder_;
  std::unique_ptr<AgentHost> host_;
  std::unique_ptr<Lab> lab_;
};
Bench* Bench::instance = static_cast<Bench*>(::testing::AddGlobalTestEnvironment(new Bench));

class WorkloadNetnsTest : public ::testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(Bench::instance->ready()) << "there is no lab"; }
  void TearDown() override { stop_servers(); }

  Host& host() { return Bench::instance->host(); }

  void start_servers(const Workload& workload, const WorkloadContext& context) {
    for (const ServerSpec& server : workload.servers(context)) {
      auto started = host().start(server.process);
      ASSERT_RESULT(started);
      servers_.push_back(*started);
      auto listening = host().wait_listening(*started, server.protocol, server.port, 5000);
      ASSERT_RESULT(listening);
    }
  }
  void stop_servers() {
    for (const ProcessHandle& server : servers_) EXPECT_TRUE(host().stop(server));
    servers_.clear();
  }

  // Runs one window; `meanwhile` is called while the clients run.
  template <class Meanwhile>
  void run_window(const Workload& workload, const WorkloadContext& context, WindowEvidence& evidence,
                  Meanwhile meanwhile) {
    const auto specs = workload.clients(context);
    auto clients = host().start_together(specs);
    ASSERT_RESULT(clients);
    evidence.clients = *clients;
    // Started after the clients, so that their trees can be followed; the first second is omitted anyway.
    SamplingSpec sampling;
    sampling.netns = {context.server_netns, context.client_netns};
    for (const ProcessHandle& client : *clients) sampling.handles.push_back(client.id);
    auto sampled = host().start_sampling(sampling);
    ASSERT_RESULT(sampled);
    meanwhile(*clients);
    for (size_t i = 0; i < clients->size(); ++i) {
      auto exit = host().wait((*clients)[i], static_cast<int64_t>(workload.timeout_s(context) * 1000));
      ASSERT_RESULT(exit);
      ASSERT_TRUE(exit->has_value()) << workload.name() << " client " << i << " hangs";
      evidence.exits.push_back(**exit);
      auto out = host().read_file(specs[i].stdout_path, 64 << 20);
      ASSERT_RESULT(out);
      evidence.out.push_back(*out);
      auto err = host().tail((*clients)[i], OutputStream::kStderr, 4096);
      ASSERT_RESULT(err);
      evidence.err.push_back(*err);
    }
    auto series = host().stop_sampling();
    ASSERT_RESULT(series);
    evidence.server_samples = *series;
    evidence.client_samples = *series;
  }

  void expect_plausible(const Workload& workload, const Measurement& measurement, double window_s) {
    for (const MetricInfo& metric : workload.metrics()) {
      ASSERT_TRUE(measurement.metrics.contains(metric.name)) << metric.name;
      RecordProperty(metric.name, std::to_string(measurement.metrics.at(metric.name)));
    }
    for (const auto& [name, condition] : measurement.conditions)
      RecordProperty(name, std::to_string(condition));
    const auto value = [&](const char* name) { return measurement.metrics.at(name); };
    for (const char* rate : {kThroughputGbps, kPacketsPerS, kTransactionsPerS}) {
      if (measurement.metrics.contains(rate)) {
        EXPECT_GT(value(rate), 0) << rate;
      }
    }
    if (measurement.metrics.contains(kLossPercent)) {
      EXPECT_GE(value(kLossPercent), 0);
      EXPECT_LE(value(kLossPercent), 100);
    }
    if (measurement.metrics.contains(kLatencyMeanUs)) {
      EXPECT_LE(value(kLatencyMinUs), value(kLatencyP50Us));
      EXPECT_LE(value(kLatencyP50Us), value(kLatencyP90Us));
      EXPECT_LE(value(kLatencyP90Us), value(kLatencyP99Us));
      EXPECT_GT(value(kLatencyMeanUs), 0);
      EXPECT_NEAR(value(kLatencyMeanUs) * value(kTransactionsPerS), 1e6, 0.05e6);
    }
    EXPECT_GT(value(kCpuUsPerUnit), 0);
    EXPECT_GT(measurement.units, 0);
    const double steady_s =
        static_cast<double>(measurement.steady_end_ns - measurement.steady_start_ns) * 1e-9;
    EXPECT_GT(steady_s, 0.7 * window_s);
    for (const char* condition :
         {"idle_percent", "softirq_percent", "context_switches_per_s", "memory_available_mb",
          "server_rx_packets_per_s", "client_tx_packets_per_s"}) {
      EXPECT_TRUE(measurement.conditions.contains(condition)) << condition;
    }
    EXPECT_GT(measurement.conditions.at("server_rx_packets_per_s"), 0);
    if (measurement.unit_name == "packet") {
      EXPECT_NEAR(measurement.conditions.at("received_datagrams_per_s"),
                  value(kPacketsPerS) * (1 - value(kLossPercent) / 100), 0.25 * value(kPacketsPerS));
    }
  }

  // Two windows right after each other against the same servers. On a machine busy with other things the
  // sampler or the streams may be held up for so long that the workload rightly refuses: such windows are
  // repeated, as the engine does, at most five times.
  void measure_twice(const Workload& workload, const WorkloadContext& context) {
    start_servers(workload, context);
    if (HasFatalFailure()) return;
    int measured = 0;
    for (int attempt = 0; measured < 2 && attempt < 7; ++attempt) {
      WindowEvidence evidence;
      run_window(workload, context, evidence, [](const auto&) {});
      if (HasFatalFailure()) return;
      const auto measurement = workload.measure(context, evidence);
      if (held_up(measurement)) continue;
      ASSERT_RESULT(measurement);
      expect_plausible(workload, *measurement, context.window_s);
      if (HasFatalFailure()) return;
      ++measured;
    }
    EXPECT_EQ(measured, 2) << workload.name() << ": this machine is too busy to measure anything";
  }

  static bool held_up(const Result<Measurement>& measurement) {
    const std::string said = measurement
                                 ? (measurement->warnings.empty() ? "" : measurement->warnings.front())
                                 : measurement.error().what;
    return said.find("do not cover the steady part") != std::string::npos ||
           said.find("did not run together long enough") != std::string::npos;
  }

  std::vector<ProcessHandle> servers_;
};

TEST_F(WorkloadNetnsTest, TheEnvironmentHasIperf3) {
  ASSERT_FALSE(Bench::instance->context().generators.iperf3.empty()) << "apt install iperf3";
}

class EachWorkload : public WorkloadNetnsTest, public ::testing::WithParamInterface<std::string> {};

TEST_P(EachWorkload, MeasuresSomethingPlausibleTwiceInARow) {
  const WorkloadContext context = Bench::instance->context();
  const auto workload = find_workload(GetParam(), context.generators);
  if (!workload && workload.error().kind == ErrorKind::kEnvironment)
    GTEST_SKIP() << to_string(workload.error());
  ASSERT_RESULT(workload);
  measure_twice(**workload, context);
}
INSTANTIATE_TEST_SUITE_P(Registry, EachWorkload, ::testing::ValuesIn(workload_names()),
                         [](const auto& instance) { return instance.param; });

TEST_F(WorkloadNetnsTest, SockperfMeasuresTcpAndUdpRoundTrips) {
  const WorkloadContext context = Bench::instance->context();
  if (context.generators.sockperf.empty()) GTEST_SKIP() << "sockperf is not installed";
  measure_twice(*make_sockperf_rr("tcp_rr", false), context);
  stop_servers();
  measure_twice(*make_sockperf_rr("udp_rr", true), context);
}

TEST_F(WorkloadNetnsTest, AKilledClientOfFourMakesTheWindowInvalid) {
  const WorkloadContext context = Bench::instance->context();
  const auto workload = find_workload("tcp_stream_4", context.generators);
  ASSERT_RESULT(workload);
  start_servers(**workload, context);
  if (HasFatalFailure()) return;
  WindowEvidence evidence;
  run_window(**workload, context, evidence, [](const std::vector<ProcessHandle>& clients) {
    ::usleep(500'000);
    ::kill(clients[2].pid, SIGKILL);
  });
  if (HasFatalFailure()) return;
  const auto measurement = (*workload)->measure(context, evidence);
  ASSERT_FALSE(measurement);
  EXPECT_EQ(measurement.error().kind, ErrorKind::kWorkload);
  EXPECT_THAT(to_string(measurement.error()), HasSubstr("stream 3 of 4"));
  EXPECT_THAT(to_string(measurement.error()), HasSubstr("killed by signal 9"));

  // The server whose client vanished takes the next one.
  WindowEvidence next;
  run_window(**workload, context, next, [](const auto&) {});
  if (HasFatalFailure()) return;
  for (const std::string& out : next.out) {
    const auto report = parse_iperf3(out, "client");
    ASSERT_RESULT(report);
  }
}

TEST_F(WorkloadNetnsTest, AKilledServerMakesTheWindowInvalid) {
  const WorkloadContext context = Bench::instance->context();
  for (const char* name : {"tcp_stream", "udp_pps", "tcp_rr"}) {
    const auto workload = find_workload(name, context.generators);
    if (!workload && workload.error().kind == ErrorKind::kEnvironment) continue;  // said by EachWorkload
    ASSERT_RESULT(workload);
    start_servers(**workload, context);
    if (HasFatalFailure()) return;
    WindowEvidence evidence;
    run_window(**workload, context, evidence, [&](const auto&) {
      ::usleep(400'000);
      stop_servers();
    });
    if (HasFatalFailure()) return;
    const auto measurement = (*workload)->measure(context, evidence);
    ASSERT_FALSE(measurement) << name;
    EXPECT_EQ(measurement.error().kind, ErrorKind::kWorkload) << name;
  }
}

TEST_F(WorkloadNetnsTest, WithoutAServerTheReasonIsTheGeneratorsOwn) {
  const WorkloadContext context = Bench::instance->context();
  const auto workload = find_workload("udp_stream", context.generators);
  ASSERT_RESULT(workload);
  WindowEvidence evidence;
  run_window(**workload, context, evidence, [](const auto&) {});
  if (HasFatalFailure()) return;
  const auto measurement = (*workload)->measure(context, evidence);
  ASSERT_FALSE(measurement);
  EXPECT_THAT(to_string(measurement.error()), HasSubstr("Connection refused"));
}

}  // namespace
}  // namespace bpftax
