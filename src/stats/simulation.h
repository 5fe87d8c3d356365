// Test support: imaginary campaigns with known truth, for checking that the method keeps its promises
// (method.md section 7). Deterministic by seed; needs no clock and no machine.
#pragma once

#include <string_view>
#include <vector>

#include "stats/sequential.h"
#include "util/rng.h"

namespace bpftax::simulation {

// What disturbs the windows, besides the subject. All on the log scale with a window-to-window sd of 1 %.
enum class Noise {
  kNormal,     // independent, normal
  kHeavyTail,  // independent, Student's t with 3 degrees of freedom: outliers as real machines have them
  kAr1,        // each window remembers 70 % of the one before
  kRamp,       // normal, and a drift of 5 % over 72 windows, up or down
  kStep,       // normal, and one jump of 5 % at a random window, up or down
};
inline constexpr Noise kAllNoise[] = {Noise::kNormal, Noise::kHeavyTail, Noise::kAr1, Noise::kRamp,
                                      Noise::kStep};
std::string_view to_string(Noise noise);

inline constexpr double kWindowSd = 0.01;
inline constexpr double kDriftSize = 0.05;

// The disturbances of `windows` consecutive windows.
std::vector<double> disturbances(Noise noise, int windows, PcgRng& rng);

// What was seen in one campaign that was run by the real judge() and decide().
struct Outcome {
  Judged last;                 // at the look where the procedure stopped
  bool zero_excluded = false;  // by the interval of any look made
  bool ever_claimed = false;   // OVERHEAD or EXCEEDS at any look made
  Interval naive;              // the ordinary 95 % interval at the stop, log scale
};

// One campaign of blocks {A1, T, A2} in random order, metric around 100 where lower is better. true_effect is
// what the subject adds (log scale). A margin of 0.1 % is out of reach: then all looks are made unless
// EXCEEDS is claimed.
Outcome run_campaign(const SequentialDesign& design, Noise noise, double true_effect, double margin_percent,
                     PcgRng& rng);

}  // namespace bpftax::simulation
