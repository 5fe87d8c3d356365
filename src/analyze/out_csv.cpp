#include "analyze/out_csv.h"

#include <fmt/format.h>

#include <cmath>
#include <map>

#include "result/members.h"
#include "stats/descriptive.h"
#include "stats/effect.h"
#include "util/json_text.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr double kAggregateAlpha = 0.05;

void put_case(CsvText& csv, const OutRow& row) {
  for (const std::string* text : {&row.tool_case, &row.protocol, &row.direction})
    csv.field(text->empty() ? "N/A" : csv_text(*text));
}

// Makes a line of each_member(), without the samples.
class MemberFields {
 public:
  explicit MemberFields(CsvText& csv) : csv_(csv) {}
  template <class Value>
  void operator()(const char*, const Value& value) {
    put(csv_.next(), value);
  }
  void operator()(const char*, const ComparisonSamples&) {}

 private:
  static void put(std::string& text, std::string_view value) { text += csv_text(value); }
  static void put(std::string& text, bool value) { text += value ? "true" : "false"; }
  static void put(std::string& text, int value) { text += std::to_string(value); }
  static void put(std::string& text, double value) {
    if (std::isfinite(value)) append_json_number(text, value);
  }
  template <class Value>
  static void put(std::string& text, const std::optional<Value>& value) {
    if (value) put(text, *value);
  }
  static void put(std::string& text, const std::vector<std::string>& list) {
    text += csv_text(join(list, "; "));
  }
  static void put(std::string& text, const std::vector<int>& list) {
    std::vector<std::string> numbers;
    for (const int number : list) numbers.push_back(std::to_string(number));
    text += csv_text(join(numbers, "; "));
  }

  CsvText& csv_;
};

// The names of those fields.
class MemberNames {
 public:
  explicit MemberNames(CsvText& csv) : csv_(csv) {}
  template <class Value>
  void operator()(const char* name, const Value&) {
    csv_.field(name);
  }
  void operator()(const char*, const ComparisonSamples&) {}

 private:
  CsvText& csv_;
};

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

std::string& CsvText::next() {
  if (!first_) text_ += ',';
  first_ = false;
  return text_;
}

void CsvText::field(std::string_view made) {
  next() += made;
}

void CsvText::end_line() {
  text_ += '\n';
  first_ = true;
}

std::string table_csv(const OutIteration& iteration, const std::string& topic, OutTable table) {
  const auto columns = out_columns(table);
  CsvText csv;
  for (const char* name : {"Tool Case", "Protocol", "Direction"}) csv.field(name);
  for (const OutColumn& column : columns) csv.field(column.title);
  csv.end_line();
  bool any = false;
  for (const OutRow& row : iteration.rows) {
    if (row.topic != topic) continue;
    any = true;
    put_case(csv, row);
    for (size_t i = 0; i < columns.size(); ++i)
      append_out_text(csv.next(), row.of(table)[i], columns[i].format);
    csv.end_line();
  }
  return any ? csv.take() : "";
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
  CsvText csv;
  for (const char* name : {"Tool Case", "Protocol", "Direction", "Column", "Iterations", "n", "Mean",
                           "Standard Deviation", "CI Low", "CI High", "Confidence (%)"})
    csv.field(name);
  csv.end_line();
  for (const std::string& key : order) {
    const Series& series = cases.at(key);
    for (size_t i = 0; i < columns.size(); ++i) {
      if (columns[i].format == OutFormat::kHuman) continue;
      const std::vector<double>& values = series.values[i];
      const auto estimated = estimate(values, kAggregateAlpha);
      // A mean of whole numbers need not be one.
      const OutFormat format = columns[i].format == OutFormat::kWhole ? OutFormat::kFixed : columns[i].format;
      std::optional<double> low, high;
      if (estimated) {
        low = estimated->ci.low;
        high = estimated->ci.high;
      }
      put_case(csv, *series.row);
      csv.field(csv_text(columns[i].title));
      csv.field(std::to_string(series.seen));
      csv.field(std::to_string(values.size()));
      for (const auto& value : {mean(values), standard_deviation(values), low, high})
        append_out_text(csv.next(), value, format);
      csv.field(fmt::format("{:g}", 100 * (1 - kAggregateAlpha)));
      csv.end_line();
    }
  }
  return order.empty() ? "" : csv.take();
}

std::string comparisons_csv(const RunResult& result) {
  std::map<std::string, std::string> subjects;
  for (const ResultSubject& subject : result.subjects) subjects[subject.id] = csv_text(subject.name);
  CsvText csv;
  each_member(ResultComparison(), MemberNames(csv));
  csv.field("subject_name");
  csv.end_line();
  for (const ResultComparison& row : result.comparisons) {
    each_member(row, MemberFields(csv));
    csv.field(subjects[row.subject]);
    csv.end_line();
  }
  return csv.take();
}

}  // namespace bpftax
