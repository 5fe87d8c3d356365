#include "result/judged_row.h"

namespace bpftax {

void take_estimates(const Judged& judged, ResultComparison& row) {
  row.baseline_mean = judged.baseline_mean;
  row.subject_mean = judged.subject_mean;
  row.overhead_percent = judged.overhead_percent;
  row.ci_low = judged.ci_low;
  row.ci_high = judged.ci_high;
  row.p_value = judged.p_value;
  row.mde_percent = judged.mde_percent;
  row.noise_floor_percent = judged.noise_floor_percent;
  row.noise_low = judged.noise_low;
  row.noise_high = judged.noise_high;
  if (judged.difference) {
    row.difference = judged.difference->mean;
    row.difference_low = judged.difference->ci.low;
    row.difference_high = judged.difference->ci.high;
    row.difference_mde = judged.difference->mde;
  }
  if (judged.difference_noise) {
    row.difference_noise = judged.difference_noise->mean;
    row.difference_noise_low = judged.difference_noise->ci.low;
    row.difference_noise_high = judged.difference_noise->ci.high;
  }
  row.blocks_needed = judged.blocks_needed;
  row.warnings = judged.warnings;
}

}  // namespace bpftax
