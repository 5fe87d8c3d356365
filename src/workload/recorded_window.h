// For tests: what the engine would hand to Workload::measure after a window, made from recordings of real
// generators (tests/data) and synthetic samples.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "util/files.h"
#include "workload/workload.h"

namespace bpftax {

inline std::string recording(const std::string& name) {
  const auto text = read_file(std::string(BPFTAX_SOURCE_DIR) + "/tests/data/" + name);
  EXPECT_TRUE(text.has_value()) << name;
  return text.value_or("");
}

inline constexpr int64_t kReleasedNs = 100'000'000'000;

// Two CPUs, one busy half of the time; 1000 packets/s into "s0" in namespace "srv", 1010 out of "c0" in
// "cli".
inline SampleSeries steady_series(int64_t start_ns, double seconds, int64_t step_ns = 100'000'000) {
  SampleSeries series;
  for (int64_t t = 0; t <= static_cast<int64_t>(seconds * 1e9); t += step_ns) {
    Sample sample;
    sample.monotonic_ns = start_ns + t;
    const int64_t us = t / 1000;
    sample.cpus = {{.cpu = 0, .user_us = us / 4, .idle_us = us / 2, .softirq_us = us / 4},
                   {.cpu = 1, .idle_us = us}};
    sample.context_switches = 1 + us / 100;  // 10,000/s
    sample.interrupts = us / 1000;
    sample.memory = {.total_kb = 2'000'000, .free_kb = 500'000, .available_kb = 1'000'000};
    sample.interfaces = {
        {.netns = "srv", .name = "s0", .rx_bytes = us / 10, .rx_packets = us / 1000},
        {.netns = "cli", .name = "c0", .tx_bytes = us / 10, .tx_packets = us * 101 / 100'000}};
    series.samples.push_back(std::move(sample));
  }
  return series;
}

inline WorkloadContext recorded_context() {
  WorkloadContext context;
  context.generators = {.iperf3 = "/usr/bin/iperf3",
                        .netperf = "/usr/bin/netperf",
                        .netserver = "/usr/bin/netserver",
                        .sockperf = "/usr/bin/sockperf"};
  context.server_address = "10.231.8.1";
  context.server_netns = "srv";
  context.client_netns = "cli";
  context.server_interface = "s0";
  context.client_interface = "c0";
  context.server_cpus = {1};
  context.client_cpus = {0};
  context.window_s = 2;
  context.omit_s = 1;
  context.output_dir = "/run/out";
  return context;
}

// Clients that were released together at kReleasedNs, wrote these recordings and ended well after seconds.
inline WindowEvidence recorded_evidence(const std::vector<std::string>& recordings, double seconds) {
  WindowEvidence evidence;
  for (const std::string& name : recordings) {
    const auto id = static_cast<int64_t>(evidence.clients.size()) + 1;
    evidence.clients.push_back({.id = id, .pid = 1000, .started_ns = kReleasedNs});
    evidence.exits.push_back({.ended_ns = kReleasedNs + static_cast<int64_t>(seconds * 1e9)});
    evidence.out.push_back(recording(name));
    evidence.err.emplace_back();
  }
  evidence.server_samples = steady_series(kReleasedNs - 1'000'000'000, seconds + 2);
  evidence.client_samples = evidence.server_samples;
  return evidence;
}

}  // namespace bpftax
