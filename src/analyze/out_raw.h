// What the raw results of a run of ours hold beside its result.json: found by the names that the run gave.
#pragma once

#include <string>

#include "analyze/tree.h"
#include "result/model.h"

namespace bpftax {

struct RawCase {
  const AnalysedCase* with_tool = nullptr;  // nullptr: not there
  const AnalysedCase* baseline = nullptr;   // of its environment
};

// subject: its place in result.subjects. The tree is that of this one run.
RawCase find_raw_case(const AnalysedTree& raw, const RunResult& result, size_t subject);

// All windows of one workload that count, over the blocks; empty for nullptr.
WindowGroup windows_of_workload(const AnalysedCase* of, const std::string& workload);

}  // namespace bpftax
