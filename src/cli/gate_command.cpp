// bpftax gate: results that are there already, held against their margins and budgets.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/gate_options.h"
#include "cli/report_files.h"
#include "cli/result_paths.h"
#include "report/advice.h"
#include "util/json.h"

namespace bpftax {
namespace {

struct GateCommandOptions {
  std::vector<std::string> folders;
  GateOptions gate;
};

std::string outcome_name(GateOutcome outcome) {
  switch (outcome) {
    case GateOutcome::kPass:
      return "pass";
    case GateOutcome::kExceeds:
      return "exceeds";
    case GateOutcome::kUndecided:
      return "undecided";
    case GateOutcome::kNotMeasured:
      break;
  }
  return "not-measured";
}

OrderedJson gate_json(const std::vector<GateReport>& reports) {
  OrderedJson results = OrderedJson::array();
  for (const GateReport& report : reports) {
    OrderedJson checks = OrderedJson::array();
    for (const GateCheck& check : report.checks) {
      checks.push_back({{"subject", check.subject},
                        {"name", check.name},
                        {"check", check.what},
                        {"workload", check.workload},
                        {"metric", check.metric},
                        {"outcome", outcome_name(check.outcome)},
                        {"verdict", check.word},
                        {"text", check.text},
                        {"value", json_or_null(check.value)},
                        {"low", json_or_null(check.low)},
                        {"high", json_or_null(check.high)},
                        {"limit", json_or_null(check.limit)},
                        {"unit", check.unit},
                        {"budget", check.budget_file}});
    }
    results.push_back({{"source", report.source},
                       {"run_id", report.result->run_id},
                       {"exit_code", report.exit_code},
                       {"checks", std::move(checks)},
                       {"notes", report.notes}});
  }
  return {
      {"schema", "bpftax.gate/1"}, {"exit_code", worst_exit_code(reports)}, {"results", std::move(results)}};
}

Result<int> run_gate(const GateCommandOptions& options, const CommonOptions& common) {
  BPFTAX_ASSIGN(const Budgets budgets, prepare_gate(options.gate));
  std::vector<std::string> paths = result_paths(options.folders);
  for (const std::string& target :
       {common.json, options.gate.junit, options.gate.summary, options.gate.openmetrics})
    BPFTAX_TRY(spare_results(target, paths));
  std::vector<RunResult> results;
  for (const std::string& path : paths) {
    BPFTAX_ASSIGN(RunResult result, read_result(path));
    classify(result);
    results.push_back(std::move(result));
  }
  std::vector<GateReport> reports;
  for (size_t i = 0; i < results.size(); ++i) {
    reports.push_back(check_gate(results[i], budgets));
    reports.back().source = paths[i];
  }
  BPFTAX_TRY(write_gate_files(options.gate, reports));
  BPFTAX_TRY(write_json_output(
      common.json, gate_json(reports).dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n"));
  if (!common.quiet) print(common.human(), gate_text(reports));
  return worst_exit_code(reports);
}

}  // namespace

RunCommand set_up_gate(CLI::App& command, CommonOptions& common, const std::vector<std::string>&) {
  const auto options = std::make_shared<GateCommandOptions>();
  command
      .add_option("DIR", options->folders,
                  "run directories, result.json files, or the folder of several iterations")
      ->required();
  add_gate_files(command, options->gate);
  return [options, &common] { return run_gate(*options, common); };
}

}  // namespace bpftax
