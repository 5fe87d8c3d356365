// What BPF objects processes hold: one pass over their file descriptors.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "sample/bpf_targets.h"

namespace bpftax {

struct Holdings {
  std::set<uint32_t> programs, maps, links;
  // Programs on perf events and on raw tracepoints without a link, with their attach points.
  std::map<uint32_t, std::set<std::string>> attached;
  // Tags of programs whose id the kernel does not print (4.19).
  std::set<std::string> tags;
  // A perf event (timer, hardware counter, software event) with a program that the kernel will not name.
  bool unnamed_perf_program = false;
  // Processes whose descriptors could not be read, with the reason.
  std::map<std::string, std::string> unreadable;
};

enum class Look { kEverything, kPerfEventsOnly };
Holdings scan_descriptors(const std::string& proc_root, const std::vector<int>& pids, Look look,
                          BpfTargets& targets);

}  // namespace bpftax
