#include "run/servers.h"

#include <fmt/format.h>

#include "host/interrupt.h"
#include "util/strings.h"

namespace bpftax {
namespace {
constexpr int64_t kListenTimeoutMs = 10'000;
constexpr size_t kLastWordsBytes = 500;
}  // namespace

Result<void> ServerPool::ensure(const PlannedWorkload& planned, const std::string& subject,
                                const std::string& time) {
  const auto found = running_.find(planned.name);
  if (session_.env.fresh_servers) {
    if (found != running_.end()) BPFTAX_TRY(reset(planned.name));
    return start(planned, subject, time);
  }
  if (found != running_.end()) {
    bool all_run = true;
    for (const ProcessHandle& server : found->second) {
      BPFTAX_ASSIGN(const std::optional<ExitStatus> ended, session_.env.server->wait(server, 0));
      all_run = all_run && !ended;
    }
    if (all_run) return {};
    BPFTAX_TRY(reset(planned.name));
  }
  return start(planned, "", session_.names.unique_time(session_.env.clock->realtime_ns()));
}

Result<void> ServerPool::start(const PlannedWorkload& planned, const std::string& subject,
                               const std::string& time) {
  WorkloadContext context = session_.context(planned);
  if (session_.env.server_generators) context.generators = *session_.env.server_generators;
  context.output_dir =
      session_.env.server_results + "/" + session_.names.server_folder(subject, planned.name, time);
  const std::vector<ServerSpec> servers = session_.workload(planned.name).servers(context);
  Host& host = *session_.env.server;
  std::vector<ProcessSpec> specs;
  for (const ServerSpec& server : servers) {
    specs.push_back(server.process);
    session_.announce_file(host, server.process.stdout_path);
    if (server.process.stderr_path != server.process.stdout_path)
      session_.announce_file(host, server.process.stderr_path);
  }
  BPFTAX_TRY(session_.files_announced());
  BPFTAX_ASSIGN(running_[planned.name], host.start_together(specs));
  for (size_t i = 0; i < servers.size(); ++i) {
    const ServerSpec& server = servers[i];
    const ProcessHandle& handle = running_[planned.name][i];
    auto listening = host.wait_listening(handle, server.protocol, server.port, kListenTimeoutMs);
    if (listening) continue;
    Error error = std::move(listening.error());
    if (error.kind == ErrorKind::kInterrupted || error.kind == ErrorKind::kLost)
      return tl::unexpected<Error>(std::move(error));
    // The server's own words say more than that it does not listen ("Address already in use").
    for (const OutputStream stream : {OutputStream::kStderr, OutputStream::kStdout}) {
      const auto words = host.tail(handle, stream, kLastWordsBytes);
      if (words && !trim(*words).empty()) {
        error.why += ": " + printable(trim(*words));
        break;
      }
    }
    return fail(ErrorKind::kEnvironment, "cannot start the server of " + planned.name,
                fmt::format("{}, port {}", server.process.name, server.port), error.why,
                error.hint.empty() ? "is the port in use? see `ss -tlnup`" : error.hint);
  }
  return {};
}

Result<void> ServerPool::reset(const std::string& workload) {
  const auto found = running_.find(workload);
  if (found == running_.end()) return {};
  const std::vector<ProcessHandle> servers = std::move(found->second);
  running_.erase(found);
  Result<void> first;
  for (const ProcessHandle& server : servers) {
    auto stopped = session_.env.server->stop(server);
    if (!stopped && first) first = propagate(std::move(stopped));
  }
  return first;
}

Result<void> ServerPool::stop_all() {
  const InterruptShield shield;
  Result<void> first;
  while (!running_.empty()) {
    auto stopped = reset(running_.begin()->first);
    if (!stopped && first) first = std::move(stopped);
  }
  return first;
}

}  // namespace bpftax
