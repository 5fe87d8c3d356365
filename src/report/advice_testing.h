// For tests of advice and classes of use: the result of one tool, made of the rows that matter.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "result/model.h"

namespace bpftax {

// A primary row of the tool "t1"; better "lower" is of tcp_rr, "higher" of udp_pps.
inline ResultComparison row_of_tool(const std::string& metric, const std::string& better, double low,
                                    double overhead, double high) {
  ResultComparison c;
  c.subject = "t1";
  c.workload = better == "lower" ? "tcp_rr" : "udp_pps";
  c.metric = metric;
  c.better = better;
  c.primary = true;
  c.overhead_percent = overhead;
  c.ci_low = low;
  c.ci_high = high;
  c.verdict = Verdict::kOverhead;
  c.blocks_needed = 18;
  return c;
}

// user_cpu: of its processes, in percent of one CPU.
inline RunResult result_of_tool(std::vector<ResultComparison> rows, std::optional<double> user_cpu = 0.1) {
  RunResult result;
  ResultSubject subject;
  subject.id = "t1";
  subject.name = "tool";
  subject.kind = "tool";
  subject.status = "measured";
  subject.process_cpu_percent.avg = user_cpu;
  result.subjects = {subject};
  result.comparisons = std::move(rows);
  return result;
}

}  // namespace bpftax
