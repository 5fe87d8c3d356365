// The sections of report.html that are text and tables: what can be read without scripts.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "report/html_page.h"
#include "report/html_parts.h"
#include "report/summary.h"
#include "report/text.h"
#include "util/units.h"

namespace bpftax {
namespace {

std::string name_html(const RunResult& result, std::string_view id) {
  return esc(subject_name(result, id));
}

std::optional<double> as_double(const std::optional<int64_t>& value) {
  if (!value) return std::nullopt;
  return static_cast<double>(*value);
}

HtmlCell name_cell(const RunResult& result, const std::string& id) {
  const std::string name = subject_name(result, id);
  return {.html = esc(name), .value = std::nullopt};
}

HtmlCell workload_cell(const std::string& workload) {
  return {.html = fmt::format("<code title=\"{}\">{}</code>", esc(workload_label(workload)), esc(workload)),
          .value = std::nullopt};
}

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

std::string output_text(const ResultSubject& subject) {
  return subject.output_bytes_per_s ? bytes_text(subject.output_bytes_per_s) + "/s" : "?";
}

// What the front end can turn to a warning below.
std::string warning_marks(const ResultComparison& row) {
  std::string out;
  for (const std::string& code : row.warnings)
    out += fmt::format(" <span class=\"flag\" title=\"{0}\">{0}</span>", esc(code));
  return out;
}

}  // namespace

std::string row_attributes(const ResultComparison& row) {
  return fmt::format("data-subject=\"{}\" data-workload=\"{}\" data-metric=\"{}\"", esc(row.subject),
                     esc(row.workload), esc(row.metric));
}

std::string subjects_html(const RunResult& result) {
  if (result.subjects.empty()) return "";
  std::string out = "<div class=\"subjects\">\n";
  for (const ResultSubject& subject : result.subjects) {
    out += fmt::format(
        "<article class=\"subject\" data-subject=\"{}\"><h3>{}</h3>\n"
        "<p class=\"chips\">{} <span class=\"class-of-use {}\">{}</span></p>\n",
        esc(subject.id), name_html(result, subject.id), verdict_html(overall_verdict(result, subject)),
        esc(subject.klass), class_phrase(subject.klass));
    if (subject.status != "measured")
      out += fmt::format("<p>Not measured: {}.</p>\n",
                         esc(subject.reason.empty() ? "no reason is known" : subject.reason));
    else if (!subject.class_reason.empty())
      out += "<p>" + esc(subject.class_reason) + "</p>\n";
    out += "<pre class=\"command\">" + html_escape(safe_lines(subject.command)) + "</pre>\n";
    if (!subject.last_words.empty())
      out += "<p class=\"label\">Its last words</p>\n<pre class=\"words\">" +
             html_escape(safe_lines(subject.last_words)) + "</pre>\n";
    if (subject.ready_ms)
      out +=
          fmt::format("<p class=\"small\">Ready after {}.</p>\n", format_duration(*subject.ready_ms / 1000));
    out += "</article>\n";
  }
  return out + "</div>\n";
}

namespace {

void add_overhead(HtmlTable& table, const RunResult& result, const ResultComparison& row) {
  table.add(
      {name_cell(result, row.subject),
       workload_cell(row.workload),
       {.html = esc(metric_label(row.metric, row.workload)) + warning_marks(row), .value = std::nullopt},
       number_cell(value_text(row.baseline_mean, row.unit), row.baseline_mean),
       number_cell(value_text(row.subject_mean, row.unit), row.subject_mean),
       number_cell(signed_number(row.overhead_percent), row.overhead_percent),
       number_cell(interval_text(row.ci_low, row.ci_high), row.ci_high),
       number_cell(margin_text(row), row.margin_percent),
       {.html = verdict_html(row.verdict), .value = severity(row.verdict)}},
      row_attributes(row));
}

HtmlTable overhead_table(const char* id, const char* caption) {
  return {id,
          caption,
          {{"Tool"},
           {"Workload"},
           {"Metric"},
           {"Baseline", true},
           {"With tool", true},
           {"Overhead %", true, "Positive is worse"},
           {"Interval %", true, "Confidence interval of the overhead"},
           {"Margin", true, "The overhead you are willing to pay"},
           {"Verdict"}}};
}

HtmlTable full_verdict_table(const RunResult& result) {
  HtmlTable table = overhead_table("verdict-table", "Overhead of every tool on every primary metric");
  for (const ResultSubject& subject : result.subjects) {
    const auto rows = rows_of(result, subject.id, true);
    if (rows.empty()) {
      std::vector<HtmlCell> cells(8, text_cell("-"));
      cells.front() = name_cell(result, subject.id);
      cells.push_back({.html = verdict_html(Verdict::kInvalid), .value = severity(Verdict::kInvalid)});
      table.add(cells, fmt::format("data-subject=\"{}\" class=\"unmeasured\"", esc(subject.id)));
    }
    for (const ResultComparison* row : rows) add_overhead(table, result, *row);
  }
  return table;
}

// One row a metric, one column a tool: what is read first when there are several.
std::string verdict_matrix(const RunResult& result) {
  std::vector<HtmlColumn> columns = {{"Metric"}, {"Margin", true}};
  std::vector<const ResultSubject*> subjects;
  for (const ResultSubject& subject : result.subjects) {
    if (rows_of(result, subject.id, true).empty()) continue;
    subjects.push_back(&subject);
    columns.push_back({one_line(subject_name(result, subject.id))});
  }
  HtmlTable table("verdict-matrix", "Overhead in percent, metric by metric", columns, "matrix");
  std::vector<std::pair<std::string, std::string>> seen;
  for (const ResultComparison* first : rows_of(result, "", true)) {
    const std::pair<std::string, std::string> key = {first->workload, first->metric};
    if (std::find(seen.begin(), seen.end(), key) != seen.end()) continue;
    seen.push_back(key);
    std::vector<HtmlCell> cells = {
        {.html = fmt::format("<code title=\"{}\">{}</code> {}", esc(workload_label(first->workload)),
                             esc(first->workload), esc(metric_label(first->metric, first->workload))),
         .value = std::nullopt},
        text_cell(margin_text(*first))};
    for (const ResultSubject* subject : subjects) {
      const auto rows = rows_of(result, subject->id, true);
      const auto at = std::find_if(rows.begin(), rows.end(), [&](const ResultComparison* row) {
        return row->workload == key.first && row->metric == key.second;
      });
      cells.push_back(at == rows.end() ? text_cell("-")
                                       : HtmlCell{.html = verdict_html(
                                                      (*at)->verdict, signed_number((*at)->overhead_percent)),
                                                  .value = (*at)->overhead_percent});
    }
    table.add(cells);
  }
  return table.html();
}

}  // namespace

std::string verdicts_html(const RunResult& result) {
  const HtmlTable table = full_verdict_table(result);
  if (table.empty()) return "";
  std::string out = "<ul class=\"key\" aria-label=\"What the verdicts mean\">";
  for (const Verdict verdict : {Verdict::kPass, Verdict::kOverhead, Verdict::kExceeds, Verdict::kInconclusive,
                                Verdict::kSaturated, Verdict::kInvalid})
    out += fmt::format("<li>{} {}</li>", verdict_html(verdict), meaning_of(verdict));
  out += "</ul>\n";
  if (result.subjects.size() < 2) return out + table.html();
  return out + verdict_matrix(result) +
         "<details class=\"more\" id=\"all-numbers\"><summary>All numbers, with intervals</summary>\n" +
         table.html() + "</details>\n";
}

std::string secondary_table_html(const RunResult& result) {
  HtmlTable table = overhead_table("secondary-table", "Overhead of every tool on every secondary metric");
  for (const ResultComparison* row : rows_of(result, "", false)) add_overhead(table, result, *row);
  return table.empty() ? "" : table.html();
}

std::string advice_html(const RunResult& result) {
  std::string out;
  for (const ResultSubject& subject : result.subjects) {
    if (subject.advice.empty()) continue;
    out += "<h3>" + name_html(result, subject.id) + "</h3>\n<dl class=\"advice\">";
    for (const ResultWarning& item : subject.advice)
      out += fmt::format("<div data-code=\"{}\"><dt>{}</dt><dd>{}</dd></div>", esc(item.code), esc(item.text),
                         esc(item.advice));
    out += "</dl>\n";
  }
  if (out.empty() && !result.subjects.empty())
    out = "<p>The evidence gives no reason to change anything.</p>\n";
  return out;
}

std::string cost_tables_html(const RunResult& result) {
  HtmlTable programs("programs", "eBPF programs while traffic runs",
                     {{"Program"},
                      {"Tool"},
                      {"Hook"},
                      {"Runs/s", true},
                      {"ns/run", true},
                      {"% of a CPU", true},
                      {"Instructions", true, "As the verifier walked them"},
                      {"JITed", true}});
  HtmlTable by_workload("programs-by-workload", "eBPF programs by workload",
                        {{"Program"},
                         {"Tool"},
                         {"Workload"},
                         {"Runs/s", true},
                         {"ns/run", true},
                         {"Runs per unit", true, "Runs for each unit of the workload's traffic"},
                         {"Unit"}});
  HtmlTable resources("resources", "Resources of the tools",
                      {{"Tool"},
                       {"CPU in programs", true},
                       {"CPU in user space", true},
                       {"Peak", true},
                       {"RSS", true},
                       {"RSS peak", true},
                       {"VSZ", true},
                       {"Map memory", true},
                       {"Output", true}});
  HtmlTable maps("maps", "eBPF maps", {{"Map"}, {"Tool"}, {"Type"}, {"Entries", true}, {"Memory", true}});
  for (const ResultSubject& subject : result.subjects) {
    for (const ResultProgram& p : subject.programs) {
      for (const auto& w : p.workloads)
        by_workload.add({{.html = "<code>" + esc(p.name) + "</code>", .value = std::nullopt},
                         name_cell(result, subject.id),
                         workload_cell(w.workload),
                         number_cell(count_text(w.runs_per_s), w.runs_per_s),
                         number_cell(w.ns_per_run ? format_significant(*w.ns_per_run) : "?", w.ns_per_run),
                         number_cell(format_significant(w.runs_per_unit), w.runs_per_unit),
                         text_cell("per " + unit_of_work(w.workload))});
      programs.add(
          {{.html = "<code>" + esc(p.name) + "</code>", .value = std::nullopt},
           name_cell(result, subject.id),
           {.html = "<code>" + esc(p.attach.empty() ? p.type : p.attach) + "</code>", .value = std::nullopt},
           number_cell(count_text(p.runs_per_s), p.runs_per_s),
           number_cell(p.ns_per_run ? format_significant(*p.ns_per_run) : "?", p.ns_per_run),
           number_cell(plain_number(p.cpu_percent), p.cpu_percent),
           number_cell(count_text(as_double(p.verified_insns)), as_double(p.verified_insns)),
           number_cell(bytes_text(as_double(p.jited_bytes)), as_double(p.jited_bytes))},
          fmt::format("data-subject=\"{}\" data-program=\"{}\"", esc(subject.id), p.id));
    }
    for (const ResultMap& map : subject.maps) {
      maps.add({{.html = "<code>" + esc(map.name) + "</code>", .value = std::nullopt},
                name_cell(result, subject.id),
                text_cell(map.type),
                number_cell(std::to_string(map.max_entries), static_cast<double>(map.max_entries)),
                number_cell(bytes_text(as_double(map.bytes)), as_double(map.bytes))});
    }
    if (subject.status != "measured") continue;
    resources.add(
        {name_cell(result, subject.id),
         number_cell(percent_text(subject.bpf_cpu_percent), subject.bpf_cpu_percent),
         number_cell(percent_text(subject.process_cpu_percent.avg), subject.process_cpu_percent.avg),
         number_cell(percent_text(subject.process_cpu_percent.peak), subject.process_cpu_percent.peak),
         number_cell(bytes_text(kb_to_bytes(subject.process_rss_kb.avg)), subject.process_rss_kb.avg),
         number_cell(bytes_text(kb_to_bytes(subject.process_rss_kb.peak)), subject.process_rss_kb.peak),
         number_cell(bytes_text(kb_to_bytes(subject.process_vsz_kb.avg)), subject.process_vsz_kb.avg),
         number_cell(bytes_text(as_double(subject.map_bytes)), as_double(subject.map_bytes)),
         number_cell(output_text(subject), subject.output_bytes_per_s)},
        fmt::format("data-subject=\"{}\"", esc(subject.id)));
  }
  HtmlTable attributed("attribution", "Added time per transaction in microseconds",
                       {{"Tool"},
                        {"Workload"},
                        {"Measured", true},
                        {"Interval", true},
                        {"Attributed", true, "Runs per transaction times ns per run"},
                        {"Rest", true, "Measured less attributed: hook entry, reader, caches"},
                        {"Interval of the rest", true}});
  for (const Attribution& a : attributions(result, ""))
    attributed.add({name_cell(result, a.row->subject), workload_cell(a.row->workload),
                    number_cell(signed_number(a.measured_us), a.measured_us),
                    number_cell(interval_text(a.measured_low, a.measured_high), a.measured_high),
                    number_cell(plain_number(a.attributed_us), a.attributed_us),
                    number_cell(signed_number(a.residual_us), a.residual_us),
                    number_cell(interval_text(a.residual_low, a.residual_high), a.residual_high)},
                   row_attributes(*a.row));
  std::string out;
  for (const HtmlTable* table : {&programs, &attributed, &resources})
    if (!table->empty()) out += table->html();
  if (!by_workload.empty())
    out += "<details class=\"more\"><summary>Programs by workload</summary>\n" + by_workload.html() +
           "</details>\n";
  if (!maps.empty())
    out += "<details class=\"more\"><summary>Maps</summary>\n" + maps.html() + "</details>\n";
  std::set<std::string> costs;
  for (const ResultSubject& subject : result.subjects)
    if (subject.stats_cost_ns) costs.insert(format_significant(*subject.stats_cost_ns));
  for (const std::string& cost : costs)
    out += "<p class=\"small\">Counting itself adds " + cost +
           " ns to each program run on this machine; timed windows ran without it.</p>\n";
  return out;
}

std::string percentile_table_html(const RunResult& result) {
  HtmlTable table(
      "percentile-table", "Latency in microseconds",
      {{"Workload"}, {"Value"}, {"Tool"}, {"Baseline", true}, {"With tool", true}, {"Change %", true}});
  for (const ResultComparison& row : result.comparisons) {
    if (row.metric.rfind("latency_", 0) != 0) continue;
    table.add({workload_cell(row.workload), text_cell(metric_label(row.metric, row.workload)),
               name_cell(result, row.subject),
               number_cell(value_text(row.baseline_mean, row.unit), row.baseline_mean),
               number_cell(value_text(row.subject_mean, row.unit), row.subject_mean),
               number_cell(signed_number(row.overhead_percent), row.overhead_percent)},
              row_attributes(row));
  }
  return table.empty() ? "" : table.html();
}

}  // namespace bpftax
