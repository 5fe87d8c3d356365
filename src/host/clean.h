// `bpftax clean`: undoes what runs recorded as their own and could not undo themselves, because everything of
// theirs was killed. Runs that are alive are left alone, and so is everything that no record names.
#pragma once

#include <string>
#include <vector>

#include "host/lab.h"
#include "util/result.h"

namespace bpftax {

struct CleanReport {
  std::vector<std::string> removed;  // "process 4711", "network namespace bpftax-x-s", "folder /tmp/x", ...
  std::vector<std::string> live;     // run ids whose agents are at work
  std::vector<Error> problems;       // what could not be undone; it stays recorded
};

// Reads the ledgers and the lab records in options.state_dir. A missing folder means that there is nothing to
// do.
Result<CleanReport> clean(const LabOptions& options = {});

}  // namespace bpftax
