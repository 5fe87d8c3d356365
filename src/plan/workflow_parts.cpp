#include "plan/workflow_parts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "plan/result_paths.h"
#include "plan/stopping.h"
#include "plan/validate.h"
#include "plan/workload_metrics.h"
#include "util/rng.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

using Indices = std::vector<size_t>;  // of cycles

// Cases of one tool with the same tests that follow one another.
std::vector<Indices> tool_groups(const Workflow& workflow, const std::string& environment) {
  std::vector<Indices> groups;
  for (size_t i = 0; i < workflow.cycles.size(); ++i) {
    const WorkflowCycle& cycle = workflow.cycles[i];
    if (cycle.baseline || cycle.environment != environment) continue;
    const WorkflowCycle* last = groups.empty() ? nullptr : &workflow.cycles[groups.back().back()];
    if (last == nullptr || last->test_case.tool_id != cycle.test_case.tool_id ||
        !same_tests(last->tests, cycle.tests))
      groups.emplace_back();
    groups.back().push_back(i);
  }
  return groups;
}

std::vector<Indices> cut(const Workflow& workflow, const std::vector<Indices>& groups) {
  const auto most = static_cast<size_t>(std::max(1, workflow.measurement.cases_per_block));
  std::vector<Indices> parts;
  for (const Indices& group : groups) {
    const bool joins =
        !parts.empty() && parts.back().size() + group.size() <= most &&
        same_tests(workflow.cycles[parts.back().front()].tests, workflow.cycles[group.front()].tests);
    if (joins) {
      parts.back().insert(parts.back().end(), group.begin(), group.end());
      continue;
    }
    // One that does not fit into any part is cut into pieces of about the same size.
    const size_t pieces = (group.size() + most - 1) / most;
    for (size_t piece = 0; piece < pieces; ++piece) {
      const auto from = static_cast<std::ptrdiff_t>(group.size() * piece / pieces);
      const auto to = static_cast<std::ptrdiff_t>(group.size() * (piece + 1) / pieces);
      parts.emplace_back(group.begin() + from, group.begin() + to);
    }
  }
  return parts;
}

std::vector<std::string> tasks_of(const Workflow& workflow, std::initializer_list<const char*> levels) {
  std::vector<std::string> names;
  for (const char* level : levels) {
    const auto found = workflow.hooks.find(level);
    if (found == workflow.hooks.end()) continue;
    for (const HookTask& task : found->second) names.push_back(task.name);
  }
  return names;
}

PlannedSubject planned_subject(const Workflow& workflow, const WorkflowCycle& cycle, const ReadySpec& ready) {
  PlannedSubject subject;
  subject.id = cycle.id;
  subject.name = cycle.test_case.name;
  subject.shell = cycle.test_case.command;
  subject.command = cycle.test_case.command;
  subject.ready = ready;
  subject.ready.timeout_s = workflow.measurement.ready_timeout_s;
  subject.output_cap_bytes = std::llround(workflow.measurement.output_cap_mb * 1e6);
  subject.tool_id = cycle.test_case.tool_id;
  subject.case_id = cycle.test_case.id;
  subject.protocol = cycle.test_case.protocol();
  subject.direction = cycle.test_case.direction();
  subject.hash6 = hash6(cycle.test_case.parameter_text());
  subject.design_class = cycle.test_case.design_class;
  return subject;
}

// A margin belongs to the parts whose workloads have its metric.
bool concerns(const Plan& plan, const std::string& margin) {
  return std::any_of(plan.workloads.begin(), plan.workloads.end(), [&](const PlannedWorkload& workload) {
    const auto& metrics = all_workload_metrics();
    const auto found = metrics.find(workload.name);
    return found != metrics.end() &&
           std::any_of(found->second.begin(), found->second.end(), [&](const MetricInfo& metric) {
             return margin == metric.name || margin == workload.name + "." + metric.name;
           });
  });
}

Result<void> check_settings(const Workflow& workflow, StoppingRule& stopping, ReadySpec& ready) {
  const auto at = [](const char* key, const Error& error) {
    return fail(error.kind, error.what, std::string("settings.") + key, error.where + " " + error.why,
                error.hint);
  };
  const MeasurementSettings& settings = workflow.measurement;
  auto rule = stopping_rule(settings.min_blocks, settings.max_blocks);
  if (!rule) return at("min_blocks", rule.error());
  stopping = std::move(*rule);
  auto parsed = parse_ready(settings.ready);
  if (!parsed) return at("ready", parsed.error());
  ready = std::move(*parsed);
  const std::vector<std::string> policies = {"auto", "same-cpu", "cross-cpu"};
  if (std::find(policies.begin(), policies.end(), settings.placement) == policies.end())
    return fail(ErrorKind::kUsage, "unknown placement", "settings.placement",
                "'" + printable(settings.placement) + "'", "auto, same-cpu or cross-cpu");
  if (settings.sample_interval_ms < 100 || settings.sample_interval_ms > 1000)
    return fail(ErrorKind::kUsage, "bad sampling interval", "settings.sample_interval_ms",
                fmt::format("{} ms", settings.sample_interval_ms), "100 to 1000 ms");
  if (!(settings.output_cap_mb >= 1e-6) || settings.output_cap_mb > 1e9)
    return fail(ErrorKind::kUsage, "bad cap of the tools' output", "settings.output_cap_mb",
                fmt::format("{} MB", settings.output_cap_mb), "more than zero");
  if (!(settings.budget_s >= 0))
    return fail(ErrorKind::kUsage, "bad budget", "settings.budget", "it must not be negative");
  for (const auto& [metric, unused] : settings.margins) {
    if (std::any_of(workflow.parts.begin(), workflow.parts.end(),
                    [&, name = metric](const WorkflowPart& part) { return concerns(part.plan, name); }))
      continue;
    std::vector<std::string> known;
    for (const auto& [workload, metrics] : all_workload_metrics()) {
      for (const MetricInfo& each : metrics) {
        if (std::find(known.begin(), known.end(), each.name) == known.end()) known.push_back(each.name);
      }
    }
    const auto nearest = nearest_name(metric, known);
    return fail(ErrorKind::kUsage, "unknown metric in a margin", "settings.margins",
                "'" + printable(metric) + "' is measured by no test of this campaign",
                nearest ? "did you mean '" + *nearest + "'?" : "metrics are: " + join(known, ", "));
  }
  return {};
}

// The budget is the environment's: its parts, one after the other, get shares of it.
Result<void> share_budget(Workflow& workflow) {
  const double budget_s = workflow.measurement.budget_s;
  if (budget_s <= 0) return {};
  std::map<std::string, double> needed_s;
  const auto least_s = [](const Plan& plan) {
    return estimated_duration_s(plan, plan.stopping.looks.front());
  };
  for (const WorkflowPart& part : workflow.parts) needed_s[part.environment] += least_s(part.plan);
  for (WorkflowPart& part : workflow.parts) {
    part.plan.stopping.budget_s = budget_s * least_s(part.plan) / needed_s[part.environment];
    const double one_s = estimated_duration_s(part.plan, 1);
    if (one_s <= part.plan.stopping.budget_s) continue;
    return fail(
        ErrorKind::kUsage, "the time budget is too small", "settings.budget",
        fmt::format(
            "{} for the environment '{}' leaves {} for the part {}, whose warm-up and one block alone "
            "take about {}",
            format_duration(budget_s), part.environment, format_duration(part.plan.stopping.budget_s),
            part.id, format_duration(one_s)),
        "fewer cases, shorter windows, or a larger budget");
  }
  return {};
}

}  // namespace

std::string cycle_result_path(const Workflow& workflow, const WorkflowCycle& cycle) {
  if (cycle.baseline) return workflow.results_dir + "/" + baseline_folder(cycle.environment);
  const TestCase& test_case = cycle.test_case;
  return fmt::format("{}/{}/{}", workflow.results_dir,
                     case_folder(test_case.tool_id, test_case.id, test_case.protocol(), test_case.direction(),
                                 hash6(test_case.parameter_text())),
                     cycle.environment);
}

std::string test_result_path(const WorkflowCycle& cycle, const PerformanceTest& test) {
  return cycle.result_path + "/client_results/" + perf_folder(test.workload) + "_{timestamp}";
}

bool same_tests(const std::vector<PerformanceTest>& a, const std::vector<PerformanceTest>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const auto& one, const auto& other) {
    return one.workload == other.workload && one.duration_s == other.duration_s &&
           one.target_bandwidth == other.target_bandwidth;
  });
}

void order_hosts(Workflow& workflow) {
  std::vector<ConfiguredHost> ordered;
  for (const ConfiguredEnvironment& environment : workflow.environments) {
    for (const EnvironmentEnd* end : {&environment.server, &environment.client}) {
      for (const std::string& id : {end->ssh_ref, end->tool_host()}) {
        const auto there = [&](const ConfiguredHost& host) { return host.id == id; };
        const ConfiguredHost* host = workflow.host(id);
        if (host != nullptr && std::none_of(ordered.begin(), ordered.end(), there)) ordered.push_back(*host);
      }
    }
  }
  workflow.hosts = std::move(ordered);
}

void complete_baselines(Workflow& workflow) {
  std::map<std::string, WorkflowCycle*> baselines;
  for (WorkflowCycle& cycle : workflow.cycles) {
    if (cycle.baseline) baselines[cycle.environment] = &cycle;
  }
  for (const WorkflowCycle& cycle : workflow.cycles) {
    const auto found = baselines.find(cycle.environment);
    if (cycle.baseline || found == baselines.end()) continue;
    std::vector<PerformanceTest>& tests = found->second->tests;
    for (const PerformanceTest& test : cycle.tests) {
      const bool there = std::any_of(tests.begin(), tests.end(),
                                     [&](const auto& other) { return other.workload == test.workload; });
      if (!there) tests.push_back(test);
    }
  }
}

std::vector<std::string> init_tasks(const Workflow& workflow, bool baseline) {
  return baseline ? tasks_of(workflow, {"case_init"}) : tasks_of(workflow, {"tool_init", "case_init"});
}

std::vector<std::string> post_tasks(const Workflow& workflow, bool baseline) {
  return baseline ? tasks_of(workflow, {"case_post"}) : tasks_of(workflow, {"case_post", "tool_post"});
}

void make_parts(Workflow& workflow) {
  workflow.parts.clear();
  for (const ConfiguredEnvironment& environment : workflow.environments) {
    const auto parts = cut(workflow, tool_groups(workflow, environment.name));
    const size_t digits = std::max<size_t>(2, std::to_string(parts.size()).size());
    for (size_t i = 0; i < parts.size(); ++i) {
      WorkflowPart part;
      part.id = fmt::format("{}-{:0{}}", environment.name, i + 1, digits);
      part.environment = environment.name;
      part.plan.seed = part_seed(workflow.seed, part.id);
      for (const size_t index : parts[i]) {
        workflow.cycles[index].part = part.id;
        part.plan.subjects.emplace_back();
        part.plan.subjects.back().id = workflow.cycles[index].id;
      }
      workflow.parts.push_back(std::move(part));
    }
  }
}

uint64_t part_seed(uint64_t campaign_seed, const std::string& part_id) {
  uint64_t stream = 0xcbf29ce484222325U;  // FNV-1a, 64 bits
  for (const char c : part_id) stream = (stream ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  PcgRng rng(campaign_seed, stream);
  const uint64_t high = rng.next();
  return ((high << 32U) | rng.next()) & ((1ULL << 53U) - 1);
}

Result<void> complete_plans(Workflow& workflow) {
  std::unordered_map<std::string, const WorkflowCycle*> cycles;
  for (const WorkflowCycle& cycle : workflow.cycles) cycles[cycle.id] = &cycle;
  for (WorkflowPart& part : workflow.parts) {
    part.plan.workloads.clear();
    for (const PerformanceTest& test : cycles.at(part.plan.subjects.front().id)->tests) {
      PlannedWorkload workload;
      workload.name = test.workload;
      workload.placement = workflow.measurement.placement;
      workload.window_s = test.duration_s;
      workload.target_bandwidth = test.target_bandwidth;
      part.plan.workloads.push_back(std::move(workload));
    }
  }
  StoppingRule stopping;
  ReadySpec ready;
  BPFTAX_TRY(check_settings(workflow, stopping, ready));
  for (size_t i = 0; i < workflow.parts.size(); ++i) {
    WorkflowPart& part = workflow.parts[i];
    Plan& plan = part.plan;
    plan.run_id = workflow.run_id + "-" + part.id;
    plan.command_line = workflow.command_line;
    plan.environment = part.environment;
    plan.omit_s = workflow.measurement.omit_s;
    plan.window_s = 0;
    for (const PlannedWorkload& workload : plan.workloads)
      plan.window_s = std::max(plan.window_s, workload.window_s);
    for (PlannedSubject& subject : plan.subjects)
      subject = planned_subject(workflow, *cycles.at(subject.id), ready);
    plan.stopping = stopping;
    plan.margins.clear();
    for (const auto& [metric, percent] : workflow.measurement.margins) {
      if (concerns(plan, metric)) plan.margins[metric] = percent;
    }
    plan.attribution = workflow.measurement.attribution;
    plan.attribution_starts = workflow.measurement.attribution_starts;
    plan.sample_interval_ms = static_cast<int>(std::lround(workflow.measurement.sample_interval_ms));
    if (auto valid = validate(plan, all_workload_metrics()); !valid) {
      Error error = std::move(valid.error());
      error.where = fmt::format("parts[{}]: {}", i, error.where);
      return tl::unexpected<Error>(std::move(error));
    }
  }
  BPFTAX_TRY(share_budget(workflow));
  estimate(workflow);
  return {};
}

}  // namespace bpftax
