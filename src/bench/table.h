// A document as tables for a terminal.
//
// One table for each family, condition and side: what a program does and what user space does through the
// syscall are different things and never stand in one table. A line is a subject with those parameters that
// differ between lines, a column an operation, a cell the net time of one operation and half the width of its
// 95 % interval in percent. Under the tables: metrics, floors, what was not measured and why, doubts.
#pragma once

#include <string>

#include "bench/model.h"

namespace bpftax::bench {

struct TableOptions {
  int width = 100;  // columns of the terminal; tables that are wider continue below
  bool color = false;
};

std::string document_tables(const Document& document, const TableOptions& options);

// "12.3 +-1.2 %"; "0.4 +-0.9 ns" where the interval is as wide as the value; "12.3 +-?" without an interval.
// In nanoseconds; from 100,000 of them on in the unit that fits: "12.3 ms +-1.2 %".
std::string ns_cell(const Value& value);

}  // namespace bpftax::bench
