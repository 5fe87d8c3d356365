#include "bench/load/builds.h"

#include <fmt/format.h>

#include <algorithm>

#include "bench/compare.h"

namespace bpftax::bench {

std::vector<Build> split_by_object(const Document& document) {
  std::vector<Build> builds;
  for (const Row& row : document.rows) {
    const auto label = json_string(row.params, "object");
    if (row.benchmark != "load" || !label || !*label) continue;
    auto build =
        std::find_if(builds.begin(), builds.end(), [&](const Build& b) { return b.object == **label; });
    if (build == builds.end()) {
      Build fresh{**label, document};
      fresh.document.rows.clear();
      build = builds.insert(builds.end(), std::move(fresh));
    }
    build->document.rows.push_back(row);
    build->document.rows.back().params.erase("object");
  }
  return builds;
}

Result<std::string> builds_text(const Document& document, int width, bool color) {
  const std::vector<Build> builds = split_by_object(document);
  if (builds.size() != 2)
    return fail(ErrorKind::kUsage, "two builds cannot be compared", "",
                fmt::format("the run has {} object files", builds.size()),
                "bpftax bench load --compare OLD.o NEW.o");
  BPFTAX_ASSIGN(const BenchComparison comparison, compare_documents(builds[0].document, builds[0].object,
                                                                    builds[1].document, builds[1].object));
  return comparison_text(comparison, width, color);
}

}  // namespace bpftax::bench
