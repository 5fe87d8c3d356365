// Checks of a plan that need the metrics of its workloads: names and numbers that cannot be executed are
// errors of kind kUsage that name the offending item and, for names, the nearest known one.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "plan/model.h"
#include "util/result.h"
#include "workload/workload.h"

namespace bpftax {

using MetricTable = std::map<std::string, std::vector<MetricInfo>>;  // workload -> its metrics

// An id that can be a file's name too: letters, digits, '_', '-' and '.', not first the last two.
bool is_plain_name(const std::string& text);
// Room for a cycle's id, which has a tool's name, its parameters and its environment in it.
inline constexpr size_t kLongestPlainName = 200;

Result<void> validate(const Plan& plan, const MetricTable& metrics);

// Margin in percent: "workload.metric" of the plan before "metric" before the metric's own default.
double margin_percent(const Plan& plan, const std::string& workload, const MetricInfo& metric);

}  // namespace bpftax
