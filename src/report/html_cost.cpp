// The section of report.html about where the cost comes from: programs, maps, resources, attribution.
#include <fmt/format.h>

#include <set>

#include "report/html_page.h"
#include "report/text.h"
#include "util/units.h"

namespace bpftax {
namespace {

std::optional<double> as_double(const std::optional<int64_t>& value) {
  if (!value) return std::nullopt;
  return static_cast<double>(*value);
}

HtmlCell code_cell(const std::string& name) {
  return {.html = "<code>" + esc(name) + "</code>", .value = std::nullopt};
}

std::string of_subject(const ResultSubject& subject) {
  return fmt::format("data-subject=\"{}\"", esc(subject.id));
}

HtmlTable programs_table(const Page& page) {
  HtmlTable table(
      "programs", std::string(page.text("cost.programs")),
      {page.column("column.program"), page.column("column.tool"), page.column("column.hook"),
       page.column("column.runs", true), page.column("column.ns", true),
       page.column("column.entry", true, "hint.entry"), page.column("column.cpu_share", true),
       page.column("column.instructions", true, "hint.instructions"), page.column("column.jited", true)});
  for (const ResultSubject& subject : page.result.subjects)
    for (const ResultProgram& p : subject.programs)
      table.add(
          {code_cell(p.name), page.name_cell(subject.id), code_cell(p.attach.empty() ? p.type : p.attach),
           number_cell(count_text(p.runs_per_s), p.runs_per_s),
           number_cell(p.ns_per_run ? format_significant(*p.ns_per_run) : "?", p.ns_per_run),
           number_cell(p.entry_ns ? plain_number(p.entry_ns) : "?", p.entry_ns),
           number_cell(plain_number(p.cpu_percent), p.cpu_percent),
           number_cell(count_text(as_double(p.verified_insns)), as_double(p.verified_insns)),
           number_cell(bytes_text(as_double(p.jited_bytes)), as_double(p.jited_bytes))},
          of_subject(subject));
  return table;
}

HtmlTable workloads_table(const Page& page) {
  HtmlTable table("programs-by-workload", std::string(page.text("cost.by_workload")),
                  {page.column("column.program"), page.column("column.tool"), page.column("column.workload"),
                   page.column("column.runs", true), page.column("column.ns", true),
                   page.column("column.per_unit", true, "hint.per_unit"), page.column("column.unit")});
  for (const ResultSubject& subject : page.result.subjects)
    for (const ResultProgram& p : subject.programs)
      for (const auto& w : p.workloads)
        table.add({code_cell(p.name), page.name_cell(subject.id), page.workload_cell(w.workload),
                   number_cell(count_text(w.runs_per_s), w.runs_per_s),
                   number_cell(w.ns_per_run ? format_significant(*w.ns_per_run) : "?", w.ns_per_run),
                   number_cell(format_significant(w.runs_per_unit), w.runs_per_unit),
                   text_cell(say(page.lang, "per.unit", unit_of_work(w.workload, page.lang)))},
                  of_subject(subject));
  return table;
}

HtmlTable resources_table(const Page& page) {
  HtmlTable table(
      "resources-table", std::string(page.text("cost.resources")),
      {page.column("column.tool"), page.column("column.cpu_programs", true),
       page.column("column.cpu_user", true), page.column("column.peak", true),
       page.column("column.rss", true), page.column("column.rss_peak", true), page.column("column.vsz", true),
       page.column("column.map_memory", true), page.column("column.output", true)});
  for (const ResultSubject& subject : page.result.subjects) {
    if (subject.status != "measured") continue;
    const std::string output = subject.output_bytes_per_s
                                   ? say(page.lang, "md.per_second", bytes_text(subject.output_bytes_per_s))
                                   : "?";
    table.add({page.name_cell(subject.id),
               number_cell(percent_text(subject.bpf_cpu_percent), subject.bpf_cpu_percent),
               number_cell(percent_text(subject.process_cpu_percent.avg), subject.process_cpu_percent.avg),
               number_cell(percent_text(subject.process_cpu_percent.peak), subject.process_cpu_percent.peak),
               number_cell(bytes_text(kb_to_bytes(subject.process_rss_kb.avg)), subject.process_rss_kb.avg),
               number_cell(bytes_text(kb_to_bytes(subject.process_rss_kb.peak)), subject.process_rss_kb.peak),
               number_cell(bytes_text(kb_to_bytes(subject.process_vsz_kb.avg)), subject.process_vsz_kb.avg),
               number_cell(bytes_text(as_double(subject.map_bytes)), as_double(subject.map_bytes)),
               number_cell(output, subject.output_bytes_per_s)},
              of_subject(subject));
  }
  return table;
}

HtmlTable maps_table(const Page& page) {
  HtmlTable table("maps", std::string(page.text("cost.maps")),
                  {page.column("column.map"), page.column("column.tool"), page.column("column.type"),
                   page.column("column.entries", true), page.column("column.memory", true)});
  for (const ResultSubject& subject : page.result.subjects)
    for (const ResultMap& map : subject.maps)
      table.add({code_cell(map.name), page.name_cell(subject.id), text_cell(map.type),
                 number_cell(std::to_string(map.max_entries), static_cast<double>(map.max_entries)),
                 number_cell(bytes_text(as_double(map.bytes)), as_double(map.bytes))},
                of_subject(subject));
  return table;
}

HtmlTable attribution_table(const Page& page) {
  HtmlTable table(
      "attribution", std::string(page.text("cost.attribution")),
      {page.column("column.tool"), page.column("column.workload"), page.column("column.measured", true),
       page.column("column.interval_md", true), page.column("column.attributed", true, "hint.attributed"),
       page.column("column.interval_md", true), page.column("column.rest", true, "hint.rest"),
       page.column("column.rest_interval", true)});
  for (const AttributedTime& a : attributions(page.result, ""))
    table.add({page.name_cell(a.row->subject), page.workload_cell(a.row->workload),
               number_cell(signed_number(a.measured_us), a.measured_us),
               number_cell(interval_text(a.measured_low, a.measured_high, page.lang), a.measured_high),
               number_cell(plain_number(a.attributed_us), a.attributed_us),
               number_cell(interval_text(a.attributed_low, a.attributed_high, page.lang), a.attributed_high),
               number_cell(signed_number(a.residual_us), a.residual_us),
               number_cell(interval_text(a.residual_low, a.residual_high, page.lang), a.residual_high)},
              fmt::format("data-subject=\"{}\"", esc(a.row->subject)));
  return table;
}

}  // namespace

std::string cost_tables_html(const Page& page) {
  constexpr int kMostOpenRows = 60;
  std::string out;
  for (const HtmlTable& table : {programs_table(page), attribution_table(page), resources_table(page)}) {
    if (table.empty()) continue;
    out += table.rows() > kMostOpenRows ? details_html(table.caption(), table.html(), true) : table.html();
  }
  const HtmlTable by_workload = workloads_table(page);
  if (!by_workload.empty())
    out += details_html(page.text("cost.by_workload_summary"), by_workload.html(),
                        by_workload.rows() > kMostOpenRows);
  const HtmlTable maps = maps_table(page);
  if (!maps.empty())
    out += details_html(page.text("cost.maps_summary"), maps.html(), maps.rows() > kMostOpenRows);
  std::set<std::string> costs;
  for (const ResultSubject& subject : page.result.subjects)
    if (subject.stats_cost_ns) costs.insert(format_significant(*subject.stats_cost_ns));
  for (const std::string& cost : costs)
    out += "<p class=\"small\">" + esc(say(page.lang, "cost.stats", cost)) + "</p>\n";
  return out;
}

std::string percentile_table_html(const Page& page) {
  HtmlTable table("percentile-table", std::string(page.text("percentiles.caption")),
                  {page.column("column.workload"), page.column("column.value"), page.column("column.tool"),
                   page.column("column.baseline", true), page.column("column.with_tool", true),
                   page.column("column.change", true)});
  for (const ResultComparison& row : page.result.comparisons) {
    if (!row.metric.starts_with("latency_")) continue;
    table.add({page.workload_cell(row.workload),
               {.html = page.metric(row), .value = std::nullopt},
               page.name_cell(row.subject),
               number_cell(value_text(row.baseline_mean, row.unit), row.baseline_mean),
               number_cell(value_text(row.subject_mean, row.unit), row.subject_mean),
               number_cell(signed_number(row.overhead_percent), row.overhead_percent)},
              fmt::format("data-subject=\"{}\"", esc(row.subject)));
  }
  if (table.empty()) return "";
  return details_html(page.text("percentiles.summary"), table.html(), table.rows() > 400);
}

}  // namespace bpftax
