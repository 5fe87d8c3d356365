#include "cli/bench_compare.h"

#include <filesystem>

#include "bench/compare.h"
#include "util/files.h"

namespace bpftax {

Result<bench::Document> read_bench_document(const std::string& path) {
  std::error_code ignored;
  const std::string file = std::filesystem::is_directory(path, ignored) ? path + "/bench.json" : path;
  const auto text = read_file(file, 256u << 20);
  if (!text)
    return fail(ErrorKind::kUsage, "cannot read the benchmark document", file, text.error().why,
                "a bench.json, or the folder that `bpftax bench` wrote");
  return bench::document_from_json(*text, file);
}

Result<void> show_comparison(const bench::BenchComparison& comparison, const std::string& csv,
                             const CommonOptions& common) {
  if (!csv.empty()) BPFTAX_TRY(write_file_atomically(csv, bench::comparison_csv(comparison)));
  const std::string json =
      bench::comparison_json(comparison).dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
  BPFTAX_TRY(write_json_output(common.json, json));
  if (common.quiet) return {};
  FILE* stream = common.human();
  print(stream, bench::comparison_text(comparison, terminal_width(stream), common.color(stream)));
  return {};
}

Result<int> compare_benches(const BenchCompareOptions& options, const CommonOptions& common) {
  BPFTAX_ASSIGN(const bench::Document a, read_bench_document(options.a));
  BPFTAX_ASSIGN(const bench::Document b, read_bench_document(options.b));
  const bench::Matching matching = options.by_name ? bench::Matching::kByName : bench::Matching::kExact;
  BPFTAX_ASSIGN(const bench::BenchComparison comparison,
                bench::compare_documents(a, options.a, b, options.b, matching));
  BPFTAX_TRY(show_comparison(comparison, options.csv, common));
  return 0;
}

}  // namespace bpftax
