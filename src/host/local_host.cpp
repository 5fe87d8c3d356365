#include "host/local_host.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>

#include "agent/ledger.h"
#include "host/local_transport.h"
#include "util/files.h"

namespace bpftax {

namespace {

constexpr char kAgentName[] = "bpftax-agent";

Result<void> prepare_state_dir(const std::string& path) {
  const std::string what = "cannot keep the record of what must be undone";
  const std::string hint = ::geteuid() == 0 ? "" : "run it as root: sudo bpftax ...";
  if (auto made = make_directories(path, 0755); !made) {
    return fail(ErrorKind::kEnvironment, what, path, made.error().why, hint);
  }
  if (::access(path.c_str(), W_OK) != 0) return fail_errno(errno, what, path, ErrorKind::kEnvironment, hint);
  return {};
}

}  // namespace

Result<std::string> find_agent() {
  std::string path;
  const char* named = ::getenv("BPFTAX_AGENT");
  if (named != nullptr && *named != '\0') {
    path = named;
  } else {
    char self[PATH_MAX];
    const ssize_t length = ::readlink("/proc/self/exe", self, sizeof self);
    if (length <= 0) return fail_errno(errno, "cannot find bpftax-agent", "/proc/self/exe");
    path.assign(self, static_cast<size_t>(length));
    path.replace(path.rfind('/') + 1, std::string::npos, kAgentName);
  }
  if (::access(path.c_str(), X_OK) != 0) {
    return fail_errno(errno, "cannot find bpftax-agent", path, ErrorKind::kEnvironment,
                      "bpftax-agent must be beside bpftax; or name it with BPFTAX_AGENT=PATH");
  }
  return path;
}

Result<std::unique_ptr<AgentHost>> start_local_agent(const LocalHostOptions& options) {
  if (!valid_run_id(options.run_id)) {
    return fail(ErrorKind::kUsage, "cannot use the run id", "'" + options.run_id + "'",
                "it must be 1 to 64 letters, digits, '-', '_' and '.', and not begin with '.'");
  }
  LocalAgent agent;
  agent.run_id = options.run_id;
  agent.state_dir = options.state_dir.empty() ? kDefaultStateDirectory : options.state_dir;
  BPFTAX_TRY(prepare_state_dir(agent.state_dir));
  std::string path = options.agent_path;
  if (path.empty()) {
    BPFTAX_ASSIGN(path, find_agent());
  }
  agent.argv = {path, "--run-id", options.run_id, "--state-dir", agent.state_dir};
  for (const std::string& root : options.roots) {
    BPFTAX_TRY(make_directories(root));
    agent.argv.insert(agent.argv.end(), {"--root", root});
  }
  BPFTAX_ASSIGN(auto transport, LocalTransport::start(agent));
  BPFTAX_ASSIGN(auto session, AgentSession::open(std::move(transport), options.session));
  return std::make_unique<AgentHost>(std::shared_ptr<AgentSession>(std::move(session)), "local");
}

}  // namespace bpftax
