#include "analyze/out_pairs.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "analyze/out_windows.h"
#include "result/judged_row.h"
#include "stats/effect.h"
#include "stats/multiplicity.h"
#include "workload/metrics.h"

namespace bpftax {
namespace {

// All pairs are looked at once, at the end: the ordinary level.
constexpr double kAlpha = 0.05;
constexpr double kSecondaryFalseDiscoveryRate = 0.10;

Verdict verdict_of_pairs(Judgement judgement) {
  return verdict_from_string(to_string(judgement)).value_or(Verdict::kInconclusive);
}

struct PairValues {
  std::vector<PairId> ids;
  JudgeInput input;
  bool two_baselines = false;  // every pair has a baseline before and after: the noise floor is known
  std::set<int> excluded;      // blocks or iterations, as numbers for people
  std::vector<double> only_baseline, only_subject;  // where the other is missing
};

const WindowGroup* group_of(const PairedWindows& windows, const std::string& workload, const PairId& id) {
  const auto found = windows.find(workload);
  if (found == windows.end()) return nullptr;
  const auto group = found->second.find(id);
  return group == found->second.end() ? nullptr : &group->second;
}

std::set<PairId> ids_of(const PairInput& input, const std::string& workload) {
  std::set<PairId> ids;
  for (const PairedWindows* side : {input.baseline, input.subject}) {
    const auto found = side->find(workload);
    if (found == side->end()) continue;
    for (const auto& [id, group] : found->second) ids.insert(id);
  }
  return ids;
}

PairValues values_of(const PairInput& input, const std::string& workload, const std::string& metric) {
  PairValues out;
  out.two_baselines = true;
  for (const PairId& id : ids_of(input, workload)) {
    const WindowGroup* before = group_of(*input.baseline, workload, id);
    const WindowGroup* with = group_of(*input.subject, workload, id);
    const auto b = before == nullptr ? std::nullopt : tree_value(*before, metric);
    auto t = with == nullptr ? std::nullopt : tree_value(*with, metric);
    const bool dead = input.dead.count(id.first) > 0;
    if (dead) t.reset();  // it is a value of the system without the tool
    const int number = input.several_iterations || id.second == 0 ? id.first + 1 : id.second;
    if (!b || !t) {
      if (b) out.only_baseline.push_back(*b);
      if (t) out.only_subject.push_back(*t);
      if (with != nullptr || dead) out.excluded.insert(number);
      continue;
    }
    // Of two baselines of a block the first ran before the second.
    std::optional<double> a1, a2;
    if (id.second > 0 && before->windows.size() == 2) {
      std::vector<const AnalysedWindow*> order = before->windows;
      std::stable_sort(order.begin(), order.end(), [](const AnalysedWindow* x, const AnalysedWindow* y) {
        return x->begin_ns.value_or(0) < y->begin_ns.value_or(0);
      });
      a1 = tree_value(WindowGroup{{order[0]}}, metric);
      a2 = tree_value(WindowGroup{{order[1]}}, metric);
    }
    out.two_baselines = out.two_baselines && a1 && a2;
    out.ids.push_back(id);
    out.input.a1.push_back(a1 && a2 ? *a1 : *b);
    out.input.a2.push_back(a1 && a2 ? *a2 : *b);
    out.input.t.push_back(*t);
  }
  return out;
}

double mean_of(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

void no_pair(const PairInput& input, const PairValues& values, ResultComparison& c) {
  c.verdict = Verdict::kInvalid;
  if (!values.only_baseline.empty()) c.baseline_mean = mean_of(values.only_baseline);
  if (!values.only_subject.empty()) c.subject_mean = mean_of(values.only_subject);
  if (!input.dead.empty() && values.only_subject.empty()) {
    c.verdict_text = "the tool was not running: " + input.dead_evidence;
  } else if (values.only_baseline.empty()) {
    c.verdict_text = "there is no baseline to compare with";
  } else {
    c.verdict_text = "there is no value with the tool";
  }
}

// Of two baselines; exactly the value where there is one only.
double baseline_of_pair(double a1, double a2, bool arithmetic) {
  if (a1 == a2) return a1;
  return arithmetic ? (a1 + a2) / 2 : std::sqrt(a1 * a2);
}

// One value of each: nothing tells the tool from chance.
void one_pair(const JudgeInput& input, ResultComparison& c) {
  c.baseline_mean = baseline_of_pair(input.a1[0], input.a2[0], false);
  c.subject_mean = input.t[0];
  const double effect = block_effect(input.direction, input.a1[0], input.t[0], input.a2[0]);
  if (std::isfinite(effect)) c.overhead_percent = overhead_percent(input.direction, effect);
  c.verdict = Verdict::kInconclusive;
  c.verdict_text =
      "one baseline and one run with the tool: the difference is printed as such; without repetition nothing "
      "tells the tool from chance, so there is neither an interval nor a verdict";
}

void several_pairs(const PairValues& values, const Judged& judged, ResultComparison& c) {
  take_estimates(judged, c);
  if (!values.two_baselines) {
    c.noise_floor_percent = c.noise_low = c.noise_high = {};
    c.difference_noise = c.difference_noise_low = c.difference_noise_high = {};
  }
  c.verdict = verdict_of_pairs(judged.judgement);
  c.verdict_text = judged.sentence;
  if (judged.blocks < kMinBlocks) {
    c.verdict_text = fmt::format(
        "{} pairs of a baseline and a run with the tool: they give an interval; fewer than {} are never "
        "judged",
        judged.blocks, kMinBlocks);
  }
}

// What the tool adds to each transaction.
void added_time(const JudgeInput& input, ResultComparison& c) {
  if (c.metric != kLatencyMeanUs) return;
  std::vector<double> added;
  for (size_t i = 0; i < input.t.size(); ++i) added.push_back(input.t[i] - (input.a1[i] + input.a2[i]) / 2);
  if (added.size() == 1) c.measured_added_us = added.front();
  if (const auto estimated = estimate(added, kAlpha)) {
    c.measured_added_us = estimated->mean;
    c.measured_added_low = estimated->ci.low;
    c.measured_added_high = estimated->ci.high;
  }
}

}  // namespace

std::optional<PairedRow> paired_row(const PairInput& input, const std::string& workload,
                                    const MetricInfo& metric) {
  PairValues values = values_of(input, workload, metric.name);
  if (values.ids.empty() && values.only_baseline.empty() && values.only_subject.empty() && !metric.primary)
    return std::nullopt;
  values.input.direction =
      metric.better == Better::kHigher ? Direction::kHigherIsBetter : Direction::kLowerIsBetter;
  values.input.absolute_floor = metric.absolute_floor;
  values.input.alpha = kAlpha;
  PairedRow row;
  ResultComparison& c = row.comparison;
  c.workload = workload;
  c.metric = metric.name;
  c.unit = metric.unit;
  c.better = metric.better == Better::kHigher ? "higher" : "lower";
  c.primary = metric.primary;
  c.blocks = static_cast<int>(values.ids.size());
  c.excluded.assign(values.excluded.begin(), values.excluded.end());
  if (values.ids.empty()) {
    no_pair(input, values, c);
    return row;
  }
  if (values.ids.size() == 1) {
    one_pair(values.input, c);
  } else {
    row.judged = judge(values.input);
    several_pairs(values, row.judged, c);
  }
  for (size_t i = 0; i < values.ids.size(); ++i) {
    c.baseline_samples.push_back(
        baseline_of_pair(values.input.a1[i], values.input.a2[i], row.judged.difference.has_value()));
    c.subject_samples.push_back(values.input.t[i]);
  }
  added_time(values.input, c);
  return row;
}

void correct_rows(std::vector<PairedRow>& rows) {
  std::vector<PairedRow*> primary, secondary;
  std::vector<Judged*> claims;
  std::vector<double> p_values;
  for (PairedRow& row : rows) {
    if (!row.comparison.p_value) continue;
    if (row.comparison.primary) {
      primary.push_back(&row);
      claims.push_back(&row.judged);
    } else {
      secondary.push_back(&row);
      p_values.push_back(*row.comparison.p_value);
    }
  }
  const auto holm_values = correct_claims(claims, kAlpha);
  for (size_t i = 0; i < primary.size(); ++i) {
    ResultComparison& c = primary[i]->comparison;
    c.p_adjusted = holm_values[i];
    const Verdict verdict = verdict_of_pairs(primary[i]->judged.judgement);
    if (verdict == c.verdict) continue;
    c.verdict = verdict;
    c.verdict_text = primary[i]->judged.sentence;
  }
  const std::vector<double> adjusted = benjamini_hochberg(p_values);
  for (size_t i = 0; i < secondary.size(); ++i) {
    ResultComparison& c = secondary[i]->comparison;
    c.p_adjusted = adjusted[i];
    if (c.verdict != Verdict::kOverhead || adjusted[i] <= kSecondaryFalseDiscoveryRate) continue;
    c.verdict = Verdict::kInconclusive;
    c.verdict_text = fmt::format(
        "OVERHEAD by itself, but not among the {} secondary metrics looked at (adjusted p = {:.2f})",
        secondary.size(), adjusted[i]);
  }
}

}  // namespace bpftax
