// bench_page_sample DIR [RESULTS.json...]: page and guide of a document, or of the made-up one of the tests:
// for the browser test, and for eyes.
#include <cstdio>
#include <vector>

#include "bench/guide/guide.h"
#include "bench/guide/page.h"
#include "bench/guide/testdata.h"
#include "util/files.h"

namespace bpftax::bench {
namespace {

Result<void> write_all(const std::string& dir, const std::vector<Document>& documents) {
  BPFTAX_TRY(make_directories(dir));
  for (size_t i = 0; i < documents.size(); ++i) {
    BPFTAX_ASSIGN(const std::string page, bench_page(documents[i]));
    const std::string name = i == 0 ? "bench" : "bench-" + std::to_string(i + 1);
    BPFTAX_TRY(write_file_atomically(dir + "/" + name + ".html", page));
    BPFTAX_TRY(write_file_atomically(dir + "/" + name + ".json", document_text(documents[i])));
  }
  BPFTAX_ASSIGN(const Guide guide, make_guide(documents));
  BPFTAX_TRY(write_file_atomically(dir + "/guide.txt", guide_text(guide)));
  BPFTAX_TRY(write_file_atomically(dir + "/guide.json", guide_json(guide).dump(2) + "\n"));
  return write_file_atomically(dir + "/guide.md", guide_markdown(guide));
}

Result<void> run(int argc, char** argv) {
  std::vector<Document> documents;
  for (int i = 2; i < argc; ++i) {
    BPFTAX_ASSIGN(const std::string text, read_file(argv[i]));
    BPFTAX_ASSIGN(Document document, document_from_json(text, argv[i]));
    documents.push_back(std::move(document));
  }
  if (documents.empty()) documents.push_back(synthetic_document());
  return write_all(argv[1], documents);
}

}  // namespace
}  // namespace bpftax::bench

int main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(stderr, "usage: bench_page_sample DIR [RESULTS.json...]\n");
    return 2;
  }
  if (const auto done = bpftax::bench::run(argc, argv); !done) {
    std::fprintf(stderr, "bench_page_sample: error: %s\n", to_string(done.error()).c_str());
    return bpftax::exit_code(done.error().kind);
  }
  return 0;
}
