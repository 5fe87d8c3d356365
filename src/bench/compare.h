// Two documents side by side: the same rows of two machines, kernels, builds or runs.
//
// Rows match by identity: benchmark, subject, op, side, parameters, condition, floor or not. Each quantity of
// a matched row (the time, and every metric that both have in the same unit) gets the ratio B/A with its
// interval (ratio_interval.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/model.h"
#include "bench/ratio_interval.h"
#include "compare/facts.h"
#include "util/json.h"
#include "util/result.h"

namespace bpftax::bench {

inline constexpr std::string_view kBenchCompareSchema = "bpftax.bench.compare/1";

struct ComparedQuantity {
  const Row* a = nullptr;
  const Row* b = nullptr;
  std::string quantity, unit;  // "ns_per_op" in "ns", or a metric
  Value value_a, value_b;
  std::optional<RatioInterval> ratio;
  std::optional<bool> overlap;  // of the two intervals
  std::optional<bool> agree;    // the ratio's interval contains 1
};

// A row that has no partner, or one that cannot be set against it.
struct LonelyRow {
  const Row* row = nullptr;
  bool in_a = false;
  std::string reason;  // "not in B", "invalid in B: ..."
};

// For one run repeated: do the two say the same? Over times with intervals.
struct Agreement {
  int rows = 0, overlapping = 0, agreeing = 0;
};

// A floor is the same loop without the operation. When nearly all floors are dearer in B by one factor it is
// the machine that was slower (its clock, its neighbours), and not one operation.
struct CommonShift {
  double ratio = 1;  // B/A: the median over the floors
  int floors = 0;
  Agreement rest;  // of the times, those of B divided by `ratio`
};

enum class Matching {
  kExact,
  // For what other tools measured (bench/load/import.h), whose parameters have other names: a row of A goes
  // with every row of B of the same benchmark, subject, op and condition, whose side is the same or not
  // known, and which contradicts it in no parameter that both have.
  kByName,
};

struct BenchComparison {
  const Document* a = nullptr;
  const Document* b = nullptr;
  std::string name_a, name_b;
  Matching matching = Matching::kExact;
  std::vector<ComparedQuantity> quantities;
  std::vector<LonelyRow> lonely;
  std::vector<FactDifference> host_differences;
  Agreement agreement;
  std::optional<CommonShift> shift;
  std::vector<std::string> notes;
};

// Points into both documents. kUsage when no row has a partner that was measured too.
Result<BenchComparison> compare_documents(const Document& a, const std::string& name_a, const Document& b,
                                          const std::string& name_b, Matching matching = Matching::kExact);

// "benchmark subject op side [params] condition": equal for rows that match.
std::string row_identity(const Row& row);
// "slower", "faster", "no difference shown", "" without an interval; "more", "less" for metrics.
std::string finding_of(const ComparedQuantity& quantity);

OrderedJson comparison_json(const BenchComparison& comparison);
std::string comparison_csv(const BenchComparison& comparison);
std::string comparison_text(const BenchComparison& comparison, int width, bool color);

}  // namespace bpftax::bench
