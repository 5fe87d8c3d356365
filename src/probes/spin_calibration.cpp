#include "probes/spin_calibration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "stats/descriptive.h"

namespace bpftax {
namespace {

template <class Field>
double median_of(const std::vector<SpinBatch>& batches, Field field) {
  std::vector<double> values;
  values.reserve(batches.size());
  for (const SpinBatch& batch : batches) values.push_back(field(batch));
  return median(values).value_or(0);
}

}  // namespace

Result<SpinCalibration> calibrate_spin(const std::vector<SpinBatch>& spinning,
                                       const std::vector<SpinBatch>& empty) {
  constexpr const char* kWhat = "cannot calibrate the spin";
  if (spinning.empty() || empty.empty()) return fail(ErrorKind::kEnvironment, kWhat, {}, "nothing was timed");
  const double iterations = median_of(spinning, [](const SpinBatch& b) { return b.iterations_per_run; });
  if (iterations < 1) return fail(ErrorKind::kEnvironment, kWhat, {}, "the loop did not run");
  const double outside =
      median_of(spinning, [](const SpinBatch& b) { return b.ns_per_run - b.burnt_ns_per_run; });
  SpinCalibration calibration;
  calibration.step_ns =
      median_of(spinning, [](const SpinBatch& b) { return b.burnt_ns_per_run / b.iterations_per_run; });
  calibration.fixed_ns = outside - median_of(empty, [](const SpinBatch& b) { return b.ns_per_run; });
  // The kernel rounds a batch's time to whole ns per run, twice; a cost below that is none.
  if (calibration.fixed_ns < -2)
    return fail(ErrorKind::kEnvironment, kWhat, {}, fmt::format("a cost of {:.1f} ns", calibration.fixed_ns),
                "the machine was too busy to time it: try again");
  calibration.fixed_ns = std::max(calibration.fixed_ns, 0.0);
  return calibration;
}

uint64_t spin_target_ns(uint64_t ns, const SpinCalibration& calibration) {
  const double target = static_cast<double>(ns) - calibration.fixed_ns;
  return target > 0 ? static_cast<uint64_t>(std::llround(target)) : 0;
}

std::string format_spin_truth(const SpinCalibration& calibration) {
  if (calibration.in_place)
    return fmt::format("an event costs {:.0f} +- {:.0f} ns in place", calibration.in_place->ns,
                       calibration.in_place->error_ns);
  return fmt::format("not calibrated in place ({}): the way into the program is not in what it burns",
                     calibration.not_in_place);
}

std::string format_calibration(uint64_t ns, const SpinCalibration& calibration) {
  std::string text = fmt::format(
      "calibration: {}; {:.1f} ns outside of the loop, target in the loop {} ns; {:.1f} ns an iteration "
      "(resolution of a single event)",
      format_spin_truth(calibration), calibration.fixed_ns, spin_target_ns(ns, calibration),
      calibration.step_ns);
  // The loop runs once in any case.
  const double least = calibration.fixed_ns + calibration.step_ns;
  if (static_cast<double>(ns) < least)
    text += fmt::format("; {} ns is less than can be burnt here: the least possible is {:.0f} ns", ns, least);
  return text;
}

std::vector<std::string> format_spin_summary(uint64_t ns, const SpinState& total,
                                             const SpinCalibration& calibration) {
  if (total.events == 0) return {fmt::format("0 events; asked for: {} ns each", ns)};
  const auto events = static_cast<double>(total.events);
  const double in_loop = static_cast<double>(total.burnt_ns) / events;
  const double each = in_loop + calibration.fixed_ns;
  std::vector<std::string> lines = {
      fmt::format("{} events, {:.1f} ns each, {} ns in all; asked for: {} ns each", total.events, each,
                  std::llround(each * events), ns),
      fmt::format("of each: {:.1f} ns measured in the loop, {:.1f} ns outside of it by calibration", in_loop,
                  calibration.fixed_ns)};
  if (total.clipped != 0)
    lines.push_back(
        fmt::format("{} events were off by more than {} ns (an interrupt inside): counted as they were, not "
                    "made up for",
                    total.clipped, static_cast<int>(kSpinMaxCarryNs)));
  return lines;
}

}  // namespace bpftax
