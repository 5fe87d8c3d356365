// Kernel file names in one place. Every reader of this folder takes SampleRoots, so that a test can show it a
// fixture tree instead of the running kernel.
#pragma once

#include <string>

namespace bpftax {

struct SampleRoots {
  std::string proc = "/proc";
  std::string sys = "/sys";
  std::string etc = "/etc";
};

namespace paths {

// Below SampleRoots::proc.
inline constexpr char kStat[] = "/stat";
inline constexpr char kMeminfo[] = "/meminfo";
inline constexpr char kDiskstats[] = "/diskstats";
inline constexpr char kPressureCpu[] = "/pressure/cpu";
inline constexpr char kPressureMemory[] = "/pressure/memory";
inline constexpr char kPressureIo[] = "/pressure/io";
inline constexpr char kCpuinfo[] = "/cpuinfo";
inline constexpr char kUptime[] = "/uptime";
inline constexpr char kSelfNetDev[] = "/thread-self/net/dev";
inline constexpr char kHostname[] = "/sys/kernel/hostname";
inline constexpr char kOsRelease[] = "/sys/kernel/osrelease";
inline constexpr char kVersion[] = "/sys/kernel/version";
inline constexpr char kBootId[] = "/sys/kernel/random/boot_id";
inline constexpr char kBpfStatsEnabled[] = "/sys/kernel/bpf_stats_enabled";
inline constexpr char kUnprivilegedBpfDisabled[] = "/sys/kernel/unprivileged_bpf_disabled";
inline constexpr char kPerfEventParanoid[] = "/sys/kernel/perf_event_paranoid";
inline constexpr char kBpfJitEnable[] = "/sys/net/core/bpf_jit_enable";
inline constexpr char kBpfJitHarden[] = "/sys/net/core/bpf_jit_harden";
inline constexpr char kSchedSchedstats[] = "/sys/kernel/sched_schedstats";

// Below SampleRoots::sys.
inline constexpr char kCpuDirectory[] = "/devices/system/cpu";
inline constexpr char kCpuOnline[] = "/devices/system/cpu/online";
inline constexpr char kCpuPossible[] = "/devices/system/cpu/possible";
inline constexpr char kSmtActive[] = "/devices/system/cpu/smt/active";
inline constexpr char kVulnerabilities[] = "/devices/system/cpu/vulnerabilities";
inline constexpr char kNoTurbo[] = "/devices/system/cpu/intel_pstate/no_turbo";
inline constexpr char kBoost[] = "/devices/system/cpu/cpufreq/boost";
inline constexpr char kIdleDriver[] = "/devices/system/cpu/cpuidle/current_driver";
inline constexpr char kNodeOnline[] = "/devices/system/node/online";
inline constexpr char kClocksource[] = "/devices/system/clocksource/clocksource0/current_clocksource";
inline constexpr char kBlock[] = "/block";
inline constexpr char kNetClass[] = "/class/net";
inline constexpr char kDmiVendor[] = "/class/dmi/id/sys_vendor";
inline constexpr char kDmiProduct[] = "/class/dmi/id/product_name";
inline constexpr char kHypervisorType[] = "/hypervisor/type";
inline constexpr char kBtfVmlinux[] = "/kernel/btf/vmlinux";
inline constexpr char kLockdown[] = "/kernel/security/lockdown";
inline constexpr char kSchedPreempt[] = "/kernel/debug/sched/preempt";
inline constexpr char kCgroup[] = "/fs/cgroup";
inline constexpr char kTracefsEvents[] = "/kernel/tracing/events";
inline constexpr char kTracefsEventsOld[] = "/kernel/debug/tracing/events";  // before Linux 4.1, or by hand

// Named network namespaces (ip-netns(8)).
inline constexpr char kNetnsDirectory[] = "/run/netns";

}  // namespace paths
}  // namespace bpftax
