// Comparisons of the result: subject x workload x metric.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "plan/validate.h"
#include "result/judged_row.h"
#include "run/result_builder.h"
#include "stats/multiplicity.h"

namespace bpftax {
namespace {

// Secondary metrics are many and only point somewhere (method.md section 2).
constexpr double kFalseDiscoveryRate = 0.10;

void correct_secondary(std::vector<JudgedRow*>& rows, std::map<const JudgedRow*, double>& adjusted) {
  std::vector<JudgedRow*> with_p;
  std::vector<double> p_values;
  for (JudgedRow* row : rows) {
    if (!row->judged.p_value) continue;
    with_p.push_back(row);
    p_values.push_back(*row->judged.p_value);
  }
  const std::vector<double> corrected = benjamini_hochberg(p_values);
  for (size_t i = 0; i < with_p.size(); ++i) {
    Judged& judged = with_p[i]->judged;
    adjusted[with_p[i]] = corrected[i];
    const bool claim = judged.judgement == Judgement::kOverhead || judged.judgement == Judgement::kExceeds;
    if (!claim || corrected[i] <= kFalseDiscoveryRate) continue;
    judged.sentence =
        fmt::format("{} by itself, but not among the {} secondary metrics looked at (adjusted p = {:.2f})",
                    to_string(judged.judgement), with_p.size(), corrected[i]);
    judged.judgement = Judgement::kInconclusive;
  }
}

std::map<const JudgedRow*, double> correct(std::vector<JudgedRow>& rows, double alpha) {
  std::vector<JudgedRow*> primary, secondary;
  std::vector<Judged*> claims;
  for (JudgedRow& row : rows) {
    (row.metric.primary ? primary : secondary).push_back(&row);
    if (row.metric.primary) claims.push_back(&row.judged);
  }
  std::map<const JudgedRow*, double> adjusted;
  const auto holm_values = correct_claims(claims, alpha);
  for (size_t i = 0; i < primary.size(); ++i) {
    if (holm_values[i]) adjusted[primary[i]] = *holm_values[i];
  }
  correct_secondary(secondary, adjusted);
  return adjusted;
}

// The same blocks on the scale of the metric itself: what the subject adds to each transaction.
void add_times(const Session& session, const JudgedRow& row, ResultComparison& comparison) {
  if (row.metric.name != "latency_mean_us") return;
  std::vector<double> added;
  for (size_t i = 0; i < row.blocks.size(); ++i)
    added.push_back(row.input.t[i] - (row.input.a1[i] + row.input.a2[i]) / 2);
  if (const auto estimated = estimate(added, row.input.alpha)) {
    comparison.measured_added_us = estimated->mean;
    comparison.measured_added_low = estimated->ci.low;
    comparison.measured_added_high = estimated->ci.high;
  }
  const auto attributed = attributed_time(session.state, row.subject, row.workload);
  if (!attributed) return;
  comparison.attributed_added_us = attributed->us;
  comparison.attributed_entry_us = attributed->entry_us;
  if (!attributed->error_us) return;
  comparison.attributed_added_low = attributed->us - *attributed->error_us;
  comparison.attributed_added_high = attributed->us + *attributed->error_us;
}

ResultComparison from_row(const Session& session, const JudgedRow& row) {
  const Judged& judged = row.judged;
  ResultComparison c;
  c.subject = row.subject;
  c.workload = row.workload;
  c.metric = row.metric.name;
  c.unit = row.metric.unit;
  c.better = row.metric.better == Better::kHigher ? "higher" : "lower";
  c.primary = row.metric.primary;
  c.blocks = judged.blocks;
  take_estimates(judged, c);
  c.margin_percent = judged.margin_percent.value_or(row.margin_percent);
  if (c.margin_percent > row.margin_percent) c.margin_floor = row.metric.absolute_floor;
  c.verdict = verdict_of(judged.judgement);
  c.verdict_text = judged.sentence;
  for (size_t i = 0; i < row.blocks.size(); ++i) {
    const double a1 = row.input.a1[i], a2 = row.input.a2[i];
    c.baseline_samples.push_back(judged.difference ? (a1 + a2) / 2 : std::sqrt(a1 * a2));
    c.subject_samples.push_back(row.input.t[i]);
  }
  for (const auto& [number, block] : session.state.blocks()) {
    const bool used = std::find(row.blocks.begin(), row.blocks.end(), number) != row.blocks.end();
    if (number > 0 && block.ended && !used) c.excluded.push_back(number);
  }
  add_times(session, row, c);
  return c;
}

ResultComparison invalid_row(const Session& session, const PlannedSubject& subject,
                             const std::string& workload, const MetricInfo& metric) {
  ResultComparison c;
  c.subject = subject.id;
  c.workload = workload;
  c.metric = metric.name;
  c.unit = metric.unit;
  c.better = metric.better == Better::kHigher ? "higher" : "lower";
  c.primary = metric.primary;
  c.margin_percent = margin_percent(session.plan, workload, metric);
  c.verdict = Verdict::kInvalid;
  c.verdict_text = "the subject was taken out: " + session.state.subject(subject.id).reason;
  return c;
}

}  // namespace

std::vector<ResultComparison> comparison_results(const Session& session, std::vector<JudgedRow>& rows) {
  const auto adjusted = correct(rows, session.plan.stopping.alpha_per_look);
  std::vector<ResultComparison> comparisons;
  for (const PlannedSubject& subject : session.plan.subjects) {
    if (session.state.subject(subject.id).removed) {
      for (const PlannedWorkload& planned : session.plan.workloads) {
        for (const MetricInfo& metric : session.workload(planned.name).metrics()) {
          if (metric.primary) comparisons.push_back(invalid_row(session, subject, planned.name, metric));
        }
      }
      continue;
    }
    for (const JudgedRow& row : rows) {
      if (row.subject != subject.id) continue;
      comparisons.push_back(from_row(session, row));
      const auto p = adjusted.find(&row);
      if (p != adjusted.end()) comparisons.back().p_adjusted = p->second;
    }
  }
  return comparisons;
}

}  // namespace bpftax
