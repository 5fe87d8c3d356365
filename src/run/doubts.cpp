#include "run/doubts.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "plan/placement.h"
#include "run/block_loop.h"
#include "run/confounders.h"
#include "run/exclusion.h"
#include "run/warnings.h"
#include "stats/descriptive.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

constexpr double kNoisyCv = 0.05;
constexpr double kNoticeableSteal = 1;  // percent
constexpr double kStatsShift = 0.05;

std::string fact(const Json& facts, const char* key) {
  if (!facts.is_object() || !facts.contains(key) || !facts[key].is_string()) return {};
  return facts[key].get<std::string>();
}

std::optional<int64_t> online_cpus(const Json& facts) {
  if (!facts.is_object() || !facts.contains("cpu_count_online") ||
      !facts["cpu_count_online"].is_number_integer())
    return std::nullopt;
  return facts["cpu_count_online"].get<int64_t>();
}

// Values of a metric or condition in the baselines of the blocks that count.
std::vector<double> baseline_values(const Session& session, const std::string& workload,
                                    const std::string& name,
                                    std::map<std::string, double> ResultWindow::*where) {
  std::vector<double> values;
  for (const int block : session.state.valid_blocks()) {
    for (const char* arm : {"A1", "A2"}) {
      const WindowRecord* record = session.state.window(block, arm, workload);
      if (record == nullptr) continue;
      const auto found = (record->window.*where).find(name);
      if (found != (record->window.*where).end()) values.push_back(found->second);
    }
  }
  return values;
}

// Of the row's metric in all attribution windows that count.
std::vector<double> attributed_values(const Session& session, const JudgedRow& row) {
  std::vector<double> values;
  const auto& by_workload = session.state.subject(row.subject).attribution;
  const auto attempts = by_workload.find(row.workload);
  if (attempts == by_workload.end()) return values;
  for (const AttributionRecord& record : attempts->second) {
    const ResultWindow& window = record.window.window;
    const auto found = window.metrics.find(row.metric.name);
    if (window.valid && found != window.metrics.end()) values.push_back(found->second);
  }
  return values;
}

}  // namespace

std::vector<ResultWarning> host_doubts(const Session& session, const HostFacts& facts) {
  std::vector<ResultWarning> warnings;
  static const std::set<std::string> kOwnCounter = {"tsc", "arch_sys_counter", "timebase", ""};
  const std::string clock = fact(facts.server, "clocksource");
  if (kOwnCounter.count(clock) == 0)
    warnings.push_back(make_warning(WarningCode::kClockSource,
                                    fmt::format("the clock source is {}, not the CPU's own counter", clock)));
  const std::string governor = fact(facts.server, "cpufreq_governor");
  if (!governor.empty() && governor != "performance")
    warnings.push_back(make_warning(
        WarningCode::kGovernor, fmt::format("the CPU frequency governor is {}, not performance", governor)));

  const std::optional<StatsUseRecord>& use = session.state.stats_use();
  if (use && use->active)
    warnings.push_back(make_warning(
        WarningCode::kStatsOn,
        fmt::format("BPF run-time statistics were on in the timed windows ({}): every program run of a "
                    "tool took some 20 ns more, the baseline did not",
                    use->by)));

  std::set<int> used;
  for (const PlannedWorkload& workload : session.plan.workloads) {
    used.insert(workload.server_cpus.begin(), workload.server_cpus.end());
    used.insert(workload.client_cpus.begin(), workload.client_cpus.end());
    const bool one_cpu = resolved_policy(workload) == "same-cpu";
    if (workload.placement == "cross-cpu" && one_cpu) {
      warnings.push_back(make_warning(
          WarningCode::kPlacement,
          fmt::format("{}: both ends share CPU {}, though different CPUs were asked for", workload.name,
                      workload.server_cpus.empty() ? 0 : workload.server_cpus.front())));
    }
  }
  const auto cpus = online_cpus(facts.server);
  if (cpus && session.plan.subject_cpus.empty() && *cpus <= static_cast<int64_t>(used.size())) {
    warnings.push_back(
        make_warning(WarningCode::kFewCpus,
                     fmt::format("{} CPU{} online and all used by the traffic: the tool shares {} with it",
                                 *cpus, *cpus == 1 ? " is" : "s are", *cpus == 1 ? "it" : "them")));
  }
  std::set<std::string> fallback;
  for (const PlannedWorkload& planned : session.plan.workloads) {
    if (session.workload(planned.name).generator() == "sockperf") fallback.insert(planned.name);
  }
  if (!fallback.empty()) {
    warnings.push_back(
        make_warning(WarningCode::kGeneratorFallback,
                     fmt::format("{} used sockperf, because netperf is not installed",
                                 join(std::vector<std::string>(fallback.begin(), fallback.end()), ", "))));
  }
  return warnings;
}

std::vector<ResultWarning> baseline_doubts(const Session& session) {
  std::vector<ResultWarning> warnings;
  double steal = 0;
  for (const PlannedWorkload& planned : session.plan.workloads) {
    for (const MetricInfo& metric : session.workload(planned.name).metrics()) {
      if (!metric.primary) continue;
      const auto cv = coefficient_of_variation(
          baseline_values(session, planned.name, metric.name, &ResultWindow::metrics));
      if (cv && *cv > kNoisyCv) {
        warnings.push_back(
            make_warning(WarningCode::kNoisyBaseline,
                         fmt::format("{} {} varies by {} % (CV) without any tool", planned.name, metric.name,
                                     format_significant(*cv * 100))));
      }
    }
  }
  for (const WindowRecord& record : session.state.windows()) {
    const auto found = record.window.conditions.find("steal_percent");
    if (record.window.purpose == "timed" && found != record.window.conditions.end())
      steal = std::max(steal, found->second);
  }
  if (steal > kNoticeableSteal) {
    warnings.push_back(make_warning(
        WarningCode::kSteal,
        fmt::format("the hypervisor took up to {:.1f} % of the CPU time in a window (blocks above "
                    "{:g} % are dropped)",
                    steal, kMostStealPercent)));
  }
  std::map<std::string, int> remarks;
  for (const WindowRecord& record : session.state.windows()) {
    for (const std::string& text : record.warnings) ++remarks[record.window.workload + ": " + text];
  }
  // Each remark may carry its own numbers: a few tell the story.
  int shown = 0;
  for (const auto& [text, count] : remarks) {
    if (++shown > 5) break;
    warnings.push_back(make_warning(WarningCode::kWorkload,
                                    count == 1 ? text : fmt::format("{} ({} windows)", text, count)));
  }
  return warnings;
}

std::vector<ResultWarning> block_doubts(const Session& session) {
  std::vector<ResultWarning> warnings;
  const RunState& state = session.state;
  const auto valid = static_cast<int>(state.valid_blocks().size());
  if (state.dropped_blocks() > 0) {
    std::vector<std::string> reasons;
    for (const auto& [number, block] : state.blocks()) {
      if (number > 0 && block.ended && !block.valid && !block.interrupted && reasons.size() < 3)
        reasons.push_back(fmt::format("block {}: {}", number, block.reason));
    }
    warnings.push_back(
        make_warning(WarningCode::kDroppedBlocks,
                     fmt::format("{} block{} dropped and measured again ({})", state.dropped_blocks(),
                                 state.dropped_blocks() == 1 ? " was" : "s were", join(reasons, "; "))));
    // Baselines have two windows for each of a subject's: a share, not a count, is what would be equal.
    const auto drops = state.drops_by_arm();
    std::map<std::string, int> by_subject;
    for (const auto& [arm, count] : drops) by_subject[is_baseline(arm) ? "" : arm] += count;
    std::vector<std::string> unequal;
    for (const auto& [subject, count] : by_subject) {
      const double expected = static_cast<double>(state.dropped_blocks()) * (subject.empty() ? 2 : 1) /
                              static_cast<double>(session.plan.subjects.size() + 2);
      if (count >= 2 && count > 2 * expected) {
        const PlannedSubject* planned = session.planned_subject(subject);
        unequal.push_back(fmt::format("{} of {} because of {}", count, state.dropped_blocks(),
                                      planned == nullptr ? "the baseline" : planned->name));
      }
    }
    if (!unequal.empty())
      warnings.push_back(
          make_warning(WarningCode::kUnequalDrops, "blocks were dropped unequally: " + join(unequal, ", ")));
  }
  if (state.measured() && state.measured()->reason.find("budget") != std::string::npos)
    warnings.push_back(make_warning(WarningCode::kBudget, state.measured()->reason));
  if (!state.left_out().empty()) {
    const std::vector<std::string> what(state.left_out().begin(), state.left_out().end());
    warnings.push_back(make_warning(
        WarningCode::kBudget,
        "the time budget left no room to find where the cost comes from: without " + join(what, ", ")));
  }
  if (state.measured() && valid < kMinBlocks && !all_subjects_failed(session)) {
    warnings.push_back(make_warning(WarningCode::kFewBlocks,
                                    fmt::format("{} block{} measured, {} are needed for a verdict", valid,
                                                valid == 1 ? " was" : "s were", kMinBlocks)));
  }
  for (const auto& [text, count] : state.hook_failures()) {
    warnings.push_back(
        make_warning(WarningCode::kHook, count == 1 ? text : fmt::format("{} ({} times)", text, count)));
  }
  if (state.sessions() > 1)
    warnings.push_back(
        make_warning(WarningCode::kResumed, fmt::format("measured in {} sessions", state.sessions())));
  return warnings;
}

std::vector<ResultWarning> subject_doubts(const Session& session) {
  std::vector<ResultWarning> warnings;
  for (const PlannedSubject& planned : session.plan.subjects) {
    const SubjectState& state = session.state.subject(planned.id);
    const auto add = [&](WarningCode code, std::string text) {
      warnings.push_back(make_warning(code, planned.name + ": " + std::move(text)));
    };
    if (state.removed) add(WarningCode::kSubjectRemoved, state.reason);
    if (!state.left_behind.empty()) {
      const std::vector<std::string> items(state.left_behind.begin(), state.left_behind.end());
      add(WarningCode::kLeftBehind, fmt::format("{} object(s) stayed after the stop: {}", items.size(),
                                                shorten(join(items, ", "), 300)));
    }
    if (state.lost_events > 0)
      add(WarningCode::kLostEvents,
          fmt::format("it says that it lost at least {} events", state.lost_events));
    if (state.output_cut)
      add(WarningCode::kOutputCut, fmt::format("its output was cut at {}",
                                               format_bytes(static_cast<double>(planned.output_cap_bytes))));
    if (state.killed) add(WarningCode::kKilled, "it ended neither on SIGINT nor on SIGTERM and was killed");
    if (!state.ready_ms.empty() && state.without_programs && planned.kind == PlannedSubject::Kind::kTool)
      add(WarningCode::kNoPrograms, "it was ready by its own sign, but no eBPF program was seen");
    if (state.attribution_failed) {
      add(WarningCode::kNoAttribution, "its cost could not be attributed: " + state.attribution_reason);
      continue;
    }
    for (const auto& [workload, attempts] : state.attribution) {
      if (session.state.attribution_wanted(planned.id, workload, session.plan.attribution_starts) ||
          session.state.attributed_windows(planned.id, workload) > 0)
        continue;
      add(WarningCode::kNoAttribution, fmt::format("its cost in {} could not be attributed: {}", workload,
                                                   attempts.back().window.window.reason));
    }
  }
  return warnings;
}

std::vector<ResultWarning> attribution_doubts(const Session& session, const std::vector<JudgedRow>& rows) {
  std::vector<ResultWarning> warnings;
  for (const JudgedRow& row : rows) {
    if (!row.metric.primary || !row.judged.subject_mean) continue;
    const std::vector<double> with_stats = attributed_values(session, row);
    const auto value = mean(with_stats);
    if (!value) continue;
    const double shift = *value / *row.judged.subject_mean - 1;
    const double worse = row.metric.better == Better::kHigher ? -shift : shift;
    // What the mean of so few windows scatters, by the timed ones, is no shift.
    const double scatter = 2 * coefficient_of_variation(row.input.t).value_or(0) /
                           std::sqrt(static_cast<double>(with_stats.size()));
    if (worse > std::max(kStatsShift, scatter)) {
      warnings.push_back(make_warning(
          WarningCode::kStatsCost,
          fmt::format("with run-time statistics on, {} {} of {} was {:.0f} % worse than in the timed windows",
                      row.workload, row.metric.name, session.planned_subject(row.subject)->name,
                      worse * 100)));
    }
  }
  return warnings;
}

std::vector<ResultWarning> row_doubts(const Session& session, const std::vector<JudgedRow>& rows,
                                      std::vector<ResultComparison>& comparisons) {
  std::vector<ResultWarning> warnings;
  std::set<std::string> coarse;
  for (const JudgedRow& row : rows) {
    ConfounderNotes notes = confounders_of(session, row);
    for (ResultComparison& comparison : comparisons) {
      if (comparison.subject != row.subject || comparison.workload != row.workload ||
          comparison.metric != row.metric.name)
        continue;
      comparison.warnings.insert(comparison.warnings.end(), notes.row_texts.begin(), notes.row_texts.end());
    }
    // Of the secondary metrics only the row tells.
    if (row.metric.primary) warnings.insert(warnings.end(), notes.warnings.begin(), notes.warnings.end());
    for (const std::string& text : row.judged.warnings) {
      if (text.find("moves in steps of") != std::string::npos &&
          row.metric.name.find("_p") != std::string::npos)
        coarse.insert(row.workload + " " + row.metric.name);
    }
  }
  if (!coarse.empty()) {
    warnings.push_back(
        make_warning(WarningCode::kPercentilesQuantised,
                     fmt::format("coarse steps in {}",
                                 join(std::vector<std::string>(coarse.begin(), coarse.end()), ", "))));
  }
  return warnings;
}

}  // namespace bpftax
