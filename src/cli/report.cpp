// bpftax report: the pages of a run, made again from its result.json; with --story the long report over
// several.
#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "cli/report_files.h"
#include "cli/report_story.h"
#include "report/advice.h"
#include "report/lang.h"
#include "report/table.h"
#include "report/text.h"

namespace bpftax {
namespace {

struct ReportOptions {
  std::vector<std::string> runs;
  std::string out, format, lang = "en";
  bool story = false;
};

ReportFormat format_of(const ReportOptions& options) {
  if (options.format == "md") return ReportFormat::kMarkdown;
  if (options.format == "html") return ReportFormat::kHtml;
  return options.out.ends_with(".md") ? ReportFormat::kMarkdown : ReportFormat::kHtml;
}

// Neither page takes the place of a result, its own least of all.
Result<void> check_names(const ReportOptions& options, const CommonOptions& common) {
  if (options.out.ends_with(".json"))
    return fail(ErrorKind::kUsage, "cannot write the report", options.out, "that is the name of a result",
                "-o FILE.html or -o FILE.md; --json FILE writes the result again");
  return spare_results(common.json, options.runs);
}

Result<int> write_report(const ReportOptions& options, const CommonOptions& common) {
  const Lang lang = *lang_from_string(options.lang);  // CLI11 has checked it
  BPFTAX_TRY(check_names(options, common));
  if (options.story) return write_story(options.runs, options.out, lang, common);
  if (options.runs.size() > 1)
    return fail(ErrorKind::kUsage, "cannot put several results on one page", options.runs[1], "",
                "--story makes one report of several results; `bpftax compare` sets them side by side");
  if (options.out.empty() && !options.format.empty())
    return fail(ErrorKind::kUsage, "cannot write the report", "", "--format needs a file", "-o FILE");
  BPFTAX_ASSIGN(RunResult result, read_result(options.runs.front()));
  classify(result);
  if (!options.out.empty()) {
    BPFTAX_TRY(write_report_file(result, options.out, format_of(options), lang));
  }
  BPFTAX_TRY(write_json_output(common.json, result_document(result)));
  if (common.quiet) return 0;
  FILE* stream = common.human();
  print(stream, render_table(result, {terminal_width(stream), common.color(stream)}));
  if (!options.out.empty()) print(stream, "\nreport: " + one_line(options.out) + "\n");
  return 0;
}

}  // namespace

RunCommand set_up_report(CLI::App& command, CommonOptions& common, const std::vector<std::string>&) {
  const auto options = std::make_shared<ReportOptions>();
  command.add_option("DIR", options->runs, "run directory, or a result.json; with --story one or several")
      ->required();
  command
      .add_option("-o,--output", options->out,
                  "FILE.html, or FILE.md with its pictures beside it; without it the summary is printed only")
      ->type_name("FILE");
  command.add_option("--format", options->format, "html or md; else the file's name decides")
      ->check(CLI::IsMember({"html", "md"}));
  command.add_option("--lang", options->lang, "language of the report: en or zh")
      ->check(CLI::IsMember({"en", "zh"}))
      ->capture_default_str();
  command.add_flag("--story", options->story,
                   "the long report: background, environments, tables of each, comparison, conclusions");
  return [options, &common] { return write_report(*options, common); };
}

}  // namespace bpftax
