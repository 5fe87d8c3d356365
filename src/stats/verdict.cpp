#include "stats/verdict.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>
#include <limits>

#include "stats/descriptive.h"
#include "stats/distributions.h"
#include "stats/multiplicity.h"
#include "stats/verdict_difference.h"
#include "stats/wilcoxon.h"
#include "util/units.h"

namespace bpftax {
namespace {

// "1.80 %"; a rounded-away negative does not print as "-0.00 %".
std::string percent(double value) {
  return fmt::format("{:.2f} %", std::abs(value) < 0.005 ? 0.0 : value);
}

std::string from_to(double low, double high) {
  return fmt::format("{} to {}", percent(low), percent(high));
}

// The step between neighbouring values when at least half of them are repeats of others (a generator that
// prints whole microseconds); 0 when the values look continuous, or are all the same so that no step can be
// seen.
double visible_step(std::span<const double> a1, std::span<const double> t, std::span<const double> a2) {
  std::vector<double> values;
  values.reserve(a1.size() + t.size() + a2.size());
  values.insert(values.end(), a1.begin(), a1.end());
  values.insert(values.end(), t.begin(), t.end());
  values.insert(values.end(), a2.begin(), a2.end());
  std::sort(values.begin(), values.end());
  std::size_t distinct = 1;
  double step = std::numeric_limits<double>::infinity();
  for (std::size_t i = 1; i < values.size(); ++i) {
    if (values[i] == values[i - 1]) continue;
    ++distinct;
    step = std::min(step, values[i] - values[i - 1]);
  }
  return distinct > 1 && 2 * distinct <= values.size() ? step : 0;
}

// One judgement in the making: what the rules need, on the log scale.
class Judge {
 public:
  // All values are positive and finite; `blocks` of them are used.
  Judge(const JudgeInput& input, std::size_t blocks) : input_(input), n_(blocks) {}

  Judged run();

 private:
  bool measure();
  void find_margin();
  void find_resolution();
  void decide();
  bool drifts();
  // The claim stands if the signed-rank test of the same one-sided claim supports it; else INCONCLUSIVE.
  void claim(Judgement judgement, double boundary, std::string sentence);
  void leave_open(std::string sentence);
  std::optional<int> blocks_to_settle() const;
  std::string more_blocks() const;
  std::string margin_text() const { return percent(*out_.margin_percent); }
  std::string estimate_text() const {
    return fmt::format("{} ({})", percent(*out_.overhead_percent), from_to(*out_.ci_low, *out_.ci_high));
  }

  const JudgeInput& input_;
  const std::size_t n_;
  std::vector<double> d_;
  std::optional<double> margin_log_;
  double mde_log_ = 0;
  double step_ = 0;
  bool step_too_coarse_ = false;
  Judged out_;
};

Judged Judge::run() {
  out_.blocks = static_cast<int>(n_);
  if (n_ == 0) {
    out_.sentence = "no valid block";
    out_.blocks_needed = kMinBlocks;
    return std::move(out_);
  }
  if (measure()) decide();
  return std::move(out_);
}

// Estimates; false when the blocks cannot be judged at all (the sentence says why).
bool Judge::measure() {
  d_.reserve(n_);
  std::vector<double> e;
  e.reserve(n_);
  double baseline_logs = 0;
  double subject_logs = 0;
  for (std::size_t i = 0; i < n_; ++i) {
    d_.push_back(block_effect(input_.direction, input_.a1[i], input_.t[i], input_.a2[i]));
    e.push_back(noise_effect(input_.a1[i], input_.a2[i]));
    baseline_logs += (std::log(input_.a1[i]) + std::log(input_.a2[i])) / 2;
    subject_logs += std::log(input_.t[i]);
  }
  out_.baseline_mean = std::exp(baseline_logs / static_cast<double>(n_));
  out_.subject_mean = std::exp(subject_logs / static_cast<double>(n_));
  find_margin();
  out_.estimate = bpftax::estimate(d_, input_.alpha);
  out_.noise = bpftax::estimate(e, input_.alpha);
  if (!out_.estimate || !out_.noise) {
    out_.sentence = fmt::format("only {} valid block, at least {} are needed", n_, kMinBlocks);
    out_.blocks_needed = kMinBlocks;
    return false;
  }
  find_resolution();

  const Estimate& effect = *out_.estimate;
  out_.overhead_percent = overhead_percent(input_.direction, effect.mean);
  out_.ci_low = overhead_percent(input_.direction, effect.ci.low);
  out_.ci_high = overhead_percent(input_.direction, effect.ci.high);
  out_.p_value = effect.p_value;
  out_.mde_percent = overhead_percent(input_.direction, mde_log_);
  out_.noise_floor_percent = 100 * std::expm1(out_.noise->mean);
  out_.noise_low = 100 * std::expm1(out_.noise->ci.low);
  out_.noise_high = 100 * std::expm1(out_.noise->ci.high);
  out_.hodges_lehmann_percent = overhead_percent(input_.direction, *hodges_lehmann_estimate(d_));
  out_.better_than_baseline = effect.ci.high < 0;
  if (effect.variance_inflated) {
    out_.warnings.push_back(
        fmt::format("neighbouring blocks are alike (autocorrelation {:.2f}); the interval was widened for it",
                    effect.autocorrelation));
  }
  return true;
}

void Judge::find_margin() {
  if (!input_.margin_percent) return;
  const double floor_percent = 100 * input_.absolute_floor / *out_.baseline_mean;
  out_.margin_percent = std::max(*input_.margin_percent, floor_percent);
  // A loss of 100 % or more cannot happen: such a margin is above every effect.
  margin_log_ =
      log_effect(input_.direction, *out_.margin_percent).value_or(std::numeric_limits<double>::infinity());
}

void Judge::find_resolution() {
  mde_log_ = out_.estimate->mde;
  if (out_.estimate->sd == 0) {
    out_.warnings.emplace_back(
        "every block gave exactly the same effect: the metric may be too coarse to show one");
  }
  step_ = visible_step({input_.a1.data(), n_}, {input_.t.data(), n_}, {input_.a2.data(), n_});
  if (step_ == 0) return;
  const double step_percent = 100 * step_ / *out_.baseline_mean;
  const double step_log =
      log_effect(input_.direction, step_percent).value_or(std::numeric_limits<double>::infinity());
  if (step_log <= mde_log_) return;
  mde_log_ = step_log;
  step_too_coarse_ = margin_log_ && step_log > *margin_log_;
  out_.warnings.push_back(
      fmt::format("the metric moves in steps of {} of the baseline; a smaller effect cannot be seen",
                  percent(step_percent)));
}

bool Judge::drifts() {
  const Estimate& noise = *out_.noise;
  const double half_width = t_quantile(1 - kDriftAlpha / 2, noise.n - 1) * noise.standard_error;
  if (std::abs(noise.mean) <= half_width) return false;
  const std::string found =
      fmt::format("inside a block the second baseline differs from the first by {} ({})",
                  percent(*out_.noise_floor_percent), from_to(*out_.noise_low, *out_.noise_high));
  if (margin_log_ && std::abs(noise.mean) < kMaterialDrift * *margin_log_) {
    out_.warnings.push_back(found + ": a drift, but a small one beside the margin");
    return false;
  }
  out_.judgement = Judgement::kInvalid;
  out_.sentence = found + ": something drifts while measuring";
  return true;
}

void Judge::claim(Judgement judgement, double boundary, std::string sentence) {
  const SignedRank rank = *wilcoxon_signed_rank(d_, boundary);
  const double p = judgement == Judgement::kPass ? rank.p_less : rank.p_greater;
  if (p > kRankSupportAlpha) {
    leave_open(
        fmt::format("the mean says {}, but the signed-rank test does not support it (p = {:.2f}): few blocks "
                    "decide; {}",
                    to_string(judgement), p, estimate_text()));
    return;
  }
  out_.judgement = judgement;
  out_.sentence = std::move(sentence);
  if (judgement == Judgement::kOverhead) out_.blocks_needed = blocks_to_settle();
}

void Judge::leave_open(std::string sentence) {
  out_.judgement = Judgement::kInconclusive;
  out_.sentence = std::move(sentence);
  out_.blocks_needed = blocks_to_settle();
  out_.sentence += more_blocks();
}

// How many blocks would put the interval on one side of the margin (of zero where there is none) with 80 %
// power, were the true effect the estimate; and would bring the minimum detectable effect below the margin.
std::optional<int> Judge::blocks_to_settle() const {
  if (step_too_coarse_ || !out_.estimate) return std::nullopt;
  const Estimate& effect = *out_.estimate;
  const double sd = effect.standard_error * std::sqrt(static_cast<double>(effect.n));
  double distance = std::abs(effect.mean);
  if (margin_log_) {
    distance = std::abs(*margin_log_ - effect.mean);
    // To be told from the margin is enough for an established overhead; a PASS also needs a margin that can
    // be seen.
    if (out_.judgement != Judgement::kOverhead) distance = std::min(distance, *margin_log_);
  }
  return blocks_to_detect(distance, sd, input_.alpha, std::max(kMinBlocks, effect.n + 1), kMaxBlocksNeeded);
}

std::string Judge::more_blocks() const {
  if (out_.blocks_needed) return fmt::format("; about {} blocks would settle it", *out_.blocks_needed);
  if (step_too_coarse_) return "; more blocks cannot help, a finer metric would";
  return fmt::format("; more than {} blocks would be needed", kMaxBlocksNeeded);
}

void Judge::decide() {
  const Interval& ci = out_.estimate->ci;
  if (out_.blocks < kMinBlocks) {
    leave_open(fmt::format("only {} valid blocks, at least {} are needed; so far {}", out_.blocks, kMinBlocks,
                           estimate_text()));
    return;
  }
  if (drifts()) return;

  const bool saturated = input_.cap && *input_.cap > 0 && input_.direction == Direction::kHigherIsBetter &&
                         *out_.baseline_mean >= kSaturatedShare * *input_.cap;
  const bool below_margin = margin_log_ && ci.high < *margin_log_;
  const double size = std::abs(*out_.overhead_percent) / 100 * *out_.baseline_mean;
  if (margin_log_ && ci.low > *margin_log_) {
    claim(Judgement::kExceeds, *margin_log_,
          fmt::format("the overhead is {}, more than the margin of {}", estimate_text(), margin_text()));
  } else if (ci.low > 0 && size >= input_.absolute_floor && !below_margin) {
    claim(Judgement::kOverhead, 0,
          margin_log_
              ? fmt::format("there is an overhead, {}, and it may exceed the margin of {}", estimate_text(),
                            margin_text())
              : fmt::format("there is an overhead, {}; no margin is set for this metric", estimate_text()));
  } else if (saturated) {
    out_.judgement = Judgement::kSaturated;
    out_.sentence =
        fmt::format("the baseline already reaches {} of the cap, so this metric cannot show a cost",
                    percent(100 * *out_.baseline_mean / *input_.cap));
  } else if (!margin_log_) {
    leave_open(fmt::format("no overhead shown, {}, and no margin is set for this metric", estimate_text()));
  } else if (below_margin && *margin_log_ < mde_log_) {
    leave_open(
        fmt::format("the interval, {}, stays below the margin of {}, but only effects from {} on are found "
                    "reliably",
                    estimate_text(), margin_text(), percent(*out_.mde_percent)));
  } else if (below_margin) {
    std::string sentence;
    if (ci.low > 0) {
      sentence =
          fmt::format("measurable, acceptable: {}, within the margin of {}", estimate_text(), margin_text());
    } else if (ci.high < 0) {
      sentence = fmt::format("better than the baseline: {}, margin {}", estimate_text(), margin_text());
    } else {
      sentence = fmt::format("no overhead shown, and at most {}, within the margin of {}",
                             percent(*out_.ci_high), margin_text());
    }
    claim(Judgement::kPass, *margin_log_, std::move(sentence));
  } else {
    leave_open(
        fmt::format("the overhead is not known well enough, {}, margin {}", estimate_text(), margin_text()));
  }
  if (saturated && out_.judgement != Judgement::kSaturated) {
    out_.warnings.emplace_back("the baseline is at its cap: the overhead is at least what is shown");
  }
}

}  // namespace

std::string_view to_string(Judgement judgement) {
  switch (judgement) {
    case Judgement::kPass:
      return "PASS";
    case Judgement::kOverhead:
      return "OVERHEAD";
    case Judgement::kExceeds:
      return "EXCEEDS";
    case Judgement::kInconclusive:
      return "INCONCLUSIVE";
    case Judgement::kSaturated:
      return "SATURATED";
    case Judgement::kInvalid:
      return "INVALID";
  }
  return "INVALID";
}

Judged judge(const JudgeInput& input) {
  const std::size_t blocks = std::min({input.a1.size(), input.t.size(), input.a2.size()});
  bool zeros = false;
  for (const std::vector<double>* values : {&input.a1, &input.t, &input.a2}) {
    for (std::size_t i = 0; i < blocks; ++i) {
      const double value = (*values)[i];
      if (!std::isfinite(value) || value < 0) {
        Judged result;
        result.blocks = static_cast<int>(blocks);
        result.sentence = "a window measured something that is not a number, or is negative";
        return result;
      }
      zeros |= value == 0;
    }
  }
  return zeros ? judge_difference(input, blocks) : Judge(input, blocks).run();
}

std::vector<std::optional<double>> correct_claims(std::span<Judged* const> rows, double alpha) {
  std::vector<double> p_values;
  std::vector<std::size_t> tested;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (!rows[i]->p_value) continue;
    p_values.push_back(*rows[i]->p_value);
    tested.push_back(i);
  }
  const std::vector<double> adjusted = holm(p_values);
  std::vector<std::optional<double>> result(rows.size());
  for (std::size_t i = 0; i < tested.size(); ++i) {
    result[tested[i]] = adjusted[i];
    Judged& row = *rows[tested[i]];
    const bool claims = row.judgement == Judgement::kOverhead || row.judgement == Judgement::kExceeds;
    if (!claims || adjusted[i] <= alpha) continue;
    const std::string interval =
        row.ci_low ? from_to(*row.ci_low, *row.ci_high)
                   : fmt::format("{} to {} in its unit", format_significant(row.difference->ci.low),
                                 format_significant(row.difference->ci.high));
    row.sentence = fmt::format(
        "{} on its own ({}), but not when all {} rows of the table are taken into account "
        "(Holm: p = {:.3f})",
        to_string(row.judgement), interval, tested.size(), adjusted[i]);
    row.judgement = Judgement::kInconclusive;
  }
  return result;
}

}  // namespace bpftax
