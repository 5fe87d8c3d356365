#include "bench/conditions/reached.h"

#include <algorithm>
#include <functional>

#include "bench/conditions/memory_room.h"

#include "util/clock.h"

namespace bpftax::bench {
namespace {

// What grew between two samples, and by how much it could have grown (time, or CPU time).
struct Growth {
  double part = 0, whole = 0;
};
using GrowthOf = std::function<std::optional<Growth>(const Sample& from, const Sample& to)>;

double seconds_between(const Sample& from, const Sample& to) {
  return static_cast<double>(to.monotonic_ns - from.monotonic_ns) / static_cast<double>(kNsPerS);
}

std::optional<double> ratio(const std::optional<Growth>& growth) {
  if (!growth || growth->whole <= 0) return std::nullopt;
  return growth->part / growth->whole;
}

std::optional<Spread> spread_of(const SampleSeries& series, double unit, const GrowthOf& growth_of) {
  const auto& samples = series.samples;
  if (samples.size() < 2) return std::nullopt;
  const auto mean = ratio(growth_of(samples.front(), samples.back()));
  if (!mean) return std::nullopt;
  Spread spread{*mean * unit, *mean * unit, *mean * unit, 0};
  const double usual = seconds_between(samples[0], samples[1]);
  for (size_t i = 1; i < samples.size(); ++i) {
    if (seconds_between(samples[i - 1], samples[i]) < usual / 2) continue;
    const auto one = ratio(growth_of(samples[i - 1], samples[i]));
    if (!one) continue;
    spread.min = spread.samples == 0 ? *one * unit : std::min(spread.min, *one * unit);
    spread.max = spread.samples == 0 ? *one * unit : std::max(spread.max, *one * unit);
    ++spread.samples;
  }
  return spread;
}

// Of values that each sample has by itself.
std::optional<Spread> spread_of_values(const SampleSeries& series,
                                       const std::function<std::optional<double>(const Sample&)>& value_of) {
  Spread spread;
  for (const Sample& sample : series.samples) {
    const auto value = value_of(sample);
    if (!value) continue;
    spread.min = spread.samples == 0 ? *value : std::min(spread.min, *value);
    spread.max = spread.samples == 0 ? *value : std::max(spread.max, *value);
    spread.mean += *value;
    ++spread.samples;
  }
  if (spread.samples == 0) return std::nullopt;
  spread.mean /= spread.samples;
  return spread;
}

// Of CPUs that are in both samples.
std::optional<Growth> cpu_growth(const Sample& from, const Sample& to) {
  Growth growth;
  for (const CpuTimes& now : to.cpus) {
    const auto before = std::find_if(from.cpus.begin(), from.cpus.end(),
                                     [&](const CpuTimes& other) { return other.cpu == now.cpu; });
    if (before == from.cpus.end()) continue;
    const auto total = static_cast<double>(now.total_us() - before->total_us());
    const auto idle = static_cast<double>(now.idle_us - before->idle_us + now.iowait_us - before->iowait_us);
    growth.part += total - idle;
    growth.whole += total;
  }
  return growth;
}

std::optional<Growth> load_growth(const Sample& from, const Sample& to) {
  if (to.processes.empty() || to.cpus.empty()) return std::nullopt;
  Growth growth;
  for (const ProcessTree& now : to.processes) {
    const auto before = std::find_if(from.processes.begin(), from.processes.end(),
                                     [&](const ProcessTree& other) { return other.handle == now.handle; });
    if (before == from.processes.end()) return std::nullopt;
    growth.part += static_cast<double>(now.user_us + now.system_us - before->user_us - before->system_us);
  }
  growth.whole = seconds_between(from, to) * 1e6 * static_cast<double>(to.cpus.size());
  return growth;
}

std::optional<Growth> idle_growth(const Sample& from, const Sample& to) {
  if (to.idle.empty() || from.idle.size() != to.idle.size()) return std::nullopt;
  Growth growth;
  for (size_t i = 0; i < to.idle.size(); ++i)
    growth.part += static_cast<double>(to.idle[i].residency_us - from.idle[i].residency_us);
  growth.whole = seconds_between(from, to) * 1e6 * static_cast<double>(to.idle.size());
  return growth;
}

// Of rows that both samples have, by name; nullopt where there is none.
template <class Row>
std::optional<Growth> bytes_growth(const Sample& from, const Sample& to, std::vector<Row> Sample::*rows,
                                   int64_t Row::*bytes) {
  bool known = false;
  Growth growth;
  for (const Row& now : to.*rows) {
    const auto before = std::find_if((from.*rows).begin(), (from.*rows).end(),
                                     [&](const Row& other) { return other.name == now.name; });
    if (before == (from.*rows).end()) continue;
    known = true;
    growth.part += static_cast<double>(now.*bytes - (*before).*bytes);
  }
  growth.whole = seconds_between(from, to);
  if (!known) return std::nullopt;
  return growth;
}

template <class Row>
std::optional<Spread> bytes_per_s(const SampleSeries& series, std::vector<Row> Sample::*rows,
                                  int64_t Row::*bytes) {
  return spread_of(series, 1,
                   [&](const Sample& from, const Sample& to) { return bytes_growth(from, to, rows, bytes); });
}

}  // namespace

std::optional<Spread> cpu_percent_of(const SampleSeries& series) {
  return spread_of(series, 100, cpu_growth);
}

std::optional<Spread> memory_percent_of(const SampleSeries& series) {
  return spread_of_values(series, [](const Sample& sample) -> std::optional<double> {
    if (sample.memory.total_kb <= 0) return std::nullopt;
    return memory_percent(sample.memory);
  });
}

std::optional<Spread> load_cpu_percent_of(const SampleSeries& series) {
  return spread_of(series, 100, load_growth);
}

std::optional<Spread> deep_idle_percent_of(const SampleSeries& series) {
  return spread_of(series, 100, idle_growth);
}

std::optional<Spread> frequency_mhz_of(const SampleSeries& series) {
  return spread_of_values(series, [](const Sample& sample) -> std::optional<double> {
    if (sample.frequency_khz.empty()) return std::nullopt;
    double sum = 0;
    for (const int64_t khz : sample.frequency_khz) sum += static_cast<double>(khz);
    return sum / static_cast<double>(sample.frequency_khz.size()) / 1000;
  });
}

std::optional<Spread> disk_written_bytes_per_s_of(const SampleSeries& series) {
  return bytes_per_s(series, &Sample::disks, &DiskCounters::written_bytes);
}

std::optional<Spread> disk_read_bytes_per_s_of(const SampleSeries& series) {
  return bytes_per_s(series, &Sample::disks, &DiskCounters::read_bytes);
}

std::optional<Spread> network_bytes_per_s_of(const SampleSeries& series) {
  return bytes_per_s(series, &Sample::interfaces, &NetInterface::rx_bytes);
}

Json to_json(const Spread& spread) {
  return {{"mean", spread.mean}, {"min", spread.min}, {"max", spread.max}, {"samples", spread.samples}};
}

Json reached_json(const SampleSeries& series) {
  Json reached = Json::object();
  const auto add = [&](const char* name, const std::optional<Spread>& spread) {
    if (spread) reached[name] = to_json(*spread);
  };
  add("cpu_percent", cpu_percent_of(series));
  add("load_cpu_percent", load_cpu_percent_of(series));
  add("memory_percent", memory_percent_of(series));
  add("disk_written_bytes_per_s", disk_written_bytes_per_s_of(series));
  add("disk_read_bytes_per_s", disk_read_bytes_per_s_of(series));
  add("network_bytes_per_s", network_bytes_per_s_of(series));
  add("deep_idle_percent", deep_idle_percent_of(series));
  add("frequency_mhz", frequency_mhz_of(series));
  return reached;
}

}  // namespace bpftax::bench
