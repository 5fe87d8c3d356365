// report_sample DIR: the synthetic result of the tests as result.json, report.md and report.html, as
// table.txt too.
#include <cstdio>

#include "report/html.h"
#include "report/markdown.h"
#include "report/table.h"
#include "report/testdata.h"
#include "util/files.h"

int main(int argc, char** argv) {
  using namespace bpftax;
  if (argc != 2) {
    std::fprintf(stderr, "usage: report_sample DIR\n");
    return 2;
  }
  const std::string dir = argv[1];
  const RunResult result = synthetic_result();
  const auto write = [&](const char* name, const std::string& content) -> Result<void> {
    return write_file_atomically(dir + "/" + name, content);
  };
  Result<void> done = make_directories(dir);
  if (done) done = write("result.json", result_document(result));
  if (done) done = write("report.md", render_markdown(result));
  if (done) done = write("report.html", render_html(result));
  if (done) done = write("table.txt", render_table(result, {.width = 100, .color = false}));
  if (done) return 0;
  std::fprintf(stderr, "report_sample: error: %s\n", to_string(done.error()).c_str());
  return 3;
}
