// The agent's methods: one for each of class Host, by name (docs/design/0002-agent-protocol.md).
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "agent/confined_files.h"
#include "agent/event_loop.h"
#include "agent/ledger.h"
#include "agent/sampling.h"
#include "agent/session.h"
#include "agent/supervisor.h"
#include "sample/bpf_inventory.h"
#include "sample/bpf_stats.h"

namespace bpftax {

// What the methods work on. Lives as long as the worker.
struct AgentState {
  EventLoop& loop;
  const ConfinedFiles& files;
  const Ledger& ledger;
  Supervisor& supervisor;
  std::function<void(Reply)>
      shut_down;  // ends the worker; the reply is sent when everything has been stopped
  std::unique_ptr<SamplingSession> sampling;
  std::optional<BpfStats> bpf_stats;
  BpfInspector inspector;
};

using MethodTable = std::map<std::string, Method, std::less<>>;
MethodTable make_methods(AgentState& state);

// Parts of the table.
void add_process_methods(AgentState& state, MethodTable& table);
void add_file_methods(AgentState& state, MethodTable& table);
void add_observation_methods(AgentState& state, MethodTable& table);

}  // namespace bpftax
