#include <cmath>
#include <cstdint>

#include "bench/load/import.h"
#include "bench/load/import_kernel_bench.h"
#include "bench/load/import_veristat.h"
#include "bench/load/verifier_log.h"

namespace {

void check_value(const bpftax::bench::Value& value) {
  if (!std::isfinite(value.mean)) __builtin_trap();
  if (value.low.has_value() != value.high.has_value()) __builtin_trap();
  if (value.low && !(*value.low <= value.mean && value.mean <= *value.high)) __builtin_trap();
}

}  // namespace

// Whatever the text: an error of kind kUsage, or rows that hold what the model promises. Each importer also
// gets what the detection would not have given it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bpftax::bench;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)parse_verifier_log(text);
  (void)last_complaint(text);
  const auto document = import_text(text, "fuzz");
  if (!document && document.error().kind != bpftax::ErrorKind::kUsage) __builtin_trap();
  for (const auto& rows : {import_kernel_bench(text, "fuzz"), import_veristat(text, "fuzz")}) {
    if (!rows) {
      if (rows.error().kind != bpftax::ErrorKind::kUsage) __builtin_trap();
      continue;
    }
    for (const Row& row : *rows) {
      if (row.subject.empty() || row.benchmark.empty()) __builtin_trap();
      if (row.status != Status::kMeasured && (row.ns || !row.metrics.empty() || row.reason.empty()))
        __builtin_trap();
      if (row.ns) check_value(*row.ns);
      for (const Metric& metric : row.metrics) check_value(metric.value);
    }
  }
  return 0;
}
