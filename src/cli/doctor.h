// Parts of `bpftax doctor`: this machine (doctor.cpp), the hosts of a configuration (doctor_hosts.cpp).
#pragma once

#include <string>

#include "cli/output.h"
#include "host/preflight.h"
#include "util/result.h"

namespace bpftax {

// "warn  irqbalance   runs: ..." and, when there is one, a line with the fix.
std::string finding_line(const HostFinding& finding, bool color);

// All hosts of a configuration, side by side. The exit code: 0, or 3 when a host cannot measure.
Result<int> examine_hosts(const std::string& config_path, const std::string& ssh_config,
                          const CommonOptions& common);

}  // namespace bpftax
