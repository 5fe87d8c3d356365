// The four tables of formats.md section 6 as data: which columns they have, and what stands in a row. One row
// is one case of one iteration. The writers (CSV, overview, aggregation) read only this, wherever the values
// come from: a tree of raw results (out_rows_tree.cpp) or a result.json of ours (out_rows_run.cpp).
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "analyze/tree.h"
#include "result/model.h"

namespace bpftax {

enum class OutTable { kLatency, kThroughput, kPps, kResources };
inline constexpr std::array<OutTable, 4> kOutTables = {OutTable::kLatency, OutTable::kThroughput,
                                                       OutTable::kPps, OutTable::kResources};
std::string_view to_string(OutTable table);  // "latency", as in the file's name

enum class OutFormat {
  kFixed,    // two decimals
  kRate,     // two decimals, more where the first three digits would be lost (0.0042 Gbit/s is not 0.00)
  kWhole,    // no decimals
  kPercent,  // two decimals, from the unrounded values
  kHuman,    // bytes as people write them: "64.8 KiB"
};

struct OutColumn {
  const char* title;  // exactly as in formats.md
  OutFormat format;
};
// Without the first three (Tool Case, Protocol, Direction), which every table has.
std::span<const OutColumn> out_columns(OutTable table);

// "N/A" where there is no value.
std::string out_text(const std::optional<double>& value, OutFormat format);
void append_out_text(std::string& text, const std::optional<double>& value, OutFormat format);

struct OutRow {
  std::string topic;      // the tool
  std::string tool_case;  // "pktcount_case_1_tcp_rx_9d5e19"; see name_cases()
  std::string id;         // of the subject, in a result of ours; "" in a tree
  std::string protocol, direction, environment;
  std::string trouble;  // why the row must not be believed: "the tool had died at its start"; else empty
  bool pps_is_writes = false;  // some of its PPS columns count writes of TCP
  bool without_raw = false;    // a result of ours: no raw results say what it does not hold
  std::vector<AnalysisWarning> warnings;
  // By table, as many values as it has columns; absent: not known.
  std::array<std::vector<std::optional<double>>, kOutTables.size()> values;

  std::vector<std::optional<double>>& of(OutTable table) { return values[static_cast<size_t>(table)]; }
  const std::vector<std::optional<double>>& of(OutTable table) const {
    return values[static_cast<size_t>(table)];
  }
};

struct OutIteration {
  std::string name;                       // "iteration_001"
  std::vector<OutRow> rows;               // by topic, in the order of the cases
  std::vector<AnalysisWarning> warnings;  // that belong to no case: of baselines, of the tree
};

// 100 * (value - baseline) / baseline, unrounded; nullopt where one is unknown or the baseline is 0.
std::optional<double> difference_percent(const std::optional<double>& value,
                                         const std::optional<double>& baseline);

// Topics in their first order.
std::vector<std::string> topics_of(const std::vector<OutIteration>& iterations);
// Makes the names of cases unique, in all iterations in the same way: with " (vm)" what stands in several
// environments in any of them, with " [t2]" what has its name and environment twice in one of them.
void name_cases(std::vector<OutIteration>& iterations);

// Names are unique then.
std::vector<OutIteration> out_rows(const AnalysedTree& tree);
// One iteration from a result of ours, names as they are. What such a result does not hold (what the client
// sent, the number of samples, the size of the log) comes from the raw results of that run, and is unknown
// without them.
OutIteration out_rows(const RunResult& result, const std::string& name, const AnalysedTree* raw = nullptr);

}  // namespace bpftax
