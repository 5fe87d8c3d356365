// `bpftax clean`: undoes what runs recorded as their own and could not undo themselves, because everything of
// theirs was killed. Runs that are alive are left alone, and so is everything that no record names.
#pragma once

#include "agent/stale_runs.h"
#include "host/lab.h"
#include "util/result.h"

namespace bpftax {

// Reads the ledgers and the lab records in options.state_dir. A missing folder means that there is nothing to
// do.
Result<CleanReport> clean(const LabOptions& options = {});

}  // namespace bpftax
