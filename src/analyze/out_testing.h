// Test support: trees in memory.
#pragma once

#include <string>

#include "analyze/tree.h"

namespace bpftax {

inline AnalysedWindow latency_window(const std::string& conn, double mean_us) {
  AnalysedWindow window;
  window.perf_type = "latency";
  window.conn = conn;
  window.time = "20261120_184432";
  window.protocol = conn.substr(0, 3);
  window.latency.min_us = mean_us / 4;
  window.latency.mean_us = mean_us;
  window.latency.max_us = mean_us * 40;
  return window;
}

inline AnalysedWindow traffic_window(const std::string& perf_type, const std::string& conn, double sent,
                                     double received, const std::string& protocol = "tcp") {
  AnalysedWindow window;
  window.perf_type = perf_type;
  window.conn = conn;
  window.time = "20261120_184457";
  window.protocol = protocol;
  window.streams = conn == "single" ? 1 : 4;
  window.pps_is_packets = protocol == "udp";
  (perf_type == "pps" ? window.client.pps : window.client.gbps) = sent;
  (perf_type == "pps" ? window.server.pps : window.server.gbps) = received;
  return window;
}

inline AnalysedCase tree_case(const std::string& tool, int id, std::vector<AnalysedWindow> windows) {
  AnalysedCase of;
  of.key = {tool, id, "tcp", "rx", "9d5e19", tool + "_case_" + std::to_string(id) + "_tcp_rx_9d5e19"};
  of.windows = std::move(windows);
  of.tool = ToolState::kAlive;
  return of;
}

inline AnalysedCase tree_baseline(std::vector<AnalysedWindow> windows) {
  AnalysedCase of;
  of.key.folder = "baseline";
  of.windows = std::move(windows);
  return of;
}

// One environment "host" with a baseline and one case "t_case_1_tcp_rx_9d5e19"; TCP_RR and one TCP stream.
struct PairOfValues {
  double base_us = 0, us = 0, base_gbps = 0, gbps = 0;
};
inline AnalysedTree tree_of(const std::vector<PairOfValues>& iterations) {
  AnalysedTree tree;
  tree.folder = "/results/monday";
  tree.kind = TreeKind::kIterations;
  for (size_t i = 0; i < iterations.size(); ++i) {
    const PairOfValues& v = iterations[i];
    AnalysedEnvironment environment;
    environment.name = "host";
    environment.baseline = tree_baseline({latency_window("tcp_rr", v.base_us),
                                          traffic_window("throughput", "single", v.base_gbps, v.base_gbps)});
    environment.cases = {tree_case(
        "t", 1, {latency_window("tcp_rr", v.us), traffic_window("throughput", "single", v.gbps, v.gbps)})};
    AnalysedIteration iteration;
    iteration.name = "iteration_00" + std::to_string(i + 1);
    iteration.environments = {environment};
    tree.iterations.push_back(iteration);
  }
  return tree;
}

}  // namespace bpftax
