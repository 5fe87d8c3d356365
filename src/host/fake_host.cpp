#include "host/fake_host.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <limits>

#include "host/interrupt.h"
#include "util/clock.h"
#include "util/files.h"
#include "util/json.h"

namespace bpftax {

namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

std::string path_of(const ProcessSpec& spec, OutputStream stream) {
  return stream == OutputStream::kStdout ? spec.stdout_path : spec.stderr_path;
}

bool is_below(const std::string& path, const std::string& folder) {
  return path.size() > folder.size() && path.starts_with(folder) && path[folder.size()] == '/';
}

int64_t add_ms(int64_t ns, int64_t ms) {
  return ms > (kNever - ns) / kNsPerMs ? kNever : ns + ms * kNsPerMs;
}

}  // namespace

FakeProgram fake_program(const std::string& name, int64_t appears_after_ns) {
  FakeProgram fake;
  fake.program.name = name;
  fake.program.type = "raw_tracepoint";
  fake.program.attach = "raw_tp:netif_receive_skb";
  fake.appears_after_ns = appears_after_ns;
  return fake;
}

FakeHost::FakeHost(FakeClock& clock, std::string name) : clock_(clock), name_(std::move(name)) {}

FakeHost::~FakeHost() {
  if (raised_interrupt_) reset_interrupts();
}

void FakeHost::set_costs(int64_t start_ns, int64_t stop_ns) {
  start_cost_ns_ = start_ns;
  stop_cost_ns_ = stop_ns;
}

void FakeHost::add_system_program(BpfProgram program) {
  LiveProgram live;
  live.fake.program = std::move(program);
  if (live.fake.program.id == 0) live.fake.program.id = next_bpf_id_++;
  live.born_ns = clock_.monotonic_ns();
  live.link_id = next_bpf_id_++;
  programs_.push_back(std::move(live));
}

// ---- time and faults ----

void FakeHost::record(std::string what, std::string subject, std::optional<int64_t> at_ns) {
  events_.push_back({at_ns.value_or(clock_.monotonic_ns()), std::move(what), std::move(subject)});
}

Error FakeHost::lost_error(const char* function) const {
  return fail(ErrorKind::kLost, fmt::format("cannot call {}", function), name_, "the agent is gone").value();
}

Result<void> FakeHost::enter(const char* function, bool interruptible) {
  ++calls_;
  if (lost_) return tl::unexpected<Error>(lost_error(function));
  if ((lose_at_call_ && calls_ >= *lose_at_call_) || (lose_at_ns_ && clock_.monotonic_ns() >= *lose_at_ns_)) {
    lose();
    return tl::unexpected<Error>(lost_error(function));
  }
  if (interrupt_at_call_ && calls_ >= *interrupt_at_call_) {
    interrupt_at_call_.reset();
    raise_interrupt();
  }
  if (interrupt_at_ns_ && clock_.monotonic_ns() >= *interrupt_at_ns_) {
    interrupt_at_ns_.reset();
    raise_interrupt();
  }
  settle();
  if (const auto fault = fail_at_call_.find(calls_); fault != fail_at_call_.end()) {
    return tl::unexpected<Error>(fault->second);
  }
  if (const auto fault = fail_next_.find(function); fault != fail_next_.end()) {
    Error error = std::move(fault->second);
    fail_next_.erase(fault);
    return tl::unexpected<Error>(std::move(error));
  }
  if (interruptible && interrupt_pending()) return fail_interrupted(fmt::format("cannot call {}", function));
  return {};
}

Result<void> FakeHost::pass_time_to(int64_t t, const char* function, bool interruptible) {
  while (clock_.monotonic_ns() < t) {
    int64_t until = t;
    if (lose_at_ns_) until = std::min(until, *lose_at_ns_);
    if (interrupt_at_ns_) until = std::min(until, *interrupt_at_ns_);
    if (until > clock_.monotonic_ns()) clock_.advance_ns(until - clock_.monotonic_ns());
    settle();
    if (lose_at_ns_ && clock_.monotonic_ns() >= *lose_at_ns_) {
      lose();
      return tl::unexpected<Error>(lost_error(function));
    }
    if (interrupt_at_ns_ && clock_.monotonic_ns() >= *interrupt_at_ns_) {
      interrupt_at_ns_.reset();
      raise_interrupt();
    }
    if (interruptible && interrupt_pending())
      return fail_interrupted(fmt::format("cannot call {}", function));
  }
  return {};
}

void FakeHost::raise_interrupt() {
  raised_interrupt_ = true;
  record("interrupted");
  request_interrupt(SIGINT);
}

void FakeHost::settle() {
  const int64_t now = clock_.monotonic_ns();
  while (true) {
    // The earliest of what is due: a process's output or end, or a sample.
    int64_t due = kNever;
    Process* next = nullptr;
    for (const int64_t handle : alive_) {
      Process& process = processes_.at(handle);
      int64_t at =
          process.script.runs_for_ns ? process.handle.started_ns + *process.script.runs_for_ns : kNever;
      if (!process.written) at = std::min(at, process.handle.started_ns + process.script.writes_after_ns);
      if (at < due) {
        due = at;
        next = &process;
      }
    }
    const bool sample = sampling_ && next_sample_ns_ < due;
    if (sample) due = next_sample_ns_;
    if (due > now) break;
    if (sample) {
      series_.samples.push_back(sampler_ ? sampler_(due, *sampling_) : default_sample(due, *sampling_));
      next_sample_ns_ += sampling_->interval_ms * kNsPerMs;
      continue;
    }
    write_output(*next);
    if (next->script.runs_for_ns && next->handle.started_ns + *next->script.runs_for_ns <= due) {
      end_process(*next, next->script.exit, due);
      record("exit", next->spec.name, due);
    }
  }
  count_runs();
}

void FakeHost::lose() {
  settle();
  lost_ = true;
  record("lost");
  for (const int64_t handle : std::set<int64_t>(alive_)) {
    end_process(processes_.at(handle), {.signaled = true, .code = SIGKILL}, clock_.monotonic_ns());
  }
  // The keeper has ended the processes and replayed the ledger.
  owned_.clear();
  sampling_.reset();
  stats_on_ = false;
}

// ---- processes ----

void FakeHost::write_output(Process& process) {
  if (process.written) return;
  process.written = true;
  const auto cap = static_cast<size_t>(std::max<int64_t>(0, process.spec.output_cap_bytes));
  for (const auto& [path, text] : {std::pair(process.spec.stdout_path, process.script.out),
                                   std::pair(process.spec.stderr_path, process.script.err)}) {
    if (!path.empty()) files_[path] += text.substr(0, cap);
  }
}

void FakeHost::end_process(Process& process, ExitStatus status, int64_t at_ns) {
  write_output(process);
  status.ended_ns = at_ns;
  status.output_bytes = static_cast<int64_t>(process.script.out.size() + process.script.err.size());
  const auto cap = static_cast<size_t>(std::max<int64_t>(0, process.spec.output_cap_bytes));
  status.output_cut = process.script.out.size() > cap || process.script.err.size() > cap;
  process.ended = status;
  alive_.erase(process.handle.id);
  remove_programs(process.handle.id);
}

Result<FakeHost::Process*> FakeHost::find(const ProcessHandle& handle, const char* what) {
  const auto found = processes_.find(handle.id);
  if (found == processes_.end()) {
    return fail(ErrorKind::kInternal, fmt::format("cannot call {}", what), name_,
                fmt::format("no process has the handle {}", handle.id));
  }
  return &found->second;
}

Result<std::vector<ProcessHandle>> FakeHost::start_together(const std::vector<ProcessSpec>& specs) {
  BPFTAX_TRY(enter("start_together"));
  BPFTAX_TRY(pass_time_to(clock_.monotonic_ns() + start_cost_ns_, "start_together", true));
  std::vector<FakeProcess> scripts;
  for (const ProcessSpec& spec : specs) {
    scripts.push_back(script_ ? script_(spec) : FakeProcess{});
    if (scripts.back().start_error) return tl::unexpected<Error>(*scripts.back().start_error);
  }
  std::vector<ProcessHandle> handles;
  for (size_t i = 0; i < specs.size(); ++i) {
    Process process;
    process.handle = {next_handle_, static_cast<int>(10'000 + next_handle_), clock_.monotonic_ns()};
    ++next_handle_;
    process.spec = specs[i];
    process.script = std::move(scripts[i]);
    for (const std::string& path : {specs[i].stdout_path, specs[i].stderr_path}) {
      if (!path.empty()) files_.try_emplace(path);
    }
    started_.push_back(specs[i]);
    record("start", specs[i].name);
    add_programs(process);
    handles.push_back(process.handle);
    alive_.insert(process.handle.id);
    processes_.emplace(process.handle.id, std::move(process));
  }
  settle();
  return handles;
}

Result<std::optional<ExitStatus>> FakeHost::wait(const ProcessHandle& handle, int64_t timeout_ms) {
  BPFTAX_TRY(enter("wait"));
  BPFTAX_ASSIGN(Process * process, find(handle, "wait"));
  const int64_t limit = add_ms(clock_.monotonic_ns(), timeout_ms);
  if (!process->ended) {
    const int64_t end =
        process->script.runs_for_ns ? process->handle.started_ns + *process->script.runs_for_ns : kNever;
    if (end == kNever && limit == kNever) {
      return fail(ErrorKind::kInternal, "cannot wait for a process", process->spec.name,
                  "the script lets it run for ever and there is no timeout");
    }
    BPFTAX_TRY(pass_time_to(std::min(end, limit), "wait", true));
  }
  return process->ended;
}

Result<StopReport> FakeHost::stop(const ProcessHandle& handle) {
  BPFTAX_TRY(enter("stop", false));
  BPFTAX_ASSIGN(Process * process, find(handle, "stop"));
  StopReport report;
  if (process->ended) {
    report.already_gone = true;
    report.status = *process->ended;
    if (!process->stopped) record("stop", process->spec.name);
    process->stopped = true;
    return report;
  }
  const int64_t begin = clock_.monotonic_ns();
  const FakeProcess& script = process->script;
  const StopPolicy& policy = process->spec.stop;
  int64_t end = begin + stop_cost_ns_;
  ExitStatus status = script.exit;
  report.ended_by = "SIGINT";
  if (script.ignores_sigint) {
    end = add_ms(end, policy.int_grace_ms);
    report.ended_by = "SIGTERM";
    status.signaled = true;
    status.code = SIGTERM;
  }
  if (script.ignores_sigint && script.ignores_sigterm) {
    end = add_ms(end, policy.term_grace_ms);
    report.ended_by = "SIGKILL";
    status.code = SIGKILL;
  } else {
    end += script.stop_takes_ns;
  }
  BPFTAX_TRY(pass_time_to(end, "stop", false));
  // It may have come to its own end in the meantime.
  if (!process->ended) end_process(*process, status, clock_.monotonic_ns());
  process->stopped = true;
  report.status = *process->ended;
  report.took_ms = (clock_.monotonic_ns() - begin) / kNsPerMs;
  report.stragglers = script.stragglers;
  record("stop", process->spec.name);
  return report;
}

Result<std::string> FakeHost::tail(const ProcessHandle& handle, OutputStream stream, size_t max_bytes) {
  BPFTAX_TRY(enter("tail"));
  BPFTAX_ASSIGN(const Process* process, find(handle, "tail"));
  if (path_of(process->spec, stream).empty()) {
    return fail(ErrorKind::kInternal, "cannot read the output", process->spec.name,
                "it is not written to a file");
  }
  if (!process->written) return std::string();
  const std::string& text = stream == OutputStream::kStdout ? process->script.out : process->script.err;
  const auto cap = static_cast<size_t>(std::max<int64_t>(0, process->spec.output_cap_bytes));
  const std::string kept = text.substr(0, cap);
  return kept.size() > max_bytes ? kept.substr(kept.size() - max_bytes) : kept;
}

Result<void> FakeHost::wait_listening(const ProcessHandle& handle, PortProtocol, int port,
                                      int64_t timeout_ms) {
  BPFTAX_TRY(enter("wait_listening"));
  BPFTAX_ASSIGN(const Process* process, find(handle, "wait_listening"));
  const std::string what = "cannot wait until a server listens";
  const std::string where = fmt::format("{}, port {}", process->spec.name, port);
  const int64_t limit = add_ms(clock_.monotonic_ns(), timeout_ms);
  int64_t ready = kNever;
  int64_t end = kNever;
  if (process->script.listens_after_ns)
    ready = process->handle.started_ns + *process->script.listens_after_ns;
  if (process->ended) {
    end = process->ended->ended_ns;
  } else if (process->script.runs_for_ns) {
    end = process->handle.started_ns + *process->script.runs_for_ns;
  }
  const int64_t until = std::min({ready, limit, end});
  if (until == kNever)
    return fail(ErrorKind::kInternal, what, where, "it never will, and there is no timeout");
  BPFTAX_TRY(pass_time_to(until, "wait_listening", true));
  if (process->ended)
    return fail(ErrorKind::kWorkload, what, where, "it ended: " + to_string(*process->ended));
  if (ready > clock_.monotonic_ns()) {
    return fail(ErrorKind::kWorkload, what, where, fmt::format("not within {} ms", timeout_ms));
  }
  return {};
}

Result<Host::Finished> FakeHost::run(const ProcessSpec& spec, int64_t timeout_ms) {
  BPFTAX_TRY(enter("run"));
  record("run", spec.name);
  if (runner_) return runner_(spec);
  const FakeProcess script = script_ ? script_(spec) : FakeProcess{};
  if (script.start_error) return tl::unexpected<Error>(*script.start_error);
  const int64_t begin = clock_.monotonic_ns();
  const int64_t end = begin + script.runs_for_ns.value_or(0);
  const int64_t limit = add_ms(begin, timeout_ms);
  BPFTAX_TRY(pass_time_to(std::min(end, limit), "run", true));
  if (end > limit) {
    return fail(ErrorKind::kEnvironment, "a command did not end", spec.name,
                fmt::format("stopped after {} ms", timeout_ms));
  }
  Finished finished{script.exit, script.out, script.err};
  finished.status.ended_ns = end;
  finished.status.output_bytes = static_cast<int64_t>(script.out.size() + script.err.size());
  return finished;
}

// ---- files ----

Result<std::string> FakeHost::read_file(const std::string& path, size_t max_bytes) {
  BPFTAX_TRY(enter("read_file"));
  const auto file = files_.find(path);
  if (file == files_.end()) return fail_errno(ENOENT, "cannot read a file", path);
  if (file->second.size() > max_bytes) {
    return fail(ErrorKind::kInternal, "cannot read a file", path,
                fmt::format("longer than {} bytes", max_bytes));
  }
  return file->second;
}

Result<FileChunk> FakeHost::read_chunk(const std::string& path, int64_t offset, size_t max_bytes) {
  BPFTAX_TRY(enter("read_chunk"));
  const auto file = files_.find(path);
  if (file == files_.end()) return fail_errno(ENOENT, "cannot read a file", path);
  const auto size = static_cast<int64_t>(file->second.size());
  FileChunk chunk{"", size};
  if (offset < size) chunk.data = file->second.substr(static_cast<size_t>(offset), max_bytes);
  return chunk;
}

Result<std::vector<FileSum>> FakeHost::checksum(const std::vector<std::string>& paths) {
  BPFTAX_TRY(enter("checksum"));
  std::vector<FileSum> sums;
  for (const std::string& path : paths) {
    FileSum sum{path, {}, {}};
    if (const auto file = files_.find(path); file != files_.end()) {
      sum.size = static_cast<int64_t>(file->second.size());
      sum.sha256 = sha256_hex(file->second);
    }
    sums.push_back(std::move(sum));
  }
  return sums;
}

Result<void> FakeHost::write_file(const std::string& path, const std::string& content) {
  BPFTAX_TRY(enter("write_file"));
  files_[path] = content;
  return {};
}

Result<void> FakeHost::make_directories(const std::string& path) {
  BPFTAX_TRY(enter("make_directories"));
  directories_.insert(path);
  return {};
}

Result<void> FakeHost::remove_tree(const std::string& path) {
  BPFTAX_TRY(enter("remove_tree", false));
  std::erase_if(files_, [&](const auto& file) { return file.first == path || is_below(file.first, path); });
  std::erase_if(directories_, [&](const auto& folder) { return folder == path || is_below(folder, path); });
  return {};
}

Result<std::vector<FileInfo>> FakeHost::list(const std::string& path) {
  BPFTAX_TRY(enter("list"));
  std::map<std::string, FileInfo> found;
  bool known = directories_.contains(path);
  const auto add = [&](const std::string& full, int64_t size, bool is_directory) {
    if (!is_below(full, path)) return;
    known = true;
    const std::string rest = full.substr(path.size() + 1);
    const size_t slash = rest.find('/');
    FileInfo info;
    info.name = rest.substr(0, slash);
    info.is_directory = is_directory || slash != std::string::npos;
    info.size = info.is_directory ? 0 : size;
    found.emplace(info.name, info);
  };
  for (const auto& [file, content] : files_) add(file, static_cast<int64_t>(content.size()), false);
  for (const std::string& folder : directories_) add(folder, 0, true);
  if (!known) return fail_errno(ENOENT, "cannot list a folder", path);
  std::vector<FileInfo> infos;
  for (auto& [file_name, info] : found) infos.push_back(std::move(info));
  return infos;
}

// ---- what the machine tells ----

Result<Json> FakeHost::facts() {
  BPFTAX_TRY(enter("facts"));
  return parse_json(facts_, name_);
}

Result<ClockReading> FakeHost::clock() {
  BPFTAX_TRY(enter("clock"));
  return ClockReading{clock_.monotonic_ns(), clock_.realtime_ns(), boot_id_};
}

Result<void> FakeHost::start_sampling(const SamplingSpec& spec) {
  BPFTAX_TRY(enter("start_sampling"));
  if (sampling_) {
    return fail(ErrorKind::kInternal, "cannot start sampling", name_, "a series is being taken already");
  }
  if (spec.interval_ms <= 0) {
    return fail(ErrorKind::kInternal, "cannot start sampling", name_, "the interval must be positive");
  }
  record("sampling on");
  series_ = {};
  sampling_ = spec;
  next_sample_ns_ = clock_.monotonic_ns();
  settle();
  return {};
}

Result<SampleSeries> FakeHost::stop_sampling() {
  BPFTAX_TRY(enter("stop_sampling", false));
  if (!sampling_)
    return fail(ErrorKind::kInternal, "cannot stop sampling", name_, "no series is being taken");
  const int64_t now = clock_.monotonic_ns();
  if (series_.samples.empty() || series_.samples.back().monotonic_ns < now) {
    series_.samples.push_back(sampler_ ? sampler_(now, *sampling_) : default_sample(now, *sampling_));
  }
  record("sampling off");
  sampling_.reset();
  return std::exchange(series_, {});
}

Sample FakeHost::default_sample(int64_t now_ns, const SamplingSpec& spec) const {
  Sample sample;
  sample.monotonic_ns = now_ns;
  const int64_t now_us = now_ns / 1000;
  for (int cpu = 0; cpu < 2; ++cpu) {
    CpuTimes times;
    times.cpu = cpu;
    times.user_us = now_us / 20;
    times.system_us = now_us / 20;
    times.idle_us = now_us - times.user_us - times.system_us;
    sample.cpus.push_back(times);
  }
  sample.context_switches = now_us / 1000;
  sample.interrupts = now_us / 1000;
  sample.memory = {.total_kb = 1 << 20, .free_kb = 1 << 19, .available_kb = 1 << 19};
  for (const std::string& netns : spec.netns) {
    NetInterface interface;
    interface.netns = netns;
    interface.name = "veth0";
    interface.rx_packets = interface.tx_packets = now_us / 100;
    interface.rx_bytes = interface.tx_bytes = now_us;
    sample.interfaces.push_back(std::move(interface));
  }
  for (const int64_t handle : spec.handles) {
    ProcessTree tree;
    tree.handle = handle;
    const auto process = processes_.find(handle);
    if (process != processes_.end() && !process->second.ended) {
      tree.processes = tree.threads = 1;
      tree.user_us = (now_ns - process->second.handle.started_ns) / 100'000;
      tree.rss_kb = 10'000;
      tree.vsz_kb = 20'000;
    }
    if (process != processes_.end() && process->second.written) {
      tree.output_bytes =
          static_cast<int64_t>(process->second.script.out.size() + process->second.script.err.size());
    }
    sample.processes.push_back(tree);
  }
  return sample;
}

// ---- ledger ----

Result<void> FakeHost::own(const std::string& kind, const std::string& what) {
  BPFTAX_TRY(enter("own"));
  owned_.emplace(kind, what);
  record("own", kind + " " + what);
  return {};
}

Result<void> FakeHost::disown(const std::string& kind, const std::string& what) {
  BPFTAX_TRY(enter("disown", false));
  owned_.erase({kind, what});
  record("disown", kind + " " + what);
  return {};
}

// ---- for assertions ----

std::vector<std::string> FakeHost::log(bool everything) const {
  static const std::set<std::string> kShort = {"start", "exit", "stop", "lost", "interrupted"};
  std::vector<std::string> lines;
  for (const FakeEvent& event : events_) {
    if (!everything && !kShort.contains(event.what)) continue;
    lines.push_back(event.subject.empty() ? event.what : event.what + " " + event.subject);
  }
  return lines;
}

std::vector<std::string> FakeHost::running() const {
  std::vector<std::string> names;
  const int64_t now = clock_.monotonic_ns();
  for (const int64_t handle : alive_) {
    const Process& process = processes_.at(handle);
    const bool over =
        process.script.runs_for_ns && process.handle.started_ns + *process.script.runs_for_ns <= now;
    if (!over) names.push_back(process.spec.name);
  }
  return names;
}

bool FakeHost::running(const std::string& process_name) const {
  const std::vector<std::string> names = running();
  return std::find(names.begin(), names.end(), process_name) != names.end();
}

}  // namespace bpftax
