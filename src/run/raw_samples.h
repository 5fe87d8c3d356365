// The samples of a window as text files: monitoring/*.log for each end, ebpf_monitoring/*.log for the tool
// (formats.md section 4). One header line with columns and units; times in UTC and on the host's monotonic
// clock; counters as the kernel gives them, cumulative. An unknown value is "-".
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "run/session.h"

namespace bpftax {

// File name stem ("cpu", "memory", "disk_io", "network", "psi") -> text. utc_offset_ns: CLOCK_REALTIME minus
// CLOCK_MONOTONIC of the host. Files of which nothing is known are left out.
std::map<std::string, std::string> host_sample_files(const SampleSeries& series, int64_t utc_offset_ns);
// "tool_cpu_usage", "tool_memory", "tool_logsize".
std::map<std::string, std::string> tool_sample_files(const SampleSeries& series, int64_t handle,
                                                     int64_t utc_offset_ns);

// tool_handle: 0 for a baseline.
Result<void> write_raw_samples(Session& session, const std::string& subject, const std::string& time,
                               const WindowEvidence& evidence, const SampleSeries& tool_samples,
                               int64_t tool_handle, int64_t utc_offset_ns);

}  // namespace bpftax
