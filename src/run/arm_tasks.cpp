#include "run/arm_tasks.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/interrupt.h"
#include "run/arm_runner.h"
#include "util/strings.h"

namespace bpftax {
namespace {

bool result_of_level_lies_with_case(const std::string& level) {
  return level.starts_with("case_") || level.starts_with("test_");
}

std::optional<std::string> value_of(const Variables& values, const std::string& name) {
  const auto found = values.find(name);
  return found == values.end() ? std::nullopt : found->second;
}

}  // namespace

bool ArmTasks::any(const std::string& level) const {
  if (session_.env.tasks == nullptr) return false;
  const auto found = session_.env.tasks->hooks.find(level);
  return found != session_.env.tasks->hooks.end() && !found->second.empty();
}

std::vector<HookTarget> ArmTasks::targets(const Place& place) const {
  const Environment& env = session_.env;
  std::vector<HookTarget> all;
  const auto add = [&](const char* role, Host* host) {
    HookTarget target;
    target.role = role;
    target.host = host;
    const auto text = [&](const std::map<std::string, std::string>& texts) {
      const auto found = texts.find(role);
      return found == texts.end() ? std::string() : found->second;
    };
    target.workdir = text(env.tasks->workdirs);
    target.interface = text(env.tasks->interfaces);
    target.result_path = session_.results_of(*host);
    if (result_of_level_lies_with_case(place.level) || place.level == "monitor")
      target.result_path += "/" + session_.names.folder(is_baseline(place.arm) ? "" : place.arm);
    all.push_back(std::move(target));
  };
  add("server", env.server);
  add("client", env.client);
  add("tool_host", env.tool_host);
  return all;
}

Variables ArmTasks::variables(const Place& place, const std::string& time) const {
  const Environment& env = session_.env;
  const PartTasks& tasks = *env.tasks;
  Variables values = unset_hook_variables();
  // What any case knows is a name here, without a value where this is not that case.
  for (const auto& [subject, own] : tasks.subject_variables) {
    for (const auto& [name, value] : own) values.emplace(name, std::nullopt);
  }
  for (const auto& [name, value] : tasks.variables) values[name] = value;
  values["timestamp"] = time;
  values["environment"] = session_.plan.environment;
  values["server_ip"] = env.server_address;
  if (!place.tool.empty()) values["tool_id"] = place.tool;
  if (const auto own = tasks.subject_variables.find(place.arm); own != tasks.subject_variables.end()) {
    for (const auto& [name, value] : own->second) values[name] = value;
  }
  if (const PlannedSubject* subject = session_.planned_subject(place.arm))
    values["ebpf_command"] = subject->command;
  if (pid_ != 0) values["ebpf_pid"] = fmt::format("{}", pid_);
  for (const PlannedWorkload& workload : session_.plan.workloads) {
    if (workload.name != place.workload) continue;
    const WorkloadContext context = session_.context(workload);
    values["test_type"] = split(perf_folder(workload.name), '/')[0];
    values["port"] = fmt::format("{}", context.base_port);
    values["duration"] = fmt::format("{:g}", context.window_s);
  }
  return values;
}

Result<std::optional<Error>> ArmTasks::run_level(const Place& place) {
  HookCall call;
  call.level = place.level;
  call.run_id = session_.env.manifest_run_id.empty() ? session_.plan.run_id : session_.env.manifest_run_id;
  call.targets = targets(place);
  call.time = session_.names.unique_time(session_.env.clock->realtime_ns());
  call.values = variables(place, call.time);
  for (const HookTarget& target : call.targets)
    session_.announce_file(*target.host, hook_results_file(target, call.time));
  BPFTAX_TRY(session_.files_announced());
  BPFTAX_ASSIGN(HookLevelRun run,
                run_hooks(session_.env.tasks->hooks.at(place.level), call, *session_.env.clock));
  for (HookRecord& record : run.records) {
    record.block = place.block;
    record.arm = place.arm;
    record.workload = place.workload;
    tell_failure(record);
    BPFTAX_TRY(session_.record(std::move(record)));
  }
  return std::move(run.failed);
}

void ArmTasks::tell_failure(const HookRecord& record) {
  if (record.ok) return;
  session_.note(
      ProgressEvent::Kind::kNote,
      fmt::format("{}: {} {} failed: {}", record.host,
                  record.level == "monitor" ? "monitor" : record.level + " hook", record.name, record.why));
}

void ArmTasks::run_post(const Place& place) {
  const InterruptShield shield;
  const auto done = run_level(place);
  if (!done) session_.note(ProgressEvent::Kind::kNote, to_string(done.error()));
}

Result<void> ArmTasks::begin_tools() {
  if (session_.env.tasks == nullptr) return {};
  std::map<std::string, std::vector<std::string>> subjects;
  for (const PlannedSubject& planned : session_.plan.subjects) {
    const auto own = session_.env.tasks->subject_variables.find(planned.id);
    if (own == session_.env.tasks->subject_variables.end() || session_.state.subject(planned.id).removed)
      continue;
    if (const auto tool = value_of(own->second, "tool_id")) subjects[*tool].push_back(planned.id);
  }
  for (const auto& [tool, ids] : subjects) {
    begun_tools_.insert(tool);
    if (!any("tool_init")) continue;
    BPFTAX_ASSIGN(const std::optional<Error> failed, run_level({"tool_init", 0, "", "", tool}));
    if (!failed) continue;
    for (const std::string& id : ids) BPFTAX_TRY(record_failure(session_, 0, id, "init", *failed, ""));
  }
  return {};
}

void ArmTasks::end_tools() {
  for (const std::string& tool : std::exchange(begun_tools_, {})) {
    if (any("tool_post")) run_post({"tool_post", 0, "", "", tool});
  }
}

Result<std::optional<Error>> ArmTasks::begin_case(int block, const std::string& arm) {
  if (!any("case_init")) return std::optional<Error>();
  return run_level({"case_init", std::max(0, block), arm, "", ""});
}

Result<void> ArmTasks::begin_monitors(int block, const std::string& arm, int pid) {
  pid_ = pid;
  return start_monitors("case", {"monitor", std::max(0, block), arm, "", ""});
}

void ArmTasks::end_monitors() {
  stop_monitors("case");
  pid_ = 0;
}

void ArmTasks::end_case(int block, const std::string& arm) {
  end_monitors();
  if (any("case_post")) run_post({"case_post", std::max(0, block), arm, "", ""});
}

Result<std::optional<Error>> ArmTasks::begin_test(int block, const std::string& arm,
                                                  const PlannedWorkload& workload) {
  if (any("test_init")) {
    BPFTAX_ASSIGN(std::optional<Error> failed,
                  run_level({"test_init", std::max(0, block), arm, workload.name, ""}));
    if (failed) return failed;
  }
  BPFTAX_TRY(start_monitors("test", {"monitor", std::max(0, block), arm, workload.name, ""}));
  return std::optional<Error>();
}

void ArmTasks::end_test(int block, const std::string& arm, const PlannedWorkload& workload) {
  stop_monitors("test");
  if (any("test_post")) run_post({"test_post", std::max(0, block), arm, workload.name, ""});
}

// ---- monitors ----

namespace {

// $1: the command, $2: seconds. Each run is followed by a line with the time and how it ended; what fails is
// told on standard error too, so that it can be seen without reading the log. %N is there in coreutils and
// busybox >= 1.31; the raw clock is the kernel's uptime.
// clang-format off
constexpr const char* kMonitorLoop =
    "printf '# output of each run, then: # date time_utc(+00:00) uptime_s exit_code\\n'\n"
    "while :; do\n"
    "  sh -c \"$1\" 2>&1\n"
    "  code=$?\n"
    "  read -r uptime rest </proc/uptime\n"
    "  printf '# %s %s %s\\n' \"$(date -u '+%Y-%m-%d %H:%M:%S.%N')\" \"$uptime\" \"$code\"\n"
    "  [ \"$code\" = 0 ] || printf 'exit code %s\\n' \"$code\" >&2\n"
    "  sleep \"$2\"\n"
    "done\n";
// clang-format on
constexpr size_t kMonitorWords = 300;

}  // namespace

Result<void> ArmTasks::start_monitors(const std::string& lifecycle, const Place& place) {
  if (session_.env.tasks == nullptr) return {};
  const auto& all = session_.env.tasks->monitors;
  const bool wanted =
      std::any_of(all.begin(), all.end(), [&](const CustomMonitor& m) { return m.lifecycle == lifecycle; });
  if (!wanted) return {};
  const std::string time = session_.names.unique_time(session_.env.clock->realtime_ns());
  const std::vector<HookTarget> places = targets(place);
  for (const CustomMonitor& monitor : all) {
    if (monitor.lifecycle != lifecycle) continue;
    for (const HookTarget* target : targets_of(monitor.targets, places)) {
      HookRecord record;
      record.level = "monitor";
      record.name = monitor.name;
      record.host = target->host->name();
      record.block = place.block;
      record.arm = place.arm;
      record.workload = place.workload;
      record.required = false;
      const Variables values = values_for(*target, variables(place, time));
      const auto holding = holds(monitor.condition, values, monitor.place);
      if (holding && !*holding) continue;
      const auto command =
          holding ? substitute(monitor.command, values, monitor.place) : Result<std::string>("");
      if (!holding || !command) {
        record.why = to_string(holding ? command.error() : holding.error());
        tell_failure(record);
        BPFTAX_TRY(session_.record(std::move(record)));
        continue;
      }
      ProcessSpec spec;
      spec.name = "monitor " + monitor.name;
      spec.argv = {"/bin/sh", "-c", kMonitorLoop, "sh", *command, fmt::format("{:g}", monitor.interval_s)};
      spec.cwd = target->workdir;
      const std::string stem =
          fmt::format("{}/monitoring/{}_{}", target->result_path, safe_file_name(monitor.name), time);
      spec.stdout_path = stem + ".log";
      spec.stderr_path = stem + ".err";
      spec.stop = {.int_grace_ms = 500, .term_grace_ms = 500};
      session_.announce_file(*target->host, spec.stdout_path);
      session_.announce_file(*target->host, spec.stderr_path);
      BPFTAX_TRY(session_.files_announced());
      auto process = target->host->start(spec);
      if (!process) {
        if (process.error().kind == ErrorKind::kLost || process.error().kind == ErrorKind::kInterrupted)
          return propagate(std::move(process));
        record.why = to_string(process.error());
        tell_failure(record);
        BPFTAX_TRY(session_.record(std::move(record)));
        continue;
      }
      monitors_.push_back({monitor.name, lifecycle, target->host, *process});
    }
  }
  return {};
}

void ArmTasks::stop_monitors(const std::string& lifecycle) {
  const InterruptShield shield;
  for (const Monitor& monitor : monitors_) {
    if (monitor.lifecycle == lifecycle) stop_monitor(monitor);
  }
  std::erase_if(monitors_, [&](const Monitor& monitor) { return monitor.lifecycle == lifecycle; });
}

void ArmTasks::stop_monitor(const Monitor& monitor) {
  HookRecord record;
  record.level = "monitor";
  record.name = monitor.name;
  record.host = monitor.host->name();
  record.required = false;
  const auto words = monitor.host->tail(monitor.process, OutputStream::kStderr, kMonitorWords);
  const auto stopped = monitor.host->stop(monitor.process);
  if (stopped && stopped->already_gone) {
    record.why = "it ended by itself (" + to_string(stopped->status) + ")";
  } else if (words && !trim(*words).empty()) {
    const auto lines = split(trim(*words), '\n');
    record.why = printable(lines.back());
  }
  if (record.why.empty()) return;
  tell_failure(record);
  const auto recorded = session_.record(std::move(record));
  (void)recorded;  // a journal that cannot be written is told by the next record
}

}  // namespace bpftax
