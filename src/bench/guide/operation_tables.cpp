#include "bench/guide/operation_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "bench/guide/row_text.h"
#include "bench/guide/selection.h"
#include "bench/text_layout.h"
#include "report/text.h"
#include "util/units.h"

namespace bpftax::bench {
namespace {

// The parameter of a row that says how many operations one sample was (`bench maps --ops`).
constexpr char kOperations[] = "ops";

// N where the rows do not say it: what the printed total is then reckoned for.
constexpr double kReckonedFor = 1000;

std::optional<double> operations_of(const Row& row) {
  const auto at = row.params.find(kOperations);
  if (at == row.params.end() || !at->is_number()) return std::nullopt;
  return at->get<double>();
}

Value total_of(const Value& ns, double operations) {
  Value out{ns.mean * operations, std::nullopt, std::nullopt};
  if (ns.low) out.low = *ns.low * operations;
  if (ns.high) out.high = *ns.high * operations;
  return out;
}

// What everybody asks for first, then the others as they come.
std::vector<std::string> ordered_ops(const std::vector<std::string>& ops) {
  std::vector<std::string> out;
  for (const char* first : {"lookup", "insert", "update", "delete"})
    if (std::find(ops.begin(), ops.end(), first) != ops.end()) out.emplace_back(first);
  for (const std::string& op : ops)
    if (std::find(out.begin(), out.end(), op) == out.end()) out.push_back(op);
  return out;
}

// Rows that may stand in one table: same condition, side and N, all else at the reference.
OperationTable table_of(const Selection& selection, const std::vector<const Row*>& rows, double operations,
                        bool counted) {
  OperationTable table;
  table.condition = rows.front()->condition;
  table.side = rows.front()->side;
  table.operations = operations;
  table.counted = counted;
  table.params = selection.reference_text({kOperations});
  const auto has = [&](auto&& wanted) { return std::any_of(rows.begin(), rows.end(), wanted); };
  for (const std::string& subject : selection.subjects())
    if (has([&](const Row* row) { return row->subject == subject; })) table.columns.push_back(subject);
  for (const std::string& op : ordered_ops(selection.ops()))
    if (has([&](const Row* row) { return row->op == op; })) table.rows.push_back(op);
  table.cells.resize(table.columns.size() * table.rows.size());
  for (const Row* row : rows) {
    const auto column = std::find(table.columns.begin(), table.columns.end(), row->subject);
    const auto line = std::find(table.rows.begin(), table.rows.end(), row->op);
    OperationCell& cell = table.cells[static_cast<size_t>(line - table.rows.begin()) * table.columns.size() +
                                      static_cast<size_t>(column - table.columns.begin())];
    if (cell.row != nullptr && cell.row->status == Status::kMeasured) continue;
    cell.row = row;
    if (row->status == Status::kMeasured && row->ns) cell.total = total_of(*row->ns, operations);
  }
  return table;
}

std::string cell_text(const OperationCell& cell) {
  if (cell.row == nullptr) return "";
  if (!cell.total) return std::string(to_string(cell.row->status));
  return total_text(*cell.total);
}

Cell text_cell_of(const OperationCell& cell) {
  if (cell.row == nullptr) return {};
  if (!cell.total) {
    const bool invalid = cell.row->status == Status::kInvalid;
    return {invalid ? "INVALID" : "n/a", invalid ? Tone::kBad : Tone::kFaint};
  }
  const Value& total = *cell.total;
  std::string text = total_text(total.mean);
  if (total.low && total.high && total.mean > 0)
    text += " +-" + format_significant(50 * (*total.high - *total.low) / total.mean, 2) + " %";
  return {text + (cell.row->warnings.empty() ? "" : " !")};
}

std::string reached_line(const Document& document, const std::string& condition) {
  if (!document.conditions.is_array()) return "";
  for (const Json& entry : document.conditions) {
    if (!entry.is_object() || entry.value("name", Json()) != condition) continue;
    const auto reached = entry.find("reached");
    if (reached == entry.end() || !reached->is_object()) continue;
    std::string out;
    for (const char* name : {"cpu_percent", "load_cpu_percent", "memory_percent"}) {
      const Json* mean = find_path(*reached, std::string(name) + ".mean");
      if (mean == nullptr || !mean->is_number()) continue;
      out += (out.empty() ? "" : ", ") + std::string(name) + " " + format_significant(mean->get<double>());
    }
    return out;
  }
  return "";
}

}  // namespace

std::vector<OperationTable> operation_tables(const Document& document) {
  const Selection selection(document, "maps");
  std::vector<OperationTable> out;
  for (const std::string& condition : selection.conditions()) {
    for (const std::string& side : selection.sides()) {
      if (side == "repeat") continue;  // the kernel's own loop: a check of the numbers, not a side
      std::map<double, std::vector<const Row*>> by_count;
      std::vector<const Row*> uncounted;
      for (const Row* row : selection.rows()) {
        if (row->condition != condition || row->side != side || !selection.at_reference(*row, {kOperations}))
          continue;
        if (const auto operations = operations_of(*row))
          by_count[*operations].push_back(row);
        else
          uncounted.push_back(row);
      }
      const auto measured = [](const Row* row) { return row->status == Status::kMeasured; };
      for (auto& [operations, rows] : by_count) {
        if (std::none_of(rows.begin(), rows.end(), measured)) continue;
        // What has no count of its own (a type without the operation) is missing from every table alike.
        for (const Row* row : uncounted)
          if (!measured(row)) rows.push_back(row);
        out.push_back(table_of(selection, rows, operations, true));
      }
      if (by_count.empty() && std::any_of(uncounted.begin(), uncounted.end(), measured))
        out.push_back(table_of(selection, uncounted, kReckonedFor, false));
    }
  }
  return out;
}

std::string operation_tables_markdown(const Document& document) {
  std::string out;
  for (const OperationTable& table : operation_tables(document)) {
    const std::string side(side_text(table.side));
    out += fmt::format("### {:.0f} operations{}{}\n\n", table.operations, side.empty() ? "" : " " + side,
                       ", condition " + md_escape(table.condition));
    const std::string reached = reached_line(document, table.condition);
    if (!reached.empty()) out += "Reached: " + md_escape(reached) + ". ";
    out += table.counted ? "Total time of that many operations"
                         : "Time of that many operations, from the time of one";
    out += ", with its 95 % interval";
    if (!table.params.empty()) out += "; " + md_escape(table.params);
    out += ".\n\n| Operation |";
    std::string rule = "|---|";
    for (const std::string& column : table.columns) {
      out += " " + md_escape(column) + " |";
      rule += "---:|";
    }
    out += "\n" + rule + "\n";
    for (size_t row = 0; row < table.rows.size(); ++row) {
      out += "| " + md_escape(table.rows[row]) + " |";
      for (size_t column = 0; column < table.columns.size(); ++column)
        out += " " + cell_text(table.at(row, column)) + " |";
      out += "\n";
    }
    out += "\n";
  }
  return out;
}

std::string operation_tables_text(const Document& document, int width, bool color) {
  TextLayout layout(width, color);
  for (const OperationTable& table : operation_tables(document)) {
    if (!table.counted) continue;
    layout.blank();
    const std::string side(side_text(table.side));
    layout.heading(fmt::format("Maps{}, {}: total time of {:.0f} operations", side.empty() ? "" : " " + side,
                               table.condition, table.operations));
    const std::string reached = reached_line(document, table.condition);
    if (!reached.empty()) layout.paragraph("reached: " + reached);
    std::vector<std::string> header = {"operation"};
    header.insert(header.end(), table.columns.begin(), table.columns.end());
    std::vector<std::vector<Cell>> rows;
    for (size_t row = 0; row < table.rows.size(); ++row) {
      std::vector<Cell> cells = {{table.rows[row]}};
      for (size_t column = 0; column < table.columns.size(); ++column)
        cells.push_back(text_cell_of(table.at(row, column)));
      rows.push_back(std::move(cells));
    }
    layout.table(header, rows);
  }
  return layout.take();
}

}  // namespace bpftax::bench
