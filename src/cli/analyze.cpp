// bpftax analyze: from a tree of results (ours, or the origin framework's) to tables, summaries and reports.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <future>
#include <memory>

#include "analyze/out_all.h"
#include "analyze/reader.h"
#include "cli/commands.h"
#include "cli/report_files.h"
#include "cli/result_paths.h"
#include "report/advice.h"
#include "report/html.h"
#include "report/markdown.h"
#include "report/text.h"
#include "util/files.h"
#include "util/json.h"

namespace bpftax {
namespace {

namespace fs = std::filesystem;

// About how much work a comparison is in a report, in bytes of a file.
constexpr size_t kReportWeight = 1'000;

struct AnalyzeOptions {
  std::string folder, out;
  std::string formats = "csv,md,json,html";
  std::string lang = "en";
};

std::string folder_name(const std::string& folder) {
  std::error_code error;  // the current folder may be gone
  fs::path path = fs::absolute(folder, error).lexically_normal();
  if (error) path = folder;
  if (!path.has_filename()) path = path.parent_path();
  return path.filename().string();
}

// Iterations of `bpftax run --iterations` beside the ones that have a result.
void warn_of_missing(const std::string& folder, Analysis& analysis) {
  std::vector<std::string> missing;
  std::error_code error;
  for (fs::directory_iterator at(folder, error), end; !error && at != end; at.increment(error)) {
    const std::string name = at->path().filename().string();
    if (name.starts_with("iteration_") && !has_result(folder + "/" + name)) missing.push_back(name);
  }
  std::sort(missing.begin(), missing.end());
  for (const std::string& name : missing) {
    analysis.warnings.push_back(
        {"no-result", one_line(name), "it has no result.json, and others have: it is left out"});
    analysis.result.warnings.push_back(
        {"no-result", one_line(name) + " has no result.json, and others have: it is left out.",
         "Resume the run (bpftax run --resume), then analyse it again."});
  }
}

// What lies beside a result of ours.
Result<AnalysedTree> raw_results_of(const std::string& path) {
  constexpr std::string_view kFile = "/result.json";
  const std::string folder = path.ends_with(kFile) ? path.substr(0, path.size() - kFile.size()) : path;
  if (folder.ends_with(".json"))
    return fail(ErrorKind::kUsage, "cannot analyse", path, "no folder was named");
  BPFTAX_ASSIGN(AnalysedTree tree, read_analysed_tree(folder));
  if (tree.iterations.size() != 1)
    return fail(ErrorKind::kUsage, "cannot analyse", path, "it holds those of several runs");
  return tree;
}

Result<Analysis> analyse(const std::string& folder) {
  const std::vector<std::string> paths = result_paths(folder);
  const bool itself = paths.front() == folder;
  if (itself && !folder.ends_with(".json") && !has_result(folder)) {
    BPFTAX_ASSIGN(const AnalysedTree tree, read_analysed_tree(folder));
    return analysis_of(tree);
  }
  std::vector<NamedResult> results;
  std::vector<Result<AnalysedTree>> raw;
  for (const std::string& path : paths) {
    BPFTAX_ASSIGN(RunResult result, read_result(path));
    const std::string name = itself && !result.run_id.empty() ? result.run_id : folder_name(path);
    results.push_back({name, std::move(result)});
    raw.push_back(raw_results_of(path));
  }
  Analysis analysis = analysis_of(folder, std::move(results), raw);
  if (!itself) warn_of_missing(folder, analysis);
  return analysis;
}

MarkdownOptions markdown_options(Lang lang) {
  return {lang, "report"};
}

// report.md with its pictures and report.html; the result must live until they are written.
void add_reports(const RunResult& result, const OutFormats& formats, Lang lang, std::vector<Picture> pictures,
                 OutFiles& files) {
  const size_t weight = result.comparisons.size() * kReportWeight;
  if (formats.md) {
    const MarkdownOptions markdown = markdown_options(lang);
    files.add(
        {"report.md"}, [&result, markdown](const PutText& put) { put(render_markdown(result, markdown)); },
        weight);
    for (Picture& picture : pictures) files.add(picture.file, std::move(picture.svg));
  }
  if (formats.html)
    files.add(
        {"report.html"}, [&result, lang](const PutText& put) { put(render_html(result, lang)); }, weight);
}

Result<int> run_analyze(const AnalyzeOptions& options, const CommonOptions& common) {
  BPFTAX_ASSIGN(const OutFormats formats, out_formats(options.formats));
  BPFTAX_TRY(spare_folder(common.json, options.folder));
  BPFTAX_ASSIGN(Analysis analysis, analyse(options.folder));
  if (analysis.result.command_line.empty()) analysis.result.command_line = common.command_line;
  classify(analysis.result);
  const Lang lang = *lang_from_string(options.lang);  // CLI11 has checked it
  // How many pictures there are is known when they are drawn; the second thread has nothing else to do yet.
  auto pictures = std::async(std::launch::async, [&] {
    return formats.md ? markdown_pictures(analysis.result, markdown_options(lang)) : std::vector<Picture>();
  });
  OutFiles files;
  add_analysis_files(analysis, formats, files);
  add_reports(analysis.result, formats, lang, pictures.get(), files);
  OrderedJson about = analysis_json(analysis);
  BPFTAX_ASSIGN(const WrittenFiles written, files.write(options.out, options.folder, about));
  about["out"] = options.out;
  about["files"] = written.written;
  about["removed"] = written.removed;
  BPFTAX_TRY(write_json_output(common.json,
                               about.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n"));
  if (common.quiet) return 0;
  std::string text = analysis_text(analysis);
  if (!written.removed.empty())
    text += fmt::format("removed: {} of an earlier analysis\n", counted(written.removed.size(), "file"));
  text += fmt::format("written: {} to {}\n", counted(written.written.size(), "file"), one_line(options.out));
  print(common.human(), text);
  return 0;
}

}  // namespace

RunCommand set_up_analyze(CLI::App& command, CommonOptions& common, const std::vector<std::string>&) {
  const auto options = std::make_shared<AnalyzeOptions>();
  command
      .add_option(
          "DIR", options->folder,
          "run directory, fetched tree, performance-test-results, or the origin framework's iterations")
      ->required();
  command
      .add_option("-o,--output,--out", options->out, "folder for the files; never the one that is analysed")
      ->type_name("OUT")
      ->required();
  command.add_option("--format", options->formats, "which of csv,md,json,html")
      ->type_name("LIST")
      ->capture_default_str();
  command.add_option("--lang", options->lang, "language of report.md and report.html: en or zh")
      ->check(CLI::IsMember({"en", "zh"}))
      ->capture_default_str();
  return [options, &common] { return run_analyze(*options, common); };
}

}  // namespace bpftax
