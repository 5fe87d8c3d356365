// Several iterations of one campaign as one result.
#include <algorithm>

#include "analyze/out_result.h"

namespace bpftax {
namespace {

void add_iteration(const std::string& name, RunResult&& from, RunResult& to) {
  const std::string prefix = name + "/";
  for (ResultSubject& subject : from.subjects) {
    subject.id = prefix + subject.id;
    subject.name += " (" + name + ")";
    subject.part = prefix + subject.part;
    to.subjects.push_back(std::move(subject));
  }
  for (ResultComparison& comparison : from.comparisons) {
    comparison.subject = prefix + comparison.subject;
    comparison.part = prefix + comparison.part;
    to.comparisons.push_back(std::move(comparison));
  }
  for (ResultWindow& window : from.windows) {
    if (!window.subject.empty()) {
      window.arm = prefix + window.arm;
      window.subject = prefix + window.subject;
    }
    window.part = prefix + window.part;
    to.windows.push_back(std::move(window));
  }
  for (ResultEnvironment& environment : from.environments) {
    for (ResultPart& part : environment.parts) part.id = prefix + part.id;
    const auto known = std::find_if(to.environments.begin(), to.environments.end(),
                                    [&](const auto& other) { return other.name == environment.name; });
    if (known == to.environments.end()) {
      to.environments.push_back(std::move(environment));
    } else {
      known->parts.insert(known->parts.end(), environment.parts.begin(), environment.parts.end());
    }
  }
  for (ResultWarning& warning : from.warnings) {
    warning.text = name + ": " + warning.text;
    to.warnings.push_back(std::move(warning));
  }
  for (const auto& [arm, count] : from.drops) to.drops[prefix + arm] = count;
  if (from.started_realtime_ns > 0 &&
      (to.started_realtime_ns == 0 || from.started_realtime_ns < to.started_realtime_ns))
    to.started_realtime_ns = from.started_realtime_ns;
  to.finished_realtime_ns = std::max(to.finished_realtime_ns, from.finished_realtime_ns);
  to.blocks_done += from.blocks_done;
  to.complete = to.complete && from.complete;
}

}  // namespace

RunResult joined_results(std::vector<NamedResult> results) {
  if (results.size() == 1) return std::move(results.front().result);
  RunResult joined;
  if (results.empty()) return joined;
  const RunResult& first = results.front().result;
  joined.run_id = first.run_id;
  joined.seed = first.seed;
  joined.tool_version = first.tool_version;
  joined.command_line = first.command_line;
  joined.environment = first.environment;
  joined.server_facts = first.server_facts;
  joined.client_facts = first.client_facts;
  joined.placement = first.placement;
  joined.window_s = first.window_s;
  joined.blocks_planned_min = first.blocks_planned_min;
  joined.blocks_planned_max = first.blocks_planned_max;
  joined.stop_reason = first.stop_reason;
  joined.complete = true;
  for (NamedResult& one : results) add_iteration(one.name, std::move(one.result), joined);
  return joined;
}

}  // namespace bpftax
