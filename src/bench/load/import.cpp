#include "bench/load/import.h"

#include <fmt/format.h>

#include <string>

#include "bench/load/import_kernel_bench.h"
#include "bench/load/import_veristat.h"
#include "util/strings.h"

namespace bpftax::bench {

Result<Document> import_text(std::string_view text, std::string_view where) {
  const std::string source = printable(where);
  if (text.size() > kMostImportBytes)
    return fail(ErrorKind::kUsage, "the results are too large", source,
                fmt::format("{} bytes, at most {}", text.size(), kMostImportBytes));
  Document document;
  if (is_veristat_csv(text)) {
    BPFTAX_ASSIGN(document.rows, import_veristat(text, source));
    document.command = "veristat -o csv";
  } else {
    BPFTAX_ASSIGN(document.rows, import_kernel_bench(text, source));
    document.command = "bench";
  }
  if (document.rows.empty()) {
    const bool ours = text.find("\"bpftax.bench/") != text.npos;
    return fail(ErrorKind::kUsage, "nothing to import", source,
                "neither what the kernel's selftests bench prints nor the CSV of veristat",
                ours ? "it is a document of bpftax bench already: bpftax bench compare"
                     : "import the output of ./bench NAME, of run_bench_*.sh, or of veristat -o csv");
  }
  document.warnings.push_back(
      "imported from " + source +
      ": machine, kernel and load are not known, and its intervals are of one process");
  return document;
}

void add_floors_of_hooks(Document& ours) {
  for (Row& row : ours.rows) {
    if (row.benchmark != "hooks" || !row.ns || !row.floor_ns) continue;
    Value& ns = *row.ns;
    const Value& floor = *row.floor_ns;
    if (ns.low && ns.high && floor.low && floor.high) {
      ns.low = *ns.low + *floor.low;
      ns.high = *ns.high + *floor.high;
    } else {
      ns.low = ns.high = std::nullopt;
    }
    ns.mean += floor.mean;
    if (row.p50) *row.p50 += floor.mean;
    if (row.p99) *row.p99 += floor.mean;
    row.floor_ns.reset();
  }
}

}  // namespace bpftax::bench
