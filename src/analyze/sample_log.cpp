#include "analyze/sample_log.h"

#include <algorithm>

#include "analyze/timing_log.h"
#include "util/log_time.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kTimeColumns = 3;
constexpr size_t kMaxColumns = 100;
constexpr double kMaxSample = 1e18;
constexpr size_t kMaxStartWords = 2000;

// Calls function(line) for each line, without its end.
template <class Function>
void each_line(std::string_view text, Function&& function) {
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    function(trim(text.substr(0, end)));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

// The first two words behind the mark.
std::optional<int64_t> time_after(std::string_view text, std::string_view mark) {
  const size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view line = text.substr(at + mark.size());
  const auto fields = split_blank(line.substr(0, std::min<size_t>(line.find('\n'), 200)));
  if (fields.size() < 2) return std::nullopt;
  std::string_view time = fields[1];
  if (time.ends_with(',')) time.remove_suffix(1);
  return parse_log_time(fields[0], time);
}

}  // namespace

std::optional<size_t> SampleTable::column(std::string_view name) const {
  const auto found = std::find(columns.begin(), columns.end(), name);
  if (found == columns.end()) return std::nullopt;
  return static_cast<size_t>(found - columns.begin());
}

SampleTable parse_sample_table(std::string_view text) {
  SampleTable table;
  std::vector<std::string_view> fields;
  each_line(text, [&](std::string_view line) {
    split_blank(line, fields);
    if (fields.empty()) return;
    if (fields[0] == "#") {
      if (table.has_header || fields.size() < 1 + kTimeColumns || fields.size() > kMaxColumns ||
          fields[1] != "date")
        return;
      table.has_header = true;
      table.columns.assign(fields.begin() + 1 + kTimeColumns, fields.end());
      return;
    }
    if (!table.has_header || fields.size() != kTimeColumns + table.columns.size()) {
      ++table.unusable_lines;
      return;
    }
    const auto utc = parse_log_time(fields[0], fields[1]);
    const auto monotonic = to_int64(fields[2]);
    if (!utc || !monotonic || *monotonic < 0 || *monotonic > kMostMonotonicNs) {
      ++table.unusable_lines;
      return;
    }
    SampleTable::Row row{*utc, *monotonic, {}};
    for (size_t i = kTimeColumns; i < fields.size(); ++i) {
      auto value = to_double(fields[i]);
      if (value && (*value < 0 || *value > kMaxSample)) value.reset();
      row.values.push_back(value);
    }
    table.rows.push_back(std::move(row));
  });
  return table;
}

LogSizeLog parse_logsize(std::string_view text) {
  LogSizeLog log;
  std::vector<std::string_view> fields;
  each_line(text, [&](std::string_view line) {
    if (line.empty() || line[0] == '#') return;
    split_blank(line, fields);
    const auto at = fields.size() >= 3 ? parse_log_time(fields[0], fields[1]) : std::nullopt;
    const auto bytes = at ? to_double(fields[2]) : std::nullopt;
    if (!bytes || *bytes < 0 || *bytes > kMaxSample) {
      ++log.unusable_lines;
      return;
    }
    log.samples.push_back({*at, *bytes});
  });
  return log;
}

std::optional<int64_t> parse_stop_time(std::string_view text) {
  return time_after(text, "Monitor stop time:");
}

std::optional<int64_t> parse_start_time(std::string_view text) {
  return time_after(text, "monitoring start time:");
}

StartLog parse_start_log(std::string_view text) {
  constexpr std::string_view kCommand = "Command:";
  StartLog log;
  bool failed = false;
  each_line(text, [&](std::string_view line) {
    if (log.command.empty() && line.starts_with(kCommand))
      log.command = shorten(printable(trim(line.substr(kCommand.size()))), kMaxStartWords);
    if (failed) return;
    failed = line.find("FAILED") != std::string_view::npos;
    if (failed || (log.death.empty() && line.find(" exited ") != std::string_view::npos))
      log.death = shorten(printable(line), kMaxStartWords);
  });
  return log;
}

}  // namespace bpftax
