// What kind of machine this is, for the report: read once per run. One JSON object; what cannot be known is
// null.
//
// Keys: hostname, kernel_release, kernel_version, architecture, distribution, boot_id, uptime_s,
// timezone_offset_s, cpu_model, cpus_online, cpus_possible (lists "0-3"), cpu_count_online,
// cpu_count_possible, smt, numa_nodes, memory_total_kb, hypervisor, clocksource, cpufreq_governor,
// cpufreq_driver, cpuidle_driver, cpuidle_states, turbo, mitigations {name: text},
// nics {name: {driver, speed_mbps, mtu}} (interfaces with a device behind them, speed null without a link),
// preemption, bpf_jit_enable, bpf_jit_harden, unprivileged_bpf_disabled, bpf_stats_enabled,
// perf_event_paranoid, btf, lockdown, cgroup_mode, psi.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "sample/paths.h"

namespace bpftax {

nlohmann::json read_host_facts(const SampleRoots& roots = {});

// How many numbers a kernel list holds: "0-3,8" is 5; nullopt when it is no such list.
std::optional<int64_t> count_cpu_list(std::string_view list);
// "full", "voluntary", "none", "rt", "lazy", "dynamic" from the kernel's version line; nullopt where it does
// not say.
std::optional<std::string> preemption_from_version(std::string_view version);

}  // namespace bpftax
