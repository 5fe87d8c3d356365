#include "run/arm_runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/interrupt.h"
#include "run/window_files.h"
#include "util/units.h"

namespace bpftax {
namespace {

ProgressEvent arm_event(ProgressEvent::Kind kind, int block, const std::string& arm, std::string text = {}) {
  ProgressEvent event;
  event.kind = kind;
  event.block = std::max(0, block);
  event.arm = arm;
  event.purpose = block == kAttributionBlock ? "attribution" : block == 0 ? "warmup" : "timed";
  event.text = std::move(text);
  return event;
}

}  // namespace

std::vector<ProgramRecord> program_records(const BpfInventory& inventory) {
  std::vector<ProgramRecord> records;
  for (const BpfProgram& program : inventory.programs) {
    ProgramRecord record;
    record.id = program.id;
    record.name = program.name;
    record.type = program.type;
    record.attach = program.attach;
    record.verified_insns = program.verified_insns;
    record.jited_bytes = program.jited_bytes;
    records.push_back(std::move(record));
  }
  return records;
}

std::vector<ResultMap> map_records(const BpfInventory& inventory) {
  std::vector<ResultMap> records;
  for (const BpfMap& map : inventory.maps)
    records.push_back({map.id, map.name, map.type, map.max_entries, map.bytes});
  return records;
}

Result<void> record_failure(Session& session, int block, const std::string& arm, const std::string& phase,
                            const Error& error, const std::string& last_words) {
  const bool was_removed = session.state.subject(arm).removed;
  BPFTAX_TRY(session.record(
      FailureRecord{block, arm, phase, error.why.empty() ? to_string(error) : error.why, last_words}));
  session.tell(arm_event(ProgressEvent::Kind::kSubjectFailed, block, arm, to_string(error)));
  if (!was_removed && session.state.subject(arm).removed) {
    session.tell(arm_event(ProgressEvent::Kind::kSubjectRemoved, block, arm,
                           "it is not measured any further: " + session.state.subject(arm).reason));
  }
  return {};
}

Result<void> stop_subject(Session& session, int block, const std::string& arm, SubjectRunner& runner) {
  const InterruptShield shield;
  BPFTAX_ASSIGN(const SubjectStopped stopped, runner.stop());
  if (!runner.process()) return {};
  ArmEndRecord record;
  record.block = block;
  record.arm = arm;
  record.ended_by = stopped.report.ended_by;
  record.status = to_string(stopped.report.status);
  record.took_ms = stopped.report.took_ms;
  record.output_bytes = stopped.report.status.output_bytes;
  record.output_cut = stopped.report.status.output_cut;
  record.lost_events = stopped.lost_events;
  record.left_behind = stopped.left_behind;
  return session.record(std::move(record));
}

Result<StartedSubject> start_subject(Session& session, int block, const PlannedSubject& planned) {
  const Environment& env = session.env;
  PlannedSubject subject = planned;
  if (subject.cpus.empty()) subject.cpus = session.plan.subject_cpus;
  const int64_t began_realtime_ns = env.clock->realtime_ns();
  const std::string time = session.names.unique_time(began_realtime_ns);
  SubjectPaths paths;
  paths.stdout_path = env.tool_results + "/" + session.names.output_file(planned.id, time);
  paths.stderr_path = env.tool_results + "/" + session.names.error_file(planned.id, time);
  session.announce_file(*env.tool_host, paths.stdout_path);
  session.announce_file(*env.tool_host, paths.stderr_path);
  BPFTAX_TRY(session.files_announced());
  session.tell(arm_event(ProgressEvent::Kind::kSubjectStarting, block, planned.id));

  StartedSubject started;
  started.runner =
      std::make_unique<SubjectRunner>(*env.tool_host, *env.clock, std::move(subject), std::move(paths));
  auto ready = started.runner->start();
  if (!ready) {
    if (ready.error().kind != ErrorKind::kSubject) return propagate(std::move(ready));
    const std::string words = started.runner->last_words();
    BPFTAX_TRY(record_failure(session, block, planned.id, "start", ready.error(), words));
    // start() has stopped it already; this journals what that showed.
    BPFTAX_TRY(stop_subject(session, block, planned.id, *started.runner));
    BPFTAX_TRY(
        write_start_failure(session, block, planned, {time, began_realtime_ns, ready.error().why, words}));
    return started;
  }
  ArmStartRecord record;
  record.block = block;
  record.arm = planned.id;
  record.ready_ms = ready->ready_ms;
  record.detached = ready->detached_programs;
  record.programs = program_records(ready->inventory);
  record.maps = map_records(ready->inventory);
  const size_t programs = record.programs.size();
  auto recorded = session.record(std::move(record));
  if (!recorded) {
    const auto stopped = started.runner->stop();
    (void)stopped;  // the journal cannot be written: that is what must be told
    return propagate(std::move(recorded));
  }
  session.tell(
      arm_event(ProgressEvent::Kind::kSubjectReady, block, planned.id,
                fmt::format("ready after {}, {} eBPF program{}", format_duration(ready->ready_ms * 1e-3),
                            programs, programs == 1 ? "" : "s")));
  started.ready = true;
  return started;
}

Result<void> ArmRunner::run(int block, const std::string& arm) {
  const auto missing = [&](const PlannedWorkload& w) {
    return !session_.state.has_window(block, arm, w.name);
  };
  if (std::none_of(session_.plan.workloads.begin(), session_.plan.workloads.end(), missing)) return {};
  BPFTAX_TRY(session_.compare_clocks(block, arm));
  Result<void> done = run_arm(block, arm);
  tasks_.end_case(block, arm);
  return done;
}

Result<void> ArmRunner::run_arm(int block, const std::string& arm) {
  BPFTAX_ASSIGN(const std::optional<Error> refused, tasks_.begin_case(block, arm));
  if (refused) return record_failure(session_, block, arm, "start", *refused, "");
  const PlannedSubject* planned = session_.planned_subject(arm);
  if (planned == nullptr) {
    BPFTAX_TRY(tasks_.begin_monitors(block, arm, 0));
    return measure(block, arm, nullptr);
  }
  BPFTAX_ASSIGN(StartedSubject started, start_subject(session_, block, *planned));
  if (!started.ready) return {};
  Result<void> measured = tasks_.begin_monitors(block, arm, started.runner->process()->pid);
  if (measured) measured = measure(block, arm, started.runner.get());
  tasks_.end_monitors();
  Result<void> stopped = stop_subject(session_, block, arm, *started.runner);
  return measured ? stopped : measured;
}

Result<void> ArmRunner::measure(int block, const std::string& arm, SubjectRunner* subject) {
  for (const PlannedWorkload& workload : session_.plan.workloads) {
    if (session_.state.has_window(block, arm, workload.name)) continue;
    WindowRequest request;
    request.block = block;
    request.arm = arm;
    request.purpose = block == 0 ? "warmup" : "timed";
    request.workload = &workload;
    request.subject = subject;
    BPFTAX_ASSIGN(WindowRun run, windows_.run(request));
    const bool valid = run.record.window.valid;
    BPFTAX_TRY(session_.record(std::move(run.record)));
    if (run.subject_error) {
      const std::string words = subject == nullptr ? std::string() : subject->last_words();
      return record_failure(session_, block, arm, "window", *run.subject_error, words);
    }
    // The warm-up shows everything that does not work; a block that counts is lost with its first bad window.
    if (!valid && block != 0) return {};
  }
  return {};
}

}  // namespace bpftax
