#include "cli/report_files.h"

#include "cli/output.h"
#include "report/advice.h"
#include "report/html.h"
#include "report/markdown.h"
#include "util/files.h"
#include "util/json.h"

namespace bpftax {

Result<RunResult> read_result(const std::string& path) {
  std::string file = path;
  if (!file.ends_with(".json")) file += "/result.json";
  auto text = read_file(file, 512u << 20u);
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
  const Result<Json> document = parse_json(*text, file, {.max_bytes = 512u << 20u});
  if (!document) return as_usage(document.error());
  Result<RunResult> result = run_result_from_json(*document);
  if (!result) {
    Error error = result.error();
    error.where = error.where.empty() ? file : file + ": " + error.where;
    return as_usage(std::move(error));
  }
  return result;
}

Result<void> write_reports(RunResult& result, const std::string& folder, const std::string& json) {
  classify(result);
  const std::string document = result_document(result);
  BPFTAX_TRY(write_file_atomically(folder + "/result.json", document));
  BPFTAX_TRY(write_file_atomically(folder + "/report.md", render_markdown(result)));
  BPFTAX_TRY(write_file_atomically(folder + "/report.html", render_html(result)));
  return write_json_output(json, document);
}

}  // namespace bpftax
