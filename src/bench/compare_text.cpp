#include <fmt/format.h>

#include "bench/compare.h"
#include "bench/guide/row_text.h"
#include "bench/table.h"
#include "bench/text_layout.h"
#include "report/text.h"
#include "util/units.h"

namespace bpftax::bench {
namespace {

constexpr size_t kMostFactsShown = 20;

std::string compared_value(const ComparedQuantity& quantity, const Value& value) {
  if (quantity.unit == "ns") return ns_cell(value);
  return amount_text(value.mean, quantity.unit);
}

std::string ratio_cell(const ComparedQuantity& quantity) {
  if (!quantity.ratio) return "-";
  const RatioInterval& ratio = *quantity.ratio;
  if (!ratio.low) return "x" + format_significant(ratio.ratio);
  return fmt::format("x{} ({} to {})", format_significant(ratio.ratio), format_significant(*ratio.low),
                     format_significant(*ratio.high));
}

std::string compared_name(const ComparedQuantity& quantity) {
  const Row& row = *quantity.a;
  std::string text = row.subject + " " + row.op;
  if (quantity.quantity != "ns_per_op") text += " " + quantity.quantity;
  if (const std::string params = params_text(row.params); !params.empty()) text += " " + params;
  // By name: what only the other side says of itself.
  Json more = quantity.b->params;
  for (const auto& [name, value] : row.params.items()) more.erase(name);
  if (!more.empty()) text += " (B: " + params_text(more) + ")";
  return text;
}

void rows_text(const BenchComparison& comparison, TextLayout& layout) {
  std::vector<std::string> titles;
  std::vector<std::vector<std::vector<Cell>>> tables;
  for (const ComparedQuantity& quantity : comparison.quantities) {
    const Row& row = *quantity.a;
    std::string title = family_title(row.benchmark);
    if (!row.side.empty()) title += " " + std::string(side_text(row.side));
    title += ", " + row.condition + (row.is_floor ? ": floors" : "");
    size_t i = 0;
    while (i < titles.size() && titles[i] != title) ++i;
    if (i == titles.size()) {
      titles.push_back(title);
      tables.emplace_back();
    }
    const std::string finding = finding_of(quantity);
    const bool worse = finding == "slower";
    tables[i].push_back({{compared_name(quantity)},
                         {compared_value(quantity, quantity.value_a)},
                         {compared_value(quantity, quantity.value_b)},
                         {ratio_cell(quantity)},
                         {finding, worse                              ? Tone::kBad
                                   : finding == "no difference shown" ? Tone::kFaint
                                                                      : Tone::kPlain}});
  }
  for (size_t i = 0; i < titles.size(); ++i) {
    layout.blank();
    layout.heading(titles[i]);
    layout.table({"", "A", "B", "B/A", ""}, tables[i]);
  }
}

void facts_text(const BenchComparison& comparison, TextLayout& layout) {
  size_t known = 0, shown = 0;
  for (const FactDifference& difference : comparison.host_differences)
    known += difference.known_to_differ ? 1 : 0;
  layout.blank();
  layout.heading("Hosts");
  if (known == 0) {
    layout.paragraph("nothing that both documents know of their hosts differs");
    return;
  }
  for (const FactDifference& difference : comparison.host_differences) {
    if (!difference.known_to_differ || shown == kMostFactsShown) continue;
    ++shown;
    layout.paragraph(
        fmt::format("{}: A {}, B {}", difference.fact, difference.values[0], difference.values[1]), 2);
  }
  if (known > shown) layout.paragraph(fmt::format("and {} more (--json FILE)", known - shown));
}

void alone_text(const BenchComparison& comparison, TextLayout& layout) {
  if (comparison.lonely.empty()) return;
  layout.blank();
  layout.heading("On one side only");
  // By name, A is what another tool measured: of ours it has a few only.
  const bool by_name = comparison.matching == Matching::kByName;
  size_t of_b = 0;
  for (const LonelyRow& lonely : comparison.lonely) {
    if (by_name && !lonely.in_a) {
      ++of_b;
      continue;
    }
    std::string text = fmt::format("{}: {}", lonely.in_a ? "A" : "B", row_name(*lonely.row));
    if (const std::string params = params_text(lonely.row->params); !params.empty())
      text += " [" + params + "]";
    layout.paragraph(text + ", " + lonely.row->condition + ": " + lonely.reason, 2);
  }
  if (of_b > 0) layout.paragraph("B: " + counted(of_b, "row") + " (--json FILE names them)", 2);
}

std::string share_text(int part, int whole) {
  return fmt::format("{} of {} ({:.1f} %)", part, whole, 100.0 * part / whole);
}

}  // namespace

std::string comparison_text(const BenchComparison& comparison, int width, bool color) {
  TextLayout layout(width, color);
  layout.paragraph("A: " + comparison.name_a + ", " + comparison.a->started, 3);
  layout.paragraph("B: " + comparison.name_b + ", " + comparison.b->started, 3);
  rows_text(comparison, layout);
  alone_text(comparison, layout);
  facts_text(comparison, layout);
  const Agreement& agreement = comparison.agreement;
  layout.blank();
  layout.heading("Agreement");
  if (agreement.rows == 0) {
    layout.paragraph("no row has an interval on both sides");
  } else {
    layout.paragraph("times whose intervals overlap: " + share_text(agreement.overlapping, agreement.rows));
    layout.paragraph(
        "times whose ratio's interval contains 1: " + share_text(agreement.agreeing, agreement.rows) +
        "; 95 % are expected when nothing but chance differs");
  }
  if (const auto& shift = comparison.shift)
    layout.paragraph(fmt::format(
        "the floors of B, loops without the operation, take {} times what they take in A "
        "(median of {}): the machine itself was {}. Apart from that factor the intervals "
        "of {} overlap",
        format_significant(shift->ratio, 4), shift->floors, shift->ratio > 1 ? "slower" : "faster",
        share_text(shift->rest.overlapping, shift->rest.rows)));
  for (const std::string& note : comparison.notes) layout.paragraph("- " + note, 2);
  return layout.take();
}

}  // namespace bpftax::bench
