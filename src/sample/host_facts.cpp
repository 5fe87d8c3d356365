#include "sample/host_facts.h"

#include <sys/utsname.h>

#include <ctime>
#include <filesystem>
#include <set>

#include "sample/cpu_list.h"
#include "sample/proc_system.h"
#include "sample/scan.h"
#include "util/files.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kMostNics = 64;

std::optional<std::string> text_of(const std::string& path) {
  const auto text = read_file(path, 1u << 20);
  if (!text) return std::nullopt;
  const std::string_view value = trim(*text);
  if (value.empty()) return std::nullopt;
  return printable(value);
}

Json text_or_null(const std::string& path) {
  const auto text = text_of(path);
  return text ? Json(*text) : Json(nullptr);
}

Json number_or_null(const std::string& path) {
  const auto text = text_of(path);
  const auto number = text ? to_int64(*text) : std::nullopt;
  return number ? Json(*number) : Json(nullptr);
}

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

// Value of the first line "KEY : VALUE" of /proc/cpuinfo.
std::optional<std::string> cpuinfo_value(std::string_view cpuinfo, std::string_view wanted) {
  std::string_view line;
  while (scan::next_line(cpuinfo, line)) {
    const size_t colon = line.find(':');
    if (colon == std::string_view::npos || trim(line.substr(0, colon)) != wanted) continue;
    return std::string(trim(line.substr(colon + 1)));
  }
  return std::nullopt;
}

// x86 names its model; arm64 gives implementer and part numbers only; POWER calls it "cpu", s390 "processor
// 0".
std::optional<std::string> cpu_model(std::string_view cpuinfo) {
  for (const char* key : {"model name", "cpu", "processor 0"}) {
    if (const auto value = cpuinfo_value(cpuinfo, key)) return printable(*value);
  }
  const auto implementer = cpuinfo_value(cpuinfo, "CPU implementer");
  const auto part = cpuinfo_value(cpuinfo, "CPU part");
  if (implementer && part) return printable("implementer " + *implementer + " part " + *part);
  return std::nullopt;
}

Json hypervisor(const SampleRoots& roots, std::string_view cpuinfo) {
  if (const auto type = text_of(roots.sys + paths::kHypervisorType)) return *type;
  const std::string vendor = text_of(roots.sys + paths::kDmiVendor).value_or("");
  const std::string product = text_of(roots.sys + paths::kDmiProduct).value_or("");
  static constexpr std::pair<const char*, const char*> kKnown[] = {
      {"QEMU", "qemu"},
      {"VMware", "vmware"},
      {"innotek", "virtualbox"},
      {"Xen", "xen"},
      {"Amazon EC2", "amazon"},
      {"Google", "google"},
      {"Virtual Machine", "microsoft"},
      {"KVM", "kvm"},
      {"Alibaba Cloud", "alibaba"},
      {"OpenStack", "openstack"},
  };
  const auto flags = cpuinfo_value(cpuinfo, "flags");
  const bool flagged = flags && (" " + *flags + " ").find(" hypervisor ") != std::string::npos;
  // Makers of clouds make computers too: on x86 the CPU flag decides, elsewhere only DMI can tell.
  if (!flags || flagged) {
    for (const auto& [word, name] : kKnown) {
      if (vendor.find(word) != std::string::npos || product.find(word) != std::string::npos) return name;
    }
  }
  if (flagged) return "unknown";
  if (flags) return "none";
  return nullptr;
}

Json cpufreq(const SampleRoots& roots, const std::vector<int>& cpus, const char* file) {
  std::set<std::string> values;
  for (const int cpu : cpus) {
    const auto value =
        text_of(roots.sys + paths::kCpuDirectory + "/cpu" + std::to_string(cpu) + "/cpufreq/" + file);
    if (value) values.insert(*value);
  }
  if (values.empty()) return nullptr;
  return join({values.begin(), values.end()}, ", ");
}

Json idle_states(const SampleRoots& roots, const std::vector<int>& cpus) {
  if (cpus.empty()) return nullptr;
  Json names = Json::array();
  const std::string base =
      roots.sys + paths::kCpuDirectory + "/cpu" + std::to_string(cpus.front()) + "/cpuidle/state";
  for (int state = 0;; ++state) {
    const auto name = text_of(base + std::to_string(state) + "/name");
    if (!name) break;
    names.push_back(*name);
  }
  return names.empty() ? Json(nullptr) : names;
}

Json turbo(const SampleRoots& roots) {
  if (const auto no_turbo = text_of(roots.sys + paths::kNoTurbo)) return *no_turbo == "0";
  if (const auto boost = text_of(roots.sys + paths::kBoost)) return *boost == "1";
  return nullptr;
}

Json mitigations(const SampleRoots& roots) {
  Json found = Json::object();
  std::error_code error;
  for (std::filesystem::directory_iterator it(roots.sys + paths::kVulnerabilities, error), end;
       !error && it != end; it.increment(error)) {
    found[it->path().filename().string()] = text_or_null(it->path().string());
  }
  return found.empty() ? Json(nullptr) : found;
}

// Interfaces with a device behind them, by name. The folder shows the network namespace it was mounted in,
// which is where a machine's own cards are.
Json nics(const SampleRoots& roots) {
  Json found = Json::object();
  std::error_code error;
  for (std::filesystem::directory_iterator it(roots.sys + paths::kNetClass, error), end;
       !error && it != end && found.size() < kMostNics; it.increment(error)) {
    const std::string base = it->path().string();
    if (!path_exists(base + "/device")) continue;
    std::error_code no_driver;
    const auto driver = std::filesystem::read_symlink(base + "/device/driver", no_driver).filename().string();
    // -1: the driver does not know it, or there is no link.
    const Json speed = number_or_null(base + "/speed");
    found[printable(it->path().filename().string())] = {
        {"driver", driver.empty() ? Json(nullptr) : Json(printable(driver))},
        {"speed_mbps", speed.is_number() && speed.get<int64_t>() > 0 ? speed : Json(nullptr)},
        {"mtu", number_or_null(base + "/mtu")}};
  }
  return found.empty() ? Json(nullptr) : found;
}

// "none voluntary (full) lazy": the chosen one in parentheses.
std::optional<std::string> chosen_preemption(const SampleRoots& roots) {
  const auto text = text_of(roots.sys + paths::kSchedPreempt);
  if (!text) return std::nullopt;
  const size_t open = text->find('('), close = text->find(')');
  if (open == std::string::npos || close == std::string::npos || close < open) return std::nullopt;
  return text->substr(open + 1, close - open - 1);
}

// "none [integrity] confidentiality"
Json lockdown(const SampleRoots& roots) {
  const auto text = text_of(roots.sys + paths::kLockdown);
  if (!text) return nullptr;
  const size_t open = text->find('['), close = text->find(']');
  if (open == std::string::npos || close == std::string::npos || close < open) return nullptr;
  return text->substr(open + 1, close - open - 1);
}

Json cgroup_mode(const SampleRoots& roots) {
  const std::string base = roots.sys + paths::kCgroup;
  if (path_exists(base + "/cgroup.controllers")) return "unified";
  if (path_exists(base + "/unified/cgroup.controllers")) return "hybrid";
  if (path_exists(base + "/cpu") || path_exists(base + "/memory")) return "legacy";
  return nullptr;
}

Json distribution(const SampleRoots& roots) {
  const auto text = read_file(roots.etc + "/os-release", 1u << 16);
  if (!text) return nullptr;
  std::string_view rest = *text, line;
  constexpr std::string_view kKey = "PRETTY_NAME=";
  while (scan::next_line(rest, line)) {
    if (!line.starts_with(kKey)) continue;
    std::string_view value = trim(line.substr(kKey.size()));
    if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
      value = value.substr(1, value.size() - 2);
    return printable(value);
  }
  return nullptr;
}

Json uptime_s(const SampleRoots& roots) {
  const auto text = text_of(roots.proc + paths::kUptime);
  if (!text) return nullptr;
  return json_or_null(to_double(split_blank(*text).front()));
}

Json timezone_offset_s() {
  const std::time_t now = std::time(nullptr);
  std::tm local{};
  if (::localtime_r(&now, &local) == nullptr) return nullptr;
  return local.tm_gmtoff;
}

Json memory_total_kb(const SampleRoots& roots) {
  const auto text = read_file(roots.proc + paths::kMeminfo);
  const auto memory = text ? parse_meminfo(*text) : Result<MemoryState>(propagate(Result<std::string>(text)));
  return memory ? Json(memory->total_kb) : Json(nullptr);
}

Json smt(const SampleRoots& roots) {
  const auto text = text_of(roots.sys + paths::kSmtActive);
  return text ? Json(*text == "1") : Json(nullptr);
}

}  // namespace

std::optional<int64_t> count_cpu_list(std::string_view list) {
  const auto cpus = parse_cpu_list(trim(list));
  if (!cpus || cpus->empty()) return std::nullopt;
  return static_cast<int64_t>(cpus->size());
}

std::optional<std::string> preemption_from_version(std::string_view version) {
  // The longer names hold the shorter ones.
  if (version.find("PREEMPT_RT") != std::string_view::npos) return "rt";
  if (version.find("PREEMPT_DYNAMIC") != std::string_view::npos) return "dynamic";
  if (version.find("PREEMPT_LAZY") != std::string_view::npos) return "lazy";
  if (version.find("PREEMPT") != std::string_view::npos) return "full";
  return std::nullopt;  // none and voluntary look the same there
}

nlohmann::json read_host_facts(const SampleRoots& roots) {
  const std::string cpuinfo = read_file(roots.proc + paths::kCpuinfo).value_or("");
  const auto online = text_of(roots.sys + paths::kCpuOnline);
  const auto possible = text_of(roots.sys + paths::kCpuPossible);
  const auto nodes = text_of(roots.sys + paths::kNodeOnline);
  const std::vector<int> cpus = parse_cpu_list(online.value_or("")).value_or(std::vector<int>{});
  utsname machine{};
  const bool named = ::uname(&machine) == 0;
  const auto version = text_of(roots.proc + paths::kVersion);
  auto preemption = chosen_preemption(roots);
  if (!preemption && version) preemption = preemption_from_version(*version);

  Json facts = Json::object();
  facts["hostname"] = text_or_null(roots.proc + paths::kHostname);
  facts["kernel_release"] = text_or_null(roots.proc + paths::kOsRelease);
  facts["kernel_version"] = or_null(version);
  facts["architecture"] = named ? Json(machine.machine) : Json(nullptr);
  facts["distribution"] = distribution(roots);
  facts["boot_id"] = text_or_null(roots.proc + paths::kBootId);
  facts["uptime_s"] = uptime_s(roots);
  facts["timezone_offset_s"] = timezone_offset_s();
  facts["cpu_model"] = or_null(cpu_model(cpuinfo));
  facts["cpus_online"] = or_null(online);
  facts["cpus_possible"] = or_null(possible);
  facts["cpu_count_online"] = online ? or_null(count_cpu_list(*online)) : Json(nullptr);
  facts["cpu_count_possible"] = possible ? or_null(count_cpu_list(*possible)) : Json(nullptr);
  facts["smt"] = smt(roots);
  facts["numa_nodes"] = nodes ? or_null(count_cpu_list(*nodes)) : Json(nullptr);
  facts["memory_total_kb"] = memory_total_kb(roots);
  facts["hypervisor"] = hypervisor(roots, cpuinfo);
  facts["clocksource"] = text_or_null(roots.sys + paths::kClocksource);
  facts["cpufreq_governor"] = cpufreq(roots, cpus, "scaling_governor");
  facts["cpufreq_driver"] = cpufreq(roots, cpus, "scaling_driver");
  facts["cpuidle_driver"] = text_or_null(roots.sys + paths::kIdleDriver);
  facts["cpuidle_states"] = idle_states(roots, cpus);
  facts["turbo"] = turbo(roots);
  facts["mitigations"] = mitigations(roots);
  facts["nics"] = nics(roots);
  facts["preemption"] = or_null(preemption);
  facts["bpf_jit_enable"] = number_or_null(roots.proc + paths::kBpfJitEnable);
  facts["bpf_jit_harden"] = number_or_null(roots.proc + paths::kBpfJitHarden);
  facts["unprivileged_bpf_disabled"] = number_or_null(roots.proc + paths::kUnprivilegedBpfDisabled);
  facts["bpf_stats_enabled"] = number_or_null(roots.proc + paths::kBpfStatsEnabled);
  facts["perf_event_paranoid"] = number_or_null(roots.proc + paths::kPerfEventParanoid);
  facts["btf"] = path_exists(roots.sys + paths::kBtfVmlinux);
  facts["lockdown"] = lockdown(roots);
  facts["cgroup_mode"] = cgroup_mode(roots);
  facts["psi"] = read_file(roots.proc + paths::kPressureCpu).has_value();
  return facts;
}

}  // namespace bpftax
