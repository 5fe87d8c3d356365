#include <cstdint>

#include "compare/compare.h"
#include "compare/published.h"
#include "compare/render.h"

// Whatever the text: an error of kind kUsage, or a table that can be compared with itself and printed.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto table = bpftax::parse_published(text, "fuzz");
  if (!table) {
    if (table.error().kind != bpftax::ErrorKind::kUsage) __builtin_trap();
    return 0;
  }
  bpftax::CompareSource a = bpftax::source_of(*table), b = a;
  a.label = "a";
  b.label = "b";
  const auto comparison = bpftax::compare_sources({a, b}, {{}, true, {}});
  if (!comparison) return 0;
  (void)bpftax::render_compare_text(*comparison);
  (void)bpftax::render_compare_markdown(*comparison);
  (void)bpftax::compare_csv(*comparison);
  (void)bpftax::compare_document(*comparison);
  return 0;
}
