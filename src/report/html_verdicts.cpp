// The section of report.html with the verdicts: heat map of tools and metrics, and the table of all numbers;
// and how sure they are.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "report/html_page.h"
#include "report/text.h"
#include "util/units.h"

namespace bpftax {
namespace {

// The order of severity, for sorting.
double severity(Verdict verdict) {
  switch (verdict) {
    case Verdict::kPass:
      return 0;
    case Verdict::kSaturated:
      return 1;
    case Verdict::kInconclusive:
      return 2;
    case Verdict::kOverhead:
      return 3;
    case Verdict::kExceeds:
      return 4;
    case Verdict::kInvalid:
      break;
  }
  return 5;
}

HtmlCell verdict_cell(Verdict verdict, Lang lang) {
  return {.html = verdict_html(verdict, lang), .value = severity(verdict)};
}

// How far beyond its margin, in three steps: the tint of a cell.
int tint(const ResultComparison& row) {
  if (row.verdict != Verdict::kExceeds && row.verdict != Verdict::kOverhead) return 1;
  if (!row.overhead_percent || row.margin_percent <= 0) return 1;
  const double times = *row.overhead_percent / row.margin_percent;
  return times < 3 ? 1 : times < 8 ? 2 : 3;
}

struct MetricColumn {
  std::string workload, metric;
  friend bool operator==(const MetricColumn&, const MetricColumn&) = default;
};

// Primary metrics in the order of the result, those of one workload together.
std::vector<MetricColumn> matrix_columns(const RunResult& result) {
  std::vector<MetricColumn> columns;
  for (const ResultComparison* row : rows_of(result, "", true)) {
    const MetricColumn column{row->workload, row->metric};
    if (std::find(columns.begin(), columns.end(), column) != columns.end()) continue;
    const auto last = std::find_if(columns.rbegin(), columns.rend(), [&](const MetricColumn& known) {
      return known.workload == column.workload;
    });
    columns.insert(last == columns.rend() ? columns.end() : last.base(), column);
  }
  return columns;
}

// "CPU/transaction" may take two lines.
std::string breakable(std::string html) {
  if (const size_t slash = html.find('/'); slash != std::string::npos) html.insert(slash + 1, "<wbr>");
  return html;
}

std::string matrix_head(const Page& page, const std::vector<MetricColumn>& columns) {
  std::string workloads, metrics;
  for (size_t i = 0; i < columns.size();) {
    size_t n = 1;
    while (i + n < columns.size() && columns[i + n].workload == columns[i].workload) ++n;
    workloads += fmt::format("<th scope=\"colgroup\" colspan=\"{}\" title=\"{}\"><code>{}</code></th>", n,
                             esc(workload_label(columns[i].workload, page.lang)), esc(columns[i].workload));
    for (size_t end = i + n; i < end; ++i)
      metrics += fmt::format("<th scope=\"col\" class=\"n\" data-workload=\"{}\" data-metric=\"{}\">{}</th>",
                             esc(columns[i].workload), esc(columns[i].metric),
                             breakable(esc(metric_label(columns[i].metric, columns[i].workload, page.lang))));
  }
  return fmt::format(
      "<thead><tr><th scope=\"col\" rowspan=\"2\">{}</th><th scope=\"col\" rowspan=\"2\">{}</th>{}</tr>\n"
      "<tr>{}</tr></thead>\n",
      page.html("column.tool"), page.html("matrix.overall"), workloads, metrics);
}

std::string matrix_row(const Page& page, const ResultGroup& group, const ResultSubject& subject,
                       const std::vector<MetricColumn>& columns) {
  const Verdict overall = page.index.verdict(subject);
  std::string out =
      fmt::format("<tr data-subject=\"{}\"><th scope=row>{}<td data-value={}>{}", esc(subject.id),
                  page.name(subject.id), severity(overall), verdict_html(overall, page.lang));
  std::vector<const ResultComparison*> cells(columns.size());
  for (const ResultComparison* row : group.rows) {
    if (row->subject != subject.id || !row->primary) continue;
    const auto at = std::find(columns.begin(), columns.end(), MetricColumn{row->workload, row->metric});
    if (at != columns.end()) cells[static_cast<size_t>(at - columns.begin())] = row;
  }
  for (const ResultComparison* row : cells) {
    if (row == nullptr) {
      out += "<td>";
      continue;
    }
    const std::string effect = row->overhead_percent ? signed_number(row->overhead_percent) : "?";
    out += fmt::format("<td class=\"v {} l{}\"><a href=\"#r{}\">{}<i>{}</i></a>", verdict_class(row->verdict),
                       tint(*row), page.number(*row), esc(effect), verdict_word(row->verdict, page.lang));
  }
  return out + "\n";
}

std::string matrix(const Page& page) {
  const std::vector<MetricColumn> columns = matrix_columns(page.result);
  if (columns.empty()) return "";
  std::string out = scroll_box("verdict-matrix-caption");
  out.insert(out.find("class=\"scroll") + 13, " tall");
  out += "<table id=\"verdict-matrix\" class=\"matrix\"><caption id=\"verdict-matrix-caption\">" +
         page.html("matrix.caption") + "</caption>\n" + matrix_head(page, columns);
  for (size_t i = 0; i < page.groups.size(); ++i) {
    out += fmt::format("<tbody data-group=\"{}\">\n", i);
    if (page.groups.size() > 1)
      out +=
          fmt::format("<tr class=\"group\"><th scope=\"rowgroup\" colspan=\"{}\"><span>{}</span></th></tr>\n",
                      columns.size() + 2, esc(group_title(page.groups[i], page.lang)));
    for (const ResultSubject* subject : page.groups[i].subjects)
      out += matrix_row(page, page.groups[i], *subject, columns);
    out += "</tbody>\n";
  }
  return out + "</table>" + std::string(kScrollBoxEnd);
}

std::string why_html(const Page& page, const ResultComparison& row) {
  std::string out = engine_html(page.lang, row.verdict_text);
  if (row.margin_floor && row.margin_percent > 0)
    out += fmt::format(" ({})", esc(say(page.lang, "floor.row", value_text(row.margin_floor, row.unit),
                                        margin_percent_text(row.margin_percent, page.lang))));
  if (row.blocks_needed && row.verdict_text.find("blocks would") == std::string::npos)
    out += esc(say(page.lang, "why.blocks", *row.blocks_needed));
  for (const std::string& text : row.warnings)
    out += "; " + (text.find(' ') == std::string::npos
                       ? "<span class=\"flag\" lang=\"en\">" + esc(text) + "</span>"
                       : engine_html(page.lang, text));
  return out;
}

std::string all_numbers(const Page& page) {
  const bool several = page.groups.size() > 1;
  std::vector<HtmlColumn> columns = {page.column("column.tool"),
                                     page.column("column.workload"),
                                     page.column("column.metric"),
                                     page.column("column.baseline", true),
                                     page.column("column.with_tool", true),
                                     page.column("column.overhead", true, "hint.overhead"),
                                     page.column("column.interval", true, "hint.interval"),
                                     page.column("column.margin", true, "hint.margin"),
                                     page.column("column.verdict"),
                                     page.column("column.blocks", true),
                                     page.column("column.finds", true, "hint.finds"),
                                     page.column("column.p", true, "hint.p"),
                                     page.column("column.why")};
  if (several) columns.push_back(page.column("column.part"));
  HtmlTable table("verdict-table", std::string(page.text("all.caption")), columns);
  bool floors = false;
  for (const ResultGroup& group : page.groups) {
    const std::string where = several ? esc(group_label(group, page.lang)) : "";
    for (const ResultComparison* row : group.rows) {
      floors = floors || row->margin_floor;
      const std::string secondary =
          row->primary ? "" : fmt::format(" <small>{}</small>", page.html("secondary.mark"));
      table.add({page.name_cell(row->subject),
                 page.workload_cell(row->workload),
                 {.html = page.metric(*row) + secondary, .value = std::nullopt},
                 number_cell(value_text(row->baseline_mean, row->unit), row->baseline_mean),
                 number_cell(value_text(row->subject_mean, row->unit), row->subject_mean),
                 number_cell(signed_number(row->overhead_percent), row->overhead_percent),
                 number_cell(interval_text(row->ci_low, row->ci_high, page.lang), row->ci_high),
                 number_cell(margin_text(*row, page.lang), row->margin_percent),
                 verdict_cell(row->verdict, page.lang),
                 number_cell(std::to_string(row->blocks), row->blocks),
                 number_cell(plain_number(row->mde_percent), row->mde_percent),
                 number_cell(p_text(row->p_adjusted), row->p_adjusted),
                 {.html = why_html(page, *row), .value = std::nullopt},
                 {.html = where, .value = std::nullopt}},
                fmt::format("id=r{}", page.number(*row)));
    }
  }
  if (table.empty()) return "";
  return (floors ? page.paragraph("floor.note", "small") : "") + page.paragraph("secondary.note", "small") +
         table.html();
}

// By workload and metric: the baseline is the same for all tools, so its noise is too; of what the run can
// find, the range over the tools.
void add_noise(const Page& page, const ResultGroup& group, HtmlTable& table) {
  std::set<std::pair<std::string, std::string>> seen;
  for (const ResultComparison* first : group.rows) {
    if (!first->primary || !seen.insert({first->workload, first->metric}).second) continue;
    std::optional<double> low, high;
    for (const ResultComparison* row : group.rows) {
      if (row->workload != first->workload || row->metric != first->metric || !row->mde_percent) continue;
      low = std::min(low.value_or(*row->mde_percent), *row->mde_percent);
      high = std::max(high.value_or(*row->mde_percent), *row->mde_percent);
    }
    const std::string finds = low == high
                                  ? plain_number(low)
                                  : say(page.lang, "value.from_to", plain_number(low), plain_number(high));
    table.add({page.workload_cell(first->workload),
               {.html = page.metric(*first), .value = std::nullopt},
               number_cell(signed_number(first->noise_floor_percent), first->noise_floor_percent),
               number_cell(interval_text(first->noise_low, first->noise_high, page.lang), first->noise_high),
               number_cell(finds, high),
               number_cell(margin_text(*first, page.lang), first->margin_percent),
               {.html = esc(group_label(group, page.lang)), .value = std::nullopt}});
  }
}

}  // namespace

std::string verdicts_html(const Page& page) {
  const std::string numbers = all_numbers(page);
  const std::string map = matrix(page);
  if (numbers.empty() && map.empty()) return "";
  std::string out = "<ul class=\"key\" aria-label=\"" + page.html("verdict.key") + "\">";
  for (const Verdict verdict : {Verdict::kPass, Verdict::kOverhead, Verdict::kExceeds, Verdict::kInconclusive,
                                Verdict::kSaturated, Verdict::kInvalid}) {
    const std::string code =
        page.lang == Lang::kEn ? "" : fmt::format(" <span class=\"small\">{}</span>", to_string(verdict));
    out += fmt::format("<li>{}{} {}</li>", verdict_html(verdict, page.lang), code,
                       html_escape(meaning_of(verdict, page.lang)));
  }
  out += "</ul>\n" + page.paragraph("matrix.intro");
  if (page.groups.size() > 1) out += page.paragraph("group.own", "small");
  out += "<form id=\"filter\" class=\"filter\" hidden></form>\n" + map;
  std::string table =
      details_html(page.text("all.summary"), numbers, page.result.comparisons.size() > 400, "all-numbers");
  // Of one tool alone the table is short, and says more than the map.
  if (page.result.subjects.size() < 2 && !table.empty())
    table.insert(std::string_view("<details").size(), " open");
  return out + table;
}

std::string certainty_html(const Page& page) {
  std::vector<HtmlColumn> columns = {page.column("column.workload"),
                                     page.column("column.metric"),
                                     page.column("column.noise", true, "hint.noise"),
                                     page.column("column.noise_interval", true),
                                     page.column("column.finds", true, "hint.finds"),
                                     page.column("column.margin", true)};
  if (page.groups.size() > 1) columns.push_back(page.column("column.part"));
  HtmlTable table("noise-table", std::string(page.text("noise.caption")), columns);
  for (const ResultGroup& group : page.groups) add_noise(page, group, table);
  return table.empty() ? "" : page.paragraph("certainty.intro") + table.html();
}

}  // namespace bpftax
