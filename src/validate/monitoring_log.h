// Reads monitoring logs: ours (one header line, UTC and monotonic time in every row) and the origin
// framework's (pidstat's output with the time of day; "date time size human"). Foreign text: whatever stands
// there, the reader counts the lines it cannot use and goes on.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/log_time.h"

namespace bpftax {

struct MonitoringLog {
  // The times of the samples, rows of the same moment (one for each CPU) counted once; in the file's order.
  // Nanoseconds on the host's monotonic clock where the log has it, else since 1970 by the log's own clock.
  std::vector<int64_t> times_ns;
  bool monotonic = false;                   // times_ns are CLOCK_MONOTONIC
  std::optional<double> stated_interval_s;  // the origin's header says it
  int64_t rows = 0;
  int64_t unusable_lines = 0;
  std::optional<int64_t> first_unusable;         // line number from 1
  std::optional<int64_t> first_backwards;        // the first line whose time is before that of the row above
  std::vector<std::string> columns;              // of our header, the three columns of time left out
  std::vector<std::vector<std::string>> values;  // of our rows, when asked for
  // Seconds between samples: as stated, else the median distance; nullopt with fewer than two samples.
  std::optional<double> interval_s() const;
};

MonitoringLog parse_monitoring_log(std::string_view text, bool with_values = false);

}  // namespace bpftax
