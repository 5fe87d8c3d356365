#include "bench/conditions/cpu_control.h"

#include <algorithm>
#include <cmath>

namespace bpftax::bench {

CpuControl::CpuControl(double target_percent)
    : target_(target_percent), setting_(static_cast<int>(std::lround(target_percent))) {}

CpuControl::Step CpuControl::take(double measured_percent) {
  const double off = target_ - measured_percent;
  if (std::abs(off) <= kGoodEnough) return Step::kReached;
  // A point more of the setting is about a point more of use, whatever else runs.
  const int next = std::clamp(setting_ + static_cast<int>(std::lround(off)), 0, 100);
  if (next == setting_ || corrections_ == kMostCorrections)
    return std::abs(off) <= kTolerance ? Step::kReached : Step::kGiveUp;
  setting_ = next;
  ++corrections_;
  return Step::kCorrect;
}

}  // namespace bpftax::bench
