// The samples of a window as text files: monitoring/*.log for each end, ebpf_monitoring/*.log for the tool
// (formats.md section 4). One header line with columns and units; times in UTC and on the host's monotonic
// clock; counters as the kernel gives them, cumulative. An unknown value is "-".
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "run/session.h"

namespace bpftax {

// "2026-11-20 18:53:07.123456789 81234567890123": UTC with nanoseconds, and the raw monotonic time.
std::string sample_stamp(int64_t monotonic_ns, int64_t utc_offset_ns);

// File name stem ("cpu", "memory", "disk_io", "network", "psi") -> text. utc_offset_ns: CLOCK_REALTIME minus
// CLOCK_MONOTONIC of the host. Files of which nothing is known are left out.
std::map<std::string, std::string> host_sample_files(const SampleSeries& series, int64_t utc_offset_ns);
// "tool_cpu_usage", "tool_memory", "tool_logsize".
std::map<std::string, std::string> tool_sample_files(const SampleSeries& series, int64_t handle,
                                                     int64_t utc_offset_ns);

// The samples of which files get a row: the first, then one each interval_ms, and the last. 0: all.
SampleSeries thinned(const SampleSeries& series, int64_t interval_ms);

// What one host saw in a window, on its own clock.
struct HostSamples {
  Host* host = nullptr;
  SampleSeries series;
  int64_t utc_offset_ns = 0;
};
// Names of all files that write_raw_samples() may write for such a window, for the manifest.
void announce_raw_samples(Session& session, const std::string& subject, const std::string& time, bool tool);
// monitoring/ on every host, ebpf_monitoring/ on the tool's. tool_handle: 0 for a baseline.
Result<void> write_raw_samples(Session& session, const std::string& subject, const std::string& time,
                               const std::vector<HostSamples>& samples, int64_t tool_handle);

}  // namespace bpftax
