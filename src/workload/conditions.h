// What the samplers saw while a workload ran: the part of a sample series that lies in the steady part of a
// window, and the confounders (method.md section 4) computed from it. Pure functions.
//
// A value whose source is missing is absent from the map, never 0. Nothing is clamped. All times are on the
// clock of the host that took the samples.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "sample/types.h"
#include "util/result.h"

namespace bpftax {

// Two samples and what lies between them. Points into the series, which must outlive it.
struct SteadySamples {
  const SampleSeries* series = nullptr;
  size_t first = 0;  // indices; first < last
  size_t last = 0;
  const Sample& begin() const { return series->samples[first]; }
  const Sample& end() const { return series->samples[last]; }
  double seconds() const { return static_cast<double>(end().monotonic_ns - begin().monotonic_ns) * 1e-9; }
};

// The first sample at or after start_ns and the last at or before end_ns. kWorkload when they cover less than
// 80 % of the region: the counters then tell too little about it.
Result<SteadySamples> steady_samples(const SampleSeries& series, int64_t start_ns, int64_t end_ns);

// Busy CPU microseconds per second of the whole host, all CPUs together (1e6 = one CPU fully busy). nullopt
// when /proc/stat was not read or ran backwards.
std::optional<double> busy_us_per_s(const SteadySamples& steady);

// One interface's counters between the two samples; nullopt when it is not in both samples or was replaced.
struct InterfaceRates {
  double rx_packets_per_s = 0, tx_packets_per_s = 0;
  double rx_bytes_per_s = 0, tx_bytes_per_s = 0;
  double rx_dropped_per_s = 0, tx_dropped_per_s = 0;
};
std::optional<InterfaceRates> interface_rates(const SteadySamples& steady, const std::string& netns,
                                              const std::string& interface);

// Conditions of the host:
//   idle_percent, steal_percent, softirq_percent, iowait_percent   share of all CPUs' time
//   context_switches_per_s, interrupts_per_s, softirq_net_rx_per_s, softirq_net_tx_per_s
//   frequency_mhz                     mean over CPUs and samples
//   idle_residency_percent            time in idle states deeper than polling, share of all CPUs' time
//   psi_cpu_percent, psi_memory_percent, psi_io_percent            "some" stall time
//   memory_available_mb               smallest of all samples (1 MB = 1e6 bytes)
//   disk_read_bytes_per_s, disk_written_bytes_per_s                all disks
//   user_instructions_per_unit, kernel_instructions_per_unit, cycles_per_unit, cache_misses_per_unit
//                                     with units_per_s > 0 and hardware counters
std::map<std::string, double> host_conditions(const SteadySamples& steady, double units_per_s);

// Conditions of the subject, whose process tree was sampled under `handle`:
//   subject_cpu_percent               of one CPU, mean;   subject_cpu_peak_percent: highest between two
//   samples that
//                                     lie 0.5 s apart or more (shorter ones are below the kernel's clock
//                                     tick)
//   subject_rss_kb, subject_rss_peak_kb, subject_vsz_kb, subject_vsz_peak_kb
//   subject_output_bytes_per_s
//   subject_run_queue_wait_percent    time it was runnable and waited for a CPU, per elapsed time
// Empty when the tree is not in the samples.
std::map<std::string, double> subject_conditions(const SteadySamples& steady, int64_t handle);

// Time that the trees (the workload's own processes) were runnable and waited for a CPU, in percent of the
// elapsed time, summed over the trees. nullopt when none of them was sampled.
std::optional<double> run_queue_wait_percent(const SteadySamples& steady,
                                             const std::vector<int64_t>& handles);

// Are both the same series, that is: do both ends run on one host (the lab)?
bool same_series(const SampleSeries& a, const SampleSeries& b);

}  // namespace bpftax
