// Parsers of the system-wide files in /proc: text in, numbers out. All tolerate lines and columns that a
// newer kernel adds; a line they need that is missing or malformed is an error naming the file's usual path.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "sample/types.h"
#include "util/result.h"

namespace bpftax {

// /proc/stat
struct SystemStat {
  std::vector<CpuTimes> cpus;  // online CPUs, ascending as the kernel prints them
  int64_t interrupts = 0;      // hardware interrupts, total
  int64_t context_switches = 0;
  int64_t boot_time_s = 0;  // UTC
  int64_t processes_created = 0;
  // The softirq line's totals over all CPUs: the same numbers as /proc/softirqs added up, in one read less.
  // The kernel adds them up in 32 bits: after 4294967295 comes 0.
  int64_t softirq_net_tx = 0, softirq_net_rx = 0;
};
// `tick_us`: see clock_tick_us(). Columns that old kernels lack (steal before 2.6.11) count as 0.
Result<SystemStat> parse_system_stat(std::string_view text, int64_t tick_us = 10'000);

// /proc/meminfo. Before Linux 3.14 there is no MemAvailable; it is then free + buffers + page cache, an upper
// bound.
Result<MemoryState> parse_meminfo(std::string_view text);

// /proc/softirqs: one row a kind, one column an online CPU.
struct SoftirqRow {
  std::string_view name;  // points into the text
  int64_t total = 0;
};
Result<std::vector<SoftirqRow>> parse_softirqs(std::string_view text);

// One file of /proc/pressure. `full` is missing for cpu before Linux 5.13.
struct PressureTotals {
  std::optional<int64_t> some_us, full_us;
};
Result<PressureTotals> parse_pressure(std::string_view text);

// "cpu MHz" of each processor in /proc/cpuinfo, in kHz, and whether it is a live value: only a CPU with the
// flag "aperfmperf" measures it; elsewhere x86 prints the constant it found at boot. Empty where the line is
// missing (arm64).
struct CpuinfoFrequency {
  std::vector<int64_t> khz;
  bool live = false;
};
CpuinfoFrequency parse_cpuinfo_frequency(std::string_view text);

}  // namespace bpftax
