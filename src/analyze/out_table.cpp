#include "analyze/out_table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "util/units.h"

namespace bpftax {
namespace {

constexpr auto kFixed = OutFormat::kFixed;
constexpr auto kRate = OutFormat::kRate;
constexpr auto kPercent = OutFormat::kPercent;
constexpr auto kWhole = OutFormat::kWhole;

constexpr OutColumn kLatencyColumns[] = {
    {"TCP RR Min (us)", kFixed},      {"TCP RR Mean (us)", kFixed},  {"TCP RR Max (us)", kFixed},
    {"TCP RR Baseline (us)", kFixed}, {"TCP RR Diff (%)", kPercent}, {"UDP RR Min (us)", kFixed},
    {"UDP RR Mean (us)", kFixed},     {"UDP RR Max (us)", kFixed},   {"UDP RR Baseline (us)", kFixed},
    {"UDP RR Diff (%)", kPercent},
};
constexpr OutColumn kThroughputColumns[] = {
    {"Client Single (Gbps)", kRate},         {"Client Single Baseline (Gbps)", kRate},
    {"Client Single Diff (%)", kPercent},    {"Client Multi (Gbps)", kRate},
    {"Client Multi Baseline (Gbps)", kRate}, {"Client Multi Diff (%)", kPercent},
    {"Server Single (Gbps)", kRate},         {"Server Single Baseline (Gbps)", kRate},
    {"Server Single Diff (%)", kPercent},    {"Server Multi (Gbps)", kRate},
    {"Server Multi Baseline (Gbps)", kRate}, {"Server Multi Diff (%)", kPercent},
};
constexpr OutColumn kPpsColumns[] = {
    {"Client Single PPS", kFixed}, {"Client Single Baseline", kFixed}, {"Client Single Diff (%)", kPercent},
    {"Client Multi PPS", kFixed},  {"Client Multi Baseline", kFixed},  {"Client Multi Diff (%)", kPercent},
    {"Server Single PPS", kFixed}, {"Server Single Baseline", kFixed}, {"Server Single Diff (%)", kPercent},
    {"Server Multi PPS", kFixed},  {"Server Multi Baseline", kFixed},  {"Server Multi Diff (%)", kPercent},
};
constexpr OutColumn kResourceColumns[] = {
    {"PPS Single CPU Avg (%)", kFixed},
    {"PPS Single CPU Max (%)", kFixed},
    {"PPS Single Mem Max (KB)", kWhole},
    {"PPS Multi CPU Avg (%)", kFixed},
    {"PPS Multi CPU Max (%)", kFixed},
    {"PPS Multi Mem Max (KB)", kWhole},
    {"TP Single CPU Avg (%)", kFixed},
    {"TP Single CPU Max (%)", kFixed},
    {"TP Single Mem Max (KB)", kWhole},
    {"TP Multi CPU Avg (%)", kFixed},
    {"TP Multi CPU Max (%)", kFixed},
    {"TP Multi Mem Max (KB)", kWhole},
    {"Max RSS (KB)", kWhole},
    {"Max VSZ (KB)", kWhole},
    {"Total Samples", kWhole},
    {"Log Size (Bytes)", kWhole},
    {"Log Size (Human)", OutFormat::kHuman},
};

// What rounds to zero has no sign.
void append_fixed(std::string& text, double value, int decimals) {
  const size_t begin = text.size();
  fmt::format_to(std::back_inserter(text), "{:.{}f}", value, decimals);
  if (text[begin] == '-' && text.find_first_not_of("-0.", begin) == std::string::npos) text.erase(begin, 1);
}

}  // namespace

std::string_view to_string(OutTable table) {
  switch (table) {
    case OutTable::kLatency:
      return "latency";
    case OutTable::kThroughput:
      return "throughput";
    case OutTable::kPps:
      return "pps";
    case OutTable::kResources:
      return "resources";
  }
  return "resources";
}

std::span<const OutColumn> out_columns(OutTable table) {
  switch (table) {
    case OutTable::kLatency:
      return kLatencyColumns;
    case OutTable::kThroughput:
      return kThroughputColumns;
    case OutTable::kPps:
      return kPpsColumns;
    case OutTable::kResources:
      return kResourceColumns;
  }
  return kResourceColumns;
}

void append_out_text(std::string& text, const std::optional<double>& value, OutFormat format) {
  if (!value || !std::isfinite(*value)) {
    text += "N/A";
    return;
  }
  switch (format) {
    case OutFormat::kFixed:
    case OutFormat::kPercent:
      return append_fixed(text, *value, 2);
    case OutFormat::kRate: {
      const double size = std::fabs(*value);
      if (size >= 1 || size == 0) return append_fixed(text, *value, 2);
      // Three digits that mean something.
      return append_fixed(text, *value, std::min(12, 2 - static_cast<int>(std::floor(std::log10(size)))));
    }
    case OutFormat::kWhole:
      return append_fixed(text, *value, 0);
    case OutFormat::kHuman:
      text += format_bytes(*value);
      return;
  }
}

std::string out_text(const std::optional<double>& value, OutFormat format) {
  std::string text;
  append_out_text(text, value, format);
  return text;
}

std::optional<double> difference_percent(const std::optional<double>& value,
                                         const std::optional<double>& baseline) {
  if (!value || !baseline || *baseline == 0) return std::nullopt;
  const double percent = 100 * (*value - *baseline) / *baseline;
  if (!std::isfinite(percent)) return std::nullopt;
  return percent;
}

std::vector<std::string> topics_of(const std::vector<OutIteration>& iterations) {
  std::vector<std::string> topics;
  std::set<std::string> seen;
  for (const OutIteration& iteration : iterations)
    for (const OutRow& row : iteration.rows)
      if (seen.insert(row.topic).second) topics.push_back(row.topic);
  return topics;
}

void name_cases(std::vector<OutIteration>& iterations) {
  using Place = std::tuple<std::string, std::string, std::string>;
  const auto place_of = [](const OutRow& row) { return Place(row.topic, row.tool_case, row.environment); };
  std::set<Place> repeated;
  for (const OutIteration& iteration : iterations) {
    std::set<Place> seen;
    for (const OutRow& row : iteration.rows)
      if (!seen.insert(place_of(row)).second) repeated.insert(place_of(row));
  }
  std::map<std::pair<std::string, std::string>, std::set<std::string>> environments;
  for (OutIteration& iteration : iterations) {
    for (OutRow& row : iteration.rows) {
      if (repeated.count(place_of(row)) > 0 && !row.id.empty()) row.tool_case += " [" + row.id + "]";
      environments[{row.topic, row.tool_case}].insert(row.environment);
    }
  }
  for (OutIteration& iteration : iterations)
    for (OutRow& row : iteration.rows)
      if (environments[{row.topic, row.tool_case}].size() > 1 && !row.environment.empty())
        row.tool_case += " (" + row.environment + ")";
}

}  // namespace bpftax
