// From a tree of raw results to a RunResult, so that the reports, comparisons.csv and everything else that
// reads a result.json can show it too.
//
// A subject is a case in an environment. One iteration gives one value of each metric with the tool and one
// without; the trees of ours tell blocks, and then each block does. The effect is taken pair by pair, on the
// scale of stats/effect.h. One pair: the difference as it is, without interval, p and verdict. From two on:
// an interval. From kMinBlocks on: a verdict (there is no margin in a tree, so neither PASS nor EXCEEDS).
// Iterations whose tool was not running are left out, and named.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "analyze/tree.h"
#include "result/model.h"

namespace bpftax {

RunResult run_result_of(const AnalysedTree& tree);
// All of them; where there are several iterations, each says which it is about, in its file or in its text.
std::vector<AnalysisWarning> placed_warnings(const AnalysedTree& tree);

// Results of several iterations of one campaign of ours as one: subjects keep what their iteration found, and
// carry its name ("iteration_002/t1").
struct NamedResult {
  std::string name;  // "iteration_002"
  RunResult result;
};
RunResult joined_results(std::vector<NamedResult> results);

// "tcp_stream_4" for throughput, multi_4, tcp. PPS of TCP is no packets: "tcp_pps". Trees of ours name it
// themselves.
std::string workload_name(const AnalysedWindow& window, std::string_view protocol);
// The kind of test of a workload: "latency", "throughput", "pps".
std::string_view perf_type_of(std::string_view workload);

// Writes a second of a TCP stream with small writes: not a packet rate.
inline constexpr const char* kWritesPerS = "writes_per_s";

}  // namespace bpftax
