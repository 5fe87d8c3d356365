// What the statistics found, put into a row of a result.
#pragma once

#include "result/model.h"
#include "stats/verdict.h"

namespace bpftax {

// Means, effect, intervals, noise floor and resolution, as percentages or (where zeros forbid a ratio) in the
// metric's unit; the number of blocks that would settle it, and warnings. Not the verdict and not the margin.
void take_estimates(const Judged& judged, ResultComparison& row);

}  // namespace bpftax
