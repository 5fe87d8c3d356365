#include "stats/simulation.h"

#include <array>
#include <cmath>

namespace bpftax::simulation {
namespace {

double student_t3(PcgRng& rng) {
  const double numerator = rng.normal();
  double chi_square = 0;
  for (int i = 0; i < 3; ++i) {
    const double value = rng.normal();
    chi_square += value * value;
  }
  return numerator / std::sqrt(chi_square / 3);
}

double random_sign(PcgRng& rng) {
  return rng.below(2) == 0 ? -1 : 1;
}

}  // namespace

std::string_view to_string(Noise noise) {
  switch (noise) {
    case Noise::kNormal:
      return "normal";
    case Noise::kHeavyTail:
      return "heavy tail (t3)";
    case Noise::kAr1:
      return "AR(1), 0.7";
    case Noise::kRamp:
      return "ramp of 5 %";
    case Noise::kStep:
      return "step of 5 %";
  }
  return "";
}

std::vector<double> disturbances(Noise noise, int windows, PcgRng& rng) {
  std::vector<double> values(static_cast<std::size_t>(windows));
  switch (noise) {
    case Noise::kNormal:
      for (double& value : values) value = kWindowSd * rng.normal();
      break;
    case Noise::kHeavyTail:
      for (double& value : values)
        value = kWindowSd / std::sqrt(3.0) * student_t3(rng);  // the sd of t3 is sqrt(3)
      break;
    case Noise::kAr1: {
      constexpr double kMemory = 0.7;
      double state = kWindowSd * rng.normal();
      for (double& value : values) {
        value = state;
        state = kMemory * state + std::sqrt(1 - kMemory * kMemory) * kWindowSd * rng.normal();
      }
      break;
    }
    case Noise::kRamp: {
      const double slope = random_sign(rng) * kDriftSize / 72;
      for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = slope * static_cast<double>(i) + kWindowSd * rng.normal();
      }
      break;
    }
    case Noise::kStep: {
      const double height = random_sign(rng) * kDriftSize;
      const auto moment = static_cast<std::size_t>(rng.below(static_cast<uint32_t>(windows)));
      for (std::size_t i = 0; i < values.size(); ++i) {
        values[i] = (i >= moment ? height : 0) + kWindowSd * rng.normal();
      }
      break;
    }
  }
  return values;
}

Outcome run_campaign(const SequentialDesign& design, Noise noise, double true_effect, double margin_percent,
                     PcgRng& rng) {
  constexpr double kLevel = 100;
  const int max_blocks = design.looks.back();
  const std::vector<double> disturbance = disturbances(noise, 3 * max_blocks, rng);
  JudgeInput input;
  input.margin_percent = margin_percent;
  input.alpha = design.alpha_per_look;
  Outcome outcome;
  for (int block = 0; block < max_blocks; ++block) {
    const auto subject_position = rng.below(3);
    std::array<double, 3> window{};
    for (uint32_t position = 0; position < 3; ++position) {
      const double log_value = disturbance[static_cast<std::size_t>(3 * block) + position];
      window[position] = kLevel * std::exp(log_value + (position == subject_position ? true_effect : 0));
    }
    input.t.push_back(window[subject_position]);
    input.a1.push_back(window[subject_position == 0 ? 1 : 0]);
    input.a2.push_back(window[subject_position == 2 ? 1 : 2]);
    if (!is_look(design, block + 1)) continue;
    outcome.last = judge(input);
    outcome.zero_excluded |= !outcome.last.estimate->ci.contains(0);
    outcome.ever_claimed |=
        outcome.last.judgement == Judgement::kOverhead || outcome.last.judgement == Judgement::kExceeds;
    if (decide(design, block + 1, {&outcome.last, 1}, true).stop) break;
  }
  const Estimate& effect = *outcome.last.estimate;
  const double ratio = minimum_detectable_effect(effect.n, effect.standard_error, 0.05, 0.5);
  outcome.naive = {effect.mean - ratio, effect.mean + ratio};  // t(.5) is 0: this is the plain half width
  return outcome;
}

}  // namespace bpftax::simulation
