#include "cli/gate_budgets.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "config/fields.h"
#include "config/sections.h"
#include "config/yaml.h"
#include "util/files.h"
#include "util/strings.h"
#include "workload/metrics.h"
#include "workload/registry.h"

namespace bpftax {
namespace {

constexpr double kMostPercent = 100'000;
constexpr double kMostBytes = 1e15;

const std::vector<std::string>& class_names() {
  static const std::vector<std::string> kNames = {"continuous", "diagnosis", "short-term", "avoid"};
  return kNames;
}

// Of all workloads.
const std::vector<std::string>& budget_metrics() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const auto& metrics : {stream_metrics(true), packet_metrics(), request_response_metrics(1)})
      for (const MetricInfo& metric : metrics)
        if (std::find(names.begin(), names.end(), metric.name) == names.end()) names.push_back(metric.name);
    return names;
  }();
  return kNames;
}

// One of the listed names, or with another number of streams: "tcp_stream_8".
bool is_workload(const std::string& name) {
  return std::any_of(workload_names().begin(), workload_names().end(), [&](const std::string& known) {
    if (!name.starts_with(known)) return false;
    const std::string_view rest = std::string_view(name).substr(known.size());
    return rest.empty() || (rest[0] == '_' && to_uint64(rest.substr(1)).value_or(0) > 0);
  });
}

// "64MiB", "200 kB", "4096".
std::optional<double> parse_bytes(std::string_view text) {
  struct Unit {
    std::string_view name;
    double bytes;
  };
  static constexpr std::array<Unit, 8> kUnits = {{{"KiB", 1024.0},
                                                  {"MiB", 1024.0 * 1024},
                                                  {"GiB", 1024.0 * 1024 * 1024},
                                                  {"kB", 1e3},
                                                  {"KB", 1e3},
                                                  {"MB", 1e6},
                                                  {"GB", 1e9},
                                                  {"B", 1}}};
  text = trim(text);
  double factor = 1;
  for (const Unit& unit : kUnits) {
    if (!text.ends_with(unit.name)) continue;
    factor = unit.bytes;
    text = trim(text.substr(0, text.size() - unit.name.size()));
    break;
  }
  const auto value = to_double(text);
  if (!value || *value < 0 || *value * factor > kMostBytes) return std::nullopt;
  return *value * factor;
}

void read_bytes(Fields& fields, const char* key, std::optional<BudgetValue>& target) {
  const YamlNode* node = fields.take(key);
  if (node == nullptr) return;
  const auto bytes = node->is_scalar() ? parse_bytes(node->text) : std::nullopt;
  if (!bytes)
    return fields.wrong(*node, "not a size at '" + fields.path(key) + "'", "got " + describe(*node),
                        "for example 64MiB, 200kB or 4096");
  target = BudgetValue{*bytes, fields.file().place(*node)};
}

void read_percent(Fields& fields, const char* key, std::optional<BudgetValue>& target) {
  double value = 0;
  fields.number(key, value, 0, kMostPercent);
  if (fields.has(key) && !fields.failed())
    target = BudgetValue{value, fields.file().place(*fields.node().find(key))};
}

Result<void> read_limit(const YamlNode& node, const ConfigFile& file, const std::string& path,
                        ToolBudget& budget) {
  Fields fields(node, file, path);
  MetricLimit limit;
  limit.place = file.place(node);
  fields.text("workload", limit.workload);
  fields.required_text("metric", limit.metric);
  if (!limit.workload.empty() && !is_workload(limit.workload))
    fields.wrong(*fields.take("workload"), "unknown workload " + quote_name(limit.workload), "",
                 hint_nearest(limit.workload, workload_names()));
  const bool known =
      std::find(budget_metrics().begin(), budget_metrics().end(), limit.metric) != budget_metrics().end();
  if (!limit.metric.empty() && !known)
    fields.wrong(*fields.take("metric"), "unknown metric " + quote_name(limit.metric), "",
                 hint_nearest(limit.metric, budget_metrics()));
  const bool overhead = fields.has("overhead"), added = fields.has("added");
  fields.number("overhead", limit.limit, 0.001, kMostPercent);
  fields.number("added", limit.limit, 1e-9, 1e15);
  limit.relative = !added;
  BPFTAX_TRY(fields.done());
  if (overhead == added)
    return config_error(limit.place, overhead ? "two limits in one entry" : "an entry without a limit", "",
                        "overhead: PERCENT of the baseline, or added: a number in the metric's unit");
  budget.limits.push_back(std::move(limit));
  return {};
}

Result<void> read_budget(const YamlNode& node, const ConfigFile& file, const std::string& path,
                         Budgets& budgets) {
  Fields fields(node, file, path);
  ToolBudget budget;
  budget.place = file.place(node);
  fields.required_text("tool", budget.tool);
  if (fields.has("class")) {
    std::string klass;
    fields.one_of("class", klass, class_names());
    if (!fields.failed()) budget.klass = klass;
    if (const YamlNode* at = fields.node().find("class")) budget.class_place = file.place(*at);
  }
  read_bytes(fields, "map_memory", budget.map_bytes);
  read_percent(fields, "cpu_percent", budget.cpu_percent);
  read_percent(fields, "bpf_cpu_percent", budget.bpf_cpu_percent);
  read_bytes(fields, "rss", budget.rss_bytes);
  read_bytes(fields, "output_per_s", budget.output_bytes_per_s);
  fields.each_item("limits", [&](const YamlNode& item, size_t i) {
    return read_limit(item, file, fmt::format("{}.limits[{}]", path, i), budget);
  });
  BPFTAX_TRY(fields.done());
  const bool any = budget.klass || budget.map_bytes || budget.cpu_percent || budget.bpf_cpu_percent ||
                   budget.rss_bytes || budget.output_bytes_per_s || !budget.limits.empty();
  if (!any)
    return config_error(budget.place, "a budget that limits nothing",
                        "for the tool " + quote_name(budget.tool),
                        "add limits, class, map_memory, cpu_percent, bpf_cpu_percent, rss or output_per_s");
  budgets.tools.push_back(std::move(budget));
  return {};
}

}  // namespace

bool matches_pattern(std::string_view pattern, std::string_view text) {
  // Backtracks to the last star only: linear for one star, never worse than pattern x text.
  size_t p = 0, t = 0, star = std::string_view::npos, resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t])) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Result<Budgets> parse_budgets(std::string_view text, const std::string& file) {
  BPFTAX_ASSIGN(const YamlPtr root, parse_yaml(text, file));
  std::vector<std::string> warnings;
  const ConfigFile source{file, &warnings};
  Fields fields(*root, source, "");
  Budgets budgets;
  budgets.file = file;
  std::string version;
  fields.keep(read_version(fields, version));
  fields.require("budgets");
  fields.each_item("budgets", [&](const YamlNode& item, size_t i) {
    return read_budget(item, source, fmt::format("budgets[{}]", i), budgets);
  });
  BPFTAX_TRY(fields.done());
  if (budgets.tools.empty())
    return config_error(source.place(*root), "there are no budgets in the file", "",
                        "budgets: [{tool: \"*\", class: diagnosis}]");
  return budgets;
}

Result<Budgets> load_budgets(const std::string& file) {
  auto text = read_file(file, kMaxYamlBytes + 1);
  if (!text) {
    Error error = text.error();
    error.kind = ErrorKind::kUsage;
    error.what = "cannot read the budgets";
    error.hint = "--budgets FILE.yaml";
    return tl::unexpected<Error>(std::move(error));
  }
  return parse_budgets(*text, file);
}

}  // namespace bpftax
