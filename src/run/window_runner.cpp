#include "run/window_runner.h"

#include <fmt/format.h>

#include <algorithm>

#include "host/interrupt.h"
#include "run/exclusion.h"
#include "run/raw_samples.h"
#include "run/window_files.h"
#include "workload/conditions.h"

namespace bpftax {
namespace {

constexpr size_t kMostOutputBytes = 32u << 20;
constexpr size_t kErrorTailBytes = 4096;
constexpr int64_t kTickMs = 1000;
// What is not known about the position of the samples must be small against the window.
constexpr double kMostClockErrorShare = 0.01;

ResultWindow empty_window(const WindowRequest& request) {
  ResultWindow window;
  window.block = std::max(0, request.block);
  window.arm = request.arm;
  window.subject = is_baseline(request.arm) ? "" : request.arm;
  window.workload = request.workload->name;
  window.purpose = request.purpose;
  return window;
}

}  // namespace

// What belongs to the window while it runs.
struct WindowRunner::Traffic {
  WorkloadContext context;
  std::string time;  // in the names of the raw files
  std::string server_folder;
  std::vector<ProcessSpec> specs;
  std::vector<std::optional<ExitStatus>> ended;
  WindowEvidence evidence;
  std::vector<Host*> sampled;
  std::vector<HostSamples> samples;  // of each host, on its own clock
  SampleSeries tool_samples;         // of the tool's host, on the client's clock
  std::map<Host*, ClockReading> before, after;
  bool hung = false;
};

Result<WindowRun> WindowRunner::run(const WindowRequest& request) {
  Result<WindowRun> run = [&]() -> Result<WindowRun> {
    BPFTAX_ASSIGN(std::optional<Error> refused,
                  tasks_.begin_test(request.block, request.arm, *request.workload));
    if (!refused) return measure(request);
    WindowRun refusal;
    refusal.record.window = empty_window(request);
    refusal.record.window.reason = refused->why;
    // A baseline is not taken out for that, but its block does not count.
    if (!is_baseline(request.arm)) refusal.subject_error = std::move(refused);
    return refusal;
  }();
  tasks_.end_test(request.block, request.arm, *request.workload);
  return run;
}

Result<WindowRun> WindowRunner::measure(const WindowRequest& request) {
  const std::string subject = is_baseline(request.arm) ? "" : request.arm;
  Traffic traffic;
  traffic.time = session_.names.unique_time(session_.env.clock->realtime_ns());
  BPFTAX_TRY(servers_.ensure(*request.workload, subject, traffic.time));
  ProgressEvent event;
  event.kind = ProgressEvent::Kind::kWindowStarted;
  event.block = std::max(0, request.block);
  event.arm = request.arm;
  event.workload = request.workload->name;
  event.purpose = request.purpose;
  event.window_s = session_.traffic_s(*request.workload);
  session_.tell(event);

  int64_t client_ahead_ns = 0;
  auto done = [&]() -> Result<void> {
    const int64_t before_ns = session_.env.clock->monotonic_ns();
    BPFTAX_ASSIGN(traffic.before, clocks());
    const int64_t middle_ns = before_ns + (session_.env.clock->monotonic_ns() - before_ns) / 2;
    client_ahead_ns = traffic.before.at(session_.env.client).monotonic_ns - middle_ns;
    BPFTAX_TRY(start(request, traffic));
    BPFTAX_TRY(wait(request, traffic));
    BPFTAX_TRY(collect(traffic));
    BPFTAX_ASSIGN(traffic.after, clocks());
    return {};
  }();
  clean_up(traffic);
  if (!done) return propagate(std::move(done));

  WindowRun run;
  const HostOffset* known = session_.clock_offset(*session_.env.client);
  run.client_ahead_ns = known != nullptr ? known->offset_ns : client_ahead_ns;
  run.record.window = empty_window(request);
  ResultWindow& window = run.record.window;
  judge(request, traffic, run);
  warn_of_clocks(traffic, request, run);
  if (request.subject != nullptr) {
    auto alive = request.subject->alive();
    if (!alive && alive.error().kind != ErrorKind::kSubject) return propagate(std::move(alive));
    if (!alive) {
      window.valid = false;
      window.reason = alive.error().why;
      run.subject_error = std::move(alive.error());
    }
  }
  for (const ProcessSpec& spec : traffic.specs) {
    if (!spec.stdout_path.empty()) run.record.files.push_back(spec.stdout_path);
  }
  if (!window.valid || session_.env.fresh_servers) BPFTAX_TRY(servers_.reset(request.workload->name));
  BPFTAX_TRY(write_raw(request, traffic, run));

  event.kind = window.valid ? ProgressEvent::Kind::kWindowDone : ProgressEvent::Kind::kWindowInvalid;
  event.text = window.reason;
  session_.tell(event);
  return run;
}

Result<std::map<Host*, ClockReading>> WindowRunner::clocks() {
  std::map<Host*, ClockReading> readings;
  for (Host* host : session_.hosts()) {
    BPFTAX_ASSIGN(readings[host], host->clock());
  }
  return readings;
}

// Everything that the window may write, so that the manifest knows of it whatever happens.
void WindowRunner::announce(const WindowRequest& request, const Traffic& traffic) {
  const Environment& env = session_.env;
  const std::string subject = is_baseline(request.arm) ? "" : request.arm;
  for (const ProcessSpec& spec : traffic.specs) {
    session_.announce_file(*env.client, spec.stdout_path);
    if (spec.stderr_path != spec.stdout_path) session_.announce_file(*env.client, spec.stderr_path);
  }
  session_.announce_file(*env.client,
                         session_.names.timing_file(subject, request.workload->name, traffic.time));
  announce_metadata(session_, subject, traffic.time);
  announce_raw_samples(session_, subject, traffic.time, request.subject != nullptr);
}

Result<void> WindowRunner::start(const WindowRequest& request, Traffic& traffic) {
  const Environment& env = session_.env;
  const std::string subject = is_baseline(request.arm) ? "" : request.arm;
  const std::string& workload = request.workload->name;
  traffic.server_folder =
      env.server_results + "/" +
      session_.names.server_folder(env.fresh_servers ? subject : "", workload, traffic.time);
  traffic.context = session_.context(*request.workload);
  traffic.context.output_dir =
      env.client_results + "/" + session_.names.client_folder(subject, workload, traffic.time);
  traffic.specs = session_.workload(workload).clients(traffic.context);
  announce(request, traffic);
  BPFTAX_TRY(session_.files_announced());
  BPFTAX_ASSIGN(traffic.evidence.clients, env.client->start_together(traffic.specs));
  traffic.ended.resize(traffic.evidence.clients.size());

  // Sampling begins in the part of the window that is thrown away, so that it can follow the clients too.
  for (Host* host : session_.hosts()) {
    SamplingSpec spec;
    spec.interval_ms = session_.plan.sample_interval_ms;
    if (host == env.server) spec.netns.push_back(env.server_netns);
    if (host == env.client && (host != env.server || env.client_netns != env.server_netns))
      spec.netns.push_back(env.client_netns);
    if (spec.netns.empty()) spec.netns.emplace_back();
    if (host == env.client) {
      for (const ProcessHandle& client : traffic.evidence.clients) spec.handles.push_back(client.id);
    }
    if (host == env.tool_host && request.subject != nullptr && request.subject->process())
      spec.handles.push_back(request.subject->process()->id);
    BPFTAX_TRY(host->start_sampling(spec));
    traffic.sampled.push_back(host);
  }
  return {};
}

Result<void> WindowRunner::wait(const WindowRequest& request, Traffic& traffic) {
  Clock& clock = *session_.env.clock;
  const int64_t began_ns = clock.monotonic_ns();
  const auto elapsed_s = [&] { return static_cast<double>(clock.monotonic_ns() - began_ns) * 1e-9; };
  const double limit_s = session_.workload(request.workload->name).timeout_s(traffic.context);
  double next_reading_s = request.reading ? request.reading_interval_s : limit_s;

  for (size_t i = 0; i < traffic.evidence.clients.size();) {
    const double until_s = std::min(limit_s, next_reading_s);
    const auto left_ms = static_cast<int64_t>(std::max(0.0, until_s - elapsed_s()) * 1e3 + 0.999);
    BPFTAX_ASSIGN(traffic.ended[i],
                  session_.env.client->wait(traffic.evidence.clients[i], std::min(left_ms, kTickMs)));
    if (traffic.ended[i]) {
      ++i;
      continue;
    }
    if (request.reading && elapsed_s() >= next_reading_s) {
      BPFTAX_TRY(request.reading());
      next_reading_s = elapsed_s() + request.reading_interval_s;
    } else if (elapsed_s() >= limit_s) {
      traffic.hung = true;
      return {};
    } else if (left_ms >= kTickMs) {
      ProgressEvent tick;
      tick.kind = ProgressEvent::Kind::kTick;
      tick.block = std::max(0, request.block);
      tick.arm = request.arm;
      tick.workload = request.workload->name;
      tick.purpose = request.purpose;
      tick.window_elapsed_s = elapsed_s();
      tick.window_s = session_.traffic_s(*request.workload);
      session_.tell(std::move(tick));
    }
  }
  return {};
}

Result<void> WindowRunner::collect(Traffic& traffic) {
  const Environment& env = session_.env;
  WindowEvidence& evidence = traffic.evidence;
  while (!traffic.sampled.empty()) {
    Host* host = traffic.sampled.back();
    traffic.sampled.pop_back();
    BPFTAX_ASSIGN(SampleSeries series, host->stop_sampling());
    const ClockReading& clock = traffic.before.at(host);
    traffic.samples.push_back({host, series, clock.realtime_ns - clock.monotonic_ns});
    // The steady part is known on the client's clock.
    const int64_t behind_ns = behind_client_ns(*host, traffic);
    for (Sample& sample : series.samples) sample.monotonic_ns += behind_ns;
    if (host == env.client) evidence.client_samples = series;
    if (host == env.server) evidence.server_samples = series;
    if (host == env.tool_host) traffic.tool_samples = std::move(series);
  }
  if (traffic.hung) return {};
  for (size_t i = 0; i < evidence.clients.size(); ++i) {
    evidence.exits.push_back(*traffic.ended[i]);
    std::string out, err;  // of what goes to no file nothing is known
    if (!traffic.specs[i].stdout_path.empty()) {
      BPFTAX_ASSIGN(out, env.client->read_file(traffic.specs[i].stdout_path, kMostOutputBytes));
    }
    if (!traffic.specs[i].stderr_path.empty()) {
      BPFTAX_ASSIGN(err, env.client->tail(evidence.clients[i], OutputStream::kStderr, kErrorTailBytes));
    }
    evidence.out.push_back(std::move(out));
    evidence.err.push_back(std::move(err));
  }
  return {};
}

int64_t WindowRunner::behind_client_ns(Host& host, const Traffic& traffic) const {
  Host& client = *session_.env.client;
  if (&host == &client) return 0;
  const HostOffset* own = session_.clock_offset(host);
  const HostOffset* clients = session_.clock_offset(client);
  if (own != nullptr && clients != nullptr) return clients->offset_ns - own->offset_ns;
  return traffic.before.at(&client).monotonic_ns - traffic.before.at(&host).monotonic_ns;
}

void WindowRunner::warn_of_clocks(Traffic& traffic, const WindowRequest& request, WindowRun& run) const {
  const HostOffset* clients = session_.clock_offset(*session_.env.client);
  if (clients == nullptr) return;
  const double most_s = kMostClockErrorShare * session_.window_s(*request.workload);
  for (const HostSamples& seen : traffic.samples) {
    const HostOffset* own = session_.clock_offset(*seen.host);
    if (own == nullptr || seen.host == session_.env.client) continue;
    const double error_s = static_cast<double>(own->error_ns + clients->error_ns) * 1e-9;
    if (error_s > most_s) {
      run.record.warnings.push_back(
          fmt::format("the clock of {} is known against the client's to more than {:g} % of the window only",
                      own->host, kMostClockErrorShare * 100));
    }
  }
}

// After an error, or a hung client: what still runs is ended. Failures of that change nothing any more.
void WindowRunner::clean_up(Traffic& traffic) {
  const InterruptShield shield;
  for (size_t i = 0; i < traffic.evidence.clients.size(); ++i) {
    if (traffic.ended[i]) continue;
    const auto stopped = session_.env.client->stop(traffic.evidence.clients[i]);
    (void)stopped;
  }
  for (Host* host : traffic.sampled) {
    const auto series = host->stop_sampling();
    (void)series;
  }
  traffic.sampled.clear();
}

void WindowRunner::judge(const WindowRequest& request, const Traffic& traffic, WindowRun& run) {
  const Environment& env = session_.env;
  ResultWindow& window = run.record.window;
  if (traffic.hung) {
    window.reason = fmt::format("a client did not end within {:.0f} s",
                                session_.workload(request.workload->name).timeout_s(traffic.context));
    return;
  }
  auto measured = session_.workload(request.workload->name).measure(traffic.context, traffic.evidence);
  if (!measured) {
    window.reason = to_string(measured.error());
    return;
  }
  const Measurement& m = *measured;
  run.record.steady_start_ns = m.steady_start_ns;
  run.record.steady_end_ns = m.steady_end_ns;
  run.record.unit_name = m.unit_name;
  run.record.warnings = m.warnings;
  window.duration_s = static_cast<double>(m.steady_end_ns - m.steady_start_ns) * 1e-9;
  if (window.duration_s > 0) run.record.units_per_s = m.units / window.duration_s;
  const ClockReading& clock = traffic.before.at(env.client);
  window.start_realtime_ns = m.steady_start_ns + (clock.realtime_ns - clock.monotonic_ns);
  window.metrics = m.metrics;
  window.conditions = m.conditions;

  const auto steady = steady_samples(traffic.tool_samples, m.steady_start_ns, m.steady_end_ns);
  if (steady) {
    if (window.conditions.count("steal_percent") == 0) window.conditions.merge(host_conditions(*steady, 0));
    if (request.subject != nullptr && request.subject->process())
      window.conditions.merge(subject_conditions(*steady, request.subject->process()->id));
  }

  std::optional<std::string> reason = short_window(m, session_.window_s(*request.workload));
  if (!reason) reason = stolen_time(window.conditions);
  for (Host* host : session_.hosts()) {
    if (!reason) reason = clock_stepped(traffic.before.at(host), traffic.after.at(host), host->name());
  }
  if (!reason) reason = link_flapped(traffic.evidence.server_samples, env.server_netns, env.server_interface);
  if (!reason) reason = link_flapped(traffic.evidence.client_samples, env.client_netns, env.client_interface);
  window.valid = !reason;
  window.reason = reason.value_or("");
}

Result<void> WindowRunner::write_raw(const WindowRequest& request, const Traffic& traffic,
                                     const WindowRun& run) {
  WindowFiles files{.request = request,
                    .run = run,
                    .time = traffic.time,
                    .clients = traffic.specs,
                    .handles = traffic.evidence.clients,
                    .ended = traffic.ended,
                    .before = traffic.before,
                    .after = traffic.after,
                    .samples = traffic.samples,
                    .client_folder = traffic.context.output_dir,
                    .server_folder = traffic.server_folder,
                    .hung = traffic.hung};
  return write_window_files(session_, files);
}

}  // namespace bpftax
