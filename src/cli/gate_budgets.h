// Budgets for the gate, from a YAML file (docs/ci.md):
//
//     version: "1.0"
//     budgets:
//       - tool: "*"                     # a name, or a pattern with * and ?; of the tool's name or its tool
//       id
//         class: diagnosis              # at worst
//         map_memory: 64MiB
//         cpu_percent: 2                # of one CPU, user space, average
//         bpf_cpu_percent: 5            # of one CPU, in its BPF programs
//         rss: 200MiB                   # peak
//         output_per_s: 1MiB
//         limits:
//           - {workload: tcp_rr, metric: latency_mean_us, overhead: 5}    # percent of the baseline
//           - {metric: cpu_us_per_unit, added: 0.4}                       # in the metric's unit; any
//           workload
//
// Of several budgets for the same thing the last one in the file holds. Reading is strict: file:line:column
// of what is wrong.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/model.h"
#include "util/result.h"

namespace bpftax {

// A number and where it was written.
struct BudgetValue {
  double value = 0;
  ConfigPlace place;
};

struct MetricLimit {
  std::string workload;  // "" = any
  std::string metric;
  bool relative = true;  // percent of the baseline, else in the metric's unit
  double limit = 0;
  ConfigPlace place;
};

struct ToolBudget {
  std::string tool;  // pattern
  ConfigPlace place;
  std::optional<std::string> klass;  // the worst that is allowed
  ConfigPlace class_place;
  std::optional<BudgetValue> map_bytes, cpu_percent, bpf_cpu_percent, rss_bytes, output_bytes_per_s;
  std::vector<MetricLimit> limits;
};

struct Budgets {
  std::string file;  // "" = none
  std::vector<ToolBudget> tools;
};

Result<Budgets> parse_budgets(std::string_view text, const std::string& file);
Result<Budgets> load_budgets(const std::string& file);

// '*' is any text, '?' any one byte.
bool matches_pattern(std::string_view pattern, std::string_view text);

}  // namespace bpftax
