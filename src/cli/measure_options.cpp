#include "cli/measure_options.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "cli/measure_load.h"
#include "plan/stopping.h"
#include "stats/sequential.h"
#include "util/strings.h"
#include "util/units.h"
#include "workload/registry.h"

namespace bpftax {
namespace {

constexpr int kMaxBlocks = 200;

bool is_tool_name(std::string_view text) {
  static constexpr std::string_view kLetters =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  if (text.empty() || text.size() > 64 || kLetters.find(text[0]) == std::string_view::npos) return false;
  return text.find_first_not_of(std::string(kLetters) + "._-") == std::string_view::npos;
}

// "/usr/bin/bpftrace -e ..." -> "bpftrace"; a leading sudo is skipped.
std::string name_of_command(std::string_view command) {
  for (const std::string_view word : split_blank(command)) {
    const size_t slash = word.rfind('/');
    std::string name;
    for (const char c : slash == std::string_view::npos ? word : word.substr(slash + 1))
      if (is_tool_name("a" + std::string(1, c))) name += c;
    if (name.empty() || name == "sudo" || word[0] == '-') continue;
    return name;
  }
  return "tool";
}

Result<PlannedSubject> make_subject(const MeasureOptions& options, std::string name) {
  PlannedSubject subject;
  subject.name = std::move(name);
  if (!options.ready.empty()) {
    BPFTAX_ASSIGN(subject.ready, parse_ready(options.ready));
  }
  if (!options.ready_timeout.empty()) {
    BPFTAX_ASSIGN(subject.ready.timeout_s, parse_duration_s(options.ready_timeout));
  }
  return subject;
}

Result<std::vector<PlannedSubject>> make_subjects(const MeasureOptions& options) {
  std::vector<PlannedSubject> subjects;
  if (!options.command.empty()) {
    BPFTAX_ASSIGN(PlannedSubject subject,
                  make_subject(options, name_of_command(shell_quote(options.command[0]))));
    subject.argv = options.command;
    subject.command = shell_join(options.command);
    subjects.push_back(std::move(subject));
  }
  for (const std::string& text : options.tools) {
    BPFTAX_ASSIGN(const NamedCommand tool, parse_tool(text));
    BPFTAX_ASSIGN(PlannedSubject subject, make_subject(options, tool.name));
    subject.shell = tool.shell;
    subject.command = tool.shell;
    subjects.push_back(std::move(subject));
  }
  std::set<std::string> used;
  for (size_t i = 0; i < subjects.size(); ++i) {
    PlannedSubject& subject = subjects[i];
    subject.id = fmt::format("t{}", i + 1);
    const std::string base = subject.name;
    for (int n = 2; !used.insert(subject.name).second; ++n) subject.name = fmt::format("{}-{}", base, n);
  }
  if (options.sham) {
    PlannedSubject placebo;
    placebo.id = "placebo";
    placebo.name = "placebo";
    placebo.kind = PlannedSubject::Kind::kPlacebo;
    placebo.argv = {"sleep", "infinity"};
    placebo.command = "a process that does nothing";
    subjects.push_back(std::move(placebo));
  }
  if (subjects.empty()) {
    return fail(ErrorKind::kUsage, "nothing to measure", "", "no command was given",
                "bpftax measure -- CMD..., or --tool 'CMD', or --sham");
  }
  return subjects;
}

Result<std::vector<PlannedWorkload>> make_workloads(const MeasureOptions& options) {
  std::vector<std::string> names = options.quick ? quick_workloads() : primary_workloads();
  if (!options.workloads.empty()) {
    names.clear();
    for (const std::string_view name : split(options.workloads, ',')) names.emplace_back(trim(name));
  }
  const std::vector<std::string>& known = workload_names();
  std::vector<PlannedWorkload> workloads;
  std::set<std::string> seen;
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) == known.end()) {
      const auto nearest = nearest_name(name, known);
      return fail(ErrorKind::kUsage, "unknown workload", "'" + name + "'", "",
                  nearest ? "did you mean '" + *nearest + "'?" : "workloads: " + join(known, ", "));
    }
    if (!seen.insert(name).second)
      return fail(ErrorKind::kUsage, "workload given twice", "'" + name + "'", "", "name each workload once");
    PlannedWorkload workload;
    workload.name = name;
    workload.placement = options.placement;
    workloads.push_back(std::move(workload));
  }
  return workloads;
}

Result<std::map<std::string, double>> make_margins(const std::vector<std::string>& texts) {
  std::map<std::string, double> margins;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    std::string_view number = equals == std::string::npos ? "" : std::string_view(text).substr(equals + 1);
    if (!number.empty() && number.back() == '%') number.remove_suffix(1);
    const auto percent = to_double(number);
    if (!percent || *percent <= 0 || *percent > 1000)
      return fail(ErrorKind::kUsage, "not a margin", "'" + text + "'",
                  "expected METRIC=PERCENT, PERCENT above 0", "for example --margin throughput_gbps=3");
    margins[text.substr(0, equals)] = *percent;
  }
  return margins;
}

}  // namespace

Result<NamedCommand> parse_tool(const std::string& text) {
  NamedCommand tool;
  const size_t equals = text.find('=');
  if (equals != std::string::npos && is_tool_name(std::string_view(text).substr(0, equals))) {
    tool = {text.substr(0, equals), text.substr(equals + 1)};
  } else {
    tool = {name_of_command(text), text};
  }
  if (trim(tool.shell).empty())
    return fail(ErrorKind::kUsage, "empty command", "--tool '" + text + "'", "",
                "--tool 'NAME=CMD' or --tool 'CMD'");
  return tool;
}

Result<StoppingRule> parse_blocks(const std::string& text) {
  const size_t dots = text.find("..");
  const auto low = to_int64(std::string_view(text).substr(0, dots));
  const auto high = dots == std::string::npos ? low : to_int64(std::string_view(text).substr(dots + 2));
  if (!low || !high || *low < 2 || *high < *low || *high > kMaxBlocks) {
    return fail(ErrorKind::kUsage, "not a number of blocks", "'" + text + "'",
                fmt::format("expected N or MIN..MAX with 2 <= MIN <= MAX <= {}", kMaxBlocks),
                "for example --blocks 6..24; a verdict takes at least 6");
  }
  return stopping_rule(static_cast<int>(*low), static_cast<int>(*high));
}

Result<Plan> make_plan(const MeasureOptions& options, const std::string& run_id, uint64_t seed) {
  Plan plan;
  plan.run_id = run_id;
  plan.seed = seed;
  BPFTAX_ASSIGN(plan.subjects, make_subjects(options));
  if (options.placement != "auto" && options.placement != "same-cpu" && options.placement != "cross-cpu") {
    return fail(ErrorKind::kUsage, "unknown placement", "'" + options.placement + "'", "",
                "--placement auto, same-cpu or cross-cpu");
  }
  BPFTAX_ASSIGN(plan.workloads, make_workloads(options));
  BPFTAX_ASSIGN(plan.margins, make_margins(options.margins));
  if (options.quick) {
    plan.window_s = 2;
    plan.omit_s = 0.5;
    plan.stopping.looks = {6};
    plan.stopping.alpha_per_look = pocock_alpha(1);
  }
  if (!options.window.empty()) {
    BPFTAX_ASSIGN(plan.window_s, parse_duration_s(options.window));
    if (plan.window_s < 1 || plan.window_s > 600)
      return fail(ErrorKind::kUsage, "window out of range", "'" + options.window + "'",
                  "it must be 1 s to 10 min", "--window 5s");
    plan.omit_s = plan.window_s < 5 ? 0.5 : 1;
  }
  if (!options.blocks.empty()) {
    BPFTAX_ASSIGN(plan.stopping, parse_blocks(options.blocks));
  }
  plan.attribution_starts = options.attribution_starts;
  BPFTAX_ASSIGN(plan.load, parse_measured_load(options.load));
  if (!options.budget.empty()) {
    BPFTAX_ASSIGN(plan.stopping.budget_s, parse_duration_s(options.budget));
  }
  return plan;
}

}  // namespace bpftax
