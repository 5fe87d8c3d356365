#include "bench/table.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "bench/guide/row_text.h"
#include "bench/text_layout.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax::bench {
namespace {

constexpr size_t kMostDoubts = 8;  // about single rows
constexpr double kLongNs = 1e5;    // times from here on have a unit of their own

bool is_long(double ns) {
  return std::fabs(ns) >= kLongNs;
}

template <class T>
void add_once(std::vector<T>& items, const T& item) {
  if (std::find(items.begin(), items.end(), item) == items.end()) items.push_back(item);
}

// Rows that share a table.
struct Group {
  std::string benchmark, condition, side;
  std::vector<const Row*> rows;
};

std::vector<Group> groups_of(const Document& document, bool floors) {
  std::vector<Group> groups;
  for (const Row& row : document.rows) {
    if (row.is_floor != floors || row.op.empty()) continue;
    const auto same = std::find_if(groups.begin(), groups.end(), [&](const Group& group) {
      return group.benchmark == row.benchmark && group.condition == row.condition && group.side == row.side;
    });
    if (same != groups.end()) {
      same->rows.push_back(&row);
    } else {
      groups.push_back({row.benchmark, row.condition, row.side, {&row}});
    }
  }
  return groups;
}

// Which parameters stand beside a line, and which are said once, above the table.
struct ParamPlaces {
  std::set<std::string> beside;
  std::string above;  // "entries=1024, batch=512/1024"
};

// Beside a line stands what tells its cells from those of another line: parameters in which two rows of the
// same subject and operation differ, and those that every row of a subject has, but not with the value of
// another subject's. The others have one value, or belong to an operation (the size of its batches).
ParamPlaces places_of(const std::vector<const Row*>& rows) {
  std::map<std::string, std::set<std::string>> values;  // of a parameter
  std::map<std::string, std::map<std::string, std::set<std::string>>> in_cell, in_subject;
  for (const Row* row : rows) {
    for (const auto& [name, value] : row->params.items()) {
      const std::string text = param_text(value);
      values[name].insert(text);
      in_subject[name][row->subject].insert(text);
      in_cell[name][row->subject + '\n' + row->op].insert(text);
    }
  }
  const auto several = [](const std::map<std::string, std::set<std::string>>& groups) {
    return std::any_of(groups.begin(), groups.end(),
                       [](const auto& group) { return group.second.size() > 1; });
  };
  ParamPlaces places;
  for (const auto& [name, texts] : values) {
    if (texts.size() > 1 && (several(in_cell[name]) || !several(in_subject[name]))) {
      places.beside.insert(name);
    } else {
      places.above +=
          (places.above.empty() ? "" : ", ") + name + "=" + join({texts.begin(), texts.end()}, "/");
    }
  }
  return places;
}

std::string line_label(const Row& row, const ParamPlaces& places) {
  Json own = Json::object();
  for (const auto& [name, value] : row.params.items())
    if (places.beside.contains(name)) own[name] = value;
  const std::string params = params_text(own);
  return params.empty() ? row.subject : row.subject + " " + params;
}

Cell cell_of(const Row& row) {
  if (row.status == Status::kUnavailable) return {"n/a", Tone::kFaint};
  if (row.status == Status::kInvalid) return {"INVALID", Tone::kBad};
  if (!row.ns) return {"", Tone::kPlain};
  return {ns_cell(*row.ns) + (row.warnings.empty() ? "" : " !"), Tone::kPlain};
}

std::string group_title(const Group& group) {
  std::string title = family_title(group.benchmark);
  if (!group.side.empty()) title += " " + std::string(side_text(group.side));
  return title + ", " + group.condition;
}

class Tables {
 public:
  Tables(const Document& document, const TableOptions& options)
      : document_(document), layout_(options.width, options.color) {}

  std::string render() {
    for (const Group& group : groups_of(document_, false)) {
      times(group);
      metrics(group);
    }
    floors();
    conditions();
    not_measured(Status::kInvalid, "Invalid: what ran did not do its work; no number stands for it");
    not_measured(Status::kUnavailable, "Unavailable");
    doubts();
    legend();
    return layout_.take();
  }

 private:
  void times(const Group& group) {
    std::vector<std::string> labels, operations;
    const ParamPlaces places = places_of(group.rows);
    std::map<std::pair<std::string, std::string>, Cell> cells;
    for (const Row* row : group.rows) {
      const std::string label = line_label(*row, places);
      const Cell cell = cell_of(*row);
      if (cell.text.empty()) continue;
      add_once(labels, label);
      add_once(operations, row->op);
      cells[{label, row->op}] = cell;
    }
    if (labels.empty()) return;
    layout_.blank();
    const bool units = std::any_of(group.rows.begin(), group.rows.end(),
                                   [](const Row* row) { return row->ns && is_long(row->ns->mean); });
    layout_.heading(group_title(group) + ": ns for one operation" +
                    (units ? " where no other unit stands" : ""));
    if (!places.above.empty()) layout_.paragraph(places.above);
    std::vector<std::string> header = {std::string(subject_field(group.benchmark))};
    header.insert(header.end(), operations.begin(), operations.end());
    std::vector<std::vector<Cell>> rows;
    for (const std::string& label : labels) {
      std::vector<Cell> line = {{label, Tone::kPlain}};
      for (const std::string& operation : operations) {
        const auto found = cells.find({label, operation});
        line.push_back(found == cells.end() ? Cell{} : found->second);
      }
      rows.push_back(std::move(line));
    }
    layout_.table(header, rows);
  }

  static std::string metric_cell(const Metric& metric) {
    std::string text = amount_text(metric.value.mean, metric.unit);
    if (metric.value.low && metric.value.high && metric.value.mean != 0) {
      const double half = (*metric.value.high - *metric.value.low) / 2;
      const double percent = 100 * std::fabs(half / metric.value.mean);
      if (percent > 0) text += fmt::format(" +-{} %", format_significant(percent, 2));
    }
    return text;
  }

  void metrics(const Group& group) {
    std::vector<std::string> names;
    for (const Row* row : group.rows)
      for (const Metric& metric : row->metrics) add_once(names, metric.name);
    if (names.empty()) return;
    const ParamPlaces places = places_of(group.rows);
    std::vector<std::string> header = {std::string(subject_field(group.benchmark))};
    header.insert(header.end(), names.begin(), names.end());
    std::vector<std::vector<Cell>> rows;
    for (const MetricLine& line : metric_lines(group, places)) {
      std::vector<Cell> cells = {{line.label}};
      for (const std::string& name : names) {
        const auto found = line.texts.find(name);
        cells.push_back({found == line.texts.end() ? "" : found->second});
      }
      rows.push_back(std::move(cells));
    }
    layout_.blank();
    layout_.heading(group_title(group) + ": beside the time");
    layout_.table(header, rows);
  }

  struct MetricLine {
    std::string subject, label;
    std::map<std::string, std::string> texts;  // by metric
  };

  // A line for each row; one for a subject where all its rows say the same (the memory of a map).
  static std::vector<MetricLine> metric_lines(const Group& group, const ParamPlaces& places) {
    std::vector<MetricLine> lines;
    std::map<std::string, bool> same;
    for (const Row* row : group.rows) {
      if (row->metrics.empty()) continue;
      MetricLine line;
      line.subject = line_label(*row, places);
      line.label = line.subject + " " + row->op;
      for (const Metric& metric : row->metrics) line.texts[metric.name] = metric_cell(metric);
      const auto first = std::find_if(lines.begin(), lines.end(),
                                      [&](const MetricLine& other) { return other.subject == line.subject; });
      const bool fits = first == lines.end() || first->texts == line.texts;
      same[line.subject] = fits && (first == lines.end() || same[line.subject]);
      lines.push_back(std::move(line));
    }
    std::vector<MetricLine> out;
    std::set<std::string> merged;
    for (MetricLine& line : lines) {
      if (same[line.subject]) {
        if (!merged.insert(line.subject).second) continue;
        line.label = line.subject;
      }
      out.push_back(std::move(line));
    }
    return out;
  }

  void floors() {
    std::vector<std::vector<Cell>> rows;
    for (const Group& group : groups_of(document_, true)) {
      std::vector<std::string> names;
      for (const Row* row : group.rows) add_once(names, row->op);
      for (const std::string& name : names) rows.push_back(floor_line(group, name));
    }
    if (rows.empty()) return;
    layout_.blank();
    layout_.heading("Floors: measured beside the operations in every process, and subtracted above");
    layout_.table({"floor", "where", "lowest", "highest", "subjects"}, rows, 2);
  }

  static std::vector<Cell> floor_line(const Group& group, const std::string& name) {
    const Row *lowest = nullptr, *highest = nullptr;
    size_t count = 0;
    for (const Row* row : group.rows) {
      if (row->op != name || !row->ns) continue;
      ++count;
      if (lowest == nullptr || row->ns->mean < lowest->ns->mean) lowest = row;
      if (highest == nullptr || row->ns->mean > highest->ns->mean) highest = row;
    }
    const std::string side(side_text(group.side));
    const std::string where = group.benchmark + (side.empty() ? "" : " " + side) + ", " + group.condition;
    if (lowest == nullptr) return {{name}, {where}, {"not measured", Tone::kBad}, {""}, {"0"}};
    return {{name}, {where}, {ns_cell(*lowest->ns)}, {ns_cell(*highest->ns)}, {std::to_string(count)}};
  }

  void conditions() {
    bool first = true;
    for (const Json& condition : document_.conditions) {
      if (!condition.is_object()) continue;
      const std::string name = condition.value("name", Json("?")).is_string()
                                   ? condition.value("name", Json("?")).get<std::string>()
                                   : "?";
      std::vector<std::string> parts;
      if (const auto reached = condition.find("reached"); reached != condition.end() && reached->is_object())
        for (const auto& [what, spread] : reached->items())
          if (const std::string text = reached_text(spread); !text.empty() && worth_saying(name, what))
            parts.push_back(what + " " + text);
      if (parts.empty()) continue;
      if (first) {
        layout_.blank();
        layout_.heading("Conditions, by samples taken meanwhile: mean (lowest to highest)");
        first = false;
      }
      layout_.paragraph(name + ": " + join(parts, ", "), 2);
    }
  }

  // Of an idle machine only what says that it is idle; the rest is in the document.
  static bool worth_saying(const std::string& condition, const std::string& what) {
    return condition != "idle" || what == "cpu_percent" || what == "memory_percent";
  }

  static std::string reached_text(const Json& spread) {
    if (!spread.is_object()) return "";
    for (const char* name : {"mean", "min", "max", "samples"})
      if (!spread.contains(name) || !spread.at(name).is_number()) return "";
    return fmt::format("{} ({} to {}, {} samples)", format_significant(spread.at("mean").get<double>()),
                       format_significant(spread.at("min").get<double>()),
                       format_significant(spread.at("max").get<double>()), spread.at("samples").dump());
  }

  void not_measured(Status status, const std::string& title) {
    // subject and reason -> operations; a reason that holds in several conditions is said once.
    std::vector<std::pair<std::string, std::string>> order;
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> operations;
    std::map<std::pair<std::string, std::string>, std::vector<std::string>> where;
    for (const Row& row : document_.rows) {
      if (row.status != status) continue;
      const std::pair key(row.subject, row.reason);
      add_once(order, key);
      std::string name = row.op;
      if (!name.empty() && !row.side.empty()) name += " (" + row.side + ")";
      if (!name.empty()) add_once(operations[key], name);
      add_once(where[key], row.condition);
    }
    if (order.empty()) return;
    layout_.blank();
    layout_.heading(title);
    for (const auto& key : order) {
      std::string text = key.first;
      if (const auto& names = operations[key]; !names.empty()) text += " " + join(names, ", ");
      if (document_.conditions.size() > where[key].size()) text += ", " + join(where[key], ", ");
      text += ": " + (key.second.empty() ? "no reason given" : key.second);
      status == Status::kInvalid ? layout_.bad_paragraph(text, 2) : layout_.paragraph(text, 2);
    }
  }

  void doubts() {
    std::vector<std::string> texts = document_.warnings;
    const size_t whole = texts.size();
    for (const Row& row : document_.rows) {
      const std::string params = params_text(row.params);
      for (const std::string& warning : row.warnings)
        texts.push_back(row_name(row) + (params.empty() ? "" : " [" + params + "]") + ", " + row.condition +
                        ": " + warning);
    }
    if (texts.empty()) return;
    layout_.blank();
    layout_.heading("Warnings");
    const size_t shown = std::min(texts.size(), whole + kMostDoubts);
    for (size_t i = 0; i < shown; ++i) layout_.paragraph("- " + texts[i], 2);
    if (shown < texts.size())
      layout_.paragraph(
          fmt::format("- and {} rows more, marked with ! above; their warnings are in the document",
                      texts.size() - shown));
  }

  void legend() {
    const auto measured = [](const Row& row) { return row.status == Status::kMeasured && row.ns; };
    if (std::none_of(document_.rows.begin(), document_.rows.end(), measured)) {
      layout_.blank();
      layout_.paragraph("Nothing was measured.");
      return;
    }
    int fewest = 0, most = 0;
    for (const Row& row : document_.rows) {
      if (!measured(row)) continue;
      fewest = fewest == 0 ? row.processes : std::min(fewest, row.processes);
      most = std::max(most, row.processes);
    }
    layout_.blank();
    const std::string processes =
        fewest == most ? fmt::format("{}", most) : fmt::format("{} to {}", fewest, most);
    layout_.paragraph(
        "Means over " + processes +
        " processes, net of the floor; +- is half the width of the 95 % interval. n/a: unavailable, "
        "! doubtful (see the warnings).");
  }

  const Document& document_;
  TextLayout layout_;
};

}  // namespace

std::string ns_cell(const Value& value) {
  const bool long_one = is_long(value.mean);
  const std::string mean = long_one ? total_text(value.mean) : format_significant(value.mean);
  if (!value.low || !value.high) return mean + " +-?";
  const double half = (*value.high - *value.low) / 2;
  if (!(half < std::fabs(value.mean)))
    return mean + " +-" + (long_one ? total_text(half) : format_significant(half, 2) + " ns");
  return fmt::format("{} +-{} %", mean, format_significant(100 * half / std::fabs(value.mean), 2));
}

std::string document_tables(const Document& document, const TableOptions& options) {
  return Tables(document, options).render();
}

}  // namespace bpftax::bench
