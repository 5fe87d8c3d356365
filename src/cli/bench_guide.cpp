#include "cli/bench_guide.h"

#include "bench/guide/guide.h"
#include "cli/bench_compare.h"
#include "util/files.h"
#include "util/json.h"

namespace bpftax {

Result<int> guide_from_benches(const BenchGuideOptions& options, const CommonOptions& common) {
  std::vector<bench::Document> documents;
  for (const std::string& file : options.files) {
    BPFTAX_ASSIGN(bench::Document document, read_bench_document(file));
    documents.push_back(std::move(document));
  }
  BPFTAX_ASSIGN(const bench::Guide guide, bench::make_guide(documents));
  if (!options.out.empty()) BPFTAX_TRY(write_file_atomically(options.out, bench::guide_markdown(guide)));
  const std::string json =
      bench::guide_json(guide).dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
  BPFTAX_TRY(write_json_output(common.json, json));
  if (common.quiet) return 0;
  FILE* stream = common.human();
  print(stream, bench::guide_text(guide, static_cast<size_t>(terminal_width(stream))));
  return 0;
}

}  // namespace bpftax
