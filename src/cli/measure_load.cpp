#include "cli/measure_load.h"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "bench/conditions/conditions.h"
#include "run/warnings.h"
#include "util/json.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

// The mean of a field of `reached`, to 0.1 percent and 1 byte; null where it is not known.
Json mean_of(const Json& reached, const std::string& field) {
  const Json* mean = find_path(reached, field + ".mean");
  if (mean == nullptr || !mean->is_number()) return {};
  const double unit = field.find("percent") != std::string::npos ? 10 : 1;
  return std::round(mean->get<double>() * unit) / unit;
}

// What else `reached` has is about benchmarks.
constexpr std::array kShown = {"cpu_percent", "memory_percent", "disk_written_bytes_per_s",
                               "network_bytes_per_s"};

// "81.2 % of the CPUs, 3.1 % of the memory in use before traffic was added"
std::string reached_text(const Json& reached) {
  std::vector<std::string> parts;
  const auto add = [&](const std::string& field, const char* words, bool bytes) {
    const Json mean = mean_of(reached, field);
    if (!mean.is_number()) return;
    const double value = mean.get<double>();
    parts.push_back((bytes ? format_bytes(value) + "/s" : format_significant(value) + " %") + words);
  };
  add("cpu_percent_before", " of the CPUs in use", false);
  add("memory_percent_before", " of the memory", false);
  add("disk_written_bytes_per_s_before", " written to disks", true);
  add("network_bytes_per_s_before", " received", true);
  return join(parts, ", ") + " before the traffic began";
}

}  // namespace

Result<std::string> parse_measured_load(const std::string& text) {
  if (text.empty()) return std::string();
  BPFTAX_ASSIGN(const auto loads, bench::parse_loads({text}));
  if (loads.size() != 1) {
    return fail(ErrorKind::kUsage, "more than one load", "'" + printable(text) + "'",
                "a run is measured under one", "join what is to be there at the same time: --load cpu:80+io");
  }
  return loads.front().idle() ? std::string() : loads.front().name();
}

Result<HeldLoad> HeldLoad::begin(const std::string& text) {
  HeldLoad held;
  BPFTAX_ASSIGN(const std::string name, parse_measured_load(text));  // a resumed plan is foreign text
  if (name.empty()) return held;
  bench::ConditionOptions options;
  options.loads = {name};
  BPFTAX_ASSIGN(auto conditions, bench::make_conditions(options));
  held.condition_ = std::move(conditions.front());
  BPFTAX_TRY(held.condition_->enter());
  return held;
}

Result<void> HeldLoad::end(RunResult& result) {
  if (!condition_) return {};
  const std::string name = condition_->name();
  const Result<Json> reached = condition_->leave();
  condition_.reset();
  note_load(name, reached, result);
  if (!reached && reached.error().kind != ErrorKind::kWorkload) return tl::unexpected<Error>(reached.error());
  return {};
}

void note_load(const std::string& name, const Result<Json>& reached, RunResult& result) {
  Json fact = {{"name", name}};
  if (reached) {
    for (const std::string shown : kShown) {
      for (const std::string& field : {shown, shown + "_before"}) {
        if (const Json mean = mean_of(*reached, field); mean.is_number()) fact[field] = mean;
      }
    }
  }
  // One machine: both ends of the lab and the tool are under it.
  const auto tell = [&](Json& facts) {
    if (facts.is_object()) facts["load"] = fact;
  };
  tell(result.server_facts);
  tell(result.client_facts);
  for (ResultEnvironment& environment : result.environments) {
    tell(environment.server_facts);
    tell(environment.client_facts);
    tell(environment.tool_facts);
  }
  result.warnings.push_back(make_warning(
      WarningCode::kLoad,
      reached ? fmt::format("the machine was under the load {}: {}", name, reached_text(*reached))
              : fmt::format("the load {} did not hold: {}", name, reached.error().why)));
}

}  // namespace bpftax
