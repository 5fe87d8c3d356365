// An agent on another machine, behind OpenSSH's client.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/child_process.h"
#include "host/ssh_agent.h"
#include "host/ssh_connection.h"
#include "host/transport.h"
#include "util/result.h"

namespace bpftax {

struct SshAgent {
  std::string run_id;              // see valid_run_id() in agent/ledger.h; unique among all agents
  std::string replaces;            // runs on that machine whose ids begin so are ended first; "" = none
  std::vector<std::string> roots;  // absolute, there: where the agent may read and write files
  bool use_sudo = false;           // `sudo -n` where the login is not root
};

// Connects, brings the agent there if it is not there already, and starts it. It ends, with all it has
// started, when the transport is finished, when this process dies in any way (end of stdin), and, should the
// network swallow that, kSilenceLimitMs after the last heartbeat.
//
// Ledgers are kept in /run/bpftax by root, else in $XDG_RUNTIME_DIR/bpftax or ~/.cache/bpftax/state.
class SshTransport : public Transport {
 public:
  static Result<std::unique_ptr<SshTransport>> start(const ConfiguredHost& host, const SshOptions& options,
                                                     const SshAgent& agent);
  ~SshTransport() override;  // finish(kDefaultGraceMs)
  SshTransport(const SshTransport&) = delete;
  SshTransport& operator=(const SshTransport&) = delete;

  static constexpr int64_t kDefaultGraceMs = 15'000;
  static constexpr int64_t kSilenceLimitMs = 8'000;
  static constexpr int64_t kHeartbeatMs = 2'000;  // what AgentSession::Options::heartbeat_ms must be for it

  const std::string& where() const override { return connection_->where(); }
  int read_fd() const override { return client_.out.get(); }
  int write_fd() const override { return client_.in.get(); }
  void greeted(const Hello&) override {}
  const AgentEnd& finish(int64_t grace_ms) override;

  // Of agents that had to be ended first: "process 4711", "folder /x", ...
  const std::vector<std::string>& replaced() const { return replaced_; }

 private:
  SshTransport() = default;
  Result<void> check_machine(const SshAgent& agent) const;
  Result<void> launch(const ConfiguredHost& host, const SshAgent& agent);
  // One try. The word that check_agent_script() printed, "" when the agent runs.
  Result<std::string> try_launch(const std::string& script);
  Result<void> take_replaced(std::string_view line);
  void end_by_force();

  std::unique_ptr<SshConnection> connection_;
  std::string remote_command_;  // the agent's program, as shell words
  std::string state_dir_;
  std::string run_id_;
  Child client_;
  std::vector<std::string> replaced_;
  std::optional<AgentEnd> end_;
};

// Undoes what dead agents have recorded on a machine: `bpftax clean` for it. Report of the agent's --clean.
Result<nlohmann::json> clean_over_ssh(const ConfiguredHost& host, const SshOptions& options, bool use_sudo);
// Ids of runs whose agents died there without undoing everything.
Result<std::vector<std::string>> dead_runs_over_ssh(const ConfiguredHost& host, const SshOptions& options,
                                                    bool use_sudo);

}  // namespace bpftax
