// Results small enough to be read in a test.
#pragma once

#include <string>

#include "compare/compare.h"
#include "result/model.h"

namespace bpftax {

// A run in the lab of one tool with one row: tcp_rr mean latency, 5 s windows, netperf 2.7, same-cpu.
inline RunResult one_row_result(double overhead, double low, double high, const std::string& tool = "count") {
  RunResult result;
  result.run_id = "20261120-190312-3f9a";
  result.complete = true;
  result.environment = "lab";
  result.window_s = 5;
  result.environments = {
      {.name = "lab",
       .server_facts = {{"kernel_release", "5.10.0"}},
       .client_facts = {{"kernel_release", "5.10.0"}},
       .placement = {{"tcp_rr",
                      {{"policy", "same-cpu"}, {"server", {1}}, {"client", {1}}, {"subject", {0}}}}},
       .workloads = {{"tcp_rr",
                      {{"generator", "netperf"},
                       {"version", "Netperf version 2.7.0"},
                       {"window_s", 5},
                       {"omit_s", 1},
                       {"target_bandwidth", nullptr}}}}}};
  ResultSubject subject;
  subject.id = "t1";
  subject.name = tool;
  subject.command = "./" + tool;
  subject.environment = "lab";
  subject.kind = "tool";
  subject.status = "measured";
  subject.process_cpu_percent.avg = 0.2;
  result.subjects = {subject};
  ResultComparison row;
  row.subject = "t1";
  row.environment = "lab";
  row.workload = "tcp_rr";
  row.metric = "latency_mean_us";
  row.unit = "us";
  row.better = "lower";
  row.primary = true;
  row.blocks = 12;
  row.baseline_mean = 12.5;
  row.subject_mean = 12.5 * (1 + overhead / 100);
  row.overhead_percent = overhead;
  row.ci_low = low;
  row.ci_high = high;
  row.margin_percent = 5;
  row.verdict = high < 5 ? Verdict::kPass : Verdict::kOverhead;
  result.comparisons = {row};
  return result;
}

inline CompareSource labelled(const RunResult& result, const std::string& label) {
  CompareSource source = source_of(result);
  source.label = label;
  source.path = "runs/" + label;
  return source;
}

}  // namespace bpftax
