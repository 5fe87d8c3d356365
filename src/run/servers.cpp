#include "run/servers.h"

#include <fmt/format.h>

#include "host/interrupt.h"
#include "util/strings.h"

namespace bpftax {
namespace {
constexpr int64_t kListenTimeoutMs = 10'000;
constexpr size_t kLastWordsBytes = 500;
}  // namespace

Result<void> ServerPool::ensure(const PlannedWorkload& planned) {
  const auto found = running_.find(planned.name);
  if (found == running_.end()) return start(planned);
  for (const ProcessHandle& server : found->second) {
    BPFTAX_ASSIGN(const std::optional<ExitStatus> ended, session_.env.server->wait(server, 0));
    if (!ended) continue;
    BPFTAX_TRY(reset(planned.name));
    return start(planned);
  }
  return {};
}

Result<void> ServerPool::start(const PlannedWorkload& planned) {
  WorkloadContext context = session_.context(planned);
  const std::string time = session_.names.unique_time(session_.env.clock->realtime_ns());
  context.output_dir = session_.env.server_results + "/" + session_.names.server_folder(planned.name, time);
  const std::vector<ServerSpec> servers = session_.workload(planned.name).servers(context);
  std::vector<ProcessHandle>& handles = running_[planned.name];
  Host& host = *session_.env.server;
  for (const ServerSpec& server : servers) {
    BPFTAX_ASSIGN(const ProcessHandle handle, host.start(server.process));
    handles.push_back(handle);
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
