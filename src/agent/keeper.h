// The keeper: starts the worker, waits, and cleans up after it when it dies in any way but its own.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "util/result.h"

namespace bpftax {

struct AgentOptions {
  std::string run_id;
  std::vector<std::string> roots;
  std::string state_directory;
  int64_t silence_limit_ms = 0;  // 0: none
};

// Called by main() in a process with one thread. Forks; returns in both processes, in the worker too, whose
// return value is then its exit. An Error is to be printed by main().
Result<void> run_agent(const AgentOptions& options);

}  // namespace bpftax
