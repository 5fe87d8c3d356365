#include "bench/compare.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "analyze/out_csv.h"
#include "bench/csv.h"
#include "bench/guide/row_text.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

constexpr const char* kTime = "ns_per_op";
// When the machine itself differed: so many floors, so far from 1, so many of them on the same side.
constexpr size_t kLeastFloors = 5;
constexpr double kLeastShift = 0.01, kShareAlike = 0.8;

std::string measured_where(const Row& row, const std::string& side) {
  return fmt::format("{} in {}{}", to_string(row.status), side, row.reason.empty() ? "" : ": " + row.reason);
}

ComparedQuantity compare_quantity(const Row& a, const Row& b, std::string quantity, std::string unit,
                                  const Value& value_a, const Value& value_b) {
  ComparedQuantity out{&a, &b, std::move(quantity), std::move(unit), value_a, value_b, {}, {}, {}};
  out.ratio = ratio_interval(value_a, a.processes, value_b, b.processes);
  if (value_a.low && value_a.high && value_b.low && value_b.high)
    out.overlap = *value_a.low <= *value_b.high && *value_b.low <= *value_a.high;
  if (out.ratio && out.ratio->low) out.agree = *out.ratio->low <= 1 && 1 <= *out.ratio->high;
  return out;
}

void compare_rows(const Row& a, const Row& b, BenchComparison& out) {
  if (a.ns && b.ns) out.quantities.push_back(compare_quantity(a, b, kTime, "ns", *a.ns, *b.ns));
  for (const Metric& metric : a.metrics)
    for (const Metric& other : b.metrics)
      if (metric.name == other.name && metric.unit == other.unit)
        out.quantities.push_back(compare_quantity(a, b, metric.name, metric.unit, metric.value, other.value));
}

bool contradict(const Row& a, const Row& b) {
  if (!a.side.empty() && !b.side.empty() && a.side != b.side) return true;
  for (const auto& [name, value] : a.params.items()) {
    const auto other = b.params.find(name);
    if (other != b.params.end() && *other != value) return true;
  }
  return false;
}

// The rows of a document, found by what makes them the same. Of rows that are identical the first counts.
class Rows {
 public:
  Rows(const Document& document, Matching matching) : exact_(matching == Matching::kExact) {
    for (const Row& row : document.rows) {
      std::vector<const Row*>& same = by_key_[key_of(row)];
      if (exact_ && !same.empty()) {
        ++doubles_;
        continue;
      }
      same.push_back(&row);
      all_.push_back(&row);
    }
  }
  const std::vector<const Row*>& all() const { return all_; }
  int doubles() const { return doubles_; }
  std::vector<const Row*> partners_of(const Row& row) const {
    const auto found = by_key_.find(key_of(row));
    if (found == by_key_.end()) return {};
    if (exact_) return found->second;
    std::vector<const Row*> fitting;
    for (const Row* other : found->second)
      if (!contradict(row, *other)) fitting.push_back(other);
    return fitting;
  }

 private:
  std::string key_of(const Row& row) const {
    if (exact_) return row_identity(row);
    return dump_line(Json::array({row.benchmark, row.subject, row.op, row.condition, row.is_floor}));
  }

  bool exact_;
  int doubles_ = 0;
  std::map<std::string, std::vector<const Row*>> by_key_;
  std::vector<const Row*> all_;
};

void note_doubles(const Rows& rows, const std::string& name, std::vector<std::string>& notes) {
  if (rows.doubles() == 0) return;
  notes.push_back(
      fmt::format("{} has {} rows that another row of it is identical to; the first of each is compared",
                  name, rows.doubles()));
}

void pair_rows(const Row& a, const Row& b, BenchComparison& out) {
  const bool measured_a = a.status == Status::kMeasured, measured_b = b.status == Status::kMeasured;
  if (measured_a && measured_b) {
    compare_rows(a, b, out);
  } else if (measured_a) {
    out.lonely.push_back({&a, true, measured_where(b, out.name_b)});
  } else if (measured_b) {
    out.lonely.push_back({&b, false, measured_where(a, out.name_a)});
  }
}

// Of a row that has no partner: perhaps the other side does not have its subject at all, and says why.
std::string why_alone(const Row& row, const Document& other, const std::string& name) {
  for (const Row& whole : other.rows)
    if (whole.op.empty() && whole.status != Status::kMeasured && whole.benchmark == row.benchmark &&
        whole.subject == row.subject && whole.condition == row.condition && !contradict(whole, row))
      return measured_where(whole, name);
  return "not in " + name;
}

CompareSource source_of_host(const Document& document, const std::string& name) {
  CompareSource source;
  source.label = name;
  source.environments = {""};
  source.facts[""] = {document.host, Json(nullptr), Json(nullptr)};
  return source;
}

// Of the times, with those of B divided by `divisor`.
Agreement agreement_of(const std::vector<ComparedQuantity>& quantities, double divisor) {
  Agreement out;
  for (const ComparedQuantity& quantity : quantities) {
    if (quantity.quantity != kTime || !quantity.overlap) continue;
    const Value &a = quantity.value_a, &b = quantity.value_b;
    const bool overlap = *a.low <= *b.high / divisor && *b.low / divisor <= *a.high;
    ++out.rows;
    if (overlap) ++out.overlapping;
    // A value near 0 has no bounded ratio; its interval holds the other one or it does not.
    const bool agree =
        quantity.agree ? *quantity.ratio->low <= divisor && divisor <= *quantity.ratio->high : overlap;
    if (agree) ++out.agreeing;
  }
  return out;
}

std::optional<CommonShift> common_shift(const std::vector<ComparedQuantity>& quantities) {
  std::vector<double> ratios;
  for (const ComparedQuantity& quantity : quantities)
    if (quantity.quantity == kTime && quantity.a->is_floor && quantity.ratio && quantity.ratio->ratio > 0)
      ratios.push_back(quantity.ratio->ratio);
  if (ratios.size() < kLeastFloors) return std::nullopt;
  std::sort(ratios.begin(), ratios.end());
  const size_t half = ratios.size() / 2;
  const double median = ratios.size() % 2 == 1 ? ratios[half] : (ratios[half - 1] + ratios[half]) / 2;
  const auto alike = std::count_if(ratios.begin(), ratios.end(),
                                   [&](double ratio) { return median > 1 ? ratio > 1 : ratio < 1; });
  if (std::fabs(median - 1) < kLeastShift ||
      static_cast<double>(alike) < kShareAlike * static_cast<double>(ratios.size()))
    return std::nullopt;
  return CommonShift{median, static_cast<int>(ratios.size()), agreement_of(quantities, median)};
}

OrderedJson optional_number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? OrderedJson(*value) : OrderedJson(nullptr);
}
OrderedJson optional_flag(const std::optional<bool>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

void put_identity(OrderedJson& out, const Row& row) {
  out["benchmark"] = row.benchmark;
  out[std::string(subject_field(row.benchmark))] = row.subject;
  out["op"] = row.op.empty() ? OrderedJson(nullptr) : OrderedJson(row.op);
  out["side"] = row.side.empty() ? OrderedJson(nullptr) : OrderedJson(row.side);
  out["params"] = OrderedJson(row.params);
  out["condition"] = row.condition;
  out["floor"] = row.is_floor;
}

OrderedJson value_json(const Value& value, const Row& row) {
  return {{"value", optional_number(value.mean)},
          {"ci_low", optional_number(value.low)},
          {"ci_high", optional_number(value.high)},
          {"processes", row.processes}};
}

OrderedJson document_json(const Document& document, const std::string& name) {
  return {{"name", name},
          {"version", document.version},
          {"command", document.command},
          {"started", document.started},
          {"host", OrderedJson(document.host)}};
}

}  // namespace

std::string row_identity(const Row& row) {
  return dump_line(
      Json::array({row.benchmark, row.subject, row.op, row.side, row.params, row.condition, row.is_floor}));
}

std::string finding_of(const ComparedQuantity& quantity) {
  if (!quantity.agree) return "";
  if (*quantity.agree) return "no difference shown";
  const bool time = quantity.quantity == kTime;
  // By the difference, not the ratio: a value below zero turns that round.
  if (quantity.value_b.mean > quantity.value_a.mean) return time ? "slower" : "more";
  return time ? "faster" : "less";
}

Result<BenchComparison> compare_documents(const Document& a, const std::string& name_a, const Document& b,
                                          const std::string& name_b, Matching matching) {
  BenchComparison out;
  out.a = &a;
  out.b = &b;
  out.name_a = name_a;
  out.name_b = name_b;
  out.matching = matching;
  const Rows rows_a(a, matching), rows_b(b, matching);
  if (matching == Matching::kExact) {
    note_doubles(rows_a, name_a, out.notes);
    note_doubles(rows_b, name_b, out.notes);
  } else {
    out.notes.emplace_back(
        "rows are set side by side by their names; what only one side says of its parameters may "
        "still differ");
  }
  std::set<const Row*> paired;
  for (const Row* row : rows_a.all()) {
    const std::vector<const Row*> partners = rows_b.partners_of(*row);
    paired.insert(partners.begin(), partners.end());
    if (partners.empty()) out.lonely.push_back({row, true, why_alone(*row, b, name_b)});
    for (const Row* partner : partners) pair_rows(*row, *partner, out);
  }
  for (const Row* row : rows_b.all())
    if (!paired.contains(row)) out.lonely.push_back({row, false, why_alone(*row, a, name_a)});
  if (out.quantities.empty()) {
    return fail(
        ErrorKind::kUsage, "nothing can be compared", name_a + ", " + name_b,
        "no row of the one was measured in the other too",
        "measure the same family with the same parameters and conditions: each document names its command");
  }
  out.host_differences = fact_differences({source_of_host(a, name_a), source_of_host(b, name_b)});
  out.agreement = agreement_of(out.quantities, 1);
  out.shift = common_shift(out.quantities);
  return out;
}

OrderedJson comparison_json(const BenchComparison& comparison) {
  OrderedJson out;
  out["schema"] = kBenchCompareSchema;
  out["a"] = document_json(*comparison.a, comparison.name_a);
  out["b"] = document_json(*comparison.b, comparison.name_b);
  out["host_differences"] = OrderedJson::array();
  for (const FactDifference& difference : comparison.host_differences)
    out["host_differences"].push_back({{"fact", difference.fact},
                                       {"a", difference.values[0]},
                                       {"b", difference.values[1]},
                                       {"known_to_differ", difference.known_to_differ}});
  out["rows"] = OrderedJson::array();
  for (const ComparedQuantity& quantity : comparison.quantities) {
    OrderedJson row;
    put_identity(row, *quantity.a);
    row["quantity"] = quantity.quantity;
    row["unit"] = quantity.unit;
    row["a"] = value_json(quantity.value_a, *quantity.a);
    row["b"] = value_json(quantity.value_b, *quantity.b);
    const RatioInterval ratio = quantity.ratio.value_or(RatioInterval{});
    row["ratio"] = quantity.ratio ? OrderedJson(ratio.ratio) : OrderedJson(nullptr);
    row["ratio_ci_low"] = optional_number(ratio.low);
    row["ratio_ci_high"] = optional_number(ratio.high);
    row["no_interval"] =
        ratio.why_no_interval.empty() ? OrderedJson(nullptr) : OrderedJson(ratio.why_no_interval);
    row["intervals_overlap"] = optional_flag(quantity.overlap);
    row["ratio_contains_1"] = optional_flag(quantity.agree);
    const std::string finding = finding_of(quantity);
    row["finding"] = finding.empty() ? OrderedJson(nullptr) : OrderedJson(finding);
    out["rows"].push_back(std::move(row));
  }
  out["alone"] = OrderedJson::array();
  for (const LonelyRow& lonely : comparison.lonely) {
    OrderedJson row;
    put_identity(row, *lonely.row);
    row["in"] = lonely.in_a ? "a" : "b";
    row["status"] = to_string(lonely.row->status);
    row["reason"] = lonely.reason;
    out["alone"].push_back(std::move(row));
  }
  out["agreement"] = {{"rows", comparison.agreement.rows},
                      {"intervals_overlap", comparison.agreement.overlapping},
                      {"ratio_contains_1", comparison.agreement.agreeing}};
  out["common_shift"] = nullptr;
  if (const auto& shift = comparison.shift)
    out["common_shift"] = {{"ratio", shift->ratio},
                           {"floors", shift->floors},
                           {"intervals_overlap", shift->rest.overlapping},
                           {"ratio_contains_it", shift->rest.agreeing}};
  out["notes"] = comparison.notes;
  return out;
}

std::string comparison_csv(const BenchComparison& comparison) {
  std::string text = csv_line({"benchmark",
                               "subject",
                               "op",
                               "side",
                               "params",
                               "condition",
                               "floor",
                               "quantity",
                               "unit",
                               "a",
                               "a_ci_low",
                               "a_ci_high",
                               "b",
                               "b_ci_low",
                               "b_ci_high",
                               "ratio",
                               "ratio_ci_low",
                               "ratio_ci_high",
                               "intervals_overlap",
                               "ratio_contains_1",
                               "finding"});
  const auto flag = [](const std::optional<bool>& value) { return !value ? "" : *value ? "1" : "0"; };
  for (const ComparedQuantity& quantity : comparison.quantities) {
    const Row& row = *quantity.a;
    const RatioInterval ratio = quantity.ratio.value_or(RatioInterval{});
    text += csv_line({csv_text(row.benchmark),
                      csv_text(row.subject),
                      csv_text(row.op),
                      csv_text(row.side),
                      csv_text(params_text(row.params)),
                      csv_text(row.condition),
                      row.is_floor ? "1" : "0",
                      csv_text(quantity.quantity),
                      csv_text(quantity.unit),
                      csv_number_or_empty(quantity.value_a.mean),
                      csv_number_or_empty(quantity.value_a.low),
                      csv_number_or_empty(quantity.value_a.high),
                      csv_number_or_empty(quantity.value_b.mean),
                      csv_number_or_empty(quantity.value_b.low),
                      csv_number_or_empty(quantity.value_b.high),
                      quantity.ratio ? csv_number_or_empty(ratio.ratio) : "",
                      csv_number_or_empty(ratio.low),
                      csv_number_or_empty(ratio.high),
                      flag(quantity.overlap),
                      flag(quantity.agree),
                      finding_of(quantity)});
  }
  return text;
}

}  // namespace bpftax::bench
