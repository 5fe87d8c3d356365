#include "run/campaign_result.h"

#include <fmt/format.h>

#include <algorithm>

#include "util/strings.h"
#include "util/version.h"

namespace bpftax {
namespace {

ResultSubject unmeasured(const Workflow& workflow, const WorkflowPart& part, const PlannedSubject& planned,
                         const std::string& reason) {
  ResultSubject subject;
  subject.id = planned.id;
  subject.name = planned.name;
  subject.command = planned.command;
  subject.kind = planned.kind == PlannedSubject::Kind::kPlacebo ? "placebo" : "tool";
  subject.environment = part.environment;
  subject.part = part.id;
  subject.status = "invalid";
  subject.reason = reason;
  if (const WorkflowCycle* cycle = workflow.cycle(planned.id); cycle != nullptr && !cycle->baseline) {
    subject.test_case = ResultCase{cycle->test_case.id, cycle->test_case.tool_id, cycle->test_case.protocol(),
                                   cycle->test_case.direction(), planned.hash6};
  }
  return subject;
}

void add_part(const WorkflowPart& part, const RunResult& from, RunResult& to) {
  for (ResultSubject subject : from.subjects) {
    subject.environment = part.environment;
    subject.part = part.id;
    to.subjects.push_back(std::move(subject));
  }
  for (ResultComparison comparison : from.comparisons) {
    comparison.environment = part.environment;
    comparison.part = part.id;
    to.comparisons.push_back(std::move(comparison));
  }
  for (ResultWindow window : from.windows) {
    window.environment = part.environment;
    window.part = part.id;
    to.windows.push_back(std::move(window));
  }
  for (ResultWarning warning : from.warnings) {
    warning.text = part.id + ": " + warning.text;
    to.warnings.push_back(std::move(warning));
  }
  for (const auto& [arm, count] : from.drops) to.drops[part.id + "/" + arm] = count;
  if (from.started_realtime_ns > 0 &&
      (to.started_realtime_ns == 0 || from.started_realtime_ns < to.started_realtime_ns))
    to.started_realtime_ns = from.started_realtime_ns;
  to.finished_realtime_ns = std::max(to.finished_realtime_ns, from.finished_realtime_ns);
}

ResultPart part_summary(const WorkflowPart& part, const PartResult& known) {
  ResultPart summary;
  summary.id = part.id;
  summary.status = known.status;
  summary.reason = known.reason;
  summary.blocks_planned_min = part.plan.stopping.looks.empty() ? 0 : part.plan.stopping.looks.front();
  summary.blocks_planned_max = part.plan.stopping.looks.empty() ? 0 : part.plan.stopping.looks.back();
  if (known.result) {
    summary.blocks_done = known.result->blocks_done;
    summary.stop_reason = known.result->stop_reason;
  }
  return summary;
}

}  // namespace

RunResult merge_parts(const Workflow& workflow, const std::map<std::string, PartResult>& parts,
                      const std::string& stop_reason, bool complete) {
  static const PartResult kNotBegun{"unfinished", "it has not been measured yet", std::nullopt};
  RunResult merged;
  merged.run_id = workflow.run_id;
  merged.seed = workflow.seed;
  merged.tool_version = kVersion;
  merged.command_line = workflow.command_line;
  merged.stop_reason = stop_reason;
  merged.complete = complete;
  std::vector<std::string> names;
  for (const ConfiguredEnvironment& environment : workflow.environments) {
    names.push_back(environment.name);
    ResultEnvironment summary;
    summary.name = environment.name;
    for (const WorkflowPart& part : workflow.parts) {
      if (part.environment != environment.name) continue;
      const auto found = parts.find(part.id);
      const PartResult& known = found == parts.end() ? kNotBegun : found->second;
      summary.parts.push_back(part_summary(part, known));
      const ResultPart& told = summary.parts.back();
      merged.blocks_planned_min = std::max(merged.blocks_planned_min, told.blocks_planned_min);
      merged.blocks_planned_max = std::max(merged.blocks_planned_max, told.blocks_planned_max);
      merged.blocks_done += told.blocks_done;
      merged.window_s = std::max(merged.window_s, part.plan.window_s);
      if (known.result) {
        add_part(part, *known.result, merged);
        if (summary.server_facts.is_null() && !known.result->environments.empty()) {
          const ResultEnvironment& seen = known.result->environments.front();
          summary.server_facts = seen.server_facts;
          summary.client_facts = seen.client_facts;
          summary.tool_facts = seen.tool_facts;
          summary.placement = seen.placement;
          summary.workloads = seen.workloads;
        }
      }
      for (const PlannedSubject& planned : part.plan.subjects) {
        const bool there =
            known.result && std::any_of(known.result->subjects.begin(), known.result->subjects.end(),
                                        [&](const auto& s) { return s.id == planned.id; });
        if (!there) merged.subjects.push_back(unmeasured(workflow, part, planned, known.reason));
      }
    }
    merged.environments.push_back(std::move(summary));
  }
  merged.environment = join(names, ", ");
  for (const ResultEnvironment& environment : merged.environments) {
    if (environment.server_facts.is_null()) continue;
    merged.server_facts = environment.server_facts;
    merged.client_facts = environment.client_facts;
    merged.placement = environment.placement;
    break;
  }
  return merged;
}

}  // namespace bpftax
