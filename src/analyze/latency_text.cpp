#include "analyze/latency_text.h"

#include <fmt/format.h>

#include <array>

#include "util/strings.h"
#include "workload/netperf_output.h"
#include "workload/sockperf_output.h"

namespace bpftax {
namespace {

constexpr size_t kMaxLatencyBytes = 1u << 20;
constexpr double kMaxUs = 30 * 86400.0 * 1e6;
constexpr size_t kMaxFields = 200;

LatencyOutcome no_latency(std::string fault, bool impossible = false) {
  LatencyOutcome outcome;
  outcome.fault = std::move(fault);
  outcome.impossible = impossible;
  return outcome;
}

struct LatencyColumn {
  std::string_view name;  // netperf's own words for the selector
  std::optional<double> LatencyValues::*value;
};
constexpr std::array<LatencyColumn, 7> kLatencyColumns = {{
    {"Minimum Latency Microseconds", &LatencyValues::min_us},
    {"Mean Latency Microseconds", &LatencyValues::mean_us},
    {"Maximum Latency Microseconds", &LatencyValues::max_us},
    {"50th Percentile Latency Microseconds", &LatencyValues::p50_us},
    {"90th Percentile Latency Microseconds", &LatencyValues::p90_us},
    {"99th Percentile Latency Microseconds", &LatencyValues::p99_us},
    {"Transaction Rate Tran/s", &LatencyValues::transactions_per_s},
}};

std::string protocol_of(std::string_view text) {
  const std::string_view first = text.substr(0, text.find('\n'));
  if (first.find("TCP REQUEST") != std::string_view::npos) return "tcp";
  if (first.find("UDP REQUEST") != std::string_view::npos) return "udp";
  return "";
}

std::string order_fault(const LatencyValues& v) {
  if (v.min_us && v.mean_us && *v.min_us > *v.mean_us) return "the minimum is above the mean";
  if (v.mean_us && v.max_us && *v.mean_us > *v.max_us) return "the mean is above the maximum";
  if (v.min_us && v.max_us && *v.min_us > *v.max_us) return "the minimum is above the maximum";
  return "";
}

LatencyOutcome from_columns(std::string_view header, std::string_view row, std::string protocol) {
  const auto names = split(header, ',');
  const auto fields = split(row, ',');
  if (names.size() > kMaxFields || names.size() != fields.size())
    return no_latency(fmt::format("{} columns, but {} values: it is cut", names.size(), fields.size()));
  LatencyOutcome outcome;
  LatencyValues values;
  for (size_t i = 0; i < names.size(); ++i) {
    for (const LatencyColumn& column : kLatencyColumns) {
      if (trim(names[i]) != column.name) continue;
      const auto value = to_double(trim(fields[i]));
      if (!value)
        return no_latency(fmt::format("'{}' is not a number", shorten(printable(trim(fields[i])), 40)));
      if (*value < 0 || *value > kMaxUs)
        return no_latency(fmt::format("{} is {}, which cannot be", column.name, *value), true);
      if (values.*column.value) return no_latency(fmt::format("{} is there twice", column.name));
      values.*column.value = value;
    }
  }
  if (!values.mean_us && !values.min_us && !values.max_us)
    return no_latency("no latency is among its columns");
  if (const std::string fault = order_fault(values); !fault.empty()) return no_latency(fault, true);
  outcome.values = values;
  outcome.protocol = std::move(protocol);
  return outcome;
}

LatencyOutcome from_netperf_keys(std::string_view text) {
  const auto report = parse_netperf(text, "");
  if (!report) return no_latency(report.error().why);
  LatencyOutcome outcome;
  outcome.values =
      LatencyValues{report->min_us, report->mean_us,           report->p50_us, report->p90_us, report->p99_us,
                    report->max_us, report->transactions_per_s};
  outcome.protocol = report->protocol == "UDP" ? "udp" : "tcp";
  outcome.elapsed_s = report->elapsed_s;
  return outcome;
}

LatencyOutcome from_sockperf(std::string_view text) {
  const auto report = parse_sockperf(text, "");
  if (!report) return no_latency(report.error().why);
  LatencyOutcome outcome;
  outcome.values = LatencyValues{report->min_us, report->mean_us, report->p50_us, report->p90_us,
                                 report->p99_us, report->max_us,  std::nullopt};
  if (report->valid_s > 0)
    outcome.values->transactions_per_s = static_cast<double>(report->observations) / report->valid_s;
  outcome.elapsed_s = report->valid_s;
  return outcome;
}

}  // namespace

LatencyOutcome read_latency(std::string_view text) {
  if (text.size() > kMaxLatencyBytes) return no_latency("it is longer than a result can be");
  if (trim(text).empty()) return no_latency("it is empty");
  for (std::string_view rest = text; !rest.empty();) {
    const size_t end = std::min(rest.find('\n'), rest.size());
    const std::string_view line = trim(rest.substr(0, end));
    rest.remove_prefix(std::min(end + 1, rest.size()));
    // The header of columns has commas, and words that no line of values has.
    if (line.find("Latency Microseconds") == std::string_view::npos ||
        line.find('=') != std::string_view::npos)
      continue;
    const std::string_view row = trim(rest.substr(0, rest.find('\n')));
    if (row.empty()) return no_latency("the line of values is missing: it is cut");
    const size_t behind = rest.find('\n');
    if (behind != std::string_view::npos &&
        rest.substr(behind).find("Latency Microseconds") != std::string_view::npos)
      return no_latency("it holds two results");
    return from_columns(line, row, protocol_of(text));
  }
  if (text.find("sockperf") != std::string_view::npos) return from_sockperf(text);
  return from_netperf_keys(text);
}

}  // namespace bpftax
