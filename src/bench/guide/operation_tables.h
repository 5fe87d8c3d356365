// The tables of a map comparison as people make them by hand: rows are operations, columns are map types, a
// cell is the total time of N operations; one table for each condition and side (program, user). Under
// `--load cpu:80,mem:75 --ops N` both loads come out of one run.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bench/model.h"

namespace bpftax::bench {

struct OperationCell {
  const Row* row = nullptr;    // measured: value is known; not measured: its reason; nullptr: no such row
  std::optional<Value> total;  // ns for `operations` operations
};

struct OperationTable {
  std::string condition;             // "cpu:80"
  std::string side;                  // "program", "user", ""
  double operations = 0;             // N
  bool counted = false;              // N operations were one sample; else N times the time of one
  std::string params;                // "entries=1024 key_size=4"; what all cells share
  std::vector<std::string> columns;  // map types
  std::vector<std::string> rows;     // operations
  std::vector<OperationCell> cells;  // row by row
  const OperationCell& at(size_t row, size_t column) const { return cells[row * columns.size() + column]; }
};

// Of the rows of the family "maps". Points into `document`. Empty when it has none.
std::vector<OperationTable> operation_tables(const Document& document);

// Total time of N operations by operation and map type, as Markdown; the load reached stands beside each.
std::string operation_tables_markdown(const Document& document);
// The same for a terminal, of what was counted (`--ops`): other rows stand in the tables of single
// operations.
std::string operation_tables_text(const Document& document, int width, bool color);

}  // namespace bpftax::bench
