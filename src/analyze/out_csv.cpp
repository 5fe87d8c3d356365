#include "analyze/out_csv.h"

#include <fmt/format.h>

#include <map>

#include "stats/descriptive.h"
#include "stats/effect.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr double kAggregateAlpha = 0.05;

std::string known_text(const std::string& text) {
  return csv_text(text.empty() ? "N/A" : text);
}

// A member of a comparison as a field.
std::string json_field(const OrderedJson& value) {
  if (value.is_null()) return "";
  if (value.is_string()) return csv_text(value.get_ref<const std::string&>());
  if (!value.is_array()) return value.dump();
  std::vector<std::string> parts;
  for (const OrderedJson& item : value)
    parts.push_back(item.is_string() ? item.get<std::string>() : item.dump());
  return csv_text(join(parts, "; "));
}

}  // namespace

std::string csv_text(std::string_view text) {
  std::string out;
  if (!text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos) out = "'";
  out += text;
  if (out.find_first_of(",\"\r\n") == std::string::npos) return out;
  std::string quoted = "\"";
  for (const char c : out) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + "\"";
}

std::string csv_line(const std::vector<std::string>& fields) {
  return join(fields, ",") + "\n";
}

std::string table_csv(const OutIteration& iteration, const std::string& topic, OutTable table) {
  const auto columns = out_columns(table);
  std::vector<std::string> header = {"Tool Case", "Protocol", "Direction"};
  for (const OutColumn& column : columns) header.emplace_back(column.title);
  std::string text = csv_line(header);
  bool any = false;
  for (const OutRow& row : iteration.rows) {
    if (row.topic != topic) continue;
    any = true;
    std::vector<std::string> fields = {known_text(row.tool_case), known_text(row.protocol),
                                       known_text(row.direction)};
    for (size_t i = 0; i < columns.size(); ++i)
      fields.push_back(out_text(row.of(table)[i], columns[i].format));
    text += csv_line(fields);
  }
  return any ? text : "";
}

std::string aggregated_csv(const std::vector<OutIteration>& iterations, const std::string& topic,
                           OutTable table) {
  struct Series {
    const OutRow* row = nullptr;
    std::vector<std::vector<double>> values;  // by column
    int seen = 0;
  };
  const auto columns = out_columns(table);
  std::vector<std::string> order;
  std::map<std::string, Series> cases;
  for (const OutIteration& iteration : iterations) {
    for (const OutRow& row : iteration.rows) {
      if (row.topic != topic) continue;
      const std::string key = row.tool_case + '\n' + row.environment;
      const auto [at, fresh] = cases.try_emplace(key);
      Series& series = at->second;
      if (fresh) {
        order.push_back(key);
        series.values.resize(columns.size());
      }
      series.row = &row;
      ++series.seen;
      if (!row.trouble.empty()) continue;  // no measurement of the tool
      for (size_t i = 0; i < columns.size(); ++i)
        if (const auto& value = row.of(table)[i]) series.values[i].push_back(*value);
    }
  }
  std::string text = csv_line({"Tool Case", "Protocol", "Direction", "Column", "Iterations", "n", "Mean",
                               "Standard Deviation", "CI Low", "CI High", "Confidence (%)"});
  for (const std::string& key : order) {
    const Series& series = cases.at(key);
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].format == OutFormat::kHuman) continue;
      const std::vector<double>& values = series.values[i];
      const auto estimated = estimate(values, kAggregateAlpha);
      // A mean of whole numbers need not be one.
      const OutFormat format = columns[i].format == OutFormat::kWhole ? OutFormat::kFixed : columns[i].format;
      const auto number = [&](const std::optional<double>& value) { return out_text(value, format); };
      std::optional<double> low, high;
      if (estimated) {
        low = estimated->ci.low;
        high = estimated->ci.high;
      }
      text += csv_line({known_text(series.row->tool_case), known_text(series.row->protocol),
                        known_text(series.row->direction), csv_text(columns[i].title),
                        fmt::format("{}", series.seen), fmt::format("{}", values.size()),
                        number(mean(values)), number(standard_deviation(values)), number(low), number(high),
                        fmt::format("{:g}", 100 * (1 - kAggregateAlpha))});
    }
  }
  return order.empty() ? "" : text;
}

std::string comparisons_csv(const OrderedJson& result_document) {
  // The header of an empty table is that of a full one.
  RunResult pattern;
  pattern.comparisons.emplace_back();
  const OrderedJson names = to_json(pattern)["comparisons"][0];
  std::vector<std::string> header;
  for (const auto& [name, value] : names.items())
    if (name != "samples") header.push_back(name);
  std::map<std::string, std::string> subjects;
  for (const OrderedJson& subject : result_document["subjects"])
    subjects[subject["id"].get<std::string>()] = subject["name"].get<std::string>();

  std::vector<std::string> titles = header;
  titles.emplace_back("subject_name");
  std::string text = csv_line(titles);
  for (const OrderedJson& row : result_document["comparisons"]) {
    std::vector<std::string> fields;
    for (const std::string& name : header) {
      const auto found = row.find(name);
      fields.push_back(found == row.end() ? "" : json_field(*found));
    }
    fields.push_back(csv_text(subjects[row["subject"].get<std::string>()]));
    text += csv_line(fields);
  }
  return text;
}

}  // namespace bpftax
