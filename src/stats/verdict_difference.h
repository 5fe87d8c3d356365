// Judging a metric that can be zero (datagram loss): no ratio to the baseline exists, so the difference in
// the metric's own unit is judged instead. Internal to stats/; use judge().
#pragma once

#include "stats/verdict.h"

namespace bpftax {

// For finite values >= 0 with at least one zero, at least one block. The rules of judge() on differences
// s * (t - (a1 + a2)/2), with the margin max(absolute_floor, margin_percent of the baseline's mean) in the
// metric's unit; a margin of 0 is none. The noise floor is a2 - a1, with the rule for drift of judge(). No
// cap: a metric with zeros has no ceiling.
Judged judge_difference(const JudgeInput& input, std::size_t blocks);

}  // namespace bpftax
