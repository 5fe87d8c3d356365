// The same cases on several machines, kernels or versions, side by side.
//
// Rows are matched by environment, tool, protocol, direction, other parameters, workload and metric. A row is
// compared with the first source that has it; where it was not measured alike (compare/how.h) its cell is
// refused, and says why. Ratios are against the first source.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "compare/facts.h"
#include "compare/ratio.h"
#include "compare/source.h"
#include "util/result.h"

namespace bpftax {

struct ComparedCell {
  bool present = false;
  CompareValue value;
  std::string refused;                 // why it is not compared; the value is shown nevertheless
  std::optional<RatioOfRatios> ratio;  // against the first source
};

struct ComparedRow {
  CompareCase test_case;
  std::string workload, metric, unit;
  bool higher_is_better = false, primary = false;
  std::vector<ComparedCell> cells;  // one a source
};

// A value of each source, by name.
struct ComparedBaseline {
  std::string environment, workload, metric, unit;
  bool higher_is_better = false;
  std::vector<std::optional<Spread>> values;
};

// From the least to the most over all tools of a design class in an environment. CPU: metric "cpu_percent",
// workload "".
struct ClassRange {
  std::string environment, design, workload, metric;
  std::vector<std::optional<Spread>> values;
  std::vector<int> tools;  // cases with a value
};

struct ComparedTool {
  CompareCase test_case;
  std::vector<std::optional<CompareSubject>> subjects;
};

struct Refusal {
  CompareCase test_case;
  std::string workload, metric;  // "" = all of the case
  std::string source, reason;
};

struct Comparison {
  std::vector<CompareSource> sources;  // without their rows
  std::vector<FactDifference> facts;
  std::vector<ComparedBaseline> baselines;
  std::vector<ComparedRow> rows;  // with at least two cells
  std::vector<ComparedTool> tools;
  std::vector<ClassRange> classes;
  std::vector<Refusal> refusals;
  std::vector<Refusal> alone;      // cases that only one source has, and which; one line a case
  std::vector<std::string> notes;  // whole sentences
};

struct CompareOptions {
  std::vector<std::string> metrics;  // empty: all primary ones
  bool secondary = false;            // all metrics
  std::vector<std::string> tools;    // empty: all
};

// kUsage when no row is left that two sources have and that was measured alike; the error says what was
// refused. Sources have unique labels; at least two of them.
Result<Comparison> compare_sources(std::vector<CompareSource> sources, const CompareOptions& options = {});

}  // namespace bpftax
