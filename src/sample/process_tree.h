// Processes as /proc shows them: one process's numbers, and who descends from whom.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "util/result.h"

namespace bpftax {

// /proc/PID/stat. Times in microseconds, converted from clock ticks (USER_HZ).
struct ProcessStat {
  int pid = 0;
  std::string comm;  // without the parentheses; may itself hold blanks, parentheses and newlines
  char state = '?';  // R S D T t Z X I
  int ppid = 0, pgrp = 0, session = 0;
  int64_t user_us = 0, system_us = 0;                    // all threads, also those that ended
  int64_t children_user_us = 0, children_system_us = 0;  // descendants that ended and were waited for
  int threads = 0;
  int64_t start_ticks = 0;  // since boot; pid and start_ticks together name a process once and for all
  int64_t vsz_bytes = 0, rss_pages = 0;
  // Has ended; only its entry is left.
  bool dead() const { return state == 'Z' || state == 'X' || state == 'x'; }
};

// Microseconds in a clock tick of this machine (10000 everywhere but on Alpha and ia64).
int64_t clock_tick_us();

Result<ProcessStat> parse_process_stat(std::string_view text, int64_t tick_us = 10'000);
Result<ProcessStat> read_process_stat(const std::string& proc_root, int pid);

// All living descendants of a process, without itself, parents before children, by
// /proc/PID/task/TID/children (CONFIG_PROC_CHILDREN); where the kernel has no such file, by one pass over
// /proc/*/stat. A process that ends meanwhile is left out; it is an error if `pid` itself does not exist.
// Children of a member that has already ended belong to the nearest subreaper and are not found here.
Result<std::vector<int>> descendants(const std::string& proc_root, int pid);

// /proc/PID/task/TID/children and the entries of /proc/PID/task, ascending.
Result<std::vector<int>> parse_children(std::string_view text);
std::vector<int> thread_ids(const std::string& proc_root, int pid);

// Every process of the system, ascending.
std::vector<int> all_processes(const std::string& proc_root);

// Names in a folder that are positive numbers or 0 (processes, threads, file descriptors), ascending; empty
// when it cannot be read.
std::vector<int> numbered_files(const std::string& directory);

// The environment that a process started with (not what setenv() changed later).
Result<std::vector<std::pair<std::string, std::string>>> read_environment(const std::string& proc_root,
                                                                          int pid);
std::vector<std::pair<std::string, std::string>> parse_environment(std::string_view text);

// /proc/PID/schedstat (of one thread): nanoseconds on a CPU, nanoseconds runnable but waiting for one.
struct SchedStat {
  int64_t run_ns = 0, wait_ns = 0;
  int64_t turns = 0;  // how often it got a CPU; 0 where the kernel does not count
  bool operator==(const SchedStat&) const = default;
};
Result<SchedStat> parse_schedstat(std::string_view text);

}  // namespace bpftax
