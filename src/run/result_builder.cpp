#include "run/result_builder.h"

#include <fmt/format.h>

#include "plan/placement.h"
#include "run/doubts.h"
#include "util/version.h"

namespace bpftax {
namespace {

Json placement_of(const Plan& plan) {
  Json json = Json::object();
  for (const PlannedWorkload& workload : plan.workloads) {
    json[workload.name] = {{"policy", resolved_policy(workload)},
                           {"server", workload.server_cpus},
                           {"client", workload.client_cpus},
                           {"subject", plan.subject_cpus}};
  }
  return json;
}

// How the traffic was made: what two results must have in common to be comparable.
Json generation_of(const Session& session) {
  const Generators& generators = session.env.generators;
  const std::map<std::string, std::string> versions = {{"iperf3", generators.iperf3_version},
                                                       {"netperf", generators.netperf_version},
                                                       {"sockperf", generators.sockperf_version}};
  const auto or_null = [](const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); };
  Json json = Json::object();
  for (const PlannedWorkload& planned : session.plan.workloads) {
    const Workload& workload = session.workload(planned.name);
    const std::string& generator = workload.generator();
    const auto version = versions.find(generator);
    json[planned.name] = {{"generator", generator},
                          {"version", version == versions.end() ? Json(nullptr) : or_null(version->second)},
                          {"window_s", session.window_s(planned)},
                          {"omit_s", workload.omit_s(session.context(planned))},
                          {"target_bandwidth", or_null(planned.target_bandwidth)}};
  }
  return json;
}

std::vector<ResultWindow> windows_of(const RunState& state) {
  std::vector<ResultWindow> windows;
  for (const WindowRecord& record : state.windows()) {
    ResultWindow window = record.window;
    const BlockState* block = state.block_state(window.block);
    if (window.valid && block != nullptr && block->ended && !block->valid) {
      window.valid = false;
      window.reason = "its block was dropped: " + block->reason;
    }
    windows.push_back(std::move(window));
  }
  return windows;
}

void append(std::vector<ResultWarning>& all, std::vector<ResultWarning> more) {
  all.insert(all.end(), more.begin(), more.end());
}

}  // namespace

RunResult build_result(const Session& session, const HostFacts& facts, bool complete) {
  const RunState& state = session.state;
  const Plan& plan = session.plan;
  RunResult result;
  result.run_id = plan.run_id;
  result.started_realtime_ns = state.started_at_ns();
  result.finished_realtime_ns = state.last_at_ns();
  result.seed = plan.seed;
  result.tool_version = kVersion;
  result.command_line = plan.command_line;
  result.environment = plan.environment;
  result.server_facts = facts.server;
  result.client_facts = facts.client;
  result.placement = placement_of(plan);
  result.environments = {{plan.environment,
                          facts.server,
                          facts.client,
                          facts.tool,
                          result.placement,
                          {},
                          generation_of(session)}};
  result.window_s = plan.window_s;
  result.blocks_planned_min = plan.stopping.looks.front();
  result.blocks_planned_max = plan.stopping.looks.back();
  result.blocks_done = static_cast<int>(state.valid_blocks().size());
  if (state.measured()) result.stop_reason = state.measured()->reason;
  result.complete = complete;
  result.drops = state.drops_by_arm();

  std::vector<JudgedRow> rows = judge_rows(session, false);
  result.comparisons = comparison_results(session, rows);
  for (const PlannedSubject& planned : plan.subjects)
    result.subjects.push_back(subject_result(session, planned));
  for (ResultComparison& comparison : result.comparisons) {
    comparison.environment = plan.environment;
    const PlannedSubject* planned = session.planned_subject(comparison.subject);
    if (planned != nullptr && !planned->tool_id.empty()) comparison.case_id = planned->case_id;
  }
  result.windows = windows_of(state);
  for (const PlannedSubject& planned : plan.subjects) {
    for (const auto& [workload, attempts] : state.subject(planned.id).attribution) {
      for (const AttributionRecord& record : attempts) result.windows.push_back(record.window.window);
    }
  }
  append(result.warnings, host_doubts(session, facts));
  append(result.warnings, subject_doubts(session));
  append(result.warnings, baseline_doubts(session));
  append(result.warnings, block_doubts(session));
  append(result.warnings, row_doubts(session, rows, result.comparisons));
  append(result.warnings, attribution_doubts(session, rows));
  return result;
}

}  // namespace bpftax
