// Results of other tools as rows of our own, for tables side by side:
//
// - what the kernel's selftests bench prints (tools/testing/selftests/bpf/bench, and its run_bench_*.sh
//   scripts): import_kernel_bench.h
// - the CSV of the kernel's veristat: import_veristat.h
//
// Foreign text: bounded, never trusted. What such a text does not say (machine, kernel, load) stays unknown;
// a warning of the document says so. Pure.
#pragma once

#include <string_view>

#include "bench/model.h"
#include "util/result.h"

namespace bpftax::bench {

inline constexpr size_t kMostImportBytes = 16u << 20;

// Finds out by itself what the text is. kUsage, with the line where it can be named: neither of them, nothing
// in it, or too large. `where` names the source.
Result<Document> import_text(std::string_view text, std::string_view where);

// For a table beside the kernel's triggering benchmarks, whose times hold what triggers the program: our rows
// of hooks, with their floor added again. What the two means have in common is not in the document;
// half-widths that are added are never too narrow.
void add_floors_of_hooks(Document& ours);

}  // namespace bpftax::bench
