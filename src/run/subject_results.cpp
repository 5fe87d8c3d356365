// Subjects of the result: what they are, and where their cost comes from.
#include <algorithm>
#include <map>
#include <tuple>

#include "run/attribution.h"
#include "run/result_builder.h"
#include "stats/descriptive.h"
#include "stats/effect.h"

namespace bpftax {
namespace {

// Two values have an interval too, but t(0.975, 1) = 12.7 makes it say nothing.
constexpr size_t kStartsForAnInterval = 3;

// Attribution windows of one subject that count, by workload.
std::vector<const AttributionRecord*> valid_attribution(const RunState& state, const std::string& subject) {
  std::vector<const AttributionRecord*> records;
  for (const auto& [workload, attempts] : state.subject(subject).attribution) {
    for (const AttributionRecord& record : attempts) {
      if (record.window.window.valid && record.counted_s > 0) records.push_back(&record);
    }
  }
  return records;
}

// Programs have other ids after each start; what stays is this, and their order among equals.
struct WorkloadSum {
  int64_t runs = 0, run_ns = 0;
  double seconds = 0, units = 0;
};
struct ProgramSum {
  ResultProgram program;
  std::map<std::string, WorkloadSum> workloads;
  int64_t runs = 0, run_ns = 0, misses = 0;
  double seconds = 0;
};

ProgramSum& find_or_add(std::vector<ProgramSum>& sums, const ProgramRecord& record,
                        std::vector<bool>& taken) {
  for (size_t i = 0; i < sums.size(); ++i) {
    const ResultProgram& known = sums[i].program;
    if (!taken[i] &&
        std::tie(known.name, known.type, known.attach) == std::tie(record.name, record.type, record.attach)) {
      taken[i] = true;
      return sums[i];
    }
  }
  ProgramSum sum;
  sum.program.name = record.name;
  sum.program.type = record.type;
  sum.program.attach = record.attach;
  sums.push_back(std::move(sum));
  taken.push_back(true);
  return sums.back();
}

// nullptr: not known.
const EntryCost* entry_cost_of(const RunState& state, const std::string& attach) {
  const auto known = state.entry_costs().find(entry_hook(attach));
  return known != state.entry_costs().end() && known->second.cost ? &*known->second.cost : nullptr;
}

std::vector<ProgramSum> sum_programs(const std::vector<const AttributionRecord*>& records) {
  std::vector<ProgramSum> sums;
  for (const AttributionRecord* record : records) {
    std::vector<bool> taken(sums.size(), false);
    for (const ProgramRecord& p : record->programs) {
      ProgramSum& sum = find_or_add(sums, p, taken);
      sum.program.id = p.id;
      sum.program.verified_insns = p.verified_insns;
      sum.program.jited_bytes = p.jited_bytes;
      sum.runs += p.runs;
      sum.run_ns += p.run_ns;
      sum.misses += p.recursion_misses;
      sum.seconds += record->counted_s;
      WorkloadSum& of_workload = sum.workloads[record->window.window.workload];
      of_workload.runs += p.runs;
      of_workload.run_ns += p.run_ns;
      of_workload.seconds += record->counted_s;
      of_workload.units += record->window.units_per_s * record->counted_s;
    }
  }
  for (ProgramSum& sum : sums) {
    for (const auto& [name, total] : sum.workloads) {
      ResultProgram::PerWorkload per;
      per.workload = name;
      const auto runs = static_cast<double>(total.runs);
      per.runs_per_s = runs / total.seconds;
      if (total.runs > 0) per.ns_per_run = static_cast<double>(total.run_ns) / runs;
      if (total.units > 0) per.runs_per_unit = runs / total.units;
      sum.program.workloads.push_back(std::move(per));
    }
  }
  return sums;
}

void add_programs(const Session& session, const PlannedSubject& planned, ResultSubject& result) {
  const SubjectState& state = session.state.subject(planned.id);
  const auto records = valid_attribution(session.state, planned.id);
  double cpu_percent = 0;
  for (ProgramSum& sum : sum_programs(records)) {
    ResultProgram& program = sum.program;
    program.runs_per_s = static_cast<double>(sum.runs) / sum.seconds;
    if (sum.runs > 0) program.ns_per_run = static_cast<double>(sum.run_ns) / static_cast<double>(sum.runs);
    program.cpu_percent = static_cast<double>(sum.run_ns) * 1e-9 / sum.seconds * 100;
    program.recursion_misses = sum.misses;
    if (const EntryCost* entry = entry_cost_of(session.state, program.attach)) {
      program.entry_ns = entry->ns();
      program.entry_error_ns = entry->error_ns;
    }
    cpu_percent += *program.cpu_percent;
    result.programs.push_back(std::move(program));
  }
  if (!records.empty()) result.bpf_cpu_percent = cpu_percent;
  if (result.programs.empty()) {
    for (const ProgramRecord& record : state.programs) {
      ResultProgram program;
      program.id = record.id;
      program.name = record.name;
      program.type = record.type;
      program.attach = record.attach;
      program.verified_insns = record.verified_insns;
      program.jited_bytes = record.jited_bytes;
      result.programs.push_back(std::move(program));
    }
  }
  result.maps = records.empty() ? state.maps : records.back()->maps;
  bool all_known = !result.maps.empty();
  int64_t bytes = 0;
  for (const ResultMap& map : result.maps) {
    all_known = all_known && map.bytes.has_value();
    bytes += map.bytes.value_or(0);
  }
  if (all_known) result.map_bytes = bytes;
  if (const auto& cost = session.state.stats_cost()) result.stats_cost_ns = cost->on_ns - cost->off_ns;
}

// Mean of one condition and peak of another over the timed windows of the subject.
AverageAndPeak over_windows(const Session& session, const std::string& subject, const std::string& average,
                            const std::string& peak) {
  std::vector<double> averages;
  AverageAndPeak both;
  for (const WindowRecord& record : session.state.windows()) {
    const ResultWindow& window = record.window;
    if (window.subject != subject || window.purpose != "timed" || !window.valid) continue;
    const auto a = window.conditions.find(average);
    if (a != window.conditions.end()) averages.push_back(a->second);
    const auto p = window.conditions.find(peak);
    if (p != window.conditions.end()) both.peak = std::max(both.peak.value_or(p->second), p->second);
  }
  both.avg = mean(averages);
  return both;
}

}  // namespace

namespace {

// What one window says of a unit of work, in microseconds.
struct AttributedWindow {
  double run_us = 0, entry_us = 0, entry_error_us = 0;
  bool entries_known = true;  // of all programs that ran
};

AttributedWindow attributed_window(const RunState& state, const AttributionRecord& record) {
  AttributedWindow window;
  const double units = record.window.units_per_s * record.counted_s;
  for (const ProgramRecord& program : record.programs) {
    window.run_us += static_cast<double>(program.run_ns) * 1e-3 / units;
    if (program.runs == 0) continue;
    const EntryCost* entry = entry_cost_of(state, program.attach);
    window.entries_known = window.entries_known && entry != nullptr;
    if (entry == nullptr) continue;
    const double runs = static_cast<double>(program.runs) / units;
    window.entry_us += runs * entry->ns() * 1e-3;
    window.entry_error_us += runs * entry->error_ns * 1e-3;
  }
  return window;
}

}  // namespace

std::optional<AttributedTime> attributed_time(const RunState& state, const std::string& subject,
                                              const std::string& workload) {
  std::vector<double> run_us, entry_us, entry_error_us;
  bool entries_known = true;
  for (const AttributionRecord* record : valid_attribution(state, subject)) {
    if (record->window.window.workload != workload || record->window.units_per_s <= 0) continue;
    const AttributedWindow window = attributed_window(state, *record);
    run_us.push_back(window.run_us);
    entry_us.push_back(window.entry_us);
    entry_error_us.push_back(window.entry_error_us);
    entries_known = entries_known && window.entries_known;
  }
  if (run_us.empty()) return std::nullopt;
  AttributedTime time{.us = *mean(run_us), .entry_us = std::nullopt, .error_us = std::nullopt};
  if (!entries_known) return time;
  time.entry_us = *mean(entry_us);
  time.us += *time.entry_us;
  if (run_us.size() < kStartsForAnInterval) return time;
  if (const auto estimated = estimate(run_us, 0.05))
    time.error_us = estimated->ci.high - estimated->mean + *mean(entry_error_us);
  return time;
}

ResultSubject subject_result(const Session& session, const PlannedSubject& planned) {
  const SubjectState& state = session.state.subject(planned.id);
  ResultSubject result;
  result.id = planned.id;
  result.name = planned.name;
  result.command = planned.command;
  result.environment = session.plan.environment;
  if (!planned.tool_id.empty())
    result.test_case =
        ResultCase{planned.case_id, planned.tool_id, planned.protocol, planned.direction, planned.hash6};
  if (!planned.design_class.empty())
    result.design = {planned.design_class, "registry", "Its entry in the tool registry says so."};
  result.kind = planned.kind == PlannedSubject::Kind::kPlacebo ? "placebo" : "tool";
  result.status = !state.removed ? "measured" : state.removed_phase == "start" ? "failed" : "invalid";
  if (state.removed) {
    result.reason = state.reason;
    result.last_words = state.last_words;
  } else if (session.state.valid_blocks().empty()) {
    result.status = "invalid";
    result.reason = "no block could be counted";
  }
  result.ready_ms = median(state.ready_ms);
  result.left_behind.assign(state.left_behind.begin(), state.left_behind.end());
  add_programs(session, planned, result);
  result.process_cpu_percent =
      over_windows(session, planned.id, "subject_cpu_percent", "subject_cpu_peak_percent");
  result.process_rss_kb = over_windows(session, planned.id, "subject_rss_kb", "subject_rss_peak_kb");
  result.process_vsz_kb = over_windows(session, planned.id, "subject_vsz_kb", "subject_vsz_peak_kb");
  result.output_bytes_per_s = over_windows(session, planned.id, "subject_output_bytes_per_s", "").avg;
  return result;
}

}  // namespace bpftax
