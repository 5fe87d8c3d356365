#include "cli/report_files.h"

#include "cli/output.h"
#include "report/advice.h"
#include "report/html.h"
#include "report/markdown.h"
#include "util/files.h"
#include "util/json.h"

namespace bpftax {

Result<RunResult> read_result(const std::string& path) {
  const bool itself = path.ends_with(".json");
  const std::string file = itself ? path : path + "/result.json";
  auto text = read_regular_file(file, kMaxResultBytes, itself ? FileLinks::kFollow : FileLinks::kRefuse);
  if (!text) {
    Error error = text.error();
    error.kind = ErrorKind::kUsage;
    error.hint = "name the folder of a run, or its result.json";
    return tl::unexpected<Error>(std::move(error));
  }
  const auto as_usage = [](Error error) {
    error.kind = ErrorKind::kUsage;
    if (error.hint.empty()) error.hint = "is it a result.json that bpftax wrote?";
    return tl::unexpected<Error>(std::move(error));
  };
  const Result<Json> document =
      parse_json(*text, file, {.max_bytes = kMaxResultBytes, .max_values = kMaxResultValues});
  if (!document) return as_usage(document.error());
  Result<RunResult> result = run_result_from_json(*document);
  if (!result) {
    Error error = result.error();
    error.where = error.where.empty() ? file : file + ": " + error.where;
    return as_usage(std::move(error));
  }
  return result;
}

namespace {

// The name of a file without folder and extension, as the start of the pictures' names: they stand in links.
std::string picture_stem(const std::string& file) {
  std::string name = file.substr(file.rfind('/') == std::string::npos ? 0 : file.rfind('/') + 1);
  if (name.ends_with(".md")) name.resize(name.size() - 3);
  const bool plain =
      !name.empty() && name[0] != '.' && name[0] != '-' &&
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
          std::string::npos;
  return plain ? name : "report";
}

Result<void> write_text(const std::string& file, const std::string& text) {
  auto written = write_file_atomically(file, text);
  if (!written)
    return fail(ErrorKind::kUsage, "cannot write the report", file, written.error().why,
                "choose another file with -o FILE");
  return {};
}

}  // namespace

Result<void> write_report_file(const RunResult& result, const std::string& file, ReportFormat format,
                               Lang lang) {
  if (format == ReportFormat::kHtml) return write_text(file, render_html(result, lang));
  const MarkdownOptions options{lang, picture_stem(file)};
  const size_t slash = file.rfind('/');
  const std::string folder = slash == std::string::npos ? "" : file.substr(0, slash + 1);
  for (const Picture& picture : markdown_pictures(result, options))
    BPFTAX_TRY(write_text(folder + picture.file, picture.svg));
  return write_text(file, render_markdown(result, options));
}

Result<void> write_reports(RunResult& result, const std::string& folder, const std::string& json) {
  classify(result);
  const std::string document = result_document(result);
  BPFTAX_TRY(write_file_atomically(folder + "/result.json", document));
  BPFTAX_TRY(write_report_file(result, folder + "/report.md", ReportFormat::kMarkdown, Lang::kEn));
  BPFTAX_TRY(write_report_file(result, folder + "/report.html", ReportFormat::kHtml, Lang::kEn));
  return write_json_output(json, document);
}

}  // namespace bpftax
