// bpftax plan: a configuration becomes the document of a campaign; an edited document is checked. Runs
// nothing.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/workflow_source.h"
#include "plan/workflow.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

struct PlanCommandOptions {
  WorkflowSource source;
  std::string out;
};

Result<int> plan_campaign(const PlanCommandOptions& options, const CommonOptions& common) {
  BPFTAX_ASSIGN(const Workflow workflow, load_or_make_workflow(options.source, common));
  const std::string document = workflow_text(workflow);
  bool on_stdout = common.json == "-";
  if (!options.out.empty() && options.out != "-") {
    if (auto written = write_file_atomically(options.out, document); !written) {
      return fail(ErrorKind::kUsage, "cannot write the workflow", options.out, written.error().why,
                  "choose another file with -o FILE");
    }
  } else if (options.out == "-" || common.json.empty()) {
    on_stdout = true;
  }
  if (!common.json.empty() && common.json != "-") BPFTAX_TRY(write_json_output(common.json, document));
  if (on_stdout) BPFTAX_TRY(write_json_output("-", document));
  if (common.quiet) return 0;
  FILE* stream = on_stdout ? stderr : stdout;
  print(stream, workflow_table(workflow));
  if (!options.out.empty() && options.out != "-")
    print(stream, "written to " + printable(options.out) + "\n");
  return 0;
}

}  // namespace

RunCommand set_up_plan(CLI::App& command, CommonOptions& common, const std::vector<std::string>&) {
  const auto options = std::make_shared<PlanCommandOptions>();
  command
      .add_option("CONFIG", options->source.config,
                  "configuration (a .yaml file or a folder), or a workflow document (.json) to check")
      ->required();
  command.add_option("-o,--output", options->out, "write the document to FILE; without it, to stdout")
      ->type_name("FILE");
  CLI::Option* seed = add_source_options(command, options->source);
  return [options, &common, seed]() -> Result<int> {
    options->source.seed_given = seed->count() > 0;
    return plan_campaign(*options, common);
  };
}

}  // namespace bpftax
