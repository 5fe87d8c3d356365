// The part of summary.h about the circumstances of a run: hosts, placement, conditions, method, how to repeat
// it.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

#include "report/summary.h"
#include "report/text.h"
#include "report/words.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

// In the order in which they are shown (sample/host_facts.h names the keys); the others follow by name.
constexpr std::array<std::string_view, 26> kHostFacts = {"hostname",
                                                         "distribution",
                                                         "kernel_release",
                                                         "kernel_version",
                                                         "preemption",
                                                         "architecture",
                                                         "cpu_model",
                                                         "cpu_count_online",
                                                         "cpus_online",
                                                         "cpu_count_possible",
                                                         "smt",
                                                         "numa_nodes",
                                                         "memory_total_kb",
                                                         "hypervisor",
                                                         "clocksource",
                                                         "cpufreq_governor",
                                                         "cpufreq_driver",
                                                         "cpuidle_driver",
                                                         "turbo",
                                                         "bpf_jit_enable",
                                                         "bpf_jit_harden",
                                                         "unprivileged_bpf_disabled",
                                                         "bpf_stats_enabled",
                                                         "perf_event_paranoid",
                                                         "btf",
                                                         "lockdown"};

std::string fact_text(const std::string& key, const nlohmann::json& value, Lang lang) {
  if (value.is_null()) return std::string(word(lang, "value.unknown"));
  if (value.is_boolean())
    return std::string(value.get<bool>() ? word(lang, "value.yes") : word(lang, "value.no"));
  if (value.is_string()) return value.get<std::string>();
  if (key == "memory_total_kb" && value.is_number()) return format_bytes(value.get<double>() * 1024);
  if (value.is_number_integer()) return std::to_string(value.get<int64_t>());
  if (value.is_number()) return format_significant(value.get<double>(), 6);
  if (value.is_array()) {
    std::vector<std::string> parts;
    for (const auto& item : value) parts.push_back(fact_text("", item, lang));
    return parts.empty() ? std::string(word(lang, "value.none")) : join(parts, ", ");
  }
  std::vector<std::string> parts;
  for (const auto& [name, item] : value.items()) {
    const std::string text = fact_text("", item, lang);
    parts.push_back(item.is_object() ? name + " (" + text + ")" : name + ": " + text);
  }
  return parts.empty() ? std::string(word(lang, "value.none")) : join(parts, "; ");
}

// "mitigations" -> "Mitigations", "cgroup_mode" -> "Cgroup mode"
std::string label_from_key(std::string key) {
  std::replace(key.begin(), key.end(), '_', ' ');
  if (!key.empty() && key[0] >= 'a' && key[0] <= 'z') key[0] = static_cast<char>(key[0] - 'a' + 'A');
  return key;
}

std::string cpu_list(const nlohmann::json& place, const char* end, Lang lang) {
  if (!place.contains(end) || !place[end].is_array() || place[end].empty())
    return std::string(word(lang, "place.any"));
  std::vector<std::string> cpus;
  for (const auto& cpu : place[end]) cpus.push_back(fact_text("", cpu, lang));
  return cpus.size() == 1 ? say(lang, "place.cpu", cpus.front()) : say(lang, "place.cpus", join(cpus, ", "));
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

// That folder holds this run, and no other may go there.
std::string without_out(const std::string& command) {
  std::vector<std::string> kept;
  bool options = true, skip = false;
  for (const std::string& word : shell_words(command)) {
    if (std::exchange(skip, false)) continue;
    options = options && word != "--";
    skip = options && word == "--out";
    if (!skip && !(options && word.rfind("--out=", 0) == 0)) kept.push_back(word);
  }
  return join(kept, " ");
}

}  // namespace

std::vector<std::pair<std::string, std::string>> host_rows(const nlohmann::json& facts, Lang lang) {
  std::vector<std::pair<std::string, std::string>> rows;
  if (!facts.is_object()) return rows;
  std::set<std::string_view> shown;
  const auto add = [&](const std::string& key, const nlohmann::json& value) {
    const auto label = find_word(lang, "host." + key);
    rows.emplace_back(label ? std::string(*label) : label_from_key(key), fact_text(key, value, lang));
  };
  for (const std::string_view key : kHostFacts) {
    const auto it = facts.find(std::string(key));
    if (it == facts.end()) continue;
    shown.insert(key);
    add(std::string(key), *it);
  }
  for (const auto& [key, value] : facts.items())
    if (shown.count(key) == 0) add(key, value);
  return rows;
}

std::string placement_text(const nlohmann::json& placement, const std::string& workload, Lang lang) {
  if (!placement.is_object() || !placement.contains(workload) || !placement[workload].is_object())
    return std::string(word(lang, "value.unknown"));
  const nlohmann::json& place = placement[workload];
  const std::string policy = place.contains("policy") ? fact_text("", place["policy"], lang)
                                                      : std::string(word(lang, "place.policy"));
  return say(lang, "place.text", policy, cpu_list(place, "server", lang), cpu_list(place, "client", lang),
             cpu_list(place, "subject", lang));
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

std::string condition_label(std::string_view condition, Lang lang) {
  const auto label = find_word(lang, "condition." + std::string(condition));
  return label ? std::string(*label) : label_from_key(std::string(condition));
}

std::string window_text(const RunResult& result) {
  return fmt::format("{:.4g} s", result.window_s);
}

std::vector<std::string> method_sentences(const RunResult& result, Lang lang) {
  const auto text = [&](WordKey key) { return std::string(word(lang, key)); };
  if (result.source == kSourceTree)
    return {text("method.tree_values"), text("method.tree_sums"), text("method.tree_effect"),
            text("method.tree_order")};
  double confidence = 0.95;
  if (!result.comparisons.empty()) confidence = result.comparisons.front().confidence;
  return {say(lang, "method.window", window_text(result)),
          text("method.effect"),
          say(lang, "method.interval", fmt::format("{:.4g}", confidence * 100)),
          text("method.floor"),
          text("method.no_outliers"),
          text("method.attribution")};
}

std::string reproduce_command(const RunResult& result) {
  if (!result.command_line.empty()) {
    std::string text = without_out(result.command_line);
    // The seed is what a command line usually does not say.
    if (text.find("--seed") != std::string::npos) return text;
    const size_t at = text.find(" measure");
    if (at == std::string::npos) return text;
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
