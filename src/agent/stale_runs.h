// What agents have left in a state folder, by their ledgers: looking at it, undoing what dead ones recorded,
// ending those that live. For `bpftax clean`, `bpftax doctor`, and the agent itself (--clean, --end).
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "agent/ledger.h"
#include "util/result.h"

namespace bpftax {

struct CleanReport {
  std::vector<std::string> removed;   // "process 4711", "network namespace bpftax-x-s", "folder /tmp/x", ...
  std::vector<std::string> restored;  // "cpufreq/policy0/scaling_governor to powersave"
  std::vector<std::string> live;      // run ids whose agents are at work
  std::vector<Error> problems;        // what could not be undone; it stays recorded
};
// {"removed": [...], "restored": [...], "live": [...], "problems": [text...]}
nlohmann::json to_json(const CleanReport& report);

// Run ids of agents that are dead and have left their ledger. A missing folder has none.
Result<std::vector<std::string>> dead_runs(const std::string& state_directory);

// Undoes what dead agents have recorded. Those that live, or are just starting, are left alone.
Result<CleanReport> undo_dead_runs(const std::string& state_directory, const UndoOptions& options = {});

// Ends the runs whose id begins with `prefix`: SIGTERM to agents that live, upon which they stop and undo
// everything; SIGKILL after grace_ms; then undoes what is still recorded. Blocks. An empty prefix is kUsage.
Result<CleanReport> end_runs(const std::string& state_directory, std::string_view prefix, int64_t grace_ms,
                             const UndoOptions& options = {});

}  // namespace bpftax
