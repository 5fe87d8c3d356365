// When a plan looks at its data: the one place that turns a least and a most number of blocks into looks.
#pragma once

#include "plan/model.h"
#include "util/result.h"

namespace bpftax {

inline constexpr int kMostBlocks = 1000;

// Looks every 6 blocks from min_blocks to max_blocks, the last at max_blocks, and the level that goes with so
// many looks. 2 <= MIN <= MAX <= kMostBlocks, else kUsage. budget_s stays 0.
Result<StoppingRule> stopping_rule(int min_blocks, int max_blocks);

}  // namespace bpftax
