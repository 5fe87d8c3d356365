// pidstat's output in all its shapes (the origin framework's ebpf_resource_monitor): with -h or without,
// times as seconds since 1970, as a 24-hour clock, with AM or PM; tables of any columns in any order, CPU and
// memory in one table or in two. Columns are found by the header's words, never by their place.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpftax {

// What all processes of the tool used, together, at one moment.
struct ToolMoment {
  int64_t at_ns = 0;                  // see the log it comes from
  int64_t span_ns = 0;                // the CPU time is about the span that ends at at_ns; 0: unknown
  std::optional<double> cpu_percent;  // of one CPU
  std::optional<double> rss_kb, vsz_kb;
  std::optional<int64_t> processes;
};

// "# START_DATETIME: 2026-11-20 18:44:09.756  START_EPOCH: 1795200249  INTERVAL: 2s": local time and UTC of
// the same moment. In resource_monitor_timestamp_*.txt as shell assignments.
struct MonitorStart {
  std::optional<int64_t> local_ns;  // taken as UTC
  std::optional<int64_t> epoch_s;
  std::optional<double> interval_s;
  // Local time minus UTC, to a quarter of an hour; nullopt when one of them is missing or they do not fit.
  std::optional<int64_t> utc_offset_s() const;
};
MonitorStart parse_monitor_start(std::string_view text);

struct PidstatLog {
  MonitorStart start;
  bool epoch = false;  // at_ns are nanoseconds since 1970; otherwise local time taken as UTC
  bool dated = false;  // the day is known; otherwise at_ns count from the first midnight
  std::vector<ToolMoment>
      moments;  // in the file's order; spans from the stated interval, else the median distance
  bool has_header = false;
  int64_t unusable_lines = 0;
  std::optional<int64_t> first_unusable;  // line number from 1
  std::optional<int64_t> first_backwards;
};
// day_hint_ns: a local time, taken as UTC, near the beginning, for logs of times of day that name no day.
PidstatLog parse_pidstat(std::string_view text, std::optional<int64_t> day_hint_ns = std::nullopt);

}  // namespace bpftax
