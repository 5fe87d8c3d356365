// The summary JSONs of formats.md section 6 (shapes: requirement document 001, section 3.2), made from a
// result, wherever that comes from:
//
//   summary.json                                   the whole
//   baseline/baseline_summary.json                 all baselines
//   baseline/{env}/environment_summary.json
//   baseline/{env}/{perf_type}/{workload}/summary.json    every run, and n, mean, deviation, interval over
//   them ebpf/ebpf_comparison.json                      every case beside its baseline
//   ebpf/{tool}/tool_summary.json
//   ebpf/{tool}/{case}/{env}/environment_summary.json
//   ebpf/{tool}/{case}/{env}/{perf_type}/{workload}/summary.json
//   analysis/performance_comparison.json, overhead_analysis.json, recommendations.json
//
// Every folder of baseline/ and ebpf/ has a summary.json that says what is below it. Unknown is null.
#pragma once

#include <string>
#include <vector>

#include "analyze/out_files.h"
#include "analyze/tree.h"
#include "result/model.h"

namespace bpftax {

struct SummaryInput {
  const RunResult* result = nullptr;    // classified (report/advice.h): recommendations are its advice
  std::string input, kind;              // what was analysed
  std::vector<std::string> iterations;  // names; of a tree, block N of a window is the N-th
  std::vector<AnalysisWarning> warnings;
};

// Levels of the tree. The result must live until the files are written; so for the next one.
void add_summaries(const SummaryInput& input, OutFiles& files);
// ebpf/ebpf_comparison.json and analysis/.
void add_analysis_documents(const SummaryInput& input, OutFiles& files);

}  // namespace bpftax
