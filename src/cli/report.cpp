// bpftax report: the pages of a run, made again from its result.json.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/report_files.h"
#include "report/advice.h"
#include "report/html.h"
#include "report/markdown.h"
#include "report/table.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

struct ReportOptions {
  std::string run, out;
};

Result<int> write_report(const ReportOptions& options, const CommonOptions& common) {
  BPFTAX_ASSIGN(RunResult result, read_result(options.run));
  classify(result);
  if (!options.out.empty()) {
    const bool markdown = options.out.ends_with(".md");
    if (auto written =
            write_file_atomically(options.out, markdown ? render_markdown(result) : render_html(result));
        !written) {
      return fail(ErrorKind::kUsage, "cannot write the report", options.out, written.error().why,
                  "choose another file with -o FILE");
    }
  }
  BPFTAX_TRY(write_json_output(common.json, result_document(result)));
  if (common.quiet) return 0;
  FILE* stream = common.human();
  print(stream, render_table(result, {terminal_width(stream), common.color(stream)}));
  if (!options.out.empty()) print(stream, "\nreport: " + printable(options.out) + "\n");
  return 0;
}

}  // namespace

RunCommand set_up_report(CLI::App& command, CommonOptions& common, const std::vector<std::string>&) {
  const auto options = std::make_shared<ReportOptions>();
  command.add_option("DIR", options->run, "run directory, or a result.json")->required();
  command
      .add_option("-o,--output", options->out, "FILE.html or FILE.md; without it the summary is printed only")
      ->type_name("FILE");
  return [options, &common] { return write_report(*options, common); };
}

}  // namespace bpftax
