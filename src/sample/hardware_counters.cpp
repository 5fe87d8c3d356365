#include "sample/hardware_counters.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "sample/cpu_list.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

struct Event {
  uint64_t config;
  bool exclude_user, exclude_kernel;
  int64_t HardwareCounters::*target;
};

constexpr std::array<Event, 4> kEvents = {{
    {PERF_COUNT_HW_CPU_CYCLES, false, false, &HardwareCounters::cycles},
    {PERF_COUNT_HW_INSTRUCTIONS, false, true, &HardwareCounters::instructions_user},
    {PERF_COUNT_HW_INSTRUCTIONS, true, false, &HardwareCounters::instructions_kernel},
    {PERF_COUNT_HW_CACHE_MISSES, false, false, &HardwareCounters::cache_misses},
}};

// What read() returns for a group with these read_format bits (perf_event_open(2)).
struct GroupValues {
  uint64_t count, enabled, running;
  std::array<uint64_t, kEvents.size()> values;
};

Fd open_event(const Event& event, int cpu, int leader) {
  perf_event_attr attributes{};
  attributes.type = PERF_TYPE_HARDWARE;
  attributes.size = sizeof attributes;
  attributes.config = event.config;
  attributes.exclude_user = event.exclude_user;
  attributes.exclude_kernel = event.exclude_kernel;
  attributes.exclude_hv = 1;
  attributes.read_format =
      PERF_FORMAT_GROUP | PERF_FORMAT_TOTAL_TIME_ENABLED | PERF_FORMAT_TOTAL_TIME_RUNNING;
  return Fd(
      static_cast<int>(::syscall(SYS_perf_event_open, &attributes, -1, cpu, leader, PERF_FLAG_FD_CLOEXEC)));
}

}  // namespace

int64_t scale_counter(int64_t value, int64_t enabled, int64_t running) {
  if (running <= 0 || running >= enabled) return value;
  return static_cast<int64_t>(static_cast<long double>(value) * enabled / running);
}

Result<HardwareCounterReader> HardwareCounterReader::open(const SampleRoots& roots) {
  BPFTAX_ASSIGN(const std::string text, read_file(roots.sys + paths::kCpuOnline));
  const auto cpus = parse_cpu_list(trim(text));
  if (!cpus)
    return fail(ErrorKind::kInternal, "cannot parse", roots.sys + paths::kCpuOnline, "no list of CPUs");
  HardwareCounterReader reader;
  for (const int cpu : *cpus) {
    Group group;
    group.cpu = cpu;
    for (const Event& event : kEvents) {
      Fd fd = open_event(event, cpu, group.fds.empty() ? -1 : group.fds.front().get());
      if (!fd) {
        const int why = errno;
        const bool none = why == ENOENT || why == EOPNOTSUPP || why == ENODEV;
        return fail_errno(
            why, none ? "this machine has no hardware counters" : "cannot open hardware counters",
            "perf_event_open, CPU " + std::to_string(cpu), ErrorKind::kEnvironment,
            why == EACCES || why == EPERM ? "run as root, or lower kernel.perf_event_paranoid" : "");
      }
      group.fds.push_back(std::move(fd));
    }
    reader.groups_.push_back(std::move(group));
  }
  return reader;
}

Result<HardwareCounters> HardwareCounterReader::read() const {
  HardwareCounters sum;
  for (const Group& group : groups_) {
    GroupValues got{};
    const ssize_t size = ::read(group.fds.front().get(), &got, sizeof got);
    const std::string where = "CPU " + std::to_string(group.cpu);
    if (size < 0) return fail_errno(errno, "cannot read hardware counters", where);
    if (size != sizeof got || got.count != kEvents.size())
      return fail(ErrorKind::kEnvironment, "cannot read hardware counters", where,
                  "the CPU has gone offline");
    if (got.running == 0) {
      return fail(ErrorKind::kEnvironment, "cannot read hardware counters", where,
                  "the counters never ran; something else (NMI watchdog, perf) holds them");
    }
    for (size_t i = 0; i < kEvents.size(); ++i) {
      sum.*kEvents[i].target +=
          scale_counter(static_cast<int64_t>(got.values[i]), static_cast<int64_t>(got.enabled),
                        static_cast<int64_t>(got.running));
    }
  }
  return sum;
}

}  // namespace bpftax
