// From the windows of one row (subject x workload x metric) to a judgement and the sentence that explains it.
// Why the rules are what they are: docs/design/0005-statistics.md.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "stats/effect.h"

namespace bpftax {

enum class Judgement { kPass, kOverhead, kExceeds, kInconclusive, kSaturated, kInvalid };
std::string_view to_string(Judgement judgement);  // "PASS", "OVERHEAD", ...

// Fewer valid blocks than this are never judged.
inline constexpr int kMinBlocks = 6;
// Two-sided level of the drift check (baseline against itself). It is made on every row and at every look, so
// it must be much stricter than 5 %: at .001 and four looks about 0.3 % of honest rows would be called
// INVALID [simulated].
inline constexpr double kDriftAlpha = 0.001;
// A drift smaller than this share of the margin is reported as a warning and does not invalidate: arms run in
// random order, so a drift adds noise (which the interval contains) but no bias.
inline constexpr double kMaterialDrift = 0.1;
// A baseline at this share of a known ceiling cannot show whether the subject costs anything.
inline constexpr double kSaturatedShare = 0.95;
// One-sided level at which the signed-rank test must support a claim of the t interval. Lenient on purpose:
// at n = 6 the smallest possible value is 1/64, so a stricter level would forbid every claim there.
inline constexpr double kRankSupportAlpha = 0.05;
// Above this, blocks_needed is not given: nobody would wait for it.
inline constexpr int kMaxBlocksNeeded = 1000;

struct JudgeInput {
  // One value per valid block, same length, in block order. a1 is the baseline window that RAN FIRST in the
  // block and a2 the one that ran second (not the labels, which are shuffled): only so can the drift check
  // see a drift.
  std::vector<double> a1, t, a2;
  Direction direction = Direction::kLowerIsBetter;
  std::optional<double> margin_percent;  // nullopt: no margin; then neither PASS nor EXCEEDS is possible
  double absolute_floor = 0;  // in the metric's unit; raises the margin where floor/baseline is larger
  std::optional<double> cap;  // known ceiling of the metric (higher-is-better metrics)
  double alpha = 0.05;  // two-sided level of the interval at this look: SequentialDesign::alpha_per_look
};

struct Judged {
  Judgement judgement = Judgement::kInconclusive;
  std::string sentence;  // one sentence in plain English: why
  int blocks = 0;        // in the estimate
  // Geometric, so that their ratio is the overhead exactly (arithmetic where `difference` is set).
  std::optional<double> baseline_mean;
  std::optional<double> subject_mean;
  // Of d, log scale. nullopt when it cannot be formed: below two blocks, or zeros.
  std::optional<Estimate> estimate;
  // Of e, log scale, signed: positive = the later baseline was larger.
  std::optional<Estimate> noise;
  // In the metric's unit, positive = worse; set only where zeros forbid a ratio. Then `estimate`, `noise` and
  // all percentages are nullopt.
  std::optional<Estimate> difference;
  // Of a2 - a1, beside `difference`: in the metric's unit, positive = the later baseline was larger.
  std::optional<Estimate> difference_noise;
  std::optional<double> overhead_percent, ci_low, ci_high;  // percent of the baseline, positive = worse
  std::optional<double> p_value;                            // two-sided, for "no effect"
  std::optional<double> mde_percent;
  std::optional<double> noise_floor_percent, noise_low, noise_high;  // 100*(exp(e)-1)
  // The margin applied: raised by the absolute floor where that is larger.
  std::optional<double> margin_percent;
  std::optional<double> hodges_lehmann_percent;
  // INCONCLUSIVE, OVERHEAD: blocks to settle it with 80 % power; nullopt: more than kMaxBlocksNeeded, or no
  // number of blocks would.
  std::optional<int> blocks_needed;
  // The whole interval is below 0: look for a confounder (idle states).
  bool better_than_baseline = false;
  std::vector<std::string> warnings;
};

// Rules, first match wins:
//   INCONCLUSIVE  fewer than kMinBlocks blocks, or a value that is negative or not finite
//   INVALID       the baseline drifts inside blocks: the interval of e at kDriftAlpha excludes 0, and the
//                 drift is at least kMaterialDrift of the margin
//   EXCEEDS       lower bound > margin
//   OVERHEAD      lower bound > 0, estimated size >= absolute floor, and upper bound >= margin or no margin
//   SATURATED     baseline >= kSaturatedShare of the cap; after the two above, because a ceiling hides that a
//                 subject costs nothing, but cannot fake a loss
//   INCONCLUSIVE  upper bound < margin, but margin < minimum detectable effect
//   PASS          upper bound < margin; "measurable, acceptable" when the lower bound is > 0
//   INCONCLUSIVE  anything else
//
// - The margin is max(margin_percent, 100*absolute_floor/baseline).
// - A claim (PASS, OVERHEAD, EXCEEDS) that the one-sided signed-rank test of the same claim does not support
//   at kRankSupportAlpha becomes INCONCLUSIVE.
// - Where the values come in visible steps (whole microseconds), the step counts as the minimum detectable
//   effect.
// - A metric with zeros (datagram loss) has no ratio: it is judged by its difference in its own unit, with
//   the margin max(absolute_floor, margin_percent of the baseline's mean), and its drift by a2 - a1; there is
//   no ceiling of a metric with zeros.
//
// Pure; a1, t and a2 of different length use the shortest.
Judged judge(const JudgeInput& input);

// Holm's correction over a table (rows: subjects x primary metrics). Returns the adjusted p-value of each
// row, nullopt where a row has none. An OVERHEAD or EXCEEDS whose adjusted p-value is above `alpha` (the
// alpha of the rows) becomes INCONCLUSIVE, with the sentence saying so: in a large table some row crosses any
// fixed line by chance.
std::vector<std::optional<double>> correct_claims(std::span<Judged* const> rows, double alpha);

}  // namespace bpftax
