#include "report/assets.h"

// Names of the assembler's. NOLINTBEGIN(readability-identifier-naming)
extern "C" {
extern const char bpftax_report_js_begin[], bpftax_report_js_end[];
extern const char bpftax_report_bench_js_begin[], bpftax_report_bench_js_end[];
extern const char bpftax_report_css_begin[], bpftax_report_css_end[];
extern const char bpftax_report_notices_begin[], bpftax_report_notices_end[];
}
// NOLINTEND(readability-identifier-naming)

namespace bpftax {
namespace {
std::string_view between(const char* begin, const char* end) {
  return {begin, static_cast<size_t>(end - begin)};
}
}  // namespace

std::string_view report_js() {
  return between(bpftax_report_js_begin, bpftax_report_js_end);
}
std::string_view bench_js() {
  return between(bpftax_report_bench_js_begin, bpftax_report_bench_js_end);
}
std::string_view report_css() {
  return between(bpftax_report_css_begin, bpftax_report_css_end);
}
std::string_view report_notices() {
  return between(bpftax_report_notices_begin, bpftax_report_notices_end);
}

}  // namespace bpftax
