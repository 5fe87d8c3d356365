// The worker: the process that talks to the controller and does all the work.
#pragma once

#include <cstdint>
#include <string>

#include "agent/confined_files.h"
#include "agent/ledger.h"
#include "util/result.h"

namespace bpftax {

struct WorkerOptions {
  std::string run_id;
  int keeper_pid = 0;  // its death ends the worker
  int64_t silence_limit_ms =
      0;  // a controller that says nothing for so long is gone; 0: only the end of stdin counts
};

// Serves descriptors 0 and 1 until the controller is gone, asks for it, or SIGTERM or SIGHUP comes; then
// stops everything it started, undoes and removes the ledger. To be called once, in a process of its own,
// which becomes a subreaper in its own session. An Error: could not begin, or something could not be undone.
Result<void> run_worker(const WorkerOptions& options, const ConfinedFiles& files, const Ledger& ledger);

}  // namespace bpftax
