// What a metric's name says by itself (formats.md section 2): its unit, and which way is better. From the
// tables of workload/metrics.h.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bpftax {

struct MetricFacts {
  std::string unit;  // "us", "Gbit/s"
  bool higher_is_better = false;
  bool primary = false;  // in some workload
};

const MetricFacts* metric_facts(std::string_view metric);  // nullptr: none of ours
const std::vector<std::string>& metric_names();            // sorted

}  // namespace bpftax
