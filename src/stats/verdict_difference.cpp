#include "stats/verdict_difference.h"

#include <fmt/format.h>
#include <algorithm>
#include <cmath>

#include "stats/descriptive.h"
#include "stats/distributions.h"
#include "stats/wilcoxon.h"
#include "util/units.h"

namespace bpftax {
namespace {

std::string text_of(const Estimate& effect) {
  return fmt::format("{} ({} to {})", format_significant(effect.mean), format_significant(effect.ci.low),
                     format_significant(effect.ci.high));
}

struct Claim {
  Judgement judgement = Judgement::kInconclusive;
  double boundary = 0;
  std::string sentence;
  bool names_mde = false;
};

Claim claim_of(const Estimate& effect, double margin, double floor) {
  const std::string allowed = fmt::format("allowed {}", format_significant(margin));
  if (margin > 0 && effect.ci.low > margin) {
    return {Judgement::kExceeds, margin, fmt::format("worse by {}, {}", text_of(effect), allowed)};
  }
  if (margin > 0 && effect.ci.high < margin) {
    if (margin < effect.mde) {
      return {Judgement::kInconclusive, 0,
              fmt::format(
                  "the difference, {}, stays below what is allowed, {}, but only differences from {} on are "
                  "found reliably",
                  text_of(effect), format_significant(margin), format_significant(effect.mde)),
              true};
    }
    return {Judgement::kPass, margin,
            fmt::format("worse by at most {}, {}", format_significant(effect.ci.high), allowed)};
  }
  if (effect.ci.low > 0 && effect.mean >= floor) {
    return {Judgement::kOverhead, 0,
            fmt::format("worse by {}, and it may be more than {}", text_of(effect), allowed)};
  }
  return {Judgement::kInconclusive, 0,
          fmt::format("the difference is not known well enough: {}, {}", text_of(effect), allowed)};
}

// INVALID, or a warning where it is small beside the margin: as Judge::drifts() on the log scale.
bool drifts(const Estimate& noise, double margin, Judged& result) {
  const double half_width = t_quantile(1 - kDriftAlpha / 2, noise.n - 1) * noise.standard_error;
  if (std::abs(noise.mean) <= half_width) return false;
  const std::string found =
      fmt::format("inside a block the second baseline differs from the first by {}, in the metric's unit",
                  text_of(noise));
  if (margin > 0 && std::abs(noise.mean) < kMaterialDrift * margin) {
    result.warnings.push_back(found + ": a drift, but a small one beside the margin");
    return false;
  }
  result.judgement = Judgement::kInvalid;
  result.sentence = found + ": something drifts while measuring";
  return true;
}

// What the percentages of other rows say in columns of their own.
std::string resolution_text(const Judged& result, bool names_mde) {
  std::string text;
  const Estimate& noise = *result.difference_noise;
  // One baseline that stands for both (a tree of raw results) tells nothing of the noise.
  if (noise.sd > 0 || noise.mean != 0) text += "; the baseline differs from itself by " + text_of(noise);
  if (!names_mde && result.difference->mde > 0)
    text += fmt::format("; differences from {} on are found reliably",
                        format_significant(result.difference->mde));
  return text;
}

}  // namespace

Judged judge_difference(const JudgeInput& input, std::size_t blocks) {
  Judged result;
  result.blocks = static_cast<int>(blocks);
  std::vector<double> differences;
  std::vector<double> baselines, noise;
  differences.reserve(blocks);
  noise.reserve(blocks);
  baselines.reserve(blocks);
  for (std::size_t i = 0; i < blocks; ++i) {
    baselines.push_back(input.a1[i] / 2 + input.a2[i] / 2);
    noise.push_back(input.a2[i] - input.a1[i]);
    const double difference = input.t[i] - baselines.back();
    differences.push_back(input.direction == Direction::kLowerIsBetter ? difference : -difference);
  }
  result.baseline_mean = mean(baselines);
  result.subject_mean = mean(std::span(input.t).first(blocks));
  result.difference = estimate(differences, input.alpha);
  result.difference_noise = estimate(noise, input.alpha);
  if (!result.difference || !result.difference_noise || result.blocks < kMinBlocks) {
    result.sentence = fmt::format("only {} valid blocks, at least {} are needed", result.blocks, kMinBlocks);
    result.blocks_needed = kMinBlocks;
    return result;
  }
  const Estimate& effect = *result.difference;
  const double margin =
      std::max(input.absolute_floor, input.margin_percent.value_or(0) / 100 * *result.baseline_mean);
  result.p_value = effect.p_value;
  result.better_than_baseline = effect.ci.high < 0;
  if (drifts(*result.difference_noise, margin, result)) return result;

  Claim claim = claim_of(effect, margin, input.absolute_floor);
  if (claim.judgement != Judgement::kInconclusive) {
    const SignedRank rank = *wilcoxon_signed_rank(differences, claim.boundary);
    if ((claim.judgement == Judgement::kPass ? rank.p_less : rank.p_greater) > kRankSupportAlpha) {
      claim = {Judgement::kInconclusive, 0,
               fmt::format("few blocks decide, the signed-rank test does not agree: {}", text_of(effect))};
    }
  }
  result.judgement = claim.judgement;
  result.sentence = "in the metric's unit, because some windows measured 0: " + claim.sentence +
                    resolution_text(result, claim.names_mde);
  if (claim.judgement == Judgement::kInconclusive || claim.judgement == Judgement::kOverhead) {
    double distance = std::abs(margin - effect.mean);
    if (claim.judgement == Judgement::kInconclusive && margin > 0) distance = std::min(distance, margin);
    result.blocks_needed =
        blocks_to_detect(distance, effect.standard_error * std::sqrt(static_cast<double>(effect.n)),
                         input.alpha, result.blocks + 1, kMaxBlocksNeeded);
  }
  return result;
}

}  // namespace bpftax
