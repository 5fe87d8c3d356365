// Tables and lists of bench.html.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "bench/guide/operation_tables.h"
#include "bench/guide/page_parts.h"
#include "bench/guide/row_text.h"
#include "bench/guide/selection.h"
#include "report/html_parts.h"
#include "report/text.h"
#include "stats/descriptive.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax::bench {
namespace {

// Longer tables stay closed on paper, and on the screen at first.
constexpr size_t kLongTable = 200, kOpenTable = 40;

HtmlCell time_cell(const std::optional<double>& ns, const Scale& scale) {
  return ns ? number_cell(format_significant(*ns / scale.divisor), *ns / scale.divisor) : text_cell("");
}
HtmlCell time_cell(const std::optional<Value>& ns, const Scale& scale) {
  return time_cell(ns ? std::optional(ns->mean) : std::nullopt, scale);
}
HtmlCell interval_cell(const std::optional<Value>& ns, const Scale& scale) {
  if (!ns || !ns->low || !ns->high) return text_cell("");
  return number_cell(interval_text({ns->mean, *ns->low / scale.divisor, *ns->high / scale.divisor}),
                     *ns->high / scale.divisor);
}

// One unit for a whole column: that of the row in the middle.
Scale scale_of(const std::vector<const Row*>& rows) {
  std::vector<double> times;
  for (const Row* row : rows)
    if (row->ns) times.push_back(row->ns->mean);
  return scale_for(median(times).value_or(0), "ns");
}

std::string spaced(std::string name) {
  std::replace(name.begin(), name.end(), '_', ' ');
  return one_line(name);
}

// Parameters that differ among the rows have columns of their own; the others are said once.
std::vector<std::string> varying_params(const std::vector<const Row*>& rows) {
  std::vector<std::string> keys;
  for (const Row* row : rows) {
    if (!row->params.is_object()) continue;
    for (const auto& [key, value] : row->params.items())
      if (std::find(keys.begin(), keys.end(), key) == keys.end()) keys.push_back(key);
  }
  std::erase_if(keys, [&](const std::string& key) {
    return std::all_of(rows.begin(), rows.end(), [&](const Row* row) {
      return row->params.value(key, Json()) == rows.front()->params.value(key, Json());
    });
  });
  return keys;
}

std::string constant_params(const std::vector<const Row*>& rows, const std::vector<std::string>& varying) {
  Json constant = Json::object();
  if (!rows.empty() && rows.front()->params.is_object())
    for (const auto& [key, value] : rows.front()->params.items())
      if (std::find(varying.begin(), varying.end(), key) == varying.end()) constant[key] = value;
  return params_text(constant);
}

std::string metrics_text(const Row& row) {
  std::string out;
  for (const Metric& metric : row.metrics)
    out += (out.empty() ? "" : "; ") + metric.name + " " + value_text(metric.value, metric.unit);
  return out;
}

struct RowsTable {
  std::string id, caption;
  bool values = true;  // columns of numbers; else status and reason
};

std::string rows_table(const std::vector<const Row*>& rows, const RowsTable& options) {
  if (rows.empty()) return "";
  const std::vector<std::string> params = varying_params(rows);
  const auto differs = [&](auto&& get) {
    return std::any_of(rows.begin(), rows.end(),
                       [&](const Row* row) { return get(*row) != get(*rows.front()); });
  };
  const bool conditions = differs([](const Row& row) { return row.condition; });
  const bool sides = differs([](const Row& row) { return row.side; });
  const bool floors = std::any_of(rows.begin(), rows.end(), [](const Row* row) { return row->floor_ns; });
  const bool metrics =
      std::any_of(rows.begin(), rows.end(), [](const Row* row) { return !row->metrics.empty(); });
  const bool doubts =
      std::any_of(rows.begin(), rows.end(), [](const Row* row) { return !row->warnings.empty(); });
  const Scale scale = scale_of(rows);
  std::vector<HtmlColumn> columns = {{spaced(std::string(subject_field(rows.front()->benchmark)))}, {"op"}};
  if (sides) columns.push_back({"side"});
  for (const std::string& key : params)
    columns.push_back({spaced(key), std::all_of(rows.begin(), rows.end(), [&](const Row* row) {
                         const auto at = row->params.find(key);
                         return at == row->params.end() || at->is_number();
                       })});
  if (conditions) columns.push_back({"condition"});
  if (options.values) {
    columns.insert(columns.end(), {{scale.unit, true, "mean of one operation, less the floor"},
                                   {"95 % interval", true, "Student's t over processes"}});
    if (floors) columns.push_back({"floor", true, "what was subtracted"});
    columns.insert(columns.end(), {{"p50", true, "median of single samples, not filtered"},
                                   {"p99", true},
                                   {"samples", true},
                                   {"processes", true}});
    if (metrics) columns.push_back({"measured beside it"});
    if (doubts) columns.push_back({"doubts"});
  } else {
    columns.insert(columns.end(), {{"status"}, {"reason"}});
  }
  std::string caption = options.caption;
  const std::string constant = constant_params(rows, params);
  if (!constant.empty()) caption += " (" + one_line(constant) + ")";
  HtmlTable table(options.id, caption, columns);
  for (const Row* row : rows) {
    std::vector<HtmlCell> cells = {text_cell(row->subject), text_cell(row->op)};
    if (sides) cells.push_back(text_cell(row->side));
    for (const std::string& key : params) {
      const auto at = row->params.find(key);
      cells.push_back(text_cell(at == row->params.end() ? "" : param_text(*at)));
    }
    if (conditions) cells.push_back(text_cell(row->condition));
    if (options.values) {
      cells.push_back(time_cell(row->ns, scale));
      cells.push_back(interval_cell(row->ns, scale));
      if (floors) cells.push_back(time_cell(row->floor_ns, scale));
      cells.push_back(time_cell(row->p50, scale));
      cells.push_back(time_cell(row->p99, scale));
      cells.push_back(number_cell(std::to_string(row->samples), row->samples));
      cells.push_back(number_cell(std::to_string(row->processes), row->processes));
      if (metrics) cells.push_back(text_cell(metrics_text(*row)));
      if (doubts) cells.push_back(text_cell(join(row->warnings, "; ")));
    } else {
      cells.push_back(text_cell(to_string(row->status)));
      cells.push_back(text_cell(row->reason));
    }
    table.add(cells);
  }
  return table.html();
}

std::vector<const Row*> rows_where(const Document& document, auto&& wanted) {
  std::vector<const Row*> out;
  for (const Row& row : document.rows)
    if (wanted(row)) out.push_back(&row);
  return out;
}

// "14.5 us ±2.0 %": half the width of the interval.
std::string total_with_width(const Value& total) {
  if (!total.low || !total.high || !(total.mean > 0)) return total_text(total.mean);
  const double percent = 50 * (*total.high - *total.low) / total.mean;
  return total_text(total.mean) + " \u00b1" + format_significant(percent, 2) + " %";
}

std::string operation_tables_html(const Document& document) {
  std::string out;
  int n = 0;
  for (const OperationTable& table : operation_tables(document)) {
    std::string caption = fmt::format("Time of {:.0f} operations", table.operations);
    if (!table.side.empty()) caption += " " + std::string(side_text(table.side));
    caption += ", " + one_line(table.condition);
    if (!table.params.empty()) caption += " (" + one_line(table.params) + ")";
    std::vector<HtmlColumn> columns = {{"operation"}};
    for (const std::string& column : table.columns) columns.push_back({one_line(column), true});
    HtmlTable html(fmt::format("operations-{}", ++n), caption, columns);
    for (size_t row = 0; row < table.rows.size(); ++row) {
      std::vector<HtmlCell> cells = {text_cell(table.rows[row])};
      for (size_t column = 0; column < table.columns.size(); ++column) {
        const OperationCell& cell = table.at(row, column);
        if (cell.total)
          cells.push_back(number_cell(total_with_width(*cell.total), cell.total->mean));
        else
          cells.push_back(text_cell(cell.row == nullptr ? "" : to_string(cell.row->status)));
      }
      html.add(cells);
    }
    out += html.html();
  }
  if (out.empty()) return "";
  return "<h3>Total time by operation and map type</h3>\n<p class=\"small\">\u00b1 is half the width of the "
         "95 % "
         "interval.</p>\n" +
         out;
}

}  // namespace

std::string family_html(const Document& document, const BenchCharts& charts, std::string_view benchmark) {
  const auto measured = [&](const Row& row) {
    return row.benchmark == benchmark && !row.is_floor && row.status == Status::kMeasured;
  };
  const auto rows = rows_where(document, measured);
  if (rows.empty()) return "";
  std::string out;
  for (const ChartBox& box : charts.boxes) {
    if (box.family != benchmark) continue;
    out += "<h3>" + html_escape(box.title) + "</h3>\n";
    if (!box.intro.empty()) out += "<p class=\"small\">" + html_escape(box.intro) + "</p>\n";
    out += fmt::format("<div class=\"figures needs-script\" data-figures=\"{}\"></div>\n", esc(box.id));
  }
  if (!out.empty())
    out = "<noscript><p>The charts need JavaScript; the tables have their numbers.</p></noscript>\n" + out;
  if (benchmark == "maps") out += operation_tables_html(document);
  out += "<h3>Every value</h3>\n";
  std::vector<std::string> sides;
  for (const Row* row : rows)
    if (std::find(sides.begin(), sides.end(), row->side) == sides.end()) sides.push_back(row->side);
  for (const std::string& side : sides) {
    const auto part = rows_where(document, [&](const Row& row) { return measured(row) && row.side == side; });
    std::string caption = family_title(benchmark);
    if (!side.empty()) caption += " " + one_line(side_text(side));
    const std::string id = fmt::format("{}-rows-{}", benchmark, &side - sides.data());
    std::string table =
        details_html(fmt::format("{}: {}", caption, counted(part.size(), "value")),
                     rows_table(part, {.id = id, .caption = caption}), part.size() > kLongTable, id + "-all");
    if (part.size() <= kOpenTable) table.insert(std::string_view("<details").size(), " open");
    out += table;
  }
  return out;
}

std::string floors_html(const Document& document) {
  const auto rows = rows_where(document, [](const Row& row) { return row.is_floor; });
  if (rows.empty()) return "";
  std::string out =
      "<p>What others are measured above: the same loop without the operation. Each was measured in the same "
      "processes as what it is subtracted from.</p>\n";
  std::vector<std::string> families;
  for (const Row* row : rows)
    if (std::find(families.begin(), families.end(), row->benchmark) == families.end())
      families.push_back(row->benchmark);
  for (size_t i = 0; i < families.size(); ++i)
    out += rows_table(
        rows_where(document, [&](const Row& row) { return row.is_floor && row.benchmark == families[i]; }),
        {.id = fmt::format("floors-{}", i + 1), .caption = "Floors: " + family_title(families[i])});
  return out;
}

std::string absent_html(const Document& document) {
  const auto absent = [](const Row& row) { return !row.is_floor && row.status != Status::kMeasured; };
  const auto rows = rows_where(document, absent);
  if (rows.empty()) return "";
  std::string out =
      "<p>What this kernel or machine does not offer, and what did not do its work, with the reason.</p>\n";
  std::vector<std::string> families;
  for (const Row* row : rows)
    if (std::find(families.begin(), families.end(), row->benchmark) == families.end())
      families.push_back(row->benchmark);
  for (size_t i = 0; i < families.size(); ++i)
    out += rows_table(
        rows_where(document, [&](const Row& row) { return absent(row) && row.benchmark == families[i]; }),
        {.id = fmt::format("absent-{}", i + 1),
         .caption = family_title(families[i]) + ", not measured",
         .values = false});
  return out;
}

std::string conditions_html(const Document& document) {
  if (!document.conditions.is_array() || document.conditions.empty()) return "";
  HtmlTable table("conditions-reached", "What was asked for, and what the machine showed meanwhile",
                  {{"condition"},
                   {"status"},
                   {"what"},
                   {"mean", true},
                   {"min", true},
                   {"max", true},
                   {"samples", true},
                   {"reason"}});
  for (const Json& condition : document.conditions) {
    if (!condition.is_object()) continue;
    const auto text = [&](const char* key) {
      const auto at = condition.find(key);
      return at == condition.end() || at->is_null() ? std::string() : param_text(*at);
    };
    const Json reached = condition.value("reached", Json());
    bool any = false;
    if (reached.is_object())
      for (const auto& [name, value] : reached.items()) {
        any = true;
        const auto number = [&spread = value](const char* key) -> HtmlCell {
          if (!spread.is_object() || !spread.contains(key) || !spread.at(key).is_number())
            return text_cell("");
          const double shown = spread.at(key).get<double>();
          return number_cell(format_significant(shown), shown);
        };
        std::string what = spaced(name);
        if (!value.is_object())
          what += ": " + param_text(value);
        else if (!value.contains("mean"))
          what += ": " + params_text(value);
        table.add({text_cell(text("name")), text_cell(text("status")), text_cell(what), number("mean"),
                   number("min"), number("max"), number("samples"), text_cell(text("reason"))});
      }
    if (!any)
      table.add({text_cell(text("name")), text_cell(text("status")), text_cell(""), text_cell(""),
                 text_cell(""), text_cell(""), text_cell(""), text_cell(text("reason"))});
  }
  return table.empty() ? "" : table.html();
}

std::string method_html(const Document& document) {
  std::string out =
      "<ul>"
      "<li>A program does the operation in a loop; the clock is read at both ends, and the number of turns "
      "is set so "
      "that one sample takes long enough.</li>"
      "<li>After each sample it is checked that the work was done: the turns that were counted, and what the "
      "map "
      "holds. A sample that fails makes its row invalid.</li>"
      "<li>The same loop without the operation is the floor. It is sampled in turn with the operation in the "
      "same "
      "process, and subtracted there.</li>"
      "<li>Whole processes are repeated in random order, all benchmarks and conditions mixed. A value is the "
      "mean over "
      "processes, its interval is Student's t with 95 % over them.</li>"
      "<li>p50 and p99 are quantiles of single samples, none left out.</li>"
      "<li>What the system call does from user space is another thing than what a program does: both are "
      "never in one "
      "table.</li>"
      "<li>A value that was not measured is left empty; it is never 0.</li></ul>\n";
  if (!document.command.empty())
    out += "<h3>To measure it again</h3>\n<pre class=\"command\" id=\"reproduce\">" +
           html_escape(safe_lines(document.command)) + "</pre>\n";
  return out;
}

}  // namespace bpftax::bench
