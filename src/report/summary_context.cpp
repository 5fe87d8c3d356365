// The part of summary.h about the circumstances of a run: hosts, placement, conditions, method, how to repeat
// it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "report/summary.h"
#include "report/text.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

struct HostLabel {
  std::string_view key, label;
};
// In the order in which they are shown (sample/host_facts.h names the keys).
constexpr std::array<HostLabel, 26> kHostLabels = {
    {{"hostname", "Host"},
     {"distribution", "Distribution"},
     {"kernel_release", "Kernel"},
     {"kernel_version", "Kernel build"},
     {"preemption", "Preemption"},
     {"architecture", "Architecture"},
     {"cpu_model", "CPU"},
     {"cpu_count_online", "CPUs online"},
     {"cpus_online", "CPU list"},
     {"cpu_count_possible", "CPUs possible"},
     {"smt", "SMT"},
     {"numa_nodes", "NUMA nodes"},
     {"memory_total_kb", "Memory"},
     {"hypervisor", "Hypervisor"},
     {"clocksource", "Clock source"},
     {"cpufreq_governor", "Frequency governor"},
     {"cpufreq_driver", "Frequency driver"},
     {"cpuidle_driver", "Idle driver"},
     {"turbo", "Turbo"},
     {"bpf_jit_enable", "BPF JIT"},
     {"bpf_jit_harden", "BPF JIT hardening"},
     {"unprivileged_bpf_disabled", "Unprivileged BPF disabled"},
     {"bpf_stats_enabled", "BPF statistics before the run"},
     {"perf_event_paranoid", "perf_event_paranoid"},
     {"btf", "Kernel BTF"},
     {"lockdown", "Lockdown"}}};

constexpr std::array<HostLabel, 12> kConditionLabels = {
    {{"idle_percent", "idle"},
     {"softirq_percent", "softirq"},
     {"steal_percent", "steal"},
     {"iowait_percent", "I/O wait"},
     {"context_switches_per_s", "context switches/s"},
     {"frequency_mhz", "MHz"},
     {"idle_residency_percent", "deep idle"},
     {"subject_cpu_percent", "tool CPU"},
     {"subject_rss_kb", "tool RSS"},
     {"run_queue_wait_percent", "run-queue wait"},
     {"subject_run_queue_wait_percent", "tool run-queue wait"},
     {"psi_cpu_percent", "CPU pressure"}}};

std::string fact_text(const std::string& key, const nlohmann::json& value) {
  if (value.is_null()) return "unknown";
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_string()) return value.get<std::string>();
  if (key == "memory_total_kb" && value.is_number()) return format_bytes(value.get<double>() * 1024);
  if (value.is_number_integer()) return std::to_string(value.get<int64_t>());
  if (value.is_number()) return format_significant(value.get<double>(), 6);
  if (value.is_array()) {
    std::vector<std::string> parts;
    for (const auto& item : value) parts.push_back(fact_text("", item));
    return parts.empty() ? "none" : join(parts, ", ");
  }
  std::vector<std::string> parts;
  for (const auto& [name, item] : value.items()) parts.push_back(name + ": " + fact_text("", item));
  return parts.empty() ? "none" : join(parts, "; ");
}

// "mitigations" -> "Mitigations", "cgroup_mode" -> "Cgroup mode"
std::string label_from_key(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  if (!key.empty() && key[0] >= 'a' && key[0] <= 'z') key[0] = static_cast<char>(key[0] - 'a' + 'A');
  return key;
}

std::string cpu_list(const nlohmann::json& place, const char* end) {
  if (!place.contains(end) || !place[end].is_array() || place[end].empty()) return "any CPU";
  std::vector<std::string> cpus;
  for (const auto& cpu : place[end]) cpus.push_back(fact_text("", cpu));
  return fmt::format("CPU{} {}", cpus.size() == 1 ? "" : "s", join(cpus, ", "));
}

// The defaults of method.md section 2; other metrics have none.
std::optional<double> default_margin(std::string_view metric) {
  if (metric == "throughput_gbps" || metric == "packets_per_s" || metric == "transactions_per_s") return 3;
  if (metric == "latency_mean_us" || metric == "latency_p50_us" || metric == "cpu_us_per_unit") return 5;
  if (metric == "latency_p99_us") return 10;
  return std::nullopt;
}

// The placement that all workloads have by policy, when it is the same for all; else "auto" decides again.
std::string common_policy(const RunResult& result) {
  std::set<std::string> policies;
  if (!result.placement.is_object()) return "";
  for (const auto& [workload, place] : result.placement.items())
    if (place.is_object() && place.contains("policy") && place["policy"].is_string())
      policies.insert(place["policy"].get<std::string>());
  return policies.size() == 1 && result.placement.size() > 1 ? *policies.begin() : "";
}

}  // namespace

std::vector<std::pair<std::string, std::string>> host_rows(const nlohmann::json& facts) {
  std::vector<std::pair<std::string, std::string>> rows;
  if (!facts.is_object()) return rows;
  std::set<std::string_view> shown;
  for (const HostLabel& label : kHostLabels) {
    const auto it = facts.find(std::string(label.key));
    if (it == facts.end()) continue;
    shown.insert(label.key);
    rows.emplace_back(label.label, fact_text(std::string(label.key), *it));
  }
  for (const auto& [key, value] : facts.items())
    if (shown.count(key) == 0) rows.emplace_back(label_from_key(key), fact_text(key, value));
  return rows;
}

std::string placement_text(const RunResult& result, const std::string& workload) {
  if (!result.placement.is_object() || !result.placement.contains(workload)) return "unknown";
  const nlohmann::json& place = result.placement[workload];
  if (!place.is_object()) return "unknown";
  const std::string policy = place.contains("policy") ? fact_text("", place["policy"]) : "placement";
  return fmt::format("{}: server {}, client {}, tool {}", policy, cpu_list(place, "server"),
                     cpu_list(place, "client"), cpu_list(place, "subject"));
}

std::vector<ConditionRow> condition_rows(const RunResult& result) {
  std::vector<ConditionRow> rows;
  std::map<std::string, std::map<std::string, std::map<std::string, std::pair<double, int>>>> sums;
  std::map<std::pair<std::string, std::string>, int> windows;
  for (const ResultWindow& window : result.windows) {
    if (!window.valid || window.purpose != "timed") continue;
    ++windows[{window.workload, window.subject}];
    for (const auto& [name, value] : window.conditions) {
      auto& [sum, n] = sums[window.workload][window.subject][name];
      sum += value;
      ++n;
    }
  }
  for (const std::string& workload : workloads_of(result)) {
    std::vector<std::string> subjects = {""};
    for (const ResultSubject& subject : result.subjects) subjects.push_back(subject.id);
    for (const std::string& subject : subjects) {
      const auto count = windows.find({workload, subject});
      if (count == windows.end()) continue;
      ConditionRow row{.workload = workload, .subject = subject, .windows = count->second};
      for (const auto& [name, sum] : sums[workload][subject]) row.mean[name] = sum.first / sum.second;
      rows.push_back(std::move(row));
    }
  }
  return rows;
}

std::string condition_label(std::string_view condition) {
  for (const HostLabel& label : kConditionLabels)
    if (label.key == condition) return std::string(label.label);
  return label_from_key(std::string(condition));
}

std::string window_text(const RunResult& result) {
  return fmt::format("{:.4g} s", result.window_s);
}

std::vector<std::string> method_sentences(const RunResult& result) {
  double confidence = 0.95;
  if (!result.comparisons.empty()) confidence = result.comparisons.front().confidence;
  return {
      fmt::format("One window ({} of one workload) is one sample. A block runs the baseline twice and every "
                  "tool once, in an order drawn anew from the seed; block 0 warms up and is never used.",
                  window_text(result)),
      "The effect in a block is the logarithm of the tool's value over the geometric mean of its two "
      "baselines; overheads are the mean of these, in percent, and positive always means worse.",
      fmt::format("Intervals are Student's t over blocks and hold with {:.4g} % over all planned looks "
                  "together. PASS: the whole interval lies below the margin. EXCEEDS: it lies above. "
                  "OVERHEAD: it lies above zero, but not surely below the margin. INCONCLUSIVE: neither.",
                  confidence * 100),
      "No value is dropped for its size. A block in which a stream was lost, a tool died or the "
      "machine was disturbed is measured again as a whole.",
      "BPF run-time statistics are off in timed windows. Attributed time comes from separate windows "
      "with statistics on; it leaves out the cost of entering the hook and of the reader, which stay "
      "in the residual."};
}

std::string reproduce_command(const RunResult& result) {
  if (!result.command_line.empty()) {
    // The seed is what a command line usually does not say.
    if (result.command_line.find("--seed") != std::string::npos) return result.command_line;
    const size_t at = result.command_line.find(" measure");
    if (at == std::string::npos) return result.command_line;
    std::string text = result.command_line;
    return text.insert(at + std::string_view(" measure").size(), fmt::format(" --seed {}", result.seed));
  }
  std::vector<std::string> parts = {"bpftax", "measure", "--seed", std::to_string(result.seed)};
  const auto option = [&](const char* name, const std::string& value) {
    parts.emplace_back(name);
    parts.push_back(shell_quote(value));
  };
  if (const auto workloads = workloads_of(result); !workloads.empty())
    option("--workloads", join(workloads, ","));
  if (result.window_s > 0) option("--window", fmt::format("{:g}s", result.window_s));
  if (result.blocks_planned_max > 0)
    option("--blocks", fmt::format("{}..{}", result.blocks_planned_min, result.blocks_planned_max));
  if (const std::string policy = common_policy(result); !policy.empty()) option("--placement", policy);
  std::set<std::string> margins;
  for (const ResultComparison& row : result.comparisons)
    if (row.primary && row.margin_percent > 0 && row.margin_percent != default_margin(row.metric))
      margins.insert(fmt::format("{}={:g}", row.metric, row.margin_percent));
  for (const std::string& margin : margins) option("--margin", margin);
  for (const ResultSubject& subject : result.subjects) {
    if (subject.kind == "placebo") {
      parts.emplace_back("--sham");
    } else {
      option("--tool", subject.name + "=" + subject.command);
    }
  }
  return join(parts, " ");
}

}  // namespace bpftax
