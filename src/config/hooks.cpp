#include <algorithm>

#include "config/sections.h"
#include "config/variables.h"
#include "util/strings.h"

namespace bpftax {
namespace {

const std::vector<std::string> kTargets = {"server", "client", "tool_host"};
constexpr double kLongestTask = 86400;

// What bpftax reads itself, so that a monitor need not be a command.
struct Collector {
  const char* name;
  const char* command;
};
constexpr Collector kCollectors[] = {
    {"cpu", "cat /proc/stat"},
    {"memory", "cat /proc/meminfo"},
    {"disk", "cat /proc/diskstats"},
    {"network", "cat /proc/net/dev"},
    {"interrupts", "cat /proc/interrupts"},
    {"softirqs", "cat /proc/softirqs"},
    {"softnet", "cat /proc/net/softnet_stat"},
    {"snmp", "cat /proc/net/snmp /proc/net/netstat"},
    {"pressure", "grep . /proc/pressure/cpu /proc/pressure/io /proc/pressure/memory"},
    {"load", "cat /proc/loadavg"},
};

void read_command(Fields& fields, std::string& command, const Variables& names) {
  const char* key = fields.has("command") ? "command" : "cmd";
  if (fields.has("cmd") && fields.has("command"))
    return fields.wrong(*fields.take("command"), "'cmd' and 'command' are the same key", "",
                        "keep one of them");
  fields.required_text(key, command);
  fields.ignore("command");
  if (const YamlNode* node = fields.take("cmd") != nullptr ? fields.take("cmd") : fields.take("command")) {
    const auto known = substitute(command, names, fields.file().place(*node));
    if (!known) fields.keep(tl::unexpected<Error>(known.error()));
  }
}

void read_targets(Fields& fields, std::vector<std::string>& targets) {
  fields.texts("targets", targets);
  const YamlNode* node = fields.take("targets");
  for (std::string& target : targets) {
    if (target == "tool host" || target == "tool-host") target = "tool_host";
    if (std::find(kTargets.begin(), kTargets.end(), target) == kTargets.end())
      return fields.wrong(*node, "unknown target " + quote_name(target), "of a task or monitor",
                          hint_nearest(target, kTargets));
  }
}

void read_condition(Fields& fields, std::string& condition, const Variables& names) {
  fields.text("condition", condition);
  if (const YamlNode* node = fields.take("condition")) {
    const auto readable = holds(condition, names, fields.file().place(*node));
    if (!readable) fields.keep(tl::unexpected<Error>(readable.error()));
  }
}

Result<HookTask> read_task(const YamlNode& node, const ConfigFile& file, const std::string& path,
                           const std::vector<std::string>& level_targets, const Variables& names) {
  HookTask task;
  task.place = file.place(node);
  task.targets = level_targets;
  Fields fields(node, file, path);
  fields.required_text("name", task.name);
  read_command(fields, task.command, names);
  read_targets(fields, task.targets);
  read_condition(fields, task.condition, names);
  fields.seconds("timeout", task.timeout_s, 0.1, kLongestTask);
  std::string on_error = "fail";
  fields.one_of("on_error", on_error, {"fail", "warn"});
  task.warn_only = on_error == "warn";
  fields.ignore("purpose");
  fields.ignored("output", "what a task prints is kept with the results");
  BPFTAX_TRY(fields.done());
  return task;
}

Result<std::vector<HookTask>> read_level(const YamlEntry& level, const ConfigFile& file,
                                         const Variables& names) {
  std::vector<HookTask> tasks;
  std::vector<std::string> targets;
  const std::string path = "hooks." + level.key;
  const auto add = [&](const YamlNode& node, size_t index) -> Result<void> {
    BPFTAX_ASSIGN(HookTask task,
                  read_task(node, file, path + "[" + std::to_string(index) + "]", targets, names));
    for (const HookTask& other : tasks) {
      if (other.name == task.name)
        return config_error(task.place, "duplicate task " + quote_name(task.name),
                            "it stands in line " + std::to_string(other.place.line) + " already");
    }
    tasks.push_back(std::move(task));
    return {};
  };
  if (level.value->is_sequence()) {
    for (size_t i = 0; i < level.value->items.size(); ++i) BPFTAX_TRY(add(*level.value->items[i], i));
    return tasks;
  }
  // {stage, execution, targets, context_required, tasks: [...]}: what the level is named says the rest.
  Fields fields(*level.value, file, path);
  read_targets(fields, targets);
  for (const char* key : {"stage", "execution", "context_required"}) fields.ignore(key);
  fields.require("tasks");
  fields.each_item("tasks", add);
  BPFTAX_TRY(fields.done());
  return tasks;
}

Result<CustomMonitor> read_monitor(const YamlNode& node, const ConfigFile& file, const std::string& path,
                                   const Variables& names) {
  CustomMonitor monitor;
  monitor.place = file.place(node);
  Fields fields(node, file, path);
  fields.required_text("name", monitor.name);
  if (!fields.failed() && !monitor.name.empty())
    fields.keep(check_name(monitor.place, "a monitor", monitor.name));
  if (fields.has("collector")) {
    std::vector<std::string> known;
    for (const Collector& each : kCollectors) known.emplace_back(each.name);
    std::string collector;
    fields.one_of("collector", collector, known);
    for (const Collector& each : kCollectors) {
      if (collector == each.name) monitor.command = each.command;
    }
    if (fields.has("cmd") || fields.has("command"))
      fields.wrong(node, "a monitor has a command or a collector, not both", "in '" + path + "'");
    fields.ignore("cmd");
    fields.ignore("command");
  } else {
    fields.ignore("collector");
    read_command(fields, monitor.command, names);
  }
  read_targets(fields, monitor.targets);
  fields.seconds("interval", monitor.interval_s, 0.05, 3600);
  fields.one_of("lifecycle", monitor.lifecycle, {"case", "test"});
  read_condition(fields, monitor.condition, names);
  BPFTAX_TRY(fields.done());
  return monitor;
}

}  // namespace

Result<std::map<std::string, std::vector<HookTask>>> read_hooks(const YamlNode& hooks, const ConfigFile& file,
                                                                const CampaignConfig& config) {
  std::map<std::string, std::vector<HookTask>> result;
  const Variables names = hook_names(config);
  const std::vector<std::string> levels(std::begin(kHookLevels), std::end(kHookLevels));
  if (!hooks.is_map())
    return config_error(file.place(hooks), "wrong type of 'hooks'",
                        "expected a mapping of levels, got " + describe(hooks),
                        "levels are " + join(levels, ", "));
  for (const YamlEntry& level : hooks.entries) {
    if (std::find(levels.begin(), levels.end(), level.key) == levels.end())
      return config_error(file.place(level), "unknown key " + quote_name(level.key), "in 'hooks'",
                          hint_nearest(level.key, levels, "levels are"));
    if (level.value->kind == YamlNode::Kind::kNull) continue;
    BPFTAX_ASSIGN(result[level.key], read_level(level, file, names));
  }
  return result;
}

Result<std::vector<CustomMonitor>> read_monitors(const YamlNode& monitors, const ConfigFile& file,
                                                 const CampaignConfig& config) {
  std::vector<CustomMonitor> result;
  const Variables names = hook_names(config);
  if (!monitors.is_sequence())
    return config_error(file.place(monitors), "wrong type of 'monitors'",
                        "expected a list, got " + describe(monitors));
  for (size_t i = 0; i < monitors.items.size(); ++i) {
    BPFTAX_ASSIGN(CustomMonitor monitor,
                  read_monitor(*monitors.items[i], file, "monitors[" + std::to_string(i) + "]", names));
    for (const CustomMonitor& other : result) {
      if (other.name == monitor.name)
        return config_error(monitor.place, "duplicate monitor " + quote_name(monitor.name),
                            "it stands in line " + std::to_string(other.place.line) + " already");
    }
    result.push_back(std::move(monitor));
  }
  return result;
}

}  // namespace bpftax
