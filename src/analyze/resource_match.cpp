#include "analyze/resource_match.h"

#include <algorithm>
#include <map>

namespace bpftax {
namespace {

int64_t middle_of(const ToolMoment& moment) {
  return moment.at_ns - moment.span_ns / 2;
}

void raise(std::optional<double>& most, const std::optional<double>& value) {
  if (value && (!most || *value > *most)) most = value;
}

// Between two samples the size is taken to grow evenly. at_ns lies between the first and the last.
double size_at(const std::vector<LogSizeSample>& samples, int64_t at_ns) {
  const auto behind = std::lower_bound(samples.begin(), samples.end(), at_ns,
                                       [](const LogSizeSample& s, int64_t at) { return s.local_ns < at; });
  if (behind == samples.begin()) return behind->bytes;
  const LogSizeSample& before = *(behind - 1);
  const double share =
      static_cast<double>(at_ns - before.local_ns) / static_cast<double>(behind->local_ns - before.local_ns);
  return before.bytes + share * (behind->bytes - before.bytes);
}

}  // namespace

ToolSamples::ToolSamples(std::vector<ToolMoment> moments) : moments_(std::move(moments)) {
  std::stable_sort(moments_.begin(), moments_.end(),
                   [](const ToolMoment& a, const ToolMoment& b) { return middle_of(a) < middle_of(b); });
}

std::optional<int64_t> ToolSamples::last_ns() const {
  std::optional<int64_t> last;
  for (const ToolMoment& moment : moments_) last = std::max(last.value_or(moment.at_ns), moment.at_ns);
  return last;
}

ResourceUse ToolSamples::between(int64_t begin_ns, int64_t end_ns) const {
  const auto before = [](const ToolMoment& moment, int64_t at_ns) { return middle_of(moment) < at_ns; };
  const auto behind = [](int64_t at_ns, const ToolMoment& moment) { return at_ns < middle_of(moment); };
  const auto from = std::lower_bound(moments_.begin(), moments_.end(), begin_ns, before);
  const auto to = std::upper_bound(from, moments_.end(), std::max(begin_ns, end_ns), behind);
  return use_of(static_cast<size_t>(from - moments_.begin()), static_cast<size_t>(to - moments_.begin()));
}

ResourceUse ToolSamples::all() const {
  return use_of(0, moments_.size());
}

ResourceUse ToolSamples::use_of(size_t from, size_t to) const {
  ResourceUse use;
  double weighted = 0, weights = 0, plain = 0;
  int64_t with_cpu = 0;
  for (size_t i = from; i < to; ++i) {
    const ToolMoment& moment = moments_[i];
    ++use.samples;
    raise(use.rss_max_kb, moment.rss_kb);
    raise(use.vsz_max_kb, moment.vsz_kb);
    raise(use.cpu_max_percent, moment.cpu_percent);
    if (!moment.cpu_percent) continue;
    const auto span = static_cast<double>(moment.span_ns);
    ++with_cpu;
    plain += *moment.cpu_percent;
    weighted += *moment.cpu_percent * span;
    weights += span;
  }
  // Without spans (a single sample) all count alike.
  if (with_cpu > 0)
    use.cpu_avg_percent = weights > 0 ? weighted / weights : plain / static_cast<double>(with_cpu);
  return use;
}

std::optional<double> growth_between(const std::vector<LogSizeSample>& samples, int64_t begin_ns,
                                     int64_t end_ns) {
  if (samples.size() < 2 || end_ns <= begin_ns) return std::nullopt;
  const int64_t from = std::max(begin_ns, samples.front().local_ns),
                to = std::min(end_ns, samples.back().local_ns);
  if (to <= from || to - from < (end_ns - begin_ns) / 2) return std::nullopt;
  const double first = size_at(samples, from), last = size_at(samples, to);
  if (last < first) return std::nullopt;
  return (last - first) / (static_cast<double>(to - from) / 1e9);
}

std::optional<double> largest(const std::vector<LogSizeSample>& samples) {
  std::optional<double> most;
  for (const LogSizeSample& sample : samples) raise(most, sample.bytes);
  return most;
}

std::vector<ToolMoment> tool_moments(const SampleTable& cpu, const SampleTable& memory) {
  std::map<int64_t, ToolMoment> moments;  // by monotonic time
  const auto at = [](const SampleTable::Row& row, std::optional<size_t> column) {
    return column && *column < row.values.size() ? row.values[*column] : std::nullopt;
  };
  const auto user = cpu.column("user_us"), system = cpu.column("system_us"),
             processes = cpu.column("processes");
  const SampleTable::Row* previous = nullptr;
  for (const SampleTable::Row& row : cpu.rows) {
    ToolMoment& moment = moments[row.monotonic_ns];
    moment.at_ns = row.monotonic_ns;
    if (const auto count = at(row, processes)) moment.processes = static_cast<int64_t>(*count);
    if (previous != nullptr && row.monotonic_ns > previous->monotonic_ns) {
      const auto user_us = at(row, user), system_us = at(row, system);
      const auto user_before = at(*previous, user), system_before = at(*previous, system);
      if (user_us && system_us && user_before && system_before) {
        const double used_us = *user_us + *system_us - *user_before - *system_before;
        moment.span_ns = row.monotonic_ns - previous->monotonic_ns;
        if (used_us >= 0) moment.cpu_percent = 100 * used_us * 1000 / static_cast<double>(moment.span_ns);
      }
    }
    previous = &row;
  }
  const auto rss = memory.column("rss_kb"), vsz = memory.column("virt_kb");
  for (const SampleTable::Row& row : memory.rows) {
    ToolMoment& moment = moments[row.monotonic_ns];
    moment.at_ns = row.monotonic_ns;
    moment.rss_kb = at(row, rss);
    moment.vsz_kb = at(row, vsz);
  }
  std::vector<ToolMoment> list;
  list.reserve(moments.size());
  for (auto& [time, moment] : moments) list.push_back(moment);
  return list;
}

}  // namespace bpftax
