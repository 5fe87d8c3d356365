// bpftax validate: is everything there, and is it what it claims to be?
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "util/json.h"
#include "validate/checks.h"

namespace bpftax {
namespace {

Result<int> validate_folder(const std::string& folder, const CommonOptions& common) {
  BPFTAX_ASSIGN(const ResultTree tree, ResultTree::scan(folder));
  const Findings findings = run_checks(tree);
  BPFTAX_TRY(write_json_output(common.json, findings_json(findings, folder).dump(2) + "\n"));
  if (!common.quiet) print(common.human(), findings_table(findings, folder));
  return findings_exit_code(findings);
}

}  // namespace

RunCommand set_up_validate(CLI::App& command, CommonOptions& common, const std::vector<std::string>&) {
  const auto folder = std::make_shared<std::string>();
  command
      .add_option(
          "DIR", *folder,
          "run directory, fetched tree, performance-test-results, or the origin framework's iterations")
      ->required();
  return [folder, &common] { return validate_folder(*folder, common); };
}

}  // namespace bpftax
