// From the windows in the journal to judged rows: subject x workload x metric.
#pragma once

#include <string>
#include <vector>

#include "run/progress.h"
#include "run/session.h"
#include "stats/sequential.h"
#include "stats/verdict.h"

namespace bpftax {

struct JudgedRow {
  std::string subject, workload;
  MetricInfo metric;
  double margin_percent = 0;  // planned
  JudgeInput input;           // values of the blocks used
  std::vector<int> blocks;    // their numbers
  Judged judged;
};

SequentialDesign design_of(const Plan& plan);

// Rows of the subjects that are still measured, over valid blocks in which baseline and subject all have the
// metric. A metric that no window has gives no row.
std::vector<JudgedRow> judge_rows(const Session& session, bool primary_only);

Verdict verdict_of(Judgement judgement);

std::vector<RunningEstimate> running_estimates(const Session& session);

}  // namespace bpftax
