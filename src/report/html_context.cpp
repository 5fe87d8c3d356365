// The sections of report.html about circumstances: conditions, invalid windows, warnings, machine, method.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "report/html_page.h"
#include "report/text.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

// Those that explain most; all the others would be too wide for a table.
constexpr std::array kShownConditions = {
    "idle_percent",  "softirq_percent",        "steal_percent",          "context_switches_per_s",
    "frequency_mhz", "idle_residency_percent", "run_queue_wait_percent", "subject_cpu_percent"};

std::string facts_list(const std::vector<std::pair<std::string, std::string>>& rows) {
  std::string out = "<dl class=\"host\">";
  for (const auto& [label, text] : rows)
    out += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>", esc(label), esc(text));
  return out + "</dl>\n";
}

std::string condition_text(std::string_view name, double value) {
  if (name.ends_with("_percent")) return percent_text(value);
  if (name.ends_with("_kb")) return bytes_text(value * 1024);
  return format_count(value);
}

std::string hosts_html(const Page& page, const nlohmann::json& server, const nlohmann::json& client,
                       const nlohmann::json& tool) {
  struct End {
    WordKey title;
    const nlohmann::json* facts;
  };
  std::string out;
  const bool same = server == client || !client.is_object() || client.empty();
  std::vector<End> ends = {{same ? WordKey("machine.both") : WordKey("machine.server"), &server}};
  if (!same) ends.push_back({"machine.client", &client});
  if (tool.is_object() && !tool.empty() && tool != server && tool != client)
    ends.push_back({"machine.tool", &tool});
  for (const End& end : ends) {
    const auto rows = host_rows(*end.facts, page.lang);
    if (!rows.empty()) out += "<h4>" + page.html(end.title) + "</h4>\n" + facts_list(rows);
  }
  return out;
}

std::string placement_html(const Page& page, const nlohmann::json& placement, const std::string& id) {
  if (!placement.is_object() || placement.empty()) return "";
  HtmlTable table(id, std::string(page.text("machine.placement")),
                  {page.column("column.workload"), page.column("column.placement")});
  for (const std::string& workload : workloads_of(page.result))
    if (placement.contains(workload))
      table.add({page.workload_cell(workload), text_cell(placement_text(placement, workload, page.lang))});
  return table.empty() ? "" : table.html();
}

std::string parts_html(const Page& page, const ResultEnvironment& environment) {
  if (environment.parts.empty()) return "";
  std::string out = "<ul>";
  for (const ResultPart& part : environment.parts) {
    const auto status = find_word(page.lang, "status." + part.status);
    out +=
        "<li>" + esc(say(page.lang, "machine.part_line", part.id, status ? std::string(*status) : part.status,
                         say_count(page.lang, static_cast<size_t>(std::max(0, part.blocks_done)),
                                   "count.block.one", "count.block")));
    if (!part.reason.empty()) out += ": " + engine_html(page.lang, part.reason);
    out += "</li>";
  }
  return out + "</ul>\n";
}

}  // namespace

std::string conditions_html(const Page& page) {
  const std::vector<ConditionRow> rows = condition_rows(page.result);
  std::vector<std::string> shown;
  for (const char* name : kShownConditions)
    if (std::any_of(rows.begin(), rows.end(),
                    [&](const ConditionRow& row) { return row.mean.count(name) > 0; }))
      shown.emplace_back(name);
  if (shown.empty()) return "";
  std::vector<HtmlColumn> columns = {page.column("column.workload"), page.column("column.arm"),
                                     page.column("column.windows", true)};
  for (const std::string& name : shown) columns.push_back({condition_label(name, page.lang), true, name});
  HtmlTable table("conditions", std::string(page.text("conditions.caption")), columns);
  for (const ConditionRow& row : rows) {
    std::vector<HtmlCell> cells = {page.workload_cell(row.workload), page.name_cell(row.subject),
                                   number_cell(std::to_string(row.windows), row.windows)};
    for (const std::string& name : shown) {
      const auto mean = row.mean.find(name);
      cells.push_back(mean == row.mean.end() ? text_cell("?")
                                             : number_cell(condition_text(name, mean->second), mean->second));
    }
    table.add(cells, row.subject.empty() ? "" : fmt::format("data-subject=\"{}\"", esc(row.subject)));
  }
  return details_html(page.text("conditions.summary"), page.paragraph("conditions.intro") + table.html(),
                      table.rows() > 100);
}

std::string invalid_windows_html(const Page& page) {
  const auto invalid = invalid_windows(page.result);
  if (invalid.empty()) return "";
  std::string out;
  for (const ResultWindow* window : invalid)
    out += fmt::format(
        "<li>{}{}{}</li>", esc(window_name(page.result, *window, page.lang)), page.text("text.separator"),
        window->reason.empty() ? page.html("tool.no_reason") : engine_html(page.lang, window->reason));
  out = "<ul>" + out + "</ul>\n";
  if (invalid.size() > 20) return details_html(page.text("time.invalid"), out, true);
  return "<h3>" + page.html("time.invalid") + "</h3>\n" + out;
}

std::string warnings_html(const Page& page) {
  const RunResult& result = page.result;
  std::string out;
  for (const ResultWarning& warning : result.warnings) out += warning_html(page, warning);
  if (!out.empty()) out = "<dl class=\"advice\">" + out + "</dl>\n";
  if (!result.drops.empty()) {
    out += "<h3>" + page.html("warnings.dropped") + "</h3>\n<ul>";
    for (const auto& [arm, count] : result.drops)
      out += "<li>" + esc(say(page.lang, "warnings.dropped_one", dropped_by(result, arm, page.lang), count)) +
             "</li>";
    out += "</ul>\n";
  }
  for (const ResultGroup& group : page.groups) {
    std::set<int> excluded;
    for (const ResultComparison* row : group.rows)
      excluded.insert(row->excluded.begin(), row->excluded.end());
    if (excluded.empty()) continue;
    std::vector<std::string> blocks;
    for (const int block : excluded) blocks.push_back(std::to_string(block));
    const std::string where = page.groups.size() > 1
                                  ? group_label(group, page.lang) + std::string(page.text("text.separator"))
                                  : "";
    out += "<p class=\"small\">" + esc(where + say(page.lang, "warnings.excluded", join(blocks, ", "))) +
           "</p>\n";
  }
  return out.empty() ? page.paragraph("warnings.none") : out;
}

std::string machine_html(const Page& page) {
  const RunResult& result = page.result;
  if (result.environments.size() < 2) {
    const nlohmann::json none;
    return hosts_html(page, result.server_facts, result.client_facts,
                      result.environments.empty() ? none : result.environments.front().tool_facts) +
           (result.environments.empty() ? "" : parts_html(page, result.environments.front())) +
           placement_html(page, result.placement, "placement");
  }
  std::string out;
  for (size_t i = 0; i < result.environments.size(); ++i) {
    const ResultEnvironment& environment = result.environments[i];
    out += "<h3>" + esc(say(page.lang, "group.title", environment.name)) + "</h3>\n" +
           parts_html(page, environment) +
           hosts_html(page, environment.server_facts, environment.client_facts, environment.tool_facts) +
           placement_html(page, environment.placement, fmt::format("placement-{}", i + 1));
  }
  return out;
}

std::string method_html(const Page& page) {
  std::string out = "<ul>";
  for (const std::string& sentence : method_sentences(page.result, page.lang))
    out += "<li>" + esc(sentence) + "</li>";
  return out + "</ul>\n<h3>" +
         (page.result.source == kSourceTree ? page.html("method.again_analyse")
                                            : page.html("method.again_measure")) +
         "</h3>\n<pre class=\"command\" id=\"reproduce\">" +
         html_escape(safe_lines(reproduce_command(page.result))) + "</pre>\n";
}

}  // namespace bpftax
