// A published table as something to compare.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "compare/metric_facts.h"
#include "compare/source.h"
#include "report/text.h"

namespace bpftax {
namespace {

// Stated differences have the sign of the value; overheads are positive where it is worse.
Spread overhead_of(const Spread& stated, bool higher_is_better) {
  return higher_is_better ? negated(stated) : stated;
}

// The worst end: a tool's class is that of its worst case.
double worst_of(const Spread& spread) {
  return spread.below ? std::nextafter(spread.high, -HUGE_VAL) : spread.high;
}

CompareSubject subject_of(const CompareCase& test_case, const PublishedCase& from) {
  CompareSubject subject;
  subject.test_case = test_case;
  subject.status = "measured";
  subject.design = from.design_class.empty() ? "unknown" : from.design_class;
  subject.design_reason = from.design_class.empty() ? "The table does not say." : "The table says so.";
  subject.cpu_percent = from.cpu_percent;
  std::vector<UseEvidence> evidence;
  std::optional<double> latency, cpu;
  for (const PublishedValue& diff : from.diffs) {
    const MetricFacts* facts = metric_facts(diff.metric);
    if (facts == nullptr || !facts->primary) continue;
    const Spread overhead = overhead_of(diff.value, facts->higher_is_better);
    evidence.push_back(
        {facts->higher_is_better ? UseEvidence::Kind::kShareLost : UseEvidence::Kind::kIncrease,
         worst_of(overhead), std::nullopt, std::nullopt,
         fmt::format("{} % on {} {}", spread_text(overhead, true), diff.workload,
                     metric_label(diff.metric, diff.workload))});
    if (diff.metric == "latency_mean_us") latency = std::max(latency.value_or(overhead.high), overhead.high);
  }
  if (from.cpu_percent) {
    cpu = worst_of(*from.cpu_percent);
    evidence.push_back({UseEvidence::Kind::kUserSpaceCpu, *cpu, std::nullopt, std::nullopt,
                        fmt::format("{} % of a CPU in user space", spread_text(*from.cpu_percent, false))});
  }
  subject.use = class_from(evidence);
  subject.checks = check_expectations(subject.design, cpu, latency);
  return subject;
}

CompareRow row_of(const PublishedTable& table, const CompareCase& test_case, const PublishedValue& diff,
                  const PublishedEnvironment& environment) {
  const MetricFacts& facts = *metric_facts(diff.metric);
  CompareRow row;
  row.test_case = test_case;
  row.workload = diff.workload;
  row.metric = diff.metric;
  row.unit = facts.unit;
  row.higher_is_better = facts.higher_is_better;
  row.primary = facts.primary;
  row.value.overhead = overhead_of(diff.value, facts.higher_is_better);
  for (const PublishedValue& baseline : environment.baselines)
    if (baseline.workload == diff.workload && baseline.metric == diff.metric && baseline.value.single())
      row.value.baseline = baseline.value.high;
  row.how.window_s = table.window_s;
  row.how.unit = facts.unit;
  if (const auto generated = table.workloads.find(diff.workload); generated != table.workloads.end()) {
    row.how.generator = generated->second.generator;
    row.how.version = generated->second.version;
  }
  return row;
}

}  // namespace

CompareSource source_of(const PublishedTable& table) {
  CompareSource source;
  source.kind = "published";
  source.run_id = table.name;
  source.reference = table.reference;
  for (const PublishedEnvironment& environment : table.environments) {
    source.environments.push_back(environment.name);
    source.facts[environment.name] = {environment.facts, environment.facts, environment.facts};
    for (const PublishedValue& baseline : environment.baselines) {
      const MetricFacts& facts = *metric_facts(baseline.metric);
      source.baselines.push_back({environment.name, baseline.workload, baseline.metric, facts.unit,
                                  facts.higher_is_better, baseline.value});
    }
    for (const PublishedCase& each : environment.cases) {
      const CompareCase test_case{environment.name, each.tool, each.protocol, each.direction, ""};
      source.subjects.push_back(subject_of(test_case, each));
      for (const PublishedValue& diff : each.diffs)
        source.rows.push_back(row_of(table, test_case, diff, environment));
    }
  }
  source.remarks.emplace_back(
      "Published numbers without intervals: differences as such, which chance may have made, and no "
      "verdict.");
  if (!table.remark.empty()) source.remarks.push_back(table.remark);
  return source;
}

}  // namespace bpftax
