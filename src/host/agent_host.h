// AgentHost: a Host behind an agent session. Several AgentHosts may share one session; they are views on the
// same machine that differ in name and default network namespace. So one agent serves as tool host, server
// and client of a lab:
//     auto tools = AgentHost(session, "lab");
//     auto server = AgentHost(session, "server", lab->server().netns);
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "host/agent_session.h"
#include "host/host.h"

namespace bpftax {

class AgentHost : public Host {
 public:
  // default_netns: where processes run whose ProcessSpec names no namespace; "" = the agent's own.
  AgentHost(std::shared_ptr<AgentSession> session, std::string name, std::string default_netns = {});

  const AgentSession& session() const { return *session_; }
  std::shared_ptr<AgentSession> share_session() const { return session_; }
  // Lets the agent stop and undo everything; all views are unusable from then on.
  const AgentEnd& close() { return session_->close(); }

  const std::string& name() const override { return name_; }
  Result<nlohmann::json> facts() override;
  Result<ClockReading> clock() override;
  Result<std::vector<ProcessHandle>> start_together(const std::vector<ProcessSpec>& specs) override;
  Result<std::optional<ExitStatus>> wait(const ProcessHandle& process, int64_t timeout_ms) override;
  Result<StopReport> stop(const ProcessHandle& process) override;
  Result<std::string> tail(const ProcessHandle& process, OutputStream stream, size_t max_bytes) override;
  Result<void> wait_listening(const ProcessHandle& process, PortProtocol protocol, int port,
                              int64_t timeout_ms) override;
  Result<Finished> run(const ProcessSpec& spec, int64_t timeout_ms) override;
  Result<std::string> read_file(const std::string& path, size_t max_bytes) override;
  Result<FileChunk> read_chunk(const std::string& path, int64_t offset, size_t max_bytes) override;
  Result<std::vector<FileSum>> checksum(const std::vector<std::string>& paths) override;
  Result<void> write_file(const std::string& path, const std::string& content) override;
  Result<void> make_directories(const std::string& path) override;
  Result<void> remove_tree(const std::string& path) override;
  Result<std::vector<FileInfo>> list(const std::string& path) override;
  Result<void> start_sampling(const SamplingSpec& spec) override;
  Result<SampleSeries> stop_sampling() override;
  Result<BpfInventory> bpf_of(const ProcessHandle& process) override;
  Result<BpfInventory> bpf_all() override;
  Result<std::vector<BpfPin>> bpf_pins() override;
  Result<void> bpf_stats(bool on) override;
  Result<BpfStatsUse> bpf_stats_use() override;
  Result<StatsCost> bpf_stats_cost() override;
  Result<EntryCost> bpf_entry_cost(const std::string& hook) override;
  Result<void> own(const std::string& kind, const std::string& what) override;
  Result<void> disown(const std::string& kind, const std::string& what) override;

 private:
  ProcessSpec placed(ProcessSpec spec) const;

  std::shared_ptr<AgentSession> session_;
  std::string name_;
  std::string default_netns_;
  std::map<int64_t, StopPolicy> stop_policies_;  // by handle: how long a stop may take
};

}  // namespace bpftax
