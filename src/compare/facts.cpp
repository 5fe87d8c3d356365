#include "compare/facts.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "util/json.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

constexpr std::array<std::string_view, 4> kNamesOneMachine = {"boot_id", "uptime_s", "hostname",
                                                              "timezone_offset_s"};
// What decides most comes first.
constexpr std::array<std::string_view, 12> kImportant = {
    "kernel_release",   "kernel_version", "architecture",     "cpu_model",
    "cpu_count_online", "hypervisor",     "cpufreq_governor", "smt",
    "preemption",       "numa_nodes",     "clocksource",      "distribution"};
constexpr int kMaxFactDepth = 6;
constexpr size_t kMostFacts = 2000;

using Leaves = std::map<std::string, std::string>;  // dotted name -> text; unknown ones are absent

std::string leaf_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_number_float()) return format_significant(value.get<double>(), 6);
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void collect(const Json& value, const std::string& name, int depth, Leaves& leaves) {
  if (value.is_null() || leaves.size() >= kMostFacts) return;
  if (value.is_object() && depth < kMaxFactDepth) {
    for (const auto& [key, item] : value.items())
      collect(item, name.empty() ? key : name + "." + key, depth + 1, leaves);
    return;
  }
  if (value.is_array()) {
    std::vector<std::string> items;
    for (const Json& item : value) items.push_back(leaf_text(item));
    leaves[name] = join(items, ", ");
    return;
  }
  leaves[name] = leaf_text(value);
}

Leaves leaves_of(const Json& facts) {
  Leaves leaves;
  collect(facts, "", 0, leaves);
  for (const std::string_view name : kNamesOneMachine) leaves.erase(std::string(name));
  return leaves;
}

struct Role {
  const char* name;
  Json HostFactsOf::*facts;
};
constexpr std::array<Role, 3> kRoles = {
    {{"server", &HostFactsOf::server}, {"client", &HostFactsOf::client}, {"tool", &HostFactsOf::tool}}};

// One role of one environment: the facts of each source there.
struct Host {
  std::string environment, role;
  std::vector<Leaves> leaves;
};

std::vector<Host> hosts_of(const std::vector<CompareSource>& sources) {
  std::vector<std::string> environments;
  for (const CompareSource& source : sources)
    for (const std::string& name : source.environments)
      if (std::find(environments.begin(), environments.end(), name) == environments.end())
        environments.push_back(name);
  std::vector<Host> hosts;
  for (const std::string& environment : environments) {
    const auto have = std::count_if(sources.begin(), sources.end(), [&](const CompareSource& source) {
      return source.facts.count(environment) > 0;
    });
    if (have < 2) continue;
    for (const Role& role : kRoles) {
      Host host{environment, role.name, {}};
      for (const CompareSource& source : sources) {
        const auto facts = source.facts.find(environment);
        host.leaves.push_back(facts == source.facts.end() ? Leaves{} : leaves_of(facts->second.*role.facts));
      }
      const bool any =
          std::any_of(host.leaves.begin(), host.leaves.end(), [](const Leaves& l) { return !l.empty(); });
      if (any) hosts.push_back(std::move(host));
    }
  }
  return hosts;
}

std::string hosts_text(const std::vector<const Host*>& where, size_t all) {
  if (where.size() == all) return "all hosts";
  std::map<std::string, std::vector<std::string>> roles;
  for (const Host* host : where) roles[host->environment].push_back(host->role);
  std::vector<std::string> parts;
  for (const auto& [environment, names] : roles)
    parts.push_back(environment.empty() ? join(names, ", ") : environment + ": " + join(names, ", "));
  return join(parts, "; ");
}

size_t importance(const std::string& fact) {
  return static_cast<size_t>(std::find(kImportant.begin(), kImportant.end(), fact) - kImportant.begin());
}

}  // namespace

std::vector<FactDifference> fact_differences(const std::vector<CompareSource>& sources) {
  const std::vector<Host> hosts = hosts_of(sources);
  // The same values on several hosts are one difference.
  std::map<std::pair<std::string, std::vector<std::string>>, std::vector<const Host*>> found;
  for (const Host& host : hosts) {
    std::set<std::string> names;
    for (const Leaves& leaves : host.leaves)
      for (const auto& [name, text] : leaves) names.insert(name);
    for (const std::string& name : names) {
      std::vector<std::string> values;
      for (const Leaves& leaves : host.leaves) {
        const auto leaf = leaves.find(name);
        values.push_back(leaf == leaves.end() ? "" : leaf->second);
      }
      if (std::set<std::string>(values.begin(), values.end()).size() > 1)
        found[{name, values}].push_back(&host);
    }
  }
  std::vector<FactDifference> differences;
  for (const auto& [key, where] : found) {
    FactDifference difference;
    difference.fact = key.first;
    difference.values = key.second;
    difference.hosts = hosts_text(where, hosts.size());
    std::set<std::string> known(key.second.begin(), key.second.end());
    known.erase("");
    difference.known_to_differ = known.size() > 1;
    differences.push_back(std::move(difference));
  }
  std::stable_sort(differences.begin(), differences.end(),
                   [](const FactDifference& a, const FactDifference& b) {
                     if (a.known_to_differ != b.known_to_differ) return a.known_to_differ;
                     if (importance(a.fact) != importance(b.fact))
                       return importance(a.fact) < importance(b.fact);
                     return a.fact < b.fact;
                   });
  return differences;
}

}  // namespace bpftax
