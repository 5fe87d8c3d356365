// What differs between the hosts of the things compared: their facts (sample/host_facts.h, or whatever a
// published table states), leaf by leaf.
#pragma once

#include <string>
#include <vector>

#include "compare/source.h"

namespace bpftax {

struct FactDifference {
  std::string fact;                 // "kernel_release", "mitigations.retbleed"
  std::string hosts;                // "all hosts", or "host: server; vm: server, client"
  std::vector<std::string> values;  // of each source; "" = not known there
  // Known of all, and not the same. False: some do not say it, and those that do agree.
  bool known_to_differ = false;
};

// Facts that name one boot or one machine (boot_id, uptime_s, hostname, timezone_offset_s) are left out. Only
// environments that at least two of the sources have are compared. Sorted: known to differ first, then those
// that decide most about what things cost (kernel, architecture, CPU, ...), then by name.
std::vector<FactDifference> fact_differences(const std::vector<CompareSource>& sources);

}  // namespace bpftax
