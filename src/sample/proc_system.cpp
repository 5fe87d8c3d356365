#include "sample/proc_system.h"

#include <array>
#include <cmath>
#include <string>

#include "sample/scan.h"
#include "util/strings.h"

namespace bpftax {
namespace {

tl::unexpected<Error> malformed(std::string_view path, std::string_view line, std::string_view why) {
  return fail(ErrorKind::kInternal, "cannot parse", std::string(path),
              std::string(why) + ": '" + printable(shorten(line, 80)) + "'");
}

Result<CpuTimes> parse_cpu_line(std::string_view name, std::string_view rest, std::string_view line,
                                int64_t tick_us) {
  CpuTimes times;
  const auto cpu = scan::to_number(name.substr(3));
  if (!cpu || *cpu < 0 || *cpu > 1'000'000) return malformed("/proc/stat", line, "no CPU number");
  times.cpu = static_cast<int>(*cpu);
  const std::array<int64_t*, 8> columns = {&times.user_us,    &times.nice_us,   &times.system_us,
                                           &times.idle_us,    &times.iowait_us, &times.irq_us,
                                           &times.softirq_us, &times.steal_us};
  for (size_t i = 0; i < columns.size(); ++i) {
    const std::string_view word = scan::next_word(rest);
    if (word.empty() && i >= 4) break;  // user, nice, system and idle have always been there
    const auto value = scan::scaled(scan::to_number(word), tick_us);
    if (!value || *value < 0) return malformed("/proc/stat", line, "no count of ticks");
    // Eight such columns are added up by busy_us() and total_us().
    if (*value > INT64_MAX / 16) return malformed("/proc/stat", line, "impossible count of ticks");
    *columns[i] = *value;
  }
  return times;
}

}  // namespace

Result<SystemStat> parse_system_stat(std::string_view text, int64_t tick_us) {
  SystemStat stat;
  bool has_switches = false;
  std::string_view line;
  while (scan::next_line(text, line)) {
    std::string_view rest = line;
    const std::string_view name = scan::next_word(rest);
    if (name.starts_with("cpu")) {
      if (name.size() == 3) continue;  // the sum over CPUs
      BPFTAX_ASSIGN(const CpuTimes times, parse_cpu_line(name, rest, line, tick_us));
      stat.cpus.push_back(times);
      continue;
    }
    int64_t* target = name == "intr"        ? &stat.interrupts
                      : name == "ctxt"      ? &stat.context_switches
                      : name == "btime"     ? &stat.boot_time_s
                      : name == "processes" ? &stat.processes_created
                                            : nullptr;
    if (target != nullptr) {
      const auto value = scan::next_number(rest);
      if (!value || *value < 0) return malformed("/proc/stat", line, "no number");
      *target = *value;
      has_switches = has_switches || target == &stat.context_switches;
    } else if (name == "softirq") {
      // Total, then HI TIMER NET_TX NET_RX ...: the order of the kernel's enum, unchanged since the line
      // exists.
      std::array<int64_t, 5> values{};
      for (int64_t& value : values) {
        const auto number = scan::next_number(rest);
        if (!number || *number < 0) return malformed("/proc/stat", line, "no number");
        value = *number;
      }
      stat.softirq_net_tx = values[3];
      stat.softirq_net_rx = values[4];
    }
  }
  if (stat.cpus.empty()) return malformed("/proc/stat", "", "no line cpuN");
  if (!has_switches) return malformed("/proc/stat", "", "no line ctxt");
  return stat;
}

Result<MemoryState> parse_meminfo(std::string_view text) {
  MemoryState memory;
  std::optional<int64_t> total, free, available, buffers, cached, slab;
  const std::array<std::pair<std::string_view, std::optional<int64_t>*>, 6> wanted = {
      {{"MemTotal:", &total},
       {"MemFree:", &free},
       {"MemAvailable:", &available},
       {"Buffers:", &buffers},
       {"Cached:", &cached},
       {"Slab:", &slab}}};
  std::string_view line;
  size_t missing = wanted.size();
  while (missing > 0 && scan::next_line(text, line)) {
    std::string_view rest = line;
    const std::string_view name = scan::next_word(rest);
    for (const auto& [key, target] : wanted) {
      if (name != key || target->has_value()) continue;
      *target = scan::next_number(rest);
      if (!target->has_value() || **target < 0 || **target > INT64_MAX / 4)
        return malformed("/proc/meminfo", line, "no size");
      --missing;
      break;
    }
  }
  if (!total || !free) return malformed("/proc/meminfo", "", "no MemTotal or no MemFree");
  memory.total_kb = *total;
  memory.free_kb = *free;
  memory.cached_kb = cached.value_or(0);
  memory.slab_kb = slab.value_or(0);
  memory.available_kb = available.value_or(*free + buffers.value_or(0) + cached.value_or(0));
  return memory;
}

Result<std::vector<SoftirqRow>> parse_softirqs(std::string_view text) {
  std::vector<SoftirqRow> rows;
  std::string_view line;
  if (!scan::next_line(text, line) || line.find("CPU") == std::string_view::npos)
    return malformed("/proc/softirqs", line, "no header with CPUs");
  while (scan::next_line(text, line)) {
    std::string_view rest = line;
    SoftirqRow row;
    row.name = scan::next_word(rest);
    if (row.name.empty()) continue;
    if (!row.name.ends_with(':')) return malformed("/proc/softirqs", line, "no name");
    row.name.remove_suffix(1);
    for (std::string_view word = scan::next_word(rest); !word.empty(); word = scan::next_word(rest)) {
      const auto value = scan::to_number(word);
      if (!value || *value < 0 || __builtin_add_overflow(row.total, *value, &row.total))
        return malformed("/proc/softirqs", line, "no count");
    }
    rows.push_back(row);
  }
  return rows;
}

Result<PressureTotals> parse_pressure(std::string_view text) {
  PressureTotals totals;
  std::string_view line;
  while (scan::next_line(text, line)) {
    std::string_view rest = line;
    const std::string_view name = scan::next_word(rest);
    std::optional<int64_t>* target = name == "some"   ? &totals.some_us
                                     : name == "full" ? &totals.full_us
                                                      : nullptr;
    if (target == nullptr) continue;
    constexpr std::string_view kTotal = "total=";
    for (std::string_view word = scan::next_word(rest); !word.empty(); word = scan::next_word(rest)) {
      if (word.starts_with(kTotal)) *target = scan::to_number(word.substr(kTotal.size()));
    }
    if (!target->has_value() || **target < 0) return malformed("/proc/pressure", line, "no total");
  }
  if (!totals.some_us) return malformed("/proc/pressure", "", "no line 'some'");
  return totals;
}

CpuinfoFrequency parse_cpuinfo_frequency(std::string_view text) {
  CpuinfoFrequency frequency;
  std::string_view line;
  while (scan::next_line(text, line)) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const std::string_view key = trim(line.substr(0, colon));
    std::string_view value = line.substr(colon + 1);
    if (key == "cpu MHz") {
      const auto mhz = to_double(trim(value));
      if (mhz && *mhz > 0 && *mhz < 1e6) frequency.khz.push_back(std::llround(*mhz * 1000));
    } else if (key == "flags" && !frequency.live) {
      for (std::string_view word = scan::next_word(value); !word.empty(); word = scan::next_word(value))
        frequency.live = frequency.live || word == "aperfmperf";
    }
  }
  return frequency;
}

}  // namespace bpftax
