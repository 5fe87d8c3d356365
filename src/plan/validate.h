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

Result<void> validate(const Plan& plan, const MetricTable& metrics);

// Margin in percent: "workload.metric" of the plan before "metric" before the metric's own default.
double margin_percent(const Plan& plan, const std::string& workload, const MetricInfo& metric);

}  // namespace bpftax
