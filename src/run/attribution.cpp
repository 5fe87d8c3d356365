#include "run/attribution.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "host/interrupt.h"

namespace bpftax {
namespace {

// Each reading walks the tool's file descriptors; between the first and the last lies most of the window.
constexpr double kReadingsPerWindow = 8;
constexpr double kShortestReadingS = 0.1;

struct Reading {
  int64_t at_ns = 0;  // controller's clock
  BpfInventory inventory;
};

}  // namespace

std::vector<ProgramRecord> counter_differences(const BpfInventory& before, const BpfInventory& after) {
  std::vector<ProgramRecord> records = program_records(after);
  std::vector<ProgramRecord> differences;
  for (size_t i = 0; i < after.programs.size(); ++i) {
    const BpfProgram& now = after.programs[i];
    const auto then = std::find_if(before.programs.begin(), before.programs.end(),
                                   [&](const BpfProgram& p) { return p.id == now.id; });
    if (then == before.programs.end()) continue;
    records[i].runs = now.run_count - then->run_count;
    records[i].run_ns = now.run_time_ns - then->run_time_ns;
    records[i].recursion_misses = now.recursion_misses - then->recursion_misses;
    differences.push_back(std::move(records[i]));
  }
  return differences;
}

Result<void> Attribution::run() {
  if (!session_.plan.attribution) return {};
  for (const PlannedSubject& planned : session_.plan.subjects) {
    if (planned.kind != PlannedSubject::Kind::kTool) continue;
    BPFTAX_TRY(run_starts(planned));
    BPFTAX_TRY(measure_entries(planned));
  }
  return {};
}

Result<void> Attribution::run_starts(const PlannedSubject& planned) {
  const int starts = session_.plan.attribution_starts;
  for (int start = 0; start < starts && wanted(planned); ++start) {
    if (!session_.fits_budget(expected_start_s(planned)))
      return leave_out(fmt::format("{} of {} starts of {}", starts - start, starts, planned.name));
    if (!told_) session_.note(ProgressEvent::Kind::kAttribution, "where the cost comes from");
    told_ = true;
    BPFTAX_TRY(measure_cost());
    BPFTAX_TRY(run_subject(planned));
  }
  return {};
}

double Attribution::expected_start_s(const PlannedSubject& planned) const {
  double seconds = session_.subject_cost_s(planned.id);
  for (const PlannedWorkload& workload : session_.plan.workloads) {
    if (session_.state.attribution_wanted(planned.id, workload.name, session_.plan.attribution_starts))
      seconds += session_.window_cost_s(workload);
  }
  return seconds;
}

Result<void> Attribution::leave_out(std::string what) {
  session_.note(ProgressEvent::Kind::kNote, "the time budget has no room for " + what);
  return session_.record(LeftOutRecord{std::move(what)});
}

bool Attribution::wanted(const PlannedSubject& planned) const {
  return std::any_of(
      session_.plan.workloads.begin(), session_.plan.workloads.end(), [&](const PlannedWorkload& w) {
        return session_.state.attribution_wanted(planned.id, w.name, session_.plan.attribution_starts);
      });
}

Result<void> Attribution::measure_cost() {
  if (session_.state.stats_cost()) return {};
  auto cost = session_.env.tool_host->bpf_stats_cost();
  if (cost) return session_.record(StatsCostRecord{cost->off_ns, cost->on_ns});
  if (cost.error().kind == ErrorKind::kInterrupted || cost.error().kind == ErrorKind::kLost)
    return propagate(std::move(cost));
  session_.note(ProgressEvent::Kind::kNote,
                "the cost of the run-time statistics could not be measured: " + to_string(cost.error()));
  return {};
}

Result<void> Attribution::measure_entries(const PlannedSubject& planned) {
  std::set<std::string> hooks;
  for (const auto& [workload, attempts] : session_.state.subject(planned.id).attribution)
    for (const AttributionRecord& record : attempts)
      for (const ProgramRecord& program : record.programs) hooks.insert(entry_hook(program.attach));
  for (const std::string& hook : hooks) {
    if (hook.empty() || session_.state.entry_costs().contains(hook)) continue;
    if (!session_.fits_budget(kEntryCostS)) {
      BPFTAX_TRY(leave_out("the entry into " + hook));
      continue;
    }
    Result<EntryCost> cost = session_.env.tool_host->bpf_entry_cost(hook);
    if (!cost && (cost.error().kind == ErrorKind::kInterrupted || cost.error().kind == ErrorKind::kLost))
      return propagate(std::move(cost));
    EntryCostRecord record{.hook = hook, .cost = std::nullopt, .reason = ""};
    if (cost)
      record.cost = *cost;
    else
      record.reason = to_string(cost.error());
    BPFTAX_TRY(session_.record(std::move(record)));
  }
  return {};
}

Result<void> Attribution::run_subject(const PlannedSubject& planned) {
  BPFTAX_TRY(session_.compare_clocks(kAttributionBlock, planned.id));
  Result<void> done = [&]() -> Result<void> {
    BPFTAX_ASSIGN(const std::optional<Error> refused, tasks_.begin_case(kAttributionBlock, planned.id));
    if (refused) return record_failure(session_, kAttributionBlock, planned.id, "start", *refused, "");
    BPFTAX_ASSIGN(StartedSubject started, start_subject(session_, kAttributionBlock, planned));
    if (!started.ready) return {};
    Result<void> measured =
        tasks_.begin_monitors(kAttributionBlock, planned.id, started.runner->process()->pid);
    if (measured) measured = measure_subject(planned, *started.runner);
    tasks_.end_monitors();
    const InterruptShield shield;
    Result<void> off = session_.env.tool_host->bpf_stats(false);
    Result<void> stopped = stop_subject(session_, kAttributionBlock, planned.id, *started.runner);
    if (!measured) return measured;
    return off ? stopped : off;
  }();
  tasks_.end_case(kAttributionBlock, planned.id);
  return done;
}

Result<void> Attribution::measure_subject(const PlannedSubject& planned, SubjectRunner& subject) {
  auto on = session_.env.tool_host->bpf_stats(true);
  if (!on) {
    if (on.error().kind == ErrorKind::kInterrupted || on.error().kind == ErrorKind::kLost) return on;
    return record_failure(session_, kAttributionBlock, planned.id, "start", on.error(), "");
  }
  bool subject_ok = true;
  for (const PlannedWorkload& workload : session_.plan.workloads) {
    // One window of each start; another when it was not valid.
    const int before = session_.state.attributed_windows(planned.id, workload.name);
    for (int attempt = 0; attempt < kAttributionAttempts && subject_ok; ++attempt) {
      if (!session_.state.attribution_wanted(planned.id, workload.name, session_.plan.attribution_starts))
        break;
      if (!session_.fits_budget(session_.window_cost_s(workload)))
        return leave_out(fmt::format("a window of {} of {}", workload.name, planned.name));
      BPFTAX_TRY(run_window(planned, workload, subject, &subject_ok));
      if (session_.state.attributed_windows(planned.id, workload.name) > before) break;
    }
  }
  return {};
}

Result<void> Attribution::run_window(const PlannedSubject& planned, const PlannedWorkload& workload,
                                     SubjectRunner& subject, bool* subject_ok) {
  std::vector<Reading> readings;
  WindowRequest request;
  request.block = kAttributionBlock;
  request.arm = planned.id;
  request.purpose = "attribution";
  request.workload = &workload;
  request.subject = &subject;
  request.reading_interval_s = std::max(kShortestReadingS, session_.window_s(workload) / kReadingsPerWindow);
  request.reading = [&]() -> Result<void> {
    Reading reading;
    const int64_t before_ns = session_.env.clock->monotonic_ns();
    BPFTAX_ASSIGN(reading.inventory, subject.inventory());
    // The counters are read somewhere in between.
    reading.at_ns = before_ns + (session_.env.clock->monotonic_ns() - before_ns) / 2;
    readings.push_back(std::move(reading));
    return {};
  };
  BPFTAX_ASSIGN(WindowRun run, windows_.run(request));

  AttributionRecord record;
  record.window = std::move(run.record);
  ResultWindow& window = record.window.window;
  // Workloads differ in how long they warm up: which readings lie in the steady part is known only now.
  std::erase_if(readings, [&](const Reading& reading) {
    const int64_t at_ns = reading.at_ns + run.client_ahead_ns;
    return at_ns < record.window.steady_start_ns || at_ns > record.window.steady_end_ns;
  });
  if (readings.size() >= 2) {
    const Reading& begin = readings.front();
    const Reading& end = readings.back();
    record.counted_s = static_cast<double>(end.at_ns - begin.at_ns) * 1e-9;
    record.programs = counter_differences(begin.inventory, end.inventory);
    record.maps = map_records(end.inventory);
  } else if (window.valid) {
    window.valid = false;
    window.reason = "the counters were not read twice in the steady part";
  }
  BPFTAX_TRY(session_.record(std::move(record)));
  if (!run.subject_error) return {};
  *subject_ok = false;
  const std::string words = subject.last_words();
  return record_failure(session_, kAttributionBlock, planned.id, "window", *run.subject_error, words);
}

}  // namespace bpftax
