// A whole campaign on a FakeHost for tests: a machine whose traffic and tools do what the test says, so that
// a run of hours takes milliseconds.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/fake_host.h"
#include "run/engine.h"
#include "util/clock.h"
#include "util/files.h"
#include "util/rng.h"

namespace bpftax {

// Reads the one number that the fake client wrote and calls it latency_mean_us (request/response, which does
// not warm up) or throughput_gbps (which does); units: 1000 per second.
class FakeWorkload : public Workload {
 public:
  FakeWorkload(std::string name, bool request_response);
  const std::string& name() const override { return name_; }
  const std::string& generator() const override { return generator_; }
  const std::vector<MetricInfo>& metrics() const override { return metrics_; }
  bool request_response() const override { return request_response_; }
  std::vector<ServerSpec> servers(const WorkloadContext& context) const override;
  std::vector<ProcessSpec> clients(const WorkloadContext& context) const override;
  double omit_s(const WorkloadContext& context) const override;
  double timeout_s(const WorkloadContext& context) const override;
  Result<Measurement> measure(const WorkloadContext& context, const WindowEvidence& evidence) const override;
  // target_bandwidth as a number in the unit of its first metric.
  std::optional<double> cap(const WorkloadContext& context, const std::string& metric) const override;

 private:
  std::string name_, generator_ = "fake";
  bool request_response_;
  std::vector<MetricInfo> metrics_;
};

// What the test may change before a run. Effects: factor on the metric while that tool runs.
struct Script {
  std::map<std::string, double> effect;  // tool name -> factor ("t1" -> 1.1)
  double noise = 0.01;                   // standard deviation of the log of each value
  uint64_t noise_seed = 1;
  // Called for each client start with the number of clients started so far (from 1), for faults.
  std::function<void(int number, const std::string& workload, FakeProcess& client)> client;
  // Called for each tool start with the number of starts of that tool so far.
  std::function<void(int number, const std::string& tool, FakeProcess& process)> tool;
  std::function<void(int number, FakeProcess& server)> server;
  double steal_share =
      0;  // of each CPU, from the start of client `steal_from` to that of client `steal_until`
  int steal_from = 0, steal_until = 0;
  std::map<std::string, double> idle_share;  // while that tool runs; "" without a tool (default 0.9)
};

struct Collected : ProgressSink {
  void on_event(const ProgressEvent& event) override { events.push_back(event); }
  std::vector<ProgressEvent> events;
  int count(ProgressEvent::Kind kind) const;
  std::string text(ProgressEvent::Kind kind) const;  // of the last one of that kind
};

// One run directory and everything a run in it needs. The clock goes on over resumes; each session has a new
// FakeHost.
class Campaign {
 public:
  explicit Campaign(std::vector<std::string> tools = {"t1"}, std::vector<std::string> workloads = {"tcp_rr"});
  ~Campaign();
  Campaign(const Campaign&) = delete;
  Campaign& operator=(const Campaign&) = delete;

  // A new machine for the next session; set faults on it before run().
  FakeHost& new_host();
  RunOutcome run(bool resume = false);
  std::string journal_text() const;

  Plan plan;
  Script script;
  FakeClock clock;
  Collected progress;
  std::unique_ptr<FakeHost> host;
  const std::string& dir() const { return dir_; }

 private:
  FakeProcess process_for(const ProcessSpec& spec);
  Sample sample(int64_t now_ns, const SamplingSpec& spec);

  std::string dir_;
  std::vector<std::unique_ptr<FakeWorkload>> workloads_;
  int clients_ = 0, servers_ = 0;
  std::map<std::string, int> tool_starts_;
  // Counters that go on over windows.
  int64_t sampled_ns_ = 0;
  double idle_us_ = 0, busy_us_ = 0, steal_us_ = 0;
};

}  // namespace bpftax
