#include "cli/workflow_source.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>

#include "config/load.h"
#include "util/clock.h"
#include "util/files.h"
#include "util/json.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

// A document that `plan` wrote, perhaps edited since; anything else is a configuration.
Result<std::optional<Workflow>> read_document(const WorkflowSource& source) {
  if (!source.config.ends_with(".json")) return std::optional<Workflow>();
  const auto text = read_file(source.config);
  if (!text) return fail(ErrorKind::kUsage, "cannot read the workflow", source.config, text.error().why);
  auto json = parse_json(*text, source.config);
  if (!json) {
    return fail(ErrorKind::kUsage, "cannot read the workflow", source.config, json.error().why,
                "a configuration is a .yaml file or a folder");
  }
  BPFTAX_ASSIGN(Workflow workflow, workflow_from_json(*json, source.config));
  return std::optional<Workflow>(std::move(workflow));
}

std::string either_or(const std::string& least, const std::string& most) {
  return least == most ? least : least + " to " + most;
}

}  // namespace

Result<Workflow> load_or_make_workflow(const WorkflowSource& source, const CommonOptions& common) {
  BPFTAX_ASSIGN(std::optional<Workflow> document, read_document(source));
  const WorkflowFilter& filter = source.filter;
  if (document) {
    if (!filter.tools.empty() || !filter.environments.empty() || !filter.categories.empty() ||
        !filter.protocols.empty() || !filter.directions.empty() || source.seed_given) {
      return fail(ErrorKind::kUsage, "filters and --seed are for a configuration", source.config,
                  "the document has its cases and its seed",
                  "delete cycles in the document, or plan the configuration again");
    }
    return std::move(*document);
  }
  BPFTAX_ASSIGN(const CampaignConfig config, load_config(source.config));
  WorkflowOptions make;
  make.filter = filter;
  if (source.seed_given) make.seed = source.seed;
  make.command_line = common.command_line;
  make.now_realtime_ns = RealClock().realtime_ns();
  return make_workflow(config, make);
}

std::string workflow_table(const Workflow& workflow) {
  const auto all = environment_totals(workflow);
  size_t width = std::string_view("environment").size();
  for (const EnvironmentTotals& each : all) width = std::max(width, each.environment.size());
  const auto row = [&](const auto& name, const auto& cases, const auto& parts, const auto& windows,
                       const auto& most_windows, const std::string& least, const std::string& most) {
    return fmt::format("{:<{}}  {:>5}  {:>5}  {:>8}  {:>8}  {:>12}  {:>12}\n", name, width, cases, parts,
                       windows, most_windows, least, most);
  };
  std::string text = row("environment", "cases", "parts", "windows", "at most", "takes", "at most");
  for (const EnvironmentTotals& each : all) {
    text += row(printable(each.environment), each.cases, each.parts, each.windows, each.windows_most,
                format_duration(each.least_s), format_duration(each.most_s));
  }
  const auto chains = independent_environments(workflow);
  text += fmt::format("\n{} cycles (baselines included) in {} parts, seed {}\n", workflow.cycles.size(),
                      workflow.parts.size(), workflow.seed);
  text +=
      fmt::format("duration: {}{}\n",
                  either_or(format_duration(workflow.expected_s), format_duration(workflow.expected_most_s)),
                  chains.size() > 1 ? "; environments that share no host run side by side" : "");
  text += fmt::format("disk: about {} on all hosts together, and what the tools print (never more than {})\n",
                      format_bytes(workflow.expected_disk_bytes), format_bytes(workflow.tool_output_bytes));
  for (const std::string& warning : workflow.warnings) text += "warning: " + printable(warning) + "\n";
  return text;
}

CLI::Option* add_source_options(CLI::App& command, WorkflowSource& source) {
  const auto filter = [&](const char* name, std::vector<std::string>& words, const char* help) {
    command.add_option(name, words, help)
        ->delimiter(',')
        ->type_name("A,B")
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  filter("--tools", source.filter.tools, "only these tools: ids or scripts");
  filter("--environments", source.filter.environments, "only these environments");
  filter("--category", source.filter.categories, "only these categories, or what lies below them");
  filter("--protocol", source.filter.protocols, "only cases with this protocol; any: those that have none");
  filter("--direction", source.filter.directions,
         "only cases with this direction; any: those that have none");
  return command.add_option("--seed", source.seed, "seed of the random order");
}

}  // namespace bpftax
