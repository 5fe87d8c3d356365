// The life of a probe from its start to a signal or the end of its duration.
#pragma once

#include "probes/options.h"
#include "probes/output.h"
#include "probes/probe.h"
#include "util/result.h"

namespace bpftax {

// Handles SIGINT and SIGTERM while it runs: the first one ends the probe with its summary, a second one ends
// the process at once (the kernel then removes the programs). Says on stderr what the probe is attached to,
// when it is.
Result<void> run_probe(const std::string& name, Probe& probe, const ProbeOptions& options, Output& output);

}  // namespace bpftax
