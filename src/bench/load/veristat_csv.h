// The columns of the kernel's veristat (tools/testing/selftests/bpf/veristat.c, default_csv_output_spec of
// Linux 6.13, with mem_peak of 6.17 at the end), from a document of the family "load": what tools that read
// veristat's CSV can read, and `veristat -C` can compare.
#pragma once

#include <string>

#include "bench/model.h"

namespace bpftax::bench {

// A line for each program that was loaded (verdict "success") or that the kernel refused ("failure"): what
// was not tried, or not measured to its end, has no verdict and no line. veristat's file_name is the object's
// label, "series" for the built-in programs, whose prog_name carries the size (loop_1000). duration is the
// mean of the verification in microseconds, rounded down as veristat's. What is not known is written as
// veristat writes it: 0 for the numbers of a program that was refused, -1 for the peak memory, "N/A" for
// text.
std::string veristat_csv(const Document& document);

// veristat's columns have no load on the machine: only the first condition in which anything was measured is
// written. "" where nothing was.
std::string veristat_condition(const Document& document);
// That others are left out, as a line; "" where there is one condition only.
std::string veristat_note(const Document& document, const std::string& file);

}  // namespace bpftax::bench
