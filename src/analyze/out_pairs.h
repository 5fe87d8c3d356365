// Pairs of values with and without a tool, and what they say. Only for out_result.cpp.
#pragma once

#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analyze/tree.h"
#include "result/model.h"
#include "stats/verdict.h"
#include "workload/workload.h"

namespace bpftax {

// One pair: an iteration (from 0), or a block of it where the tree tells blocks (else 0).
using PairId = std::pair<int, int>;
// Windows that count, by workload.
using PairedWindows = std::map<std::string, std::map<PairId, WindowGroup>>;

struct PairedRow {
  ResultComparison comparison;
  Judged judged;
};

struct PairInput {
  const PairedWindows* baseline = nullptr;
  const PairedWindows* subject = nullptr;
  std::set<int> dead;         // iterations whose tool was not running
  std::string dead_evidence;  // what says so
  bool several_iterations = false;
};

// subject, environment and so on are the caller's to fill in. nullopt: neither side has the metric anywhere.
std::optional<PairedRow> paired_row(const PairInput& input, const std::string& workload,
                                    const MetricInfo& metric);

// Corrects claims for the number of rows looked at and fills p_adjusted: Holm for primary rows,
// Benjamini-Hochberg for the others. To be called once, with all rows of a tree.
void correct_rows(std::vector<PairedRow>& rows);

}  // namespace bpftax
