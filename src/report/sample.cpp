// report_sample DIR [RESULT.json]: all reports of a result, in both languages, or of the synthetic ones of
// the tests (DIR/large and DIR/parts: campaigns): for the browser test, the benchmark of the page, and for
// eyes.
#include <cstdio>

#include "report/advice.h"
#include "report/html.h"
#include "report/markdown.h"
#include "report/table.h"
#include "report/testdata.h"
#include "util/files.h"
#include "util/json.h"

namespace bpftax {
namespace {

Result<RunResult> load(const std::string& path) {
  BPFTAX_ASSIGN(const std::string text, read_file(path));
  BPFTAX_ASSIGN(const Json json, parse_json(text, path));
  BPFTAX_ASSIGN(RunResult result, run_result_from_json(json));
  classify(result);
  return result;
}

Result<void> write_in(Lang lang, const std::string& dir, const std::string& stem, const RunResult& result) {
  const MarkdownOptions options{lang, stem};
  for (const Picture& picture : markdown_pictures(result, options))
    BPFTAX_TRY(write_file_atomically(dir + "/" + picture.file, picture.svg));
  BPFTAX_TRY(write_file_atomically(dir + "/" + stem + ".md", render_markdown(result, options)));
  return write_file_atomically(dir + "/" + stem + ".html", render_html(result, lang));
}

Result<void> write_reports(const std::string& dir, const RunResult& result) {
  BPFTAX_TRY(make_directories(dir));
  BPFTAX_TRY(write_file_atomically(dir + "/result.json", result_document(result)));
  BPFTAX_TRY(write_in(Lang::kEn, dir, "report", result));
  BPFTAX_TRY(write_in(Lang::kZh, dir, "report-zh", result));
  return write_file_atomically(dir + "/table.txt", render_table(result, {.width = 100, .color = false}));
}

// 200 cases by 20 metrics, for the benchmark of the page; and a small campaign of several parts.
Result<void> write_large(const std::string& dir) {
  BPFTAX_TRY(write_reports(dir + "/large", large_result(200)));
  return write_reports(dir + "/parts", large_result(45));
}

Result<void> run(int argc, char** argv) {
  if (argc == 2) {
    BPFTAX_TRY(write_reports(argv[1], synthetic_result()));
    return write_large(argv[1]);
  }
  BPFTAX_ASSIGN(const RunResult result, load(argv[2]));
  return write_reports(argv[1], result);
}

}  // namespace
}  // namespace bpftax

int main(int argc, char** argv) {
  if (argc != 2 && argc != 3) {
    std::fprintf(stderr, "usage: report_sample DIR [RESULT.json]\n");
    return 2;
  }
  if (const auto done = bpftax::run(argc, argv); !done) {
    std::fprintf(stderr, "report_sample: error: %s\n", to_string(done.error()).c_str());
    return bpftax::exit_code(done.error().kind);
  }
  return 0;
}
