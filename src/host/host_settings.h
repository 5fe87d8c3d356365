// Settings of a machine that move what is measured on it, and are not in its facts: network interfaces, idle
// states, interrupts, the disk of the workdir, BPF programs that nobody holds. Read for `bpftax doctor
// CONFIG` by one shell script; its answer is foreign text.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "host/host.h"
#include "host/preflight.h"
#include "util/result.h"

namespace bpftax {

struct IdleState {
  std::string name;
  int64_t latency_us = 0;
  bool disabled = false;
};

struct LinkSettings {
  std::string name;
  bool exists = false;
  bool up = false;
  std::optional<int64_t> mtu;
  // From /sys/class/net, which may show another network namespace: then these are unknown.
  std::optional<int64_t> speed_mbps;
  std::string duplex;  // "full", "half", ""
  int rx_queues = 0;
  int rps_queues = 0;              // of these with CPUs in rps_cpus
  std::set<std::string> irq_cpus;  // effective affinities of its interrupts
  int irqs = 0;
  std::map<std::string, std::string> offloads;  // `ethtool -k`: "generic-receive-offload" -> "on"
};

struct HostSettings {
  std::optional<int64_t> workdir_free_bytes;
  std::optional<bool> irqbalance;  // it runs
  std::vector<IdleState> idle_states;
  std::optional<int64_t> lowest_khz, highest_khz;  // that the governor may choose (cpu0)
  std::string python;  // path of the interpreter that was asked for; "" = not there
  bool python_bcc = false;
  bool has_ethtool = false;
  std::set<uint32_t> held_programs;  // BPF programs that a process holds, directly or by a link
  std::vector<LinkSettings> links;   // as asked for
};

// The script for a POSIX shell.
std::string host_settings_script(const std::string& workdir, const std::string& python,
                                 const std::vector<std::string>& interfaces);
HostSettings parse_host_settings(std::string_view text);
Result<HostSettings> read_host_settings(Host& host, const std::string& workdir, const std::string& python,
                                        const std::vector<std::string>& interfaces);

// Judgements. Pure.
std::vector<HostFinding> judge_settings(const nlohmann::json& facts, const HostSettings& settings);
// Programs that no process holds: pinned, or attached to an interface or a control group by somebody who has
// gone.
HostFinding judge_stale_programs(const Result<BpfInventory>& inventory, const std::set<uint32_t>& held);
// The two ends of an environment should be alike.
std::vector<HostFinding> judge_pair(const LinkSettings& server, const LinkSettings& client);

}  // namespace bpftax
