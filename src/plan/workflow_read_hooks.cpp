// `hooks` and `monitors` of a workflow document.
#include <algorithm>

#include "config/sections.h"
#include "config/variables.h"
#include "plan/json_fields.h"
#include "plan/workflow_read.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// The names that commands and conditions may use, with a value that any place of a shell text can take.
Variables names_for_hooks(const Workflow& workflow) {
  CampaignConfig config;
  config.environments = workflow.environments;
  config.python_interpreter = workflow.python_interpreter;
  return hook_names(config);
}

// What tasks and monitors have in common.
void read_common(JsonFields& fields, const Variables& names, std::string& name, std::string& command,
                 std::vector<std::string>& targets, std::string& condition) {
  fields.text("name", name);
  if (trim(name).empty()) fields.wrong("name", "it is missing");
  fields.text("command", command);
  if (trim(command).empty()) fields.wrong("command", "it is missing");
  fields.texts("targets", targets);
  const std::vector<std::string> known = {"server", "client", "tool_host"};
  for (const std::string& target : targets) {
    if (std::find(known.begin(), known.end(), target) == known.end())
      fields.wrong("targets", "unknown target " + quote_name(target), "targets are: " + join(known, ", "));
  }
  fields.text("condition", condition);
  if (fields.failed()) return;
  const auto filled = substitute(command, names, {fields.path("command")});
  if (!filled) return fields.keep(tl::unexpected<Error>(filled.error()));
  const auto readable = holds(condition, names, {fields.path("condition")});
  if (!readable) fields.keep(tl::unexpected<Error>(readable.error()));
}

Result<HookTask> read_task(const Json& json, const std::string& where, const Variables& names) {
  HookTask task;
  task.place.file = where;
  JsonFields fields(json, where, kReadingWorkflow);
  read_common(fields, names, task.name, task.command, task.targets, task.condition);
  fields.number("timeout", task.timeout_s);
  if (!(task.timeout_s > 0 && task.timeout_s <= 86400))
    fields.wrong("timeout", "expected seconds, up to a day");
  std::string on_error = "fail";
  fields.text("on_error", on_error);
  if (on_error != "fail" && on_error != "warn") fields.wrong("on_error", "expected fail or warn");
  task.warn_only = on_error == "warn";
  BPFTAX_TRY(fields.done_strictly());
  return task;
}

Result<CustomMonitor> read_monitor(const Json& json, const std::string& where, const Variables& names) {
  CustomMonitor monitor;
  monitor.place.file = where;
  JsonFields fields(json, where, kReadingWorkflow);
  read_common(fields, names, monitor.name, monitor.command, monitor.targets, monitor.condition);
  fields.number("interval", monitor.interval_s);
  if (!(monitor.interval_s >= 0.05 && monitor.interval_s <= 3600))
    fields.wrong("interval", "expected 0.05 to 3600 seconds");
  fields.text("lifecycle", monitor.lifecycle);
  if (monitor.lifecycle != "case" && monitor.lifecycle != "test")
    fields.wrong("lifecycle", "expected case or test");
  BPFTAX_TRY(fields.done_strictly());
  BPFTAX_TRY(check_name({where + ".name"}, "a monitor", monitor.name));
  return monitor;
}

// A second entry of a name would be taken for the first in logs and messages.
template <class Item>
Result<void> add_unique(std::vector<Item>& items, Item item, const std::string& where) {
  if (std::any_of(items.begin(), items.end(), [&](const Item& other) { return other.name == item.name; }))
    return fail(ErrorKind::kUsage, kReadingWorkflow, where + ".name",
                quote_name(item.name) + " stands twice");
  items.push_back(std::move(item));
  return {};
}

}  // namespace

Result<void> read_workflow_hooks(const Json& document, Workflow& workflow) {
  const Variables names = names_for_hooks(workflow);
  JsonFields top(document, "", kReadingWorkflow);
  if (const Json* hooks = top.value("hooks")) {
    JsonFields fields(*hooks, "hooks", kReadingWorkflow);
    for (const char* level : kHookLevels) {
      fields.each(level, [&](const Json& item, const std::string& where) {
        auto task = read_task(item, where, names);
        if (!task) return fields.keep(propagate(std::move(task)));
        fields.keep(add_unique(workflow.hooks[level], std::move(*task), where));
      });
    }
    BPFTAX_TRY(fields.done_strictly());
  }
  top.each("monitors", [&](const Json& item, const std::string& where) {
    auto monitor = read_monitor(item, where, names);
    if (!monitor) return top.keep(propagate(std::move(monitor)));
    top.keep(add_unique(workflow.monitors, std::move(*monitor), where));
  });
  return top.done();
}

}  // namespace bpftax
