// What keeper and worker have in common: which signals they take, and how everything below them ends.
#pragma once

#include <csignal>
#include <string>

#include "util/result.h"

namespace bpftax {

// SIGCHLD, SIGTERM, SIGHUP: blocked in both and taken one by one.
sigset_t keeper_signals();

// Ends all descendants of this process (SIGTERM, one second, SIGKILL, again until there is none), reaps them,
// undoes the ledger and removes it. Blocks, normally for milliseconds. An Error names everything that is
// left.
Result<void> end_everything(const std::string& ledger_path);

}  // namespace bpftax
