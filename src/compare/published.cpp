#include "compare/published.h"

#include <algorithm>
#include <set>
#include <tuple>

#include "compare/metric_facts.h"
#include "config/fields.h"
#include "config/model.h"
#include "config/sections.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kMostCases = 10'000;
constexpr double kMostPercent = 1e9;

std::optional<double> plain_double(const YamlNode& node) {
  if (!node.is_scalar() || node.quoted) return std::nullopt;
  return to_double(node.text);
}

// 4, [229, 295], "<0.1"
Result<Spread> read_spread(const YamlNode& node, const ConfigFile& file, const std::string& path) {
  const auto wrong = [&](const std::string& why) {
    return config_error(file.place(node), "cannot read the value of '" + path + "'", why,
                        "a number, [low, high], or \"<high\"");
  };
  if (node.is_sequence()) {
    if (node.items.size() != 2) return wrong("a range has two ends");
    const auto low = plain_double(*node.items[0]), high = plain_double(*node.items[1]);
    if (!low || !high) return wrong("an end of the range is no number");
    if (*low > *high) return wrong("the range begins with its greater end");
    return Spread{*low, *high, false};
  }
  if (!node.is_scalar()) return wrong("got " + describe(node));
  if (node.text.starts_with("<")) {
    const auto high = to_double(trim(std::string_view(node.text).substr(1)));
    if (!high) return wrong("there is no number behind '<'");
    return Spread{std::nullopt, *high, true};
  }
  const auto value = plain_double(node);
  if (!value) return wrong("got " + describe(node));
  return single_value(*value);
}

enum class ValueKind { kBaseline, kDiff };

Result<PublishedValue> read_value(const std::string& workload, const YamlEntry& entry, const ConfigFile& file,
                                  const std::string& path, ValueKind kind) {
  PublishedValue value{workload, entry.key, {}};
  const MetricFacts* facts = metric_facts(entry.key);
  if (facts == nullptr)
    return config_error(file.place(entry), "unknown metric " + quote_name(entry.key), "in '" + path + "'",
                        hint_nearest(entry.key, metric_names()));
  BPFTAX_ASSIGN(value.value, read_spread(*entry.value, file, path + "." + entry.key));
  const auto refuse = [&](const std::string& why) {
    return config_error(file.place(*entry.value), "impossible value of '" + path + "." + entry.key + "'",
                        why);
  };
  if (!value.value.low) return refuse("only cpu_percent may be a mere bound");
  if (kind == ValueKind::kBaseline && *value.value.low <= 0) return refuse("a baseline is positive");
  if (kind == ValueKind::kDiff && (*value.value.low <= -100 || value.value.high > kMostPercent))
    return refuse("a difference of -100 % would leave nothing");
  return value;
}

// `diffs:` and `baselines:`: workload -> {metric: value}.
void read_values(Fields& fields, const char* key, std::vector<PublishedValue>& values, ValueKind kind) {
  fields.each_entry(key, [&](const YamlEntry& workload) -> Result<void> {
    const std::string path = fields.path(key) + "." + shorten(printable(workload.key), 80);
    BPFTAX_TRY(check_name(fields.file().place(workload), "workload", workload.key));
    if (!workload.value->is_map())
      return config_error(fields.file().place(*workload.value), "wrong type of '" + path + "'",
                          "expected a mapping of metrics, got " + describe(*workload.value));
    for (const YamlEntry& metric : workload.value->entries) {
      BPFTAX_ASSIGN(PublishedValue value, read_value(workload.key, metric, fields.file(), path, kind));
      values.push_back(std::move(value));
    }
    return {};
  });
}

Result<PublishedCase> read_published_case(const YamlNode& node, const ConfigFile& file,
                                          const std::string& path) {
  PublishedCase found;
  Fields fields(node, file, path);
  fields.required_text("tool", found.tool);
  fields.text("protocol", found.protocol);
  fields.text("direction", found.direction);
  fields.one_of("class", found.design_class, {std::begin(kDesignClasses), std::end(kDesignClasses)});
  fields.text("remark", found.remark);
  fields.require("diffs");
  read_values(fields, "diffs", found.diffs, ValueKind::kDiff);
  if (const YamlNode* cpu = fields.take("cpu_percent")) {
    auto spread = read_spread(*cpu, file, path + ".cpu_percent");
    if (!spread) {
      fields.keep(propagate(std::move(spread)));
    } else if (spread->low.value_or(spread->high) < 0) {
      fields.wrong(*cpu, "impossible value of '" + path + ".cpu_percent'", "it is negative");
    } else {
      found.cpu_percent = *spread;
    }
  }
  BPFTAX_TRY(fields.done());
  return found;
}

// Facts are whatever the publisher said: texts and numbers by name.
void read_facts(Fields& fields, nlohmann::json& facts) {
  fields.each_entry("facts", [&](const YamlEntry& entry) -> Result<void> {
    const YamlNode& value = *entry.value;
    if (value.kind == YamlNode::Kind::kNull) {
      facts[entry.key] = nullptr;
    } else if (!value.is_scalar()) {
      return config_error(fields.file().place(value), "wrong type of the fact " + quote_name(entry.key),
                          "expected a text or a number, got " + describe(value));
    } else if (const auto whole = value.quoted ? std::nullopt : to_int64(value.text)) {
      facts[entry.key] = *whole;
    } else {
      facts[entry.key] = value.text;
    }
    return {};
  });
}

Result<PublishedEnvironment> read_environment(const YamlEntry& entry, const ConfigFile& file,
                                              const std::string& path) {
  PublishedEnvironment environment;
  environment.name = entry.key;
  BPFTAX_TRY(check_name(file.place(entry), "environment", entry.key));
  Fields fields(*entry.value, file, path);
  read_facts(fields, environment.facts);
  read_values(fields, "baselines", environment.baselines, ValueKind::kBaseline);
  fields.require("cases");
  std::set<std::tuple<std::string, std::string, std::string>> seen;
  fields.each_item("cases", [&](const YamlNode& node, size_t index) -> Result<void> {
    if (environment.cases.size() >= kMostCases) return config_error(file.place(node), "too many cases");
    BPFTAX_ASSIGN(PublishedCase found,
                  read_published_case(node, file, path + ".cases[" + std::to_string(index) + "]"));
    if (!seen.emplace(found.tool, found.protocol, found.direction).second)
      return config_error(file.place(node), "the case " + quote_name(found.tool) + " stands twice",
                          "tool, protocol and direction tell cases apart");
    environment.cases.push_back(std::move(found));
    return {};
  });
  BPFTAX_TRY(fields.done());
  return environment;
}

void read_measured(Fields& fields, PublishedTable& table) {
  fields.fields("measured", [&](Fields& measured) {
    if (measured.has("window_s")) {
      double window_s = 0;
      measured.number("window_s", window_s, 0.001, 86400);
      table.window_s = window_s;
    }
    measured.each_entry("workloads", [&](const YamlEntry& entry) -> Result<void> {
      PublishedGenerator generator;
      Fields own(*entry.value, measured.file(), measured.path("workloads." + entry.key));
      own.text("generator", generator.generator);
      own.text("version", generator.version);
      BPFTAX_TRY(own.done());
      table.workloads[entry.key] = std::move(generator);
      return {};
    });
  });
}

}  // namespace

Result<PublishedTable> parse_published(std::string_view text, const std::string& file_name) {
  BPFTAX_ASSIGN(const YamlPtr root, parse_yaml(text, file_name));
  std::vector<std::string> warnings;
  const ConfigFile file{file_name, &warnings};
  if (!root->is_map())
    return config_error(file.place(*root), "this is no published table",
                        "expected a mapping, got " + describe(*root));
  PublishedTable table;
  Fields fields(*root, file, "");
  std::string schema;
  fields.required_text("schema", schema);
  if (!fields.failed() && !schema.empty() && schema != kPublishedSchema)
    fields.wrong(*fields.take("schema"), "unknown schema " + quote_name(schema), "",
                 "this version reads " + std::string(kPublishedSchema));
  fields.required_text("name", table.name);
  fields.text("reference", table.reference);
  fields.text("remark", table.remark);
  read_measured(fields, table);
  fields.require("environments");
  fields.each_entry("environments", [&](const YamlEntry& entry) -> Result<void> {
    BPFTAX_ASSIGN(PublishedEnvironment environment,
                  read_environment(entry, file, "environments." + shorten(printable(entry.key), 80)));
    table.environments.push_back(std::move(environment));
    return {};
  });
  BPFTAX_TRY(fields.done());
  return table;
}

bool looks_published(std::string_view text) {
  return text.substr(0, 4096).find(kPublishedSchema) != std::string_view::npos;
}

}  // namespace bpftax
