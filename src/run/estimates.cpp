#include "run/estimates.h"

#include "plan/validate.h"
#include "stats/descriptive.h"

namespace bpftax {
namespace {

constexpr double kPassedCap = 1.05;

const double* metric_of(const WindowRecord* record, const std::string& metric) {
  if (record == nullptr || !record->window.valid) return nullptr;
  const auto found = record->window.metrics.find(metric);
  return found == record->window.metrics.end() ? nullptr : &found->second;
}

JudgedRow judge_row(const Session& session, const std::vector<int>& blocks, const std::string& subject,
                    const std::string& workload, const MetricInfo& metric) {
  JudgedRow row;
  row.subject = subject;
  row.workload = workload;
  row.metric = metric;
  row.margin_percent = margin_percent(session.plan, workload, metric);
  for (const int block : blocks) {
    // A1 is the baseline that ran first (plan/model.h, arm_order).
    const double* a1 = metric_of(session.state.window(block, "A1", workload), metric.name);
    const double* a2 = metric_of(session.state.window(block, "A2", workload), metric.name);
    const double* t = metric_of(session.state.window(block, subject, workload), metric.name);
    if (a1 == nullptr || a2 == nullptr || t == nullptr) continue;
    row.blocks.push_back(block);
    row.input.a1.push_back(*a1);
    row.input.a2.push_back(*a2);
    row.input.t.push_back(*t);
  }
  row.input.direction =
      metric.better == Better::kHigher ? Direction::kHigherIsBetter : Direction::kLowerIsBetter;
  if (row.margin_percent > 0) row.input.margin_percent = row.margin_percent;
  row.input.absolute_floor = metric.absolute_floor;
  for (const PlannedWorkload& planned : session.plan.workloads) {
    if (planned.name != workload) continue;
    row.input.cap = session.workload(workload).cap(session.context(planned), metric.name);
    // What is passed was no ceiling: a driver that tells a speed which it does not keep to.
    if (row.input.cap && mean(row.input.a1).value_or(0) > kPassedCap * *row.input.cap) row.input.cap.reset();
  }
  row.input.alpha = session.plan.stopping.alpha_per_look;
  row.judged = judge(row.input);
  return row;
}

}  // namespace

Verdict verdict_of(Judgement judgement) {
  switch (judgement) {
    case Judgement::kPass:
      return Verdict::kPass;
    case Judgement::kOverhead:
      return Verdict::kOverhead;
    case Judgement::kExceeds:
      return Verdict::kExceeds;
    case Judgement::kInconclusive:
      return Verdict::kInconclusive;
    case Judgement::kSaturated:
      return Verdict::kSaturated;
    case Judgement::kInvalid:
      return Verdict::kInvalid;
  }
  return Verdict::kInvalid;
}

SequentialDesign design_of(const Plan& plan) {
  return {plan.stopping.looks, plan.stopping.alpha_per_look, 0.95};
}

std::vector<JudgedRow> judge_rows(const Session& session, bool primary_only) {
  const std::vector<int> blocks = session.state.valid_blocks();
  std::vector<JudgedRow> rows;
  for (const std::string& subject : session.state.active_subjects(session.plan)) {
    for (const PlannedWorkload& planned : session.plan.workloads) {
      for (const MetricInfo& metric : session.workload(planned.name).metrics()) {
        if (primary_only && !metric.primary) continue;
        JudgedRow row = judge_row(session, blocks, subject, planned.name, metric);
        if (!row.blocks.empty()) rows.push_back(std::move(row));
      }
    }
  }
  return rows;
}

std::vector<RunningEstimate> running_estimates(const Session& session) {
  std::vector<RunningEstimate> estimates;
  for (const JudgedRow& row : judge_rows(session, true)) {
    RunningEstimate estimate;
    estimate.subject = row.subject;
    estimate.name = session.planned_subject(row.subject)->name;
    estimate.workload = row.workload;
    estimate.metric = row.metric.name;
    estimate.blocks = row.judged.blocks;
    estimate.overhead_percent = row.judged.overhead_percent;
    estimate.ci_low = row.judged.ci_low;
    estimate.ci_high = row.judged.ci_high;
    estimate.margin_percent = row.judged.margin_percent.value_or(row.margin_percent);
    estimate.verdict = verdict_of(row.judged.judgement);
    estimates.push_back(std::move(estimate));
  }
  return estimates;
}

}  // namespace bpftax
