// The metrics of all workloads, whichever generator will measure them: for checks that are made before any
// host has been seen.
#pragma once

#include "plan/validate.h"

namespace bpftax {

const MetricTable& all_workload_metrics();

}  // namespace bpftax
