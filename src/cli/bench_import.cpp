#include "cli/bench_import.h"

#include <algorithm>

#include "bench/compare.h"
#include "bench/csv.h"
#include "bench/load/import.h"
#include "bench/table.h"
#include "cli/bench_compare.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

Result<bench::Document> import_file(const std::string& file) {
  const auto text = read_file(file, bench::kMostImportBytes);
  if (!text) return fail(ErrorKind::kUsage, "cannot read what is to be imported", file, text.error().why);
  return bench::import_text(*text, file);
}

// Several files become one document.
Result<bench::Document> import_files(const std::vector<std::string>& files) {
  BPFTAX_ASSIGN(bench::Document all, import_file(files.front()));
  for (size_t i = 1; i < files.size(); ++i) {
    BPFTAX_ASSIGN(bench::Document next, import_file(files[i]));
    all.rows.insert(all.rows.end(), next.rows.begin(), next.rows.end());
    for (const std::string& warning : next.warnings)
      if (std::find(all.warnings.begin(), all.warnings.end(), warning) == all.warnings.end())
        all.warnings.push_back(warning);
  }
  return all;
}

}  // namespace

Result<int> import_benches(const BenchImportOptions& options, const CommonOptions& common) {
  BPFTAX_ASSIGN(bench::Document document, import_files(options.files));
  document.command = common.command_line;
  if (!options.out.empty()) BPFTAX_TRY(write_file_atomically(options.out, bench::document_text(document)));
  if (!options.beside.empty()) {
    BPFTAX_ASSIGN(bench::Document ours, read_bench_document(options.beside));
    bench::add_floors_of_hooks(ours);
    BPFTAX_ASSIGN(bench::BenchComparison comparison,
                  bench::compare_documents(document, join(options.files, ", "), ours, options.beside,
                                           bench::Matching::kByName));
    if (std::any_of(comparison.quantities.begin(), comparison.quantities.end(),
                    [](const auto& quantity) { return quantity.a->benchmark == "hooks"; }))
      comparison.notes.emplace_back(
          "hooks: the kernel's times hold what triggers the program, so the floor has been added to ours");
    BPFTAX_TRY(show_comparison(comparison, options.csv, common));
    return 0;
  }
  if (!options.csv.empty()) BPFTAX_TRY(write_file_atomically(options.csv, bench::document_csv(document)));
  BPFTAX_TRY(write_json_output(common.json, bench::document_text(document)));
  if (common.quiet) return 0;
  FILE* stream = common.human();
  print(stream, bench::document_tables(document, {terminal_width(stream), common.color(stream)}));
  return 0;
}

}  // namespace bpftax
