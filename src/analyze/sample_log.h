// The other monitoring files: our own tables of samples (run/raw_samples.h), the origin framework's log of
// the size of the tool's output, and the one line that we need of its start and stop logs.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpftax {

// "# date time_utc(+00:00) monotonic_ns COLUMNS...", then rows. Values that are "-" are unknown.
struct SampleTable {
  struct Row {
    int64_t utc_ns = 0, monotonic_ns = 0;
    std::vector<std::optional<double>> values;  // one for each column
  };
  std::vector<std::string> columns;
  std::vector<Row> rows;
  int64_t unusable_lines = 0;
  bool has_header = false;
  // Index of a column; nullopt: there is none.
  std::optional<size_t> column(std::string_view name) const;
};
SampleTable parse_sample_table(std::string_view text);

// "2026-11-20 18:44:10.330811334 7907 7K"
struct LogSizeSample {
  int64_t local_ns = 0;  // taken as UTC
  double bytes = 0;
};
struct LogSizeLog {
  std::vector<LogSizeSample> samples;
  int64_t unusable_lines = 0;
};
LogSizeLog parse_logsize(std::string_view text);

// Of "Monitor stop time: 2026-11-20 18:45:13.698343942" and "eBPF monitoring start time: 2026-11-20 ..., PID:
// 1": local time taken as UTC.
std::optional<int64_t> parse_stop_time(std::string_view text);
std::optional<int64_t> parse_start_time(std::string_view text);

// What a start log says about the tool: its command, and the line that tells how it ended. "" = nothing.
struct StartLog {
  std::string command, death;
};
StartLog parse_start_log(std::string_view text);

}  // namespace bpftax
