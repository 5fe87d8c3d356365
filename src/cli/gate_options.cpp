#include "cli/gate_options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>

#include "report/export_junit.h"
#include "report/export_openmetrics.h"
#include "report/export_summary.h"
#include "report/text.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

Result<void> write_export(const std::string& file, const std::string& text) {
  if (file.empty()) return {};
  if (auto written = write_file_atomically(file, text); !written)
    return fail(ErrorKind::kUsage, "cannot write what the gate found", file, written.error().why,
                "choose another file");
  return {};
}

Result<void> check_folder(const std::string& file) {
  if (file.empty()) return {};
  const std::filesystem::path folder = std::filesystem::path(file).parent_path();
  std::error_code ignored;
  if (folder.empty() || std::filesystem::is_directory(folder, ignored)) return {};
  return fail(ErrorKind::kUsage, "cannot write what the gate will find", file, "there is no such folder",
              "mkdir -p " + shell_quote(folder.string()));
}

}  // namespace

void add_gate_files(CLI::App& command, GateOptions& options) {
  command.add_option("--budgets", options.budgets, "limits for tools, from a YAML file (docs/ci.md)")
      ->type_name("FILE");
  command.add_option("--junit", options.junit, "what the gate found, as JUnit XML")->type_name("FILE");
  command.add_option("--summary", options.summary, "the same as short Markdown, for a CI system's page")
      ->type_name("FILE");
  command.add_option("--openmetrics", options.openmetrics, "the costs as OpenMetrics text")
      ->type_name("FILE");
}

void add_gate_options(CLI::App& command, GateOptions& options) {
  command.add_flag("--gate", options.gate,
                   "exit code by verdict: 0 all PASS, 1 something EXCEEDS, 4 undecided");
  add_gate_files(command, options);
}

Result<Budgets> prepare_gate(const GateOptions& options) {
  for (const std::string* file : {&options.junit, &options.summary, &options.openmetrics})
    BPFTAX_TRY(check_folder(*file));
  if (options.budgets.empty()) return Budgets{};
  return load_budgets(options.budgets);
}

Result<void> write_gate_files(const GateOptions& options, const std::vector<GateReport>& reports) {
  if (!options.junit.empty()) BPFTAX_TRY(write_export(options.junit, render_junit(reports)));
  if (!options.summary.empty()) BPFTAX_TRY(write_export(options.summary, render_ci_summary(reports)));
  if (!options.openmetrics.empty())
    BPFTAX_TRY(write_export(options.openmetrics, render_openmetrics(reports)));
  return {};
}

std::string gate_text(const std::vector<GateReport>& reports) {
  std::string text;
  size_t passed = 0, all = 0;
  for (const GateReport& report : reports) {
    if (reports.size() > 1) text += one_line(report.source) + "\n";
    for (const GateCheck& check : report.checks) {
      ++all;
      if (check.outcome == GateOutcome::kPass) {
        ++passed;
        continue;
      }
      text += fmt::format("{:<13} {}, {}: {}", check.word, one_line(check.name), one_line(check.what),
                          one_line(check.text));
      if (check.low)
        text += fmt::format("; measured {} {}", interval_text(check.low, check.high), check.unit);
      if (!check.budget_file.empty()) text += fmt::format(" [{}]", one_line(check.budget_file));
      text += "\n";
    }
    for (const std::string& note : report.notes) text += "note: " + one_line(note) + "\n";
  }
  return text + fmt::format("gate: {} of {} pass; exit code {}\n", passed, counted(all, "check"),
                            worst_exit_code(reports));
}

Result<int> pass_gate(const GateOptions& options, const Budgets& budgets, const RunResult& result,
                      const std::string& source, const CommonOptions& common) {
  if (!options.wanted()) return 0;
  std::vector<GateReport> reports = {check_gate(result, budgets)};
  reports.front().source = source;
  BPFTAX_TRY(write_gate_files(options, reports));
  if (!common.quiet) print(common.human(), "\n" + gate_text(reports));
  return worst_exit_code(reports);
}

}  // namespace bpftax
