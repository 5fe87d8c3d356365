#include "report/svg_pictures.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "report/html_parts.h"
#include "report/text.h"
#include "report/words.h"

namespace bpftax {
namespace {

// Middle tones: at least 3:1 against white and against GitHub's dark grey.
constexpr std::string_view kInk = "#6e7781", kLine = "#8c959f", kMarginColor = "#3b82d0";

std::string_view color_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return "#1a936f";
    case Verdict::kOverhead:
      return "#b7791f";
    case Verdict::kExceeds:
      return "#d1542c";
    case Verdict::kInconclusive:
      return "#7d8590";
    case Verdict::kSaturated:
      return "#9a5fa5";
    case Verdict::kInvalid:
      break;
  }
  return "#6e7781";
}

using Rows = std::vector<const ResultComparison*>;

class Svg {
 public:
  void text(double x, double y, std::string_view words, std::string_view attributes) {
    body_ += fmt::format("<text x=\"{:.4g}\" y=\"{:.4g}\" {}>{}</text>\n", x, y, attributes, esc(words));
  }
  void line(double x1, double y1, double x2, double y2, std::string_view color, std::string_view more = "") {
    body_ += fmt::format("<line x1=\"{:.4g}\" y1=\"{:.4g}\" x2=\"{:.4g}\" y2=\"{:.4g}\" stroke=\"{}\" {}/>\n",
                         x1, y1, x2, y2, color, more);
  }
  void rect(double x, double y, double width, double height, std::string_view color, double opacity) {
    body_ += fmt::format(
        "<rect x=\"{:.4g}\" y=\"{:.4g}\" width=\"{:.4g}\" height=\"{:.4g}\" rx=\"2\" fill=\"{}\" "
        "fill-opacity=\"{:.3g}\"/>\n",
        x, y, width, height, color, opacity);
  }
  void circle(double x, double y, std::string_view color) {
    body_ += fmt::format("<circle cx=\"{:.4g}\" cy=\"{:.4g}\" r=\"3.5\" fill=\"{}\"/>\n", x, y, color);
  }
  std::string document(double width, double height, std::string_view title) const {
    return fmt::format(
               "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {0:.0f} {1:.0f}\" width=\"{0:.0f}\" "
               "height=\"{1:.0f}\" role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"12\">\n"
               "<title>{2}</title>\n",
               width, height, esc(title)) +
           body_ + "</svg>\n";
  }

 private:
  std::string body_;
};

std::string fill(std::string_view color, std::string_view more = "") {
  return fmt::format("fill=\"{}\" {}", color, more);
}

struct Column {
  std::string workload, metric;
};

std::vector<Column> columns_of(const ResultGroup& group) {
  std::vector<Column> columns;
  for (const ResultComparison* row : group.rows) {
    const auto same = [&](const Column& c) { return c.workload == row->workload && c.metric == row->metric; };
    if (row->primary && std::none_of(columns.begin(), columns.end(), same))
      columns.push_back({row->workload, row->metric});
  }
  return columns;
}

Rows rows_with(const ResultGroup& group, const Column& column) {
  Rows rows;
  for (const ResultComparison* row : group.rows)
    if (row->primary && row->workload == column.workload && row->metric == column.metric) rows.push_back(row);
  return rows;
}

// Linear near zero, logarithmic beyond 5 %: small overheads stay visible beside large ones.
double bent(double percent) {
  return std::copysign(std::log1p(std::fabs(percent) / 5), percent);
}

// Where percentages lie on the horizontal axis.
struct Scale {
  double low = bent(-2), high = bent(6);
  double left = 0, right = 1;
  double at(double percent) const { return left + (bent(percent) - low) / (high - low) * (right - left); }
};

Scale scale_of(const Rows& rows, double left, double right) {
  Scale scale;
  scale.left = left;
  scale.right = right;
  for (const ResultComparison* row : rows) {
    for (const auto& value :
         {row->overhead_percent, row->ci_low, row->ci_high,
          row->margin_percent > 0 ? std::optional<double>(row->margin_percent) : std::nullopt}) {
      if (!value || !std::isfinite(*value)) continue;
      scale.low = std::min(scale.low, bent(*value) - 0.1);
      scale.high = std::max(scale.high, bent(*value) + 0.1);
    }
  }
  return scale;
}

constexpr double kRow = 22, kNames = 190;
constexpr size_t kMostForestRows = 12;  // of one metric
constexpr size_t kMostMatrixRows = 60;

void draw_forest_row(Svg& svg, const RunResult& result, const ResultComparison& row, const Scale& scale,
                     double y, Lang lang) {
  svg.text(0, y + 4, fit(one_line(subject_name(result, row.subject, lang)), 28), fill(kInk));
  const std::string_view color = color_of(row.verdict);
  if (row.margin_percent > 0) {
    const double x = scale.at(row.margin_percent);
    svg.line(x, y - kRow / 2, x, y + kRow / 2, kMarginColor, "stroke-width=\"1.5\" stroke-dasharray=\"3 2\"");
  }
  if (!row.overhead_percent) {
    svg.text(scale.at(0) + 6, y + 4, word(lang, "chart.no_estimate"), fill(kInk, "font-style=\"italic\""));
    return;
  }
  if (row.ci_low && row.ci_high)
    svg.line(scale.at(*row.ci_low), y, scale.at(*row.ci_high), y, color, "stroke-width=\"2.5\"");
  svg.circle(scale.at(*row.overhead_percent), y, color);
  svg.text(scale.right + 12, y + 4,
           fmt::format("{} {} %", sign_of(row.verdict), signed_number(row.overhead_percent)), fill(color));
}

}  // namespace

SvgPicture verdict_matrix_svg(const RunResult& result, const ResultGroup& group, Lang lang) {
  const std::vector<Column> columns = columns_of(group);
  if (columns.empty()) return {};
  std::vector<const ResultSubject*> subjects;
  for (const ResultSubject* subject : group.subjects)
    if (subjects.size() < kMostMatrixRows) subjects.push_back(subject);
  constexpr double kCell = 90, kHead = 46;
  const double width = kNames + kCell * static_cast<double>(columns.size());
  const size_t missing = group.subjects.size() - subjects.size();
  const double height = kHead + kRow * static_cast<double>(subjects.size() + (missing > 0 ? 1 : 0)) + 6;
  Svg svg;
  for (size_t i = 0; i < columns.size(); ++i) {
    const double x = kNames + kCell * (static_cast<double>(i) + 0.5);
    const std::string middle = fill(kInk, "text-anchor=\"middle\" font-size=\"10\"");
    if (i == 0 || columns[i].workload != columns[i - 1].workload)
      svg.text(x - kCell / 2 + 2, 14, one_line(columns[i].workload),
               fill(kInk, "font-size=\"11\" font-weight=\"600\""));
    svg.text(x, 34, fit(metric_label(columns[i].metric, columns[i].workload, lang), 15), middle);
  }
  std::vector<Rows> of_column;
  for (const Column& column : columns) of_column.push_back(rows_with(group, column));
  for (size_t r = 0; r < subjects.size(); ++r) {
    const double y = kHead + kRow * static_cast<double>(r);
    svg.text(0, y + 15, fit(one_line(subject_name(result, subjects[r]->id, lang)), 28), fill(kInk));
    for (size_t i = 0; i < columns.size(); ++i) {
      const double x = kNames + kCell * static_cast<double>(i);
      const Rows& rows = of_column[i];
      const auto at = std::find_if(rows.begin(), rows.end(), [&](const ResultComparison* row) {
        return row->subject == subjects[r]->id;
      });
      if (at == rows.end()) continue;
      const std::string_view color = color_of((*at)->verdict);
      svg.rect(x + 1, y + 1, kCell - 2, kRow - 2, color, 0.18);
      svg.text(x + kCell / 2, y + 15,
               fmt::format("{} {}", sign_of((*at)->verdict), signed_number((*at)->overhead_percent)),
               fill(color, "text-anchor=\"middle\" font-weight=\"600\""));
    }
  }
  if (missing > 0) svg.text(0, height - 8, say(lang, "md.more", missing), fill(kInk));
  const std::string alt = say(lang, "md.matrix_alt", subjects.size(), columns.size());
  return {svg.document(width, height, alt), alt};
}

SvgPicture forest_svg(const RunResult& result, const ResultGroup& group, Lang lang) {
  const std::vector<Column> columns = columns_of(group);
  if (columns.empty()) return {};
  constexpr double kPlot = 420, kValues = 90;
  Rows all;
  for (const Column& column : columns)
    for (const ResultComparison* row : rows_with(group, column)) all.push_back(row);
  const Scale scale = scale_of(all, kNames, kNames + kPlot);
  Svg svg;
  double y = 0;
  for (const Column& column : columns) {
    Rows rows = rows_with(group, column);
    const size_t missing = rows.size() > kMostForestRows ? rows.size() - kMostForestRows : 0;
    if (missing > 0) {
      std::stable_sort(rows.begin(), rows.end(), [](const ResultComparison* a, const ResultComparison* b) {
        return a->overhead_percent.value_or(-1e300) > b->overhead_percent.value_or(-1e300);
      });
      rows.resize(kMostForestRows);
    }
    svg.text(0, y + 16, one_line(column.workload) + " " + metric_label(column.metric, column.workload, lang),
             fill(kInk, "font-weight=\"600\""));
    const double top = y + 24;
    const double bottom = top + kRow * static_cast<double>(rows.size());
    svg.line(scale.at(0), top, scale.at(0), bottom, kLine);
    for (size_t i = 0; i < rows.size(); ++i)
      draw_forest_row(svg, result, *rows[i], scale, top + kRow * (static_cast<double>(i) + 0.5), lang);
    y = bottom + 4;
    if (missing > 0) {
      svg.text(0, y + 12, say(lang, "md.more", missing), fill(kInk, "font-size=\"10\""));
      y += 18;
    }
  }
  double last = -1e9;
  for (const double tick :
       {-500.0, -100.0, -50.0, -20.0, -5.0, 0.0, 5.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1000.0, 5000.0}) {
    const double x = scale.at(tick);
    if (x < scale.left || x > scale.right || x - last < 32) continue;
    last = x;
    svg.text(x, y + 14, tick == 0 ? "0 %" : fmt::format("{:+g} %", tick),
             fill(kInk, "text-anchor=\"middle\" font-size=\"10\""));
  }
  const std::string alt(word(lang, "md.forest_alt"));
  return {svg.document(kNames + kPlot + kValues, y + 22, alt), alt};
}

}  // namespace bpftax
