#include "workload/conditions.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bpftax {
namespace {

constexpr double kCoverage = 0.8;
constexpr int64_t kPeakStepNs = 500'000'000;

const CpuTimes* cpu_of(const Sample& sample, int cpu) {
  const auto at = std::ranges::find(sample.cpus, cpu, &CpuTimes::cpu);
  return at == sample.cpus.end() ? nullptr : &*at;
}

const ProcessTree* tree_of(const Sample& sample, int64_t handle) {
  const auto at = std::ranges::find(sample.processes, handle, &ProcessTree::handle);
  return at == sample.processes.end() ? nullptr : &*at;
}

const NetInterface* interface_of(const Sample& sample, const std::string& netns, const std::string& name) {
  const auto at = std::ranges::find_if(sample.interfaces, [&](const NetInterface& candidate) {
    return candidate.netns == netns && candidate.name == name;
  });
  return at == sample.interfaces.end() ? nullptr : &*at;
}

// What all CPUs did between the samples. CPUs that were not online in both are left out. nullopt when there
// is none, or time ran backwards (the kernel's iowait and idle may shrink by a tick, so only busy time and
// the total count).
struct CpuDelta {
  double busy_us = 0, total_us = 0, idle_us = 0, iowait_us = 0, softirq_us = 0, steal_us = 0;
};
std::optional<CpuDelta> cpu_delta(const SteadySamples& steady) {
  CpuDelta delta;
  for (const CpuTimes& end : steady.end().cpus) {
    const CpuTimes* begin = cpu_of(steady.begin(), end.cpu);
    if (begin == nullptr) continue;
    const auto difference = [&](int64_t CpuTimes::*field) {
      return static_cast<double>(end.*field) - static_cast<double>(begin->*field);
    };
    delta.busy_us += static_cast<double>(end.busy_us()) - static_cast<double>(begin->busy_us());
    delta.total_us += static_cast<double>(end.total_us()) - static_cast<double>(begin->total_us());
    delta.idle_us += difference(&CpuTimes::idle_us);
    delta.iowait_us += difference(&CpuTimes::iowait_us);
    delta.softirq_us += difference(&CpuTimes::softirq_us);
    delta.steal_us += difference(&CpuTimes::steal_us);
  }
  if (delta.total_us <= 0 || delta.busy_us < 0) return std::nullopt;
  return delta;
}

// Counter difference per second; nullopt when it ran backwards.
std::optional<double> rate(int64_t begin, int64_t end, double seconds) {
  if (end < begin) return std::nullopt;
  return (static_cast<double>(end) - static_cast<double>(begin)) / seconds;
}

// The same of a counter that the kernel keeps in 32 bits.
std::optional<double> rate_of_32_bits(int64_t begin, int64_t end, double seconds) {
  constexpr int64_t kRange = int64_t{1} << 32;
  return rate(begin, end < begin && begin < kRange ? end + kRange : end, seconds);
}

class Values {
 public:
  void set(const char* name, std::optional<double> value) {
    if (value && std::isfinite(*value)) map_[name] = *value;
  }
  std::map<std::string, double> take() { return std::move(map_); }

 private:
  std::map<std::string, double> map_;
};

std::optional<double> pressure_percent(const std::optional<int64_t>& begin, const std::optional<int64_t>& end,
                                       double seconds) {
  if (!begin || !end) return std::nullopt;
  const std::optional<double> us_per_s = rate(*begin, *end, seconds);
  if (!us_per_s) return std::nullopt;
  return *us_per_s / 1e4;  // 1e6 us a second are 100 %
}

std::optional<double> mean_frequency_mhz(const SteadySamples& steady) {
  double sum_khz = 0;
  size_t count = 0;
  for (size_t i = steady.first; i <= steady.last; ++i) {
    for (const int64_t khz : steady.series->samples[i].frequency_khz) {
      sum_khz += static_cast<double>(khz);
      ++count;
    }
  }
  if (count == 0) return std::nullopt;
  return sum_khz / static_cast<double>(count) / 1000;
}

std::optional<double> idle_residency_percent(const SteadySamples& steady) {
  double residency_us = 0;
  size_t cpus = 0;
  for (const CpuIdle& end : steady.end().idle) {
    const auto begin = std::ranges::find(steady.begin().idle, end.cpu, &CpuIdle::cpu);
    if (begin == steady.begin().idle.end()) continue;
    if (end.residency_us < begin->residency_us) return std::nullopt;
    residency_us += static_cast<double>(end.residency_us) - static_cast<double>(begin->residency_us);
    ++cpus;
  }
  if (cpus == 0) return std::nullopt;
  return residency_us / (steady.seconds() * 1e6 * static_cast<double>(cpus)) * 100;
}

std::optional<double> smallest_available_mb(const SteadySamples& steady) {
  std::optional<double> smallest;
  for (size_t i = steady.first; i <= steady.last; ++i) {
    const MemoryState& memory = steady.series->samples[i].memory;
    if (memory.total_kb <= 0) continue;  // /proc/meminfo was not read
    const double mb = static_cast<double>(memory.available_kb) * 1024e-6;
    if (!smallest || mb < *smallest) smallest = mb;
  }
  return smallest;
}

void add_disks(const SteadySamples& steady, Values& values) {
  double read = 0;
  double written = 0;
  bool any = false;
  for (const DiskCounters& end : steady.end().disks) {
    const auto begin = std::ranges::find(steady.begin().disks, end.name, &DiskCounters::name);
    if (begin == steady.begin().disks.end()) continue;
    const auto read_rate = rate(begin->read_bytes, end.read_bytes, steady.seconds());
    const auto write_rate = rate(begin->written_bytes, end.written_bytes, steady.seconds());
    if (!read_rate || !write_rate) continue;
    read += *read_rate;
    written += *write_rate;
    any = true;
  }
  if (!any) return;
  values.set("disk_read_bytes_per_s", read);
  values.set("disk_written_bytes_per_s", written);
}

void add_hardware(const SteadySamples& steady, double units_per_s, Values& values) {
  const auto& begin = steady.begin().hardware;
  const auto& end = steady.end().hardware;
  if (!begin || !end || !(units_per_s > 0)) return;
  const auto per_unit = [&](int64_t HardwareCounters::*field) -> std::optional<double> {
    const auto per_s = rate(*begin.*field, *end.*field, steady.seconds());
    if (!per_s) return std::nullopt;
    return *per_s / units_per_s;
  };
  values.set("user_instructions_per_unit", per_unit(&HardwareCounters::instructions_user));
  values.set("kernel_instructions_per_unit", per_unit(&HardwareCounters::instructions_kernel));
  values.set("cycles_per_unit", per_unit(&HardwareCounters::cycles));
  values.set("cache_misses_per_unit", per_unit(&HardwareCounters::cache_misses));
}

int64_t cpu_us(const ProcessTree& tree) {
  return tree.user_us + tree.system_us;
}

// Highest CPU share between samples that lie kPeakStepNs apart or more.
std::optional<double> peak_cpu_percent(const SteadySamples& steady, int64_t handle) {
  std::optional<double> peak;
  const Sample* from = nullptr;
  for (size_t i = steady.first; i <= steady.last; ++i) {
    const Sample& to = steady.series->samples[i];
    if (tree_of(to, handle) == nullptr) continue;
    if (from == nullptr) {
      from = &to;
      continue;
    }
    if (to.monotonic_ns - from->monotonic_ns < kPeakStepNs) continue;
    const double seconds = static_cast<double>(to.monotonic_ns - from->monotonic_ns) * 1e-9;
    const auto us_per_s = rate(cpu_us(*tree_of(*from, handle)), cpu_us(*tree_of(to, handle)), seconds);
    if (us_per_s && (!peak || *us_per_s / 1e4 > *peak)) peak = *us_per_s / 1e4;
    from = &to;
  }
  return peak;
}

}  // namespace

Result<SteadySamples> steady_samples(const SampleSeries& series, int64_t start_ns, int64_t end_ns) {
  const auto lacking = [](std::string why) {
    return fail(ErrorKind::kWorkload, "the samples do not cover the steady part of the window", {},
                std::move(why));
  };
  if (end_ns <= start_ns) return lacking("the steady part is empty");
  const auto by_time = [](const Sample& sample, int64_t time) { return sample.monotonic_ns < time; };
  const auto& samples = series.samples;
  if (!std::ranges::is_sorted(samples, {}, &Sample::monotonic_ns))
    return lacking("they are not in order of time");
  const auto first = std::lower_bound(samples.begin(), samples.end(), start_ns, by_time);
  auto after = std::lower_bound(samples.begin(), samples.end(), end_ns, by_time);
  if (after != samples.end() && after->monotonic_ns == end_ns) ++after;
  if (after - first < 2)
    return lacking(fmt::format("{} samples lie in it", std::max<ptrdiff_t>(after - first, 0)));
  const SteadySamples steady{&series, static_cast<size_t>(first - samples.begin()),
                             static_cast<size_t>(after - samples.begin()) - 1};
  const double covered = steady.seconds() / (static_cast<double>(end_ns - start_ns) * 1e-9);
  if (covered < kCoverage) {
    return lacking(
        fmt::format("they cover {:.0f} % of it, {:.0f} % are needed", covered * 100, kCoverage * 100));
  }
  return steady;
}

std::optional<double> busy_us_per_s(const SteadySamples& steady) {
  const auto delta = cpu_delta(steady);
  if (!delta) return std::nullopt;
  return delta->busy_us / steady.seconds();
}

std::optional<InterfaceRates> interface_rates(const SteadySamples& steady, const std::string& netns,
                                              const std::string& interface) {
  const NetInterface* begin = interface_of(steady.begin(), netns, interface);
  const NetInterface* end = interface_of(steady.end(), netns, interface);
  if (begin == nullptr || end == nullptr) return std::nullopt;
  const auto of = [&](int64_t NetInterface::*field) {
    return rate(begin->*field, end->*field, steady.seconds());
  };
  const auto rx_packets = of(&NetInterface::rx_packets);
  const auto tx_packets = of(&NetInterface::tx_packets);
  const auto rx_bytes = of(&NetInterface::rx_bytes);
  const auto tx_bytes = of(&NetInterface::tx_bytes);
  const auto rx_dropped = of(&NetInterface::rx_dropped);
  const auto tx_dropped = of(&NetInterface::tx_dropped);
  if (!rx_packets || !tx_packets || !rx_bytes || !tx_bytes || !rx_dropped || !tx_dropped) return std::nullopt;
  return InterfaceRates{*rx_packets, *tx_packets, *rx_bytes, *tx_bytes, *rx_dropped, *tx_dropped};
}

std::map<std::string, double> host_conditions(const SteadySamples& steady, double units_per_s) {
  Values values;
  const Sample& begin = steady.begin();
  const Sample& end = steady.end();
  const double seconds = steady.seconds();
  if (const auto delta = cpu_delta(steady)) {
    values.set("idle_percent", delta->idle_us / delta->total_us * 100);
    values.set("iowait_percent", delta->iowait_us / delta->total_us * 100);
    values.set("softirq_percent", delta->softirq_us / delta->total_us * 100);
    values.set("steal_percent", delta->steal_us / delta->total_us * 100);
  }
  // These stand in the same file as the CPU times and have no mark of their own for "not read".
  if (!end.cpus.empty() && end.context_switches > 0) {
    values.set("context_switches_per_s", rate(begin.context_switches, end.context_switches, seconds));
    values.set("interrupts_per_s", rate(begin.interrupts, end.interrupts, seconds));
    values.set("softirq_net_rx_per_s", rate_of_32_bits(begin.softirq_net_rx, end.softirq_net_rx, seconds));
    values.set("softirq_net_tx_per_s", rate_of_32_bits(begin.softirq_net_tx, end.softirq_net_tx, seconds));
  }
  values.set("frequency_mhz", mean_frequency_mhz(steady));
  values.set("idle_residency_percent", idle_residency_percent(steady));
  const Pressure& before = begin.pressure;
  const Pressure& after = end.pressure;
  values.set("psi_cpu_percent", pressure_percent(before.cpu_some_us, after.cpu_some_us, seconds));
  values.set("psi_memory_percent", pressure_percent(before.memory_some_us, after.memory_some_us, seconds));
  values.set("psi_io_percent", pressure_percent(before.io_some_us, after.io_some_us, seconds));
  values.set("memory_available_mb", smallest_available_mb(steady));
  add_disks(steady, values);
  add_hardware(steady, units_per_s, values);
  return values.take();
}

std::map<std::string, double> subject_conditions(const SteadySamples& steady, int64_t handle) {
  double rss_sum = 0;
  double vsz_sum = 0;
  double rss_peak = 0;
  double vsz_peak = 0;
  size_t count = 0;
  for (size_t i = steady.first; i <= steady.last; ++i) {
    const ProcessTree* tree = tree_of(steady.series->samples[i], handle);
    if (tree == nullptr || tree->processes == 0) continue;
    const auto rss = static_cast<double>(tree->rss_kb);
    const auto vsz = static_cast<double>(tree->vsz_kb);
    rss_sum += rss;
    vsz_sum += vsz;
    rss_peak = std::max(rss_peak, rss);
    vsz_peak = std::max(vsz_peak, vsz);
    ++count;
  }
  Values values;
  if (count > 0) {
    values.set("subject_rss_kb", rss_sum / static_cast<double>(count));
    values.set("subject_vsz_kb", vsz_sum / static_cast<double>(count));
    values.set("subject_rss_peak_kb", rss_peak);
    values.set("subject_vsz_peak_kb", vsz_peak);
  }
  const ProcessTree* begin = tree_of(steady.begin(), handle);
  const ProcessTree* end = tree_of(steady.end(), handle);
  if (begin != nullptr && end != nullptr) {
    if (const auto us_per_s = rate(cpu_us(*begin), cpu_us(*end), steady.seconds()))
      values.set("subject_cpu_percent", *us_per_s / 1e4);
    values.set("subject_cpu_peak_percent", peak_cpu_percent(steady, handle));
    values.set("subject_output_bytes_per_s", rate(begin->output_bytes, end->output_bytes, steady.seconds()));
    values.set("subject_run_queue_wait_percent", run_queue_wait_percent(steady, {handle}));
  }
  return values.take();
}

std::optional<double> run_queue_wait_percent(const SteadySamples& steady,
                                             const std::vector<int64_t>& handles) {
  std::optional<double> sum;
  for (const int64_t handle : handles) {
    const ProcessTree* begin = tree_of(steady.begin(), handle);
    const ProcessTree* end = tree_of(steady.end(), handle);
    if (begin == nullptr || end == nullptr) continue;
    const auto percent = pressure_percent(begin->run_delay_us, end->run_delay_us, steady.seconds());
    if (percent) sum = sum.value_or(0) + *percent;
  }
  return sum;
}

bool same_series(const SampleSeries& a, const SampleSeries& b) {
  return &a == &b ||
         (a.samples.size() == b.samples.size() &&
          std::ranges::equal(a.samples, b.samples, {}, &Sample::monotonic_ns, &Sample::monotonic_ns));
}

}  // namespace bpftax
