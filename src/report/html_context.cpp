// The sections of report.html about circumstances: certainty, conditions, warnings, machine, method.
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

std::string facts_list(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::string out = "<dl class=\"host\">";
  for (const auto& [label, text] : rows)
    out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", esc(label), esc(text));
  return out + "</dl>\n";
}

std::string condition_text(const std::string& name, double value) {
  if (name.size() > 8 && name.compare(name.size() - 8, 8, "_percent") == 0) return percent_text(value);
  if (name.size() > 3 && name.compare(name.size() - 3, 3, "_kb") == 0) return bytes_text(value * 1024);
  return format_count(value);
}

}  // namespace

namespace {

// By workload and metric: the baseline is the same for all tools, so its noise is too; of what the run can
// find, the range over the tools.
std::string noise_table(const RunResult& result) {
  HtmlTable table(
      "noise-table", "Noise of the baseline, and what can be told from it",
      {{"Workload"},
       {"Metric"},
       {"Noise floor %", true, "The baseline against itself"},
       {"Interval of the noise %", true},
       {"Finds %", true, "Smallest overhead found with 80 % power: the minimum detectable effect"},
       {"Margin %", true}});
  std::set<std::pair<std::string, std::string>> seen;
  for (const ResultComparison* first : rows_of(result, "", true)) {
    if (!seen.insert({first->workload, first->metric}).second) continue;
    std::optional<double> low, high;
    for (const ResultComparison* row : rows_of(result, "", true)) {
      if (row->workload != first->workload || row->metric != first->metric || !row->mde_percent) continue;
      low = std::min(low.value_or(*row->mde_percent), *row->mde_percent);
      high = std::max(high.value_or(*row->mde_percent), *row->mde_percent);
    }
    const std::string finds =
        low == high ? plain_number(low) : plain_number(low) + " to " + plain_number(high);
    table.add({text_cell(first->workload), text_cell(metric_label(first->metric, first->workload)),
               number_cell(signed_number(first->noise_floor_percent), first->noise_floor_percent),
               number_cell(interval_text(first->noise_low, first->noise_high), first->noise_high),
               number_cell(finds, high),
               number_cell(first->margin_percent > 0 ? fmt::format("{:.4g}", first->margin_percent) : "none",
                           first->margin_percent)});
  }
  return table.html();
}

}  // namespace

std::string certainty_html(const RunResult& result) {
  HtmlTable table(
      "certainty-table", "What this run can and cannot tell",
      {{"Tool"},
       {"Workload"},
       {"Metric"},
       {"Blocks", true},
       {"Noise floor %", true, "The baseline against itself"},
       {"Interval of the noise %", true},
       {"Finds %", true, "Smallest overhead found with 80 % power: the minimum detectable effect"},
       {"Margin %", true},
       {"p adjusted", true, "Corrected over all subjects and primary metrics (Holm)"},
       {"Why"}});
  for (const ResultComparison* row : rows_of(result, "", true)) {
    std::string why = row->verdict_text;
    if (row->blocks_needed) why += fmt::format(" (about {} blocks would decide it)", *row->blocks_needed);
    table.add({text_cell(subject_name(result, row->subject)), text_cell(row->workload),
               text_cell(metric_label(row->metric, row->workload)),
               number_cell(std::to_string(row->blocks), row->blocks),
               number_cell(signed_number(row->noise_floor_percent), row->noise_floor_percent),
               number_cell(interval_text(row->noise_low, row->noise_high), row->noise_high),
               number_cell(plain_number(row->mde_percent), row->mde_percent),
               number_cell(row->margin_percent > 0 ? fmt::format("{:.4g}", row->margin_percent) : "none",
                           row->margin_percent),
               number_cell(row->p_adjusted ? fmt::format("{:.2g}", *row->p_adjusted) : "?", row->p_adjusted),
               text_cell(why)},
              row_attributes(*row));
  }
  if (table.empty()) return "";
  return "<p>The noise floor is what the baseline differs from itself within blocks. \u201cFinds\u201d "
         "is the smallest overhead that a run like this one finds four times out of five; a margin below "
         "it can not be passed.</p>\n" +
         noise_table(result) +
         "<details class=\"more\"><summary>Tool by tool, with the reason of each verdict</summary>\n" +
         table.html() + "</details>\n";
}

std::string conditions_html(const RunResult& result) {
  const std::vector<ConditionRow> rows = condition_rows(result);
  std::set<std::string> names;
  for (const ConditionRow& row : rows)
    for (const auto& [name, mean] : row.mean) names.insert(name);
  if (names.empty()) return "";
  // The ones that explain most come first; the rest in alphabetical order would be too wide for a table.
  std::vector<std::string> shown;
  for (const char* name :
       {"idle_percent", "softirq_percent", "steal_percent", "context_switches_per_s", "frequency_mhz",
        "idle_residency_percent", "run_queue_wait_percent", "subject_cpu_percent"})
    if (names.count(name) > 0) shown.emplace_back(name);
  if (shown.empty()) return "";
  std::vector<HtmlColumn> columns = {{"Workload"}, {"Arm"}, {"Windows", true}};
  for (const std::string& name : shown) columns.push_back({condition_label(name), true, name});
  HtmlTable table("conditions", "What the machine did meanwhile, mean over valid windows", columns);
  for (const ConditionRow& row : rows) {
    std::vector<HtmlCell> cells = {text_cell(row.workload), text_cell(subject_name(result, row.subject)),
                                   number_cell(std::to_string(row.windows), row.windows)};
    for (const std::string& name : shown) {
      const auto mean = row.mean.find(name);
      cells.push_back(mean == row.mean.end() ? text_cell("?")
                                             : number_cell(condition_text(name, mean->second), mean->second));
    }
    table.add(cells);
  }
  return "<details class=\"more\"><summary>Conditions of the machine by arm</summary>\n"
         "<p>Confounders are measured, not ignored: where idle time moves with an effect, the effect is "
         "partly that of a CPU which sleeps less.</p>\n" +
         table.html() + "</details>\n";
}

std::string windows_table_html(const RunResult& result) {
  HtmlTable table(
      "windows-table", "Every window",
      {{"Workload"}, {"Block", true}, {"Tool"}, {"Minute", true, "Since the first window"}, {"Values"}},
      "plain");
  int64_t origin = 0;
  for (const ResultWindow& w : result.windows)
    if (w.start_realtime_ns > 0 && (origin == 0 || w.start_realtime_ns < origin))
      origin = w.start_realtime_ns;
  std::map<std::pair<std::string, std::string>, std::string> units;
  for (const ResultComparison& row : result.comparisons) units[{row.workload, row.metric}] = row.unit;
  for (const ResultWindow& w : result.windows) {
    std::string values;
    for (const auto& [metric, value] : w.metrics) {
      const auto unit = units.find({w.workload, metric});
      values += (values.empty() ? "" : ", ") + metric_label(metric, w.workload) + " " +
                value_text(value, unit == units.end() ? "" : unit->second);
    }
    if (w.purpose != "timed") values = w.purpose + ": " + values;
    if (!w.valid) values = "invalid: " + (w.reason.empty() ? std::string("no reason is known") : w.reason);
    const std::optional<double> minute =
        w.start_realtime_ns > 0
            ? std::optional<double>(static_cast<double>(w.start_realtime_ns - origin) / 60e9)
            : std::nullopt;
    const std::string who = subject_name(result, w.subject) + (w.subject.empty() ? " (" + w.arm + ")" : "");
    table.add({text_cell(w.workload), text_cell(std::to_string(w.block)), text_cell(who),
               text_cell(minute ? fmt::format("{:.2f}", *minute) : "?"), text_cell(values)});
  }
  if (table.empty()) return "";
  return "<details class=\"more\"><summary>Every window as a table</summary>\n" + table.html() +
         "</details>\n";
}

std::string warnings_html(const RunResult& result) {
  std::string out;
  for (const ResultWarning& warning : result.warnings)
    out += fmt::format("<div data-code=\"{}\"><dt>{}</dt><dd>{}</dd></div>", esc(warning.code),
                       esc(warning.text), esc(warning.advice));
  if (!out.empty()) out = "<dl class=\"advice\">" + out + "</dl>\n";
  std::set<int> excluded;
  for (const ResultComparison& row : result.comparisons)
    excluded.insert(row.excluded.begin(), row.excluded.end());
  if (!result.drops.empty()) {
    out += "<h3>Blocks dropped and measured again</h3>\n<ul>";
    for (const auto& [arm, count] : result.drops)
      out += fmt::format(
          "<li>because of {}: {}</li>",
          arm == "A1" || arm == "A2" ? "the baseline (" + esc(arm) + ")" : esc(subject_name(result, arm)),
          count);
    out += "</ul>\n";
  }
  if (!excluded.empty()) {
    std::string list;
    for (const int block : excluded) list += (list.empty() ? "" : ", ") + std::to_string(block);
    out += "<p class=\"small\">Blocks left out of at least one estimate: " + list + ".</p>\n";
  }
  if (out.empty()) out = "<p>None.</p>\n";
  return out;
}

std::string machine_html(const RunResult& result) {
  const auto server = host_rows(result.server_facts);
  const auto client = host_rows(result.client_facts);
  const bool same = result.server_facts == result.client_facts || client.empty();
  std::string out;
  if (!server.empty()) out += (same ? "" : std::string("<h3>Server</h3>\n")) + facts_list(server);
  if (!same) out += "<h3>Client</h3>\n" + facts_list(client);
  HtmlTable placement("placement", "Which CPUs each end ran on", {{"Workload"}, {"Placement"}});
  if (result.placement.is_object() && !result.placement.empty())
    for (const std::string& workload : workloads_of(result))
      placement.add({text_cell(workload), text_cell(placement_text(result, workload))});
  if (!placement.empty()) out += placement.html();
  return out;
}

std::string method_html(const RunResult& result) {
  std::string out = "<ul>";
  for (const std::string& sentence : method_sentences(result)) out += "<li>" + esc(sentence) + "</li>";
  return out + "</ul>\n<h3>Measure it again</h3>\n<pre class=\"command\" id=\"reproduce\">" +
         html_escape(safe_lines(reproduce_command(result))) + "</pre>\n";
}

}  // namespace bpftax
