// This machine as a Host: finds bpftax-agent and starts it as a child process.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "host/agent_host.h"
#include "util/result.h"

namespace bpftax {

// The path of bpftax-agent: $BPFTAX_AGENT when set, else the one beside this program. kEnvironment with a
// hint when there is none.
Result<std::string> find_agent();

struct LocalHostOptions {
  std::string run_id;              // see valid_run_id() in agent/ledger.h
  std::vector<std::string> roots;  // absolute; made if missing: where the agent may read and write files
  std::string agent_path;          // "" = find_agent()
  std::string state_dir;           // of ledgers; "" = /run/bpftax, which only root can use
  AgentSession::Options session;
};
// The agent of a run. It ends, with all it has started, when the host (and every other view on its session)
// is gone.
Result<std::unique_ptr<AgentHost>> start_local_agent(const LocalHostOptions& options);

}  // namespace bpftax
