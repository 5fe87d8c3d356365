// Whatever stands in a file of a result tree: no crash, and nothing that cannot be. The first byte chooses
// the reader.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <optional>
#include <string>
#include <string_view>

#include "analyze/folder_access.h"
#include "analyze/iperf3_values.h"
#include "analyze/latency_text.h"
#include "analyze/pidstat.h"
#include "analyze/resource_match.h"
#include "analyze/sample_log.h"
#include "analyze/timing_log.h"

namespace {

void need(bool condition) {
  if (!condition) std::abort();
}

void need_amount(const std::optional<double>& value) {
  need(!value || (std::isfinite(*value) && *value >= 0));
}

void pidstat(std::string_view text) {
  const auto log = bpftax::parse_pidstat(text, int64_t{1795200000} * 1'000'000'000);
  for (const auto& moment : log.moments) {
    need_amount(moment.cpu_percent);
    need_amount(moment.rss_kb);
    need_amount(moment.vsz_kb);
    need(moment.span_ns >= 0);
  }
  const bpftax::ToolSamples samples(log.moments);
  need(samples.all().samples == static_cast<int64_t>(log.moments.size()));
  need_amount(samples.all().cpu_avg_percent);
  (void)log.start.utc_offset_s();
}

void latency(std::string_view text) {
  const auto outcome = bpftax::read_latency(text);
  need(outcome.values.has_value() == outcome.fault.empty());
  if (outcome.values) need_amount(outcome.values->mean_us);
}

void sizes(std::string_view text) {
  for (const auto& sample : bpftax::parse_logsize(text).samples) need_amount(sample.bytes);
  const auto table = bpftax::parse_sample_table(text);
  for (const auto& row : table.rows) need(row.values.size() == table.columns.size());
  for (const auto& moment : bpftax::tool_moments(table, table)) need_amount(moment.cpu_percent);
}

void timing(std::string_view text) {
  const auto log = bpftax::parse_timing(text);
  need(log.streams.empty() == !log.fault.empty());
  (void)bpftax::parse_time_range_statistics(text);
  (void)bpftax::parse_stop_time(text);
  (void)bpftax::parse_start_time(text);
  (void)bpftax::parse_start_log(text);
}

void iperf3(std::string_view text) {
  static bpftax::Iperf3Reader reader;
  std::string padded(text);
  padded.append(bpftax::FolderAccess::kPadding, '\0');
  const auto outcome = reader.read(std::string_view(padded).substr(0, text.size()));
  need(outcome.values.has_value() == outcome.fault.empty());
  if (!outcome.values) return;
  need(outcome.values->sent || outcome.values->received);
  for (const auto& total : {outcome.values->sent, outcome.values->received}) {
    if (!total) continue;
    need_amount(total->bits_per_second);
    need(total->seconds > 0);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 5) {
    case 0:
      pidstat(text);
      break;
    case 1:
      latency(text);
      break;
    case 2:
      sizes(text);
      break;
    case 3:
      timing(text);
      break;
    default:
      iperf3(text);
      break;
  }
  return 0;
}
