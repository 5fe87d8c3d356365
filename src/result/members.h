// The members of a comparison and of a window, in the order in which result.json has them: the one list of
// their names, for everything that writes them down.
#pragma once

#include "result/model.h"

namespace bpftax {

struct ComparisonSamples {
  const std::vector<double>& baseline;
  const std::vector<double>& subject;
};

// Calls each(name, value); an optional without a value is unknown.
template <class Each>
void each_member(const ResultComparison& c, Each&& each) {
  each("subject", c.subject);
  each("environment", c.environment);
  each("part", c.part);
  each("case", c.case_id);
  each("workload", c.workload);
  each("metric", c.metric);
  each("unit", c.unit);
  each("better", c.better);
  each("primary", c.primary);
  each("blocks", c.blocks);
  each("baseline_mean", c.baseline_mean);
  each("subject_mean", c.subject_mean);
  each("overhead_percent", c.overhead_percent);
  each("ci_low", c.ci_low);
  each("ci_high", c.ci_high);
  each("confidence", c.confidence);
  each("p_value", c.p_value);
  each("p_adjusted", c.p_adjusted);
  each("mde_percent", c.mde_percent);
  each("noise_floor_percent", c.noise_floor_percent);
  each("noise_low", c.noise_low);
  each("noise_high", c.noise_high);
  each("difference", c.difference);
  each("difference_low", c.difference_low);
  each("difference_high", c.difference_high);
  each("difference_mde", c.difference_mde);
  each("difference_noise", c.difference_noise);
  each("difference_noise_low", c.difference_noise_low);
  each("difference_noise_high", c.difference_noise_high);
  each("margin_percent", c.margin_percent);
  each("margin_floor", c.margin_floor);
  each("verdict", to_string(c.verdict));
  each("verdict_text", c.verdict_text);
  each("blocks_needed", c.blocks_needed);
  each("samples", ComparisonSamples{c.baseline_samples, c.subject_samples});
  each("excluded", c.excluded);
  each("warnings", c.warnings);
  each("measured_added_us", c.measured_added_us);
  each("measured_added_low", c.measured_added_low);
  each("measured_added_high", c.measured_added_high);
  each("attributed_added_us", c.attributed_added_us);
  each("attributed_added_low", c.attributed_added_low);
  each("attributed_added_high", c.attributed_added_high);
  each("attributed_entry_us", c.attributed_entry_us);
}

template <class Each>
void each_member(const ResultWindow& window, Each&& each) {
  if (!window.part.empty()) {
    each("environment", window.environment);
    each("part", window.part);
  }
  each("block", window.block);
  each("arm", window.arm);
  each("subject", window.subject);
  each("workload", window.workload);
  each("purpose", window.purpose);
  each("start_realtime_ns", window.start_realtime_ns);
  each("duration_s", window.duration_s);
  each("valid", window.valid);
  each("reason", window.reason);
  each("metrics", window.metrics);
  each("conditions", window.conditions);
}

}  // namespace bpftax
