#include "host/host_settings.h"

#include <fmt/format.h>

#include "host/ssh_probe.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {

namespace {

constexpr int64_t kScriptTimeoutMs = 30'000;

// One line a fact: KEY VALUE. Interfaces: a line "link NAME", then what belongs to it.
constexpr const char* kSettingsFunctions =
    "LC_ALL=C; export LC_ALL; PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin\n"
    "put() { printf '%s %s\\n' \"$1\" \"$(printf %s \"$2\" | tr '\\n\\r' '  ')\"; }\n"
    "read_file() { [ -r \"$1\" ] && cat \"$1\" 2>/dev/null; }\n"
    // /sys may belong to another network namespace than we: the index must be the same.
    "link() {\n"
    "  put link \"$1\"\n"
    "  l=$(ip -o link show dev \"$1\" 2>/dev/null) || return 0\n"
    "  put exists yes\n"
    "  case $l in *LOWER_UP*) put up yes;; esac\n"
    "  put mtu \"$(printf %s \"$l\" | sed -nE 's/.* mtu ([0-9]+).*/\\1/p')\"\n"
    "  command -v ethtool >/dev/null 2>&1 && ethtool -k \"$1\" 2>/dev/null | sed -nE 's/^([a-z-]+): "
    "(on|off).*/offload "
    "\\1 \\2/p'\n"
    "  s=/sys/class/net/$1\n"
    "  [ \"$(read_file \"$s/ifindex\")\" = \"${l%%:*}\" ] || return 0\n"
    "  put speed \"$(read_file \"$s/speed\")\"; put duplex \"$(read_file \"$s/duplex\")\"\n"
    "  for q in \"$s\"/queues/rx-*; do [ -e \"$q/rps_cpus\" ] && put rps \"$(read_file \"$q/rps_cpus\")\"; "
    "done\n"
    "  for i in \"$s\"/device/msi_irqs/*; do\n"
    "    [ -e \"$i\" ] && put irq \"$(read_file \"/proc/irq/${i##*/}/effective_affinity_list\")\"\n"
    "  done\n"
    "}\n";
constexpr const char* kSettingsMachine =
    "if grep -qsx irqbalance /proc/[0-9]*/comm; then put irqbalance yes; else put irqbalance no; fi\n"
    "c=/sys/devices/system/cpu/cpu0\n"
    "for s in $c/cpuidle/state*; do\n"
    "  [ -e \"$s/name\" ] && put idle \"$(read_file \"$s/latency\") $(read_file \"$s/disable\") $(read_file "
    "\"$s/name\")\"\n"
    "done\n"
    "put lowest_khz \"$(read_file $c/cpufreq/scaling_min_freq)\"; put highest_khz \"$(read_file "
    "$c/cpufreq/scaling_max_freq)\"\n"
    "command -v ethtool >/dev/null 2>&1 && put ethtool yes\n"
    "for p in /proc/[0-9]*; do grep -hs '^prog_id:' \"$p\"/fdinfo/*; done | sort -u | while read -r _ id; "
    "do\n"
    "  put held \"$id\"\n"
    "done\n";

// Lines "KEY VALUE" of one interface.
void take_link_line(std::string_view key, std::string_view value, LinkSettings& link) {
  if (key == "exists") link.exists = true;
  if (key == "up") link.up = true;
  if (key == "mtu") link.mtu = to_int64(value);
  if (key == "speed") {
    // -1: no link, or a driver that does not know.
    if (const auto speed = to_int64(value); speed && *speed > 0) link.speed_mbps = *speed;
  }
  if (key == "duplex" && (value == "full" || value == "half")) link.duplex = std::string(value);
  if (key == "rps") {
    ++link.rx_queues;
    if (value.find_first_not_of("0,") != std::string_view::npos) ++link.rps_queues;
  }
  if (key == "irq") {
    ++link.irqs;
    if (!value.empty()) link.irq_cpus.insert(printable(value));
  }
  if (key == "offload") {
    const auto words = split_blank(value);
    if (words.size() == 2) link.offloads[printable(words[0])] = printable(words[1]);
  }
}

void take_idle_line(std::string_view value, HostSettings& settings) {
  const auto words = split_blank(value);
  const auto latency = words.size() >= 3 ? to_int64(words[0]) : std::nullopt;
  if (!latency) return;
  settings.idle_states.push_back({printable(words[2]), *latency, words[1] != "0"});
}

class SettingsJudge {
 public:
  std::vector<HostFinding> run(const nlohmann::json& facts, const HostSettings& settings) {
    disk(settings);
    processor(facts, settings);
    interrupts(settings);
    python(settings);
    for (const LinkSettings& one : settings.links) link(one, settings.has_ethtool);
    return std::move(findings_);
  }

 private:
  static constexpr int64_t kWantedBytes = int64_t{2} << 30;
  static constexpr int64_t kSlowIdleUs = 10;

  void add(FindingLevel level, std::string topic, std::string detail, std::string fix = {}) {
    findings_.push_back({level, std::move(topic), std::move(detail), std::move(fix)});
  }

  void disk(const HostSettings& settings) {
    if (!settings.workdir_free_bytes) {
      add(FindingLevel::kWarn, "disk", "free space of the workdir is unknown");
      return;
    }
    const std::string text =
        format_bytes(static_cast<double>(*settings.workdir_free_bytes)) + " free in the workdir";
    if (*settings.workdir_free_bytes < kWantedBytes) {
      add(FindingLevel::kWarn, "disk", text,
          "make room, or choose a workdir with 2 GiB free (bpftax plan estimates)");
    } else {
      add(FindingLevel::kOk, "disk", text);
    }
  }

  void processor(const nlohmann::json& facts, const HostSettings& settings) {
    if (settings.lowest_khz && settings.highest_khz && *settings.lowest_khz < *settings.highest_khz) {
      add(FindingLevel::kNote, "frequency",
          fmt::format("may move between {} and {} MHz", *settings.lowest_khz / 1000,
                      *settings.highest_khz / 1000),
          "cpupower frequency-set -g performance -d MAX -u MAX, with the nominal frequency as MAX");
    }
    const auto turbo = facts.find("turbo");
    if (turbo != facts.end() && *turbo == true) {
      add(FindingLevel::kNote, "turbo", "on: the frequency depends on temperature and on what other CPUs do",
          "echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo, or echo 0 > "
          "/sys/devices/system/cpu/cpufreq/boost");
    }
    const IdleState* slowest = nullptr;
    for (const IdleState& state : settings.idle_states) {
      if (!state.disabled && (slowest == nullptr || state.latency_us > slowest->latency_us)) slowest = &state;
    }
    if (settings.idle_states.empty() && !settings.highest_khz) {
      add(FindingLevel::kOk, "idle states",
          "neither these nor the frequency are this kernel's to choose (virtual machine?)");
    }
    if (slowest != nullptr && slowest->latency_us > kSlowIdleUs) {
      add(FindingLevel::kNote, "idle states",
          fmt::format("waking from {} takes {} us, which latency windows see", slowest->name,
                      slowest->latency_us),
          fmt::format("cpupower idle-set -D {}", kSlowIdleUs));
    }
  }

  void interrupts(const HostSettings& settings) {
    if (settings.irqbalance == true) {
      add(FindingLevel::kWarn, "irqbalance",
          "runs: it moves interrupts between CPUs, also in the middle of a window",
          "systemctl stop irqbalance");
    } else if (settings.irqbalance == false) {
      add(FindingLevel::kOk, "irqbalance", "does not run");
    }
  }

  void python(const HostSettings& settings) {
    if (settings.python.empty()) {
      add(FindingLevel::kWarn, "python",
          "the configured python interpreter is not there: tools in Python will not start",
          "apt-get install python3, or set python_interpreter");
    } else if (!settings.python_bcc) {
      add(FindingLevel::kWarn, "python", settings.python + " has no module bcc: BCC tools will not start",
          "apt-get install python3-bpfcc (RPM: python3-bcc)");
    } else {
      add(FindingLevel::kOk, "python", settings.python + " with bcc");
    }
  }

  void link(const LinkSettings& link, bool has_ethtool) {
    const std::string topic = "link " + link.name;
    if (!link.exists) {
      add(FindingLevel::kFail, topic, "there is no such interface",
          "correct it in the configuration, or run bpftax discover again");
      return;
    }
    if (!link.up) {
      add(FindingLevel::kFail, topic, "has no carrier, or is down",
          "ip link set " + link.name + " up; check the cable");
      return;
    }
    std::string text =
        link.speed_mbps ? fmt::format("{} Mb/s", *link.speed_mbps) : "speed unknown (virtual?)";
    if (!link.duplex.empty()) text += ", " + link.duplex + " duplex";
    if (link.mtu) text += fmt::format(", MTU {}", *link.mtu);
    if (link.duplex == "half") {
      add(FindingLevel::kWarn, topic, text, "check the negotiation of the port: ethtool " + link.name);
    } else {
      add(FindingLevel::kOk, topic, text);
    }
    queues(link);
    offloads(link, has_ethtool);
  }

  void queues(const LinkSettings& link) {
    const std::string topic = "queues " + link.name;
    if (link.irqs > 1 && link.irq_cpus.size() == 1) {
      add(FindingLevel::kWarn, topic,
          fmt::format("all {} interrupts are served by CPU {}", link.irqs, *link.irq_cpus.begin()),
          "spread them: /proc/irq/N/smp_affinity_list (the driver's set_irq_affinity script)");
    } else if (link.rx_queues == 1 && link.rps_queues == 0 && link.irqs > 0) {
      add(FindingLevel::kNote, topic, "one receive queue and no RPS: one CPU receives everything",
          fmt::format("echo MASK > /sys/class/net/{}/queues/rx-0/rps_cpus", link.name));
    } else if (link.rx_queues > 0) {
      add(FindingLevel::kOk, topic,
          fmt::format("{} receive queues, RPS on {}", link.rx_queues, link.rps_queues));
    }
  }

  void offloads(const LinkSettings& link, bool has_ethtool) {
    const std::string topic = "offloads " + link.name;
    if (link.offloads.empty()) {
      add(FindingLevel::kNote, topic, has_ethtool ? "cannot be read" : "unknown: there is no ethtool",
          has_ethtool ? "" : "apt-get install ethtool");
      return;
    }
    std::vector<std::string> off;
    for (const char* name :
         {"tcp-segmentation-offload", "generic-segmentation-offload", "generic-receive-offload"}) {
      const auto it = link.offloads.find(name);
      if (it != link.offloads.end() && it->second == "off") off.emplace_back(name);
    }
    const auto lro = link.offloads.find("large-receive-offload");
    if (lro != link.offloads.end() && lro->second == "on") {
      add(FindingLevel::kNote, topic, "large-receive-offload is on: tools on packets see merged ones",
          "ethtool -K " + link.name + " lro off");
    }
    if (off.empty()) {
      add(FindingLevel::kOk, topic, "TSO, GSO and GRO are on");
    } else {
      add(FindingLevel::kNote, topic, "off: " + join(off, ", ") + ": more packets for the same throughput");
    }
  }

  std::vector<HostFinding> findings_;
};

}  // namespace

std::string host_settings_script(const std::string& workdir, const std::string& python,
                                 const std::vector<std::string>& interfaces) {
  std::string script = std::string(kSettingsFunctions) + kSettingsMachine;
  script += fmt::format(
      "w={}; while [ ! -e \"$w\" ] && [ -n \"$w\" ] && [ \"$w\" != / ]; do w=$(dirname \"$w\"); done\n"
      "put workdir_df \"$(df -Pk \"$w\" 2>/dev/null | tail -n 1)\"\n",
      shell_quote(workdir.empty() ? "." : workdir));
  script += fmt::format(
      "p=$(command -v {0}) && put python \"$p\" && \"$p\" -c 'import bcc' 2>/dev/null && put python_bcc "
      "yes\n",
      shell_quote(python));
  for (const std::string& interface : interfaces) script += "link " + shell_quote(interface) + "\n";
  script += "exit 0\n";
  return script;
}

HostSettings parse_host_settings(std::string_view text) {
  HostSettings settings;
  for (const std::string_view line : split(text, '\n')) {
    const size_t blank = line.find(' ');
    if (blank == std::string_view::npos) continue;
    const std::string_view key = line.substr(0, blank), value = trim(line.substr(blank + 1));
    if (key == "link") {
      settings.links.emplace_back().name = printable(value);
    } else if (!settings.links.empty()) {
      take_link_line(key, value, settings.links.back());
    } else if (key == "irqbalance") {
      settings.irqbalance = value == "yes";
    } else if (key == "idle") {
      take_idle_line(value, settings);
    } else if (key == "lowest_khz") {
      settings.lowest_khz = to_int64(value);
    } else if (key == "highest_khz") {
      settings.highest_khz = to_int64(value);
    } else if (key == "ethtool") {
      settings.has_ethtool = value == "yes";
    } else if (key == "held") {
      if (const auto id = to_uint64(value); id && *id <= UINT32_MAX)
        settings.held_programs.insert(static_cast<uint32_t>(*id));
    } else if (key == "workdir_df") {
      settings.workdir_free_bytes = free_bytes_of_df(value);
    } else if (key == "python") {
      settings.python = printable(value);
    } else if (key == "python_bcc") {
      settings.python_bcc = value == "yes";
    }
  }
  return settings;
}

Result<HostSettings> read_host_settings(Host& host, const std::string& workdir, const std::string& python,
                                        const std::vector<std::string>& interfaces) {
  ProcessSpec spec;
  spec.name = "look at settings";
  spec.shell = host_settings_script(workdir, python, interfaces);
  BPFTAX_ASSIGN(const Host::Finished finished, host.run(spec, kScriptTimeoutMs));
  return parse_host_settings(finished.out);
}

std::vector<HostFinding> judge_settings(const nlohmann::json& facts, const HostSettings& settings) {
  return SettingsJudge().run(facts, settings);
}

HostFinding judge_stale_programs(const Result<BpfInventory>& inventory, const std::set<uint32_t>& held) {
  const std::string topic = "stale BPF programs";
  if (!inventory)
    return {FindingLevel::kWarn, topic, "unknown: " + to_string(inventory.error()), inventory.error().hint};
  std::vector<std::string> stale;
  bool tracing = false;
  for (const BpfProgram& program : inventory->programs) {
    if (held.contains(program.id)) continue;
    // Service managers leave programs on their control groups; these cost packets of those groups only.
    if (!program.type.starts_with("cgroup_")) tracing = true;
    stale.push_back(fmt::format("{} {} ({}{})", program.id, printable(program.name), program.type,
                                program.attach.empty() ? "" : ", " + printable(program.attach)));
  }
  if (stale.empty()) return {FindingLevel::kOk, topic, "none: every program is held by a process", ""};
  const size_t count = stale.size();
  if (count > 5) stale.resize(5);
  return {tracing ? FindingLevel::kWarn : FindingLevel::kNote, topic,
          fmt::format("{} held by no process: {}{}", count, join(stale, ", "), count > 5 ? ", ..." : ""),
          "bpftool prog show id ID; bpftool link show; then remove the pin below /sys/fs/bpf, or detach it "
          "(bpftool "
          "net, tc filter del, bpftool cgroup)"};
}

std::vector<HostFinding> judge_pair(const LinkSettings& server, const LinkSettings& client) {
  std::vector<HostFinding> findings;
  const auto differ = [&](const char* topic, const std::string& detail, const char* fix) {
    findings.push_back({FindingLevel::kWarn, topic, detail, fix});
  };
  if (server.speed_mbps && client.speed_mbps && *server.speed_mbps != *client.speed_mbps) {
    differ(
        "link speed",
        fmt::format("{} Mb/s at the server, {} Mb/s at the client", *server.speed_mbps, *client.speed_mbps),
        "check the ports; the slower end is measured");
  }
  if (server.mtu && client.mtu && *server.mtu != *client.mtu) {
    differ("mtu", fmt::format("{} at the server, {} at the client", *server.mtu, *client.mtu),
           "ip link set INTERFACE mtu N, the same at both ends");
  }
  std::vector<std::string> offloads;
  for (const char* name : {"tcp-segmentation-offload", "generic-segmentation-offload",
                           "generic-receive-offload", "large-receive-offload"}) {
    const auto at_server = server.offloads.find(name), at_client = client.offloads.find(name);
    if (at_server == server.offloads.end() || at_client == client.offloads.end()) continue;
    if (at_server->second != at_client->second) offloads.emplace_back(name);
  }
  if (!offloads.empty())
    differ("offloads", "differ between server and client: " + join(offloads, ", "),
           "ethtool -K INTERFACE ... at one end");
  return findings;
}

}  // namespace bpftax
