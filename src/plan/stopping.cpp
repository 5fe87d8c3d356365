#include "plan/stopping.h"

#include <fmt/format.h>

#include "stats/sequential.h"

namespace bpftax {

Result<StoppingRule> stopping_rule(int min_blocks, int max_blocks) {
  constexpr int kLookStep = 6;
  if (min_blocks < 2 || max_blocks < min_blocks || max_blocks > kMostBlocks) {
    return fail(ErrorKind::kUsage, "not a number of blocks", fmt::format("{}..{}", min_blocks, max_blocks),
                fmt::format("expected 2 <= least <= most <= {}", kMostBlocks), "a verdict takes at least 6");
  }
  StoppingRule rule;
  rule.looks.clear();
  for (int n = min_blocks; n < max_blocks; n += kLookStep) rule.looks.push_back(n);
  rule.looks.push_back(max_blocks);
  rule.alpha_per_look = pocock_alpha(static_cast<int>(rule.looks.size()));
  return rule;
}

}  // namespace bpftax
