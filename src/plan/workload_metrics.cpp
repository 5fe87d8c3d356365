#include "plan/workload_metrics.h"

#include <algorithm>

#include "workload/registry.h"

namespace bpftax {
namespace {

void add_metrics(MetricTable& table, const std::string& name, const Generators& generators) {
  const auto workload = find_workload(name, generators);
  if (!workload) return;  // the generator has no such workload
  std::vector<MetricInfo>& metrics = table[name];
  for (const MetricInfo& metric : (*workload)->metrics()) {
    const bool known = std::any_of(metrics.begin(), metrics.end(),
                                   [&](const MetricInfo& other) { return other.name == metric.name; });
    if (!known) metrics.push_back(metric);
  }
}

}  // namespace

const MetricTable& all_workload_metrics() {
  static const MetricTable kTable = [] {
    Generators usual, second;
    usual.iperf3 = usual.netperf = usual.netserver = "present";
    second.sockperf = "present";
    MetricTable table;
    for (const std::string& name : workload_names()) {
      add_metrics(table, name, usual);
      add_metrics(table, name, second);
    }
    return table;
  }();
  return kTable;
}

}  // namespace bpftax
