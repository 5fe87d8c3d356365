// Reads a tree of results into the model of tree.h.
#pragma once

#include <cstddef>
#include <string>

#include "analyze/tree.h"
#include "util/result.h"

namespace bpftax {

struct ReadLimits {
  size_t max_file_bytes = 32u << 20;      // a longer file is not read: a warning
  size_t max_entries = 5'000'000;         // folders and files of the whole tree; more is an error
  size_t max_searched_folders = 20'000;   // that are looked into for results; more is an error
  size_t max_warnings_of_a_case = 1'000;  // further ones are counted only
  int threads = 0;                        // 0: one a CPU, at most 8
};

// Knows: a run directory (hosts/<name>/performance-test-results after `bpftax fetch`, or its own
// performance-test-results), a folder of iterations, one iteration, a bare performance-test-results (or a
// folder that holds baseline/ and ebpf/). One host may hold both sides. Symbolic links are not followed.
//
// kUsage: no such folder, or nothing in it looks like results; also more entries or folders than the limits.
// Everything else that is wrong in the tree is a warning in it.
Result<AnalysedTree> read_analysed_tree(const std::string& folder, const ReadLimits& limits = {});

}  // namespace bpftax
