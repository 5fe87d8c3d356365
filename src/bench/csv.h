// A document as CSV: one line a row, header first; numbers with full precision, unknown is empty.
//
// Columns: benchmark, subject, op, side, condition, floor, status, reason, ns_per_op, ci_low, ci_high,
// floor_ns, floor_ci_low, floor_ci_high, p50, p99, samples, processes, warnings; then "param:NAME" for each
// parameter and "metric:NAME:UNIT", "metric:NAME:UNIT:ci_low" and ":ci_high" for each metric that any row
// has, in alphabetical order.
#pragma once

#include <string>

#include "bench/model.h"

namespace bpftax::bench {

std::string document_csv(const Document& document);

// A number as all our CSVs and JSON write it; "" when unknown.
std::string csv_number_or_empty(const std::optional<double>& value);

}  // namespace bpftax::bench
