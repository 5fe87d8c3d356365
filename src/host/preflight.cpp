#include "host/preflight.h"

#include <fmt/format.h>

#include <functional>

#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

std::string string_or_empty(const Json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

class Judge {
 public:
  Judge(const Json& facts, const std::map<std::string, HostTool>& tools, HostPlace place)
      : facts_(facts), tools_(tools), place_(place) {}

  std::vector<HostFinding> run() {
    kernel();
    privilege();
    filesystems();
    bpf_features();
    generators();
    processors();
    load();
    return std::move(findings_);
  }

 private:
  void add(FindingLevel level, std::string topic, std::string detail, std::string fix = {}) {
    findings_.push_back({level, std::move(topic), std::move(detail), std::move(fix)});
  }

  // Facts come from a remote agent: a missing or mistyped one is unknown, never a crash.
  std::string text(std::string_view path) const {
    const Json* value = find_path(facts_, path);
    return value != nullptr && value->is_string() ? value->get<std::string>() : std::string();
  }
  std::optional<double> number(std::string_view path) const {
    const Json* value = find_path(facts_, path);
    if (value == nullptr || !value->is_number()) return std::nullopt;
    return value->get<double>();
  }
  std::optional<bool> flag(std::string_view path) const {
    const Json* value = find_path(facts_, path);
    if (value == nullptr || !value->is_boolean()) return std::nullopt;
    return value->get<bool>();
  }

  void kernel() {
    const std::string release = text("kernel_release");
    const auto parts = split(release, '.');
    const auto major = to_int64(parts[0]);
    const auto minor = parts.size() > 1
                           ? to_int64(parts[1].substr(0, parts[1].find_first_not_of("0123456789")))
                           : std::nullopt;
    if (!major || !minor) {
      add(FindingLevel::kWarn, "kernel", "the kernel's version is unknown");
    } else if (*major < 4 || (*major == 4 && *minor < 19)) {
      add(FindingLevel::kFail, "kernel", fmt::format("Linux {} is older than 4.19", release),
          "use Linux 4.19 or newer");
    } else if (*major < 5 || (*major == 5 && *minor < 8)) {
      add(FindingLevel::kWarn, "kernel",
          fmt::format(
              "Linux {}: run-time statistics and ring buffers need 5.8; the cost per program is unknown here",
              release));
    } else {
      add(FindingLevel::kOk, "kernel", fmt::format("Linux {}", release));
    }
    if (flag("btf") == false) {
      add(FindingLevel::kWarn, "btf",
          "the kernel carries no BTF: CO-RE tools and the reference tools will not load",
          "use a kernel with CONFIG_DEBUG_INFO_BTF=y");
    } else if (flag("btf") == true) {
      add(FindingLevel::kOk, "btf", "the kernel carries BTF");
    }
    const std::string lockdown = text("services.lockdown");
    if (lockdown == "confidentiality")
      add(FindingLevel::kFail, "lockdown",
          "kernel lockdown is 'confidentiality': BPF may not read kernel memory",
          "boot with lockdown=none or integrity");
  }

  void privilege() {
    const auto uid = number("services.uid");
    const Json* held = find_path(facts_, "services.capabilities");
    std::vector<std::string> missing;
    for (const char* name : {"CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN", "CAP_SYS_ADMIN"}) {
      if (held == nullptr || !held->is_object() || held->value(name, Json(false)) != Json(true))
        missing.emplace_back(name);
    }
    if (missing.empty()) {
      add(FindingLevel::kOk, "privilege", uid == 0.0 ? "root" : "the needed capabilities are there");
    } else {
      add(FindingLevel::kFail, "privilege", "missing: " + join(missing, ", "),
          place_ == HostPlace::kHere ? "run as root: sudo bpftax ..."
                                     : "log in as root, or set use_sudo and allow sudo without a password");
    }
    if (missing.empty() && held->value("CAP_SYS_RESOURCE", Json(true)) == Json(false))
      add(FindingLevel::kNote, "rlimit",
          "no CAP_SYS_RESOURCE: tools that raise RLIMIT_MEMLOCK print an error, harmless since Linux 5.11");
  }

  void filesystems() {
    const auto check = [&](const char* type, const char* path, const char* use, FindingLevel level) {
      const std::string at = text(fmt::format("services.filesystems.{}", type));
      if (!at.empty()) {
        add(FindingLevel::kOk, type, "mounted on " + at);
      } else {
        add(level, type, fmt::format("not mounted: {}", use),
            fmt::format("mount -t {} {} {}", type, type, path));
      }
    };
    check("tracefs", "/sys/kernel/tracing", "tools on tracepoints and probes will not start",
          FindingLevel::kWarn);
    check("debugfs", "/sys/kernel/debug", "older tools (BCC) look for tracefs below it", FindingLevel::kWarn);
    check("bpf", "/sys/fs/bpf", "pinned objects of a tool cannot be seen", FindingLevel::kWarn);
  }

  void bpf_features() {
    const Json* features = find_path(facts_, "services.bpf_features");
    if (features == nullptr || !features->is_array()) {
      add(FindingLevel::kWarn, "bpf", "the BPF features of this kernel are unknown");
      return;
    }
    std::vector<std::string> there;
    for (const Json& feature : *features) {
      if (!feature.is_object()) continue;
      const std::string name = string_or_empty(feature, "name");
      if (feature.value("available", Json()) == Json(true)) {
        there.push_back(name);
        continue;
      }
      const std::string reason = string_or_empty(feature, "reason");
      if (name == "runtime_stats") {
        add(FindingLevel::kWarn, "bpf " + name, "unavailable, the cost per program is unknown: " + reason);
      } else {
        add(FindingLevel::kNote, "bpf " + name, "unavailable: " + reason);
      }
    }
    add(there.empty() ? FindingLevel::kFail : FindingLevel::kOk, "bpf",
        there.empty() ? "no BPF feature works here" : "works here: " + join(there, ", "));
    if (number("bpf_jit_enable") == 0.0)
      add(FindingLevel::kWarn, "bpf jit",
          "the JIT is off: programs are interpreted and cost several times as much",
          "sysctl net.core.bpf_jit_enable=1");
    if (number("bpf_stats_enabled") == 1.0)
      add(FindingLevel::kWarn, "bpf statistics",
          "kernel.bpf_stats_enabled is 1: every program run costs about 20 ns more, in all windows",
          "sysctl kernel.bpf_stats_enabled=0");
  }

  void generators() {
    const auto have = [&](const char* name) { return tools_.count(name) != 0; };
    const auto version = [&](const char* name) {
      const HostTool& tool = tools_.at(name);
      return tool.version.empty() ? tool.path : tool.version + " (" + tool.path + ")";
    };
    if (have("iperf3")) {
      add(FindingLevel::kOk, "iperf3", version("iperf3"));
    } else {
      add(FindingLevel::kFail, "iperf3", "not installed: no throughput or PPS workload can run",
          "apt-get install iperf3");
    }
    if (have("netperf") && have("netserver")) {
      add(FindingLevel::kOk, "netperf", version("netperf"));
    } else if (have("sockperf")) {
      add(FindingLevel::kWarn, "netperf", "not installed: sockperf is used for request/response instead",
          "apt-get install netperf (Debian: component non-free; ./dev setup does it)");
    } else {
      add(FindingLevel::kFail, "netperf",
          "neither netperf nor sockperf is installed: no latency workload can run",
          "apt-get install netperf (Debian: component non-free), or apt-get install sockperf");
    }
    if (have("ip")) {
      add(FindingLevel::kOk, "iproute2", version("ip"));
    } else {
      add(FindingLevel::kFail, "iproute2",
          place_ == HostPlace::kHere ? "not installed: the lab cannot be made"
                                     : "not installed: interfaces and addresses cannot be looked at",
          "apt-get install iproute2");
    }
    if (have("bpftrace")) add(FindingLevel::kOk, "bpftrace", version("bpftrace"));
    if (have("stress-ng")) {
      add(FindingLevel::kOk, "stress-ng", version("stress-ng"));
    } else if (place_ == HostPlace::kHere) {
      add(FindingLevel::kNote, "stress-ng", "not installed: bpftax bench --load cannot load this machine",
          "apt-get install stress-ng");
    }
  }

  void processors() {
    const auto cpus = number("cpu_count_online");
    if (cpus && *cpus < 2) {
      add(FindingLevel::kWarn, "cpus", "one CPU: workload, tool and measurement share it");
    } else if (cpus && *cpus < 4) {
      add(FindingLevel::kNote, "cpus",
          fmt::format("{:.0f} CPUs: the tool's user-space part shares them with the workload", *cpus));
    }
    const std::string governor = text("cpufreq_governor");
    if (!governor.empty() && governor != "performance")
      add(FindingLevel::kWarn, "governor",
          "CPU frequency governor is '" + governor + "': frequency moves with load",
          "cpupower frequency-set -g performance");
    if (governor == "performance") add(FindingLevel::kOk, "governor", "performance");
    const std::string clock = text("clocksource");
    if (!clock.empty() && clock != "tsc" && clock != "arch_sys_counter")
      add(FindingLevel::kWarn, "clocksource",
          "'" + clock + "': reading the clock is slow, tools that do it cost more",
          "echo tsc > /sys/devices/system/clocksource/clocksource0/current_clocksource");
  }

  void load() {
    const auto load = number("services.load_average");
    const auto cpus = number("cpu_count_online");
    if (load && cpus && *load > 0.5 * *cpus)
      add(FindingLevel::kWarn, "load",
          fmt::format("load average {:.2f} on {:.0f} CPUs: the machine is busy", *load, *cpus),
          "end other work before measuring");
  }

  const Json& facts_;
  const std::map<std::string, HostTool>& tools_;
  HostPlace place_;
  std::vector<HostFinding> findings_;
};

}  // namespace

std::string_view to_string(FindingLevel level) {
  switch (level) {
    case FindingLevel::kOk:
      return "ok";
    case FindingLevel::kNote:
      return "note";
    case FindingLevel::kWarn:
      return "warn";
    case FindingLevel::kFail:
      return "fail";
  }
  return "fail";
}

std::vector<HostFinding> judge_host(const nlohmann::json& facts, const std::map<std::string, HostTool>& tools,
                                    HostPlace place) {
  return Judge(facts, tools, place).run();
}

nlohmann::json to_json(const HostFinding& finding) {
  return {{"level", to_string(finding.level)},
          {"topic", finding.topic},
          {"detail", finding.detail},
          {"fix", finding.fix.empty() ? Json(nullptr) : Json(finding.fix)}};
}

}  // namespace bpftax
