// A synthetic campaign of many cases, for the benchmark of the page and the tests of several parts.
#include <fmt/format.h>

#include <array>
#include <cmath>

#include "report/advice.h"
#include "report/testdata.h"
#include "util/rng.h"

namespace bpftax {
namespace {

struct LargeMetric {
  const char *workload, *name, *unit;
  bool higher_is_better;
  double margin, base;
};
constexpr std::array<LargeMetric, 20> kLargeMetrics = {
    {{"tcp_stream", "throughput_gbps", "Gbit/s", true, 3, 17.8},
     {"tcp_stream", "cpu_us_per_unit", "us/GB", false, 5, 812000},
     {"tcp_stream_4", "throughput_gbps", "Gbit/s", true, 3, 22.3},
     {"tcp_stream_4", "cpu_us_per_unit", "us/GB", false, 5, 780000},
     {"udp_stream", "throughput_gbps", "Gbit/s", true, 3, 9.1},
     {"udp_stream", "cpu_us_per_unit", "us/GB", false, 5, 1450000},
     {"udp_stream", "loss_percent", "%", false, 10, 0.4},
     {"tcp_rr", "latency_mean_us", "us", false, 5, 12.6},
     {"tcp_rr", "latency_p50_us", "us", false, 5, 12.1},
     {"tcp_rr", "latency_p99_us", "us", false, 10, 24.7},
     {"tcp_rr", "cpu_us_per_unit", "us/transaction", false, 5, 11.3},
     {"udp_rr", "latency_mean_us", "us", false, 5, 11.4},
     {"udp_rr", "latency_p50_us", "us", false, 5, 10.9},
     {"udp_rr", "latency_p99_us", "us", false, 10, 21.1},
     {"udp_rr", "cpu_us_per_unit", "us/transaction", false, 5, 10.2},
     {"udp_pps", "packets_per_s", "1/s", true, 3, 412000},
     {"udp_pps", "cpu_us_per_unit", "us/packet", false, 5, 4.6},
     {"udp_pps", "loss_percent", "%", false, 10, 1.2},
     {"udp_pps_4", "packets_per_s", "1/s", true, 3, 655000},
     {"udp_pps_4", "cpu_us_per_unit", "us/packet", false, 5, 2.9}}};
constexpr int kLargeBlocks = 8;
constexpr int kCasesInPart = 20;
constexpr double kLargeWindowS = 2;

ResultSubject large_subject(int number, const std::string& environment, const std::string& part,
                            PcgRng& rng) {
  static constexpr std::array kTools = {"system_network_latency", "eth_drop",         "trace_conntrack",
                                        "vm_network_latency",     "qdisc_drop_trace", "kernel_icmp_rtt"};
  ResultSubject s;
  s.id = fmt::format("c{}", number);
  const char* tool = kTools[static_cast<size_t>(number) % kTools.size()];
  s.name =
      fmt::format("{} {} {} {}", tool, number, number % 2 == 0 ? "tcp" : "udp", number % 4 < 2 ? "rx" : "tx");
  s.command =
      fmt::format("python3 {}.py --protocol {} --case {}", tool, number % 2 == 0 ? "tcp" : "udp", number);
  s.environment = environment;
  s.part = part;
  ResultCase test_case;
  test_case.id = number;
  test_case.tool_id = tool;
  test_case.protocol = number % 2 == 0 ? "tcp" : "udp";
  test_case.direction = number % 4 < 2 ? "rx" : "tx";
  s.test_case = test_case;
  s.kind = "tool";
  s.status = "measured";
  s.ready_ms = 400 + 100 * rng.uniform();
  s.process_cpu_percent = {2 * rng.uniform(), 5};
  s.process_rss_kb = {40000 + 20000 * rng.uniform(), 62000};
  s.output_bytes_per_s = 1000 * rng.uniform();
  ResultProgram program{.id = number, .name = "on_packet", .type = "kprobe", .attach = "kprobe:ip_rcv"};
  program.runs_per_s = 400000;
  program.ns_per_run = 40 + 60 * rng.uniform();
  program.cpu_percent = *program.runs_per_s * *program.ns_per_run * 1e-7;
  for (const char* workload : {"tcp_rr", "udp_rr", "udp_pps"})
    program.workloads.push_back({workload, 150000, program.ns_per_run, 2});
  s.bpf_cpu_percent = program.cpu_percent;
  s.programs = {program};
  return s;
}

ResultComparison large_row(const ResultSubject& s, const LargeMetric& metric, double cost, PcgRng& rng) {
  ResultComparison c;
  c.subject = s.id;
  c.environment = s.environment;
  c.part = s.part;
  c.case_id = s.test_case->id;
  c.workload = metric.workload;
  c.metric = metric.name;
  c.unit = metric.unit;
  c.better = metric.higher_is_better ? "higher" : "lower";
  c.primary = true;
  c.blocks = kLargeBlocks;
  c.margin_percent = metric.margin;
  const double overhead = (metric.higher_is_better ? 0.6 : 1) * cost + rng.normal();
  const double half = 0.6 + 1.5 * rng.uniform();
  c.baseline_mean = metric.base * (1 + 0.01 * rng.normal());
  c.subject_mean = *c.baseline_mean * (1 + (metric.higher_is_better ? -overhead : overhead) / 100);
  c.overhead_percent = overhead;
  c.ci_low = overhead - half;
  c.ci_high = overhead + half;
  c.p_value = c.p_adjusted = std::exp(-std::fabs(overhead / half) * 2);
  c.mde_percent = 1.3 * half;
  c.noise_floor_percent = 0.4 * rng.normal();
  c.noise_low = *c.noise_floor_percent - 0.8;
  c.noise_high = *c.noise_floor_percent + 0.8;
  if (*c.ci_low > c.margin_percent) {
    c.verdict = Verdict::kExceeds;
    c.verdict_text =
        fmt::format("the overhead is {:.1f} % ({:.1f} % to {:.1f} %), more than the margin of {:g} %",
                    overhead, *c.ci_low, *c.ci_high, c.margin_percent);
  } else if (*c.ci_high < c.margin_percent) {
    c.verdict = Verdict::kPass;
    c.verdict_text = fmt::format("no overhead shown, and at most {:.1f} %, within the margin of {:g} %",
                                 *c.ci_high, c.margin_percent);
  } else {
    c.verdict = *c.ci_low > 0 ? Verdict::kOverhead : Verdict::kInconclusive;
    c.blocks_needed = 24;
    c.verdict_text = fmt::format(
        "the overhead is not known well enough, {:.1f} % ({:.1f} % to {:.1f} %), margin {:g} %; about 24 "
        "blocks would "
        "settle it",
        overhead, *c.ci_low, *c.ci_high, c.margin_percent);
  }
  if (std::string_view(metric.name) == "latency_mean_us") {
    c.measured_added_us = *c.subject_mean - *c.baseline_mean;
    c.measured_added_low = *c.measured_added_us - 0.1;
    c.measured_added_high = *c.measured_added_us + 0.1;
    c.attributed_added_us = 0.08 + 0.3 * rng.uniform();
  }
  return c;
}

void add_large_windows(RunResult& result, const std::string& environment, const std::string& part,
                       const std::vector<std::pair<std::string, double>>& costs, double& clock_s,
                       PcgRng& rng) {
  std::vector<std::pair<std::string, double>> arms = {{"A1", 0}, {"A2", 0}};
  arms.insert(arms.end(), costs.begin(), costs.end());
  for (int block = 0; block <= kLargeBlocks; ++block)
    for (const auto& [arm, cost] : arms)
      for (size_t m = 0; m < kLargeMetrics.size();) {
        ResultWindow w;
        w.environment = environment;
        w.part = part;
        w.block = block;
        w.arm = arm;
        w.subject = arm[0] == 'A' ? "" : arm;
        w.workload = kLargeMetrics[m].workload;
        w.purpose = block == 0 ? "warmup" : "timed";
        w.start_realtime_ns = 1'790'000'000'000'000'000 + static_cast<int64_t>(clock_s * 1e9);
        w.duration_s = kLargeWindowS;
        w.valid = true;
        for (; m < kLargeMetrics.size() && w.workload == kLargeMetrics[m].workload; ++m) {
          const double effect =
              (kLargeMetrics[m].higher_is_better ? -0.6 : 1) * cost / 100 + 0.012 * rng.normal();
          w.metrics[kLargeMetrics[m].name] = kLargeMetrics[m].base * (1 + effect);
        }
        w.conditions = {{"idle_percent", 40 + rng.normal()}, {"steal_percent", 0.1 * rng.uniform()}};
        if (!w.subject.empty()) {
          w.conditions["subject_cpu_percent"] = 1 + cost / 4 + 0.1 * rng.uniform();
          w.conditions["subject_rss_kb"] = 41000 + 100 * rng.uniform();
          w.conditions["subject_output_bytes_per_s"] = 900 + 100 * rng.uniform();
        }
        clock_s += kLargeWindowS + 0.2;
        result.windows.push_back(std::move(w));
      }
}

}  // namespace

RunResult large_result(int cases) {
  PcgRng rng{7};
  RunResult result;
  result.run_id = "20261121-090000-large";
  result.started_realtime_ns = 1'790'000'000'000'000'000;
  result.seed = 7;
  result.tool_version = "0.1.0";
  result.environment = "host, vm";
  result.window_s = kLargeWindowS;
  result.blocks_done = kLargeBlocks;
  result.complete = true;
  result.server_facts = {{"hostname", "node31"}, {"kernel_release", "5.10.0"}, {"architecture", "x86_64"}};
  result.client_facts = {{"hostname", "node32"}, {"kernel_release", "5.10.0"}, {"architecture", "x86_64"}};
  for (const char* name : {"host", "vm"}) {
    ResultEnvironment& environment = result.environments.emplace_back();
    environment.name = name;
    environment.server_facts = result.server_facts;
    environment.client_facts = result.client_facts;
  }
  double clock_s = 0;
  const int parts = (cases + kCasesInPart - 1) / kCasesInPart;
  for (int p = 0; p < parts; ++p) {
    ResultEnvironment& environment = result.environments[p < (parts + 1) / 2 ? 0 : 1];
    const std::string part = fmt::format("{}-{}", environment.name, p + 1);
    environment.parts.push_back({part, "measured", "", 6, 12, kLargeBlocks, "the planned 8 blocks are done"});
    std::vector<std::pair<std::string, double>> costs;
    for (int i = p * kCasesInPart; i < std::min(cases, (p + 1) * kCasesInPart); ++i) {
      const double cost = i % 9 == 0   ? 120 * rng.uniform()
                          : i % 3 == 0 ? 8 * rng.uniform()
                                       : 2 * rng.uniform();
      result.subjects.push_back(large_subject(i + 1, environment.name, part, rng));
      costs.emplace_back(result.subjects.back().id, cost);
      for (const LargeMetric& metric : kLargeMetrics)
        result.comparisons.push_back(large_row(result.subjects.back(), metric, cost, rng));
    }
    add_large_windows(result, environment.name, part, costs, clock_s, rng);
  }
  result.finished_realtime_ns = result.started_realtime_ns + static_cast<int64_t>(clock_s * 1e9);
  result.warnings = {
      {"few_cpus", "host-1: 2 CPUs are online and all used by the traffic: the tool shares them with it.",
       "What the tool computes in user space is taken from the workload; on a larger machine the effect "
       "is smaller."}};
  result.drops = {{"host-1/c3", 1}, {"host-1/A1", 2}};
  classify(result);
  return result;
}

}  // namespace bpftax
