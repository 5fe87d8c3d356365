// monitoring, measurement, and the keys that bpftax adds to both formats.
#include "config/sections.h"

namespace bpftax {
namespace {

// true, false, or the legacy {enabled: true, unit: ..., description: ...}.
void read_switch(Fields& fields, const char* key, bool& target) {
  const YamlNode* node = fields.take(key);
  if (node == nullptr || !node->is_map()) return fields.boolean(key, target);
  fields.fields(key, [&](Fields& inner) {
    inner.boolean("enabled", target);
    for (const char* about : {"unit", "units", "description", "convert_to_human"}) inner.ignore(about);
  });
}

void read_monitoring(Fields& fields, MonitoringSettings& monitoring) {
  fields.boolean("enabled", monitoring.enabled);
  read_switch(fields, "cpu", monitoring.cpu);
  read_switch(fields, "memory", monitoring.memory);
  read_switch(fields, "log_size", monitoring.log_size);
  read_switch(fields, "logsize", monitoring.log_size);
  fields.seconds("interval", monitoring.interval_s, 0.05, 3600);
  // All of them are always written.
  std::vector<std::string> unused;
  fields.texts("memory_types", unused);
  fields.texts("cpu_stats", unused);
}

void read_blocks(Fields& fields, MeasurementSettings& measurement) {
  fields.integer("min_blocks", measurement.min_blocks, 2, 1000);
  fields.integer("max_blocks", measurement.max_blocks, 2, 1000);
  const YamlNode* node = fields.take("max_blocks");
  if (node == nullptr) node = fields.take("min_blocks");
  if (node == nullptr || fields.failed() || measurement.min_blocks <= measurement.max_blocks) return;
  if (!fields.has("max_blocks")) {  // more than the usual most was asked for
    measurement.max_blocks = measurement.min_blocks;
  } else if (!fields.has("min_blocks")) {
    measurement.min_blocks = measurement.max_blocks;
  } else {
    fields.wrong(*node, "'max_blocks' is smaller than 'min_blocks'", "in 'measurement'");
  }
}

void read_margins(Fields& fields, std::map<std::string, double>& margins) {
  fields.fields("margins", [&](Fields& inner) {
    for (const YamlEntry& entry : inner.node().entries)
      inner.number(entry.key.c_str(), margins[entry.key], 0.001, 1000);
  });
}

void read_measurement(Fields& fields, MeasurementSettings& measurement) {
  fields.seconds("window", measurement.window_s, 0.5, 3600);
  fields.seconds("omit", measurement.omit_s, 0, 600);
  read_blocks(fields, measurement);
  fields.seconds("budget", measurement.budget_s, 1, 30.0 * 86400);
  read_margins(fields, measurement.margins);
  fields.text("ready", measurement.ready);
  if (const YamlNode* node = fields.take("ready")) {
    const std::string& text = measurement.ready;
    const bool known =
        text == "bpf" || text.starts_with("line:") || text.starts_with("exec:") || text.starts_with("delay:");
    if (!known)
      fields.wrong(*node, "unknown value " + quote_name(text) + " of 'measurement.ready'", "",
                   "bpf, line:REGEX, exec:CMD or delay:S");
  }
  fields.seconds("ready_timeout", measurement.ready_timeout_s, 0.1, 3600);
  fields.one_of("placement", measurement.placement, {"auto", "same-cpu", "cross-cpu"});
  fields.boolean("attribution", measurement.attribution);
  fields.integer("attribution_starts", measurement.attribution_starts, 1, 100);
  fields.integer("cases_per_block", measurement.cases_per_block, 1, 1000);
  fields.number("sample_interval_ms", measurement.sample_interval_ms, 10, 60'000);
  fields.number("output_cap_mb", measurement.output_cap_mb, 0.001, 1'000'000);
}

}  // namespace

void read_additions(Fields& fields, CampaignConfig& config) {
  fields.fields("monitoring", [&](Fields& inner) { read_monitoring(inner, config.monitoring); });
  fields.fields("measurement", [&](Fields& inner) { read_measurement(inner, config.measurement); });
  if (const YamlNode* hooks = fields.take("hooks")) {
    auto read = read_hooks(*hooks, fields.file(), config);
    if (read) config.hooks = std::move(*read);
    if (!read) fields.keep(tl::unexpected<Error>(read.error()));
  }
  if (const YamlNode* monitors = fields.take("monitors")) {
    auto read = read_monitors(*monitors, fields.file(), config);
    if (read) config.monitors = std::move(*read);
    if (!read) fields.keep(tl::unexpected<Error>(read.error()));
  }
}

}  // namespace bpftax
