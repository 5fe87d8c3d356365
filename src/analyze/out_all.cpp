#include "analyze/out_all.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "analyze/out_csv.h"
#include "analyze/out_overview.h"
#include "analyze/out_summaries.h"
#include "analyze/out_summary_parts.h"
#include "analyze/warning_codes.h"
#include "report/text.h"
#include "util/json.h"
#include "util/strings.h"
#include "util/units.h"

namespace bpftax {
namespace {

// About how many bytes of result.json come from a comparison, and of a table from a case.
constexpr size_t kResultWeight = 2'000, kRowWeight = 500;
constexpr size_t kShownWarnings = 3;  // of one code, on the terminal

std::string table_file(const std::string& topic, OutTable table, const std::string& iteration) {
  return fmt::format("{}_{}_{}.csv", out_name(topic), to_string(table), out_name(iteration));
}

size_t rows_in(const Analysis& analysis) {
  size_t rows = 0;
  for (const OutIteration& iteration : analysis.iterations) rows += iteration.rows.size();
  return rows;
}

bool has_cases(const OutIteration& iteration, const std::string& topic) {
  return std::any_of(iteration.rows.begin(), iteration.rows.end(),
                     [&](const OutRow& row) { return row.topic == topic; });
}

void add_tables(const Analysis& analysis, const std::string& topic, OutFiles& files) {
  const auto add = [&](const std::string& path, size_t rows, auto make) {
    files.add(
        {path}, [make](const PutText& put) { put(make()); }, rows * kRowWeight);
  };
  for (const OutIteration& iteration : analysis.iterations) {
    if (!has_cases(iteration, topic)) continue;
    for (const OutTable table : kOutTables)
      add(table_file(topic, table, iteration.name), iteration.rows.size(),
          [&iteration, topic, table] { return table_csv(iteration, topic, table); });
  }
  if (analysis.iterations.size() < 2) return;
  for (const OutTable table : kOutTables)
    add(fmt::format("aggregated/{}_{}.csv", out_name(topic), to_string(table)), rows_in(analysis),
        [&analysis, topic, table] { return aggregated_csv(analysis.iterations, topic, table); });
}

void add_overviews(const Analysis& analysis, const OutFormats& formats, const std::string& topic,
                   OutFiles& files) {
  OverviewContext context;
  context.input = analysis.input;
  context.tree = analysis.tree;
  context.iterations = analysis.iterations.size();
  for (const OutIteration& iteration : analysis.iterations) {
    if (!has_cases(iteration, topic)) continue;
    context.links.clear();
    const auto link = [&](const std::string& path) { context.links.emplace_back(path, path); };
    if (formats.csv) {
      for (const OutTable table : kOutTables) link(table_file(topic, table, iteration.name));
      if (analysis.iterations.size() > 1)
        for (const OutTable table : kOutTables)
          link(fmt::format("aggregated/{}_{}.csv", out_name(topic), to_string(table)));
      link("comparisons.csv");
    }
    if (formats.json) {
      link("result.json");
      link("summary.json");
    }
    link("report.md");
    if (formats.html) link("report.html");
    files.add(
        {fmt::format("{}_overview_{}.md", out_name(topic), out_name(iteration.name))},
        [&iteration, topic, context](const PutText& put) {
          put(overview_markdown(iteration, topic, context));
        },
        iteration.rows.size() * kRowWeight);
  }
}

std::vector<std::string> iteration_names(const Analysis& analysis) {
  std::vector<std::string> names;
  for (const OutIteration& iteration : analysis.iterations) names.push_back(iteration.name);
  return names;
}

void add_summary_files(const Analysis& analysis, OutFiles& files) {
  SummaryInput input;
  input.result = &analysis.result;
  input.input = analysis.input;
  input.kind = analysis.kind;
  input.iterations = iteration_names(analysis);
  input.warnings = analysis.warnings;
  add_summaries(input, files);
  add_analysis_documents(input, files);
}

void add_result(const RunResult& result, const OutFormats& formats, OutFiles& files) {
  const size_t weight = result.comparisons.size() * kResultWeight;
  if (formats.csv)
    files.add(
        {"comparisons.csv"}, [&result](const PutText& put) { put(comparisons_csv(result)); }, weight / 2);
  if (formats.json)
    files.add(
        {"result.json"}, [&result](const PutText& put) { put(result_document(result)); }, weight);
}

std::string warnings_text(const Analysis& analysis) {
  std::map<std::string, std::vector<const AnalysisWarning*>> by_code;
  for (const AnalysisWarning& warning : analysis.warnings) by_code[warning.code].push_back(&warning);
  std::string text;
  for (const auto& [code, list] : by_code) {
    for (size_t i = 0; i < std::min(list.size(), kShownWarnings); ++i) {
      const AnalysisWarning& said = *list[i];
      text += fmt::format("warning: {}{}: {}\n", said.file.empty() ? "" : one_line(said.file) + ": ",
                          one_line(said.code), one_line(said.text));
    }
    if (list.size() > kShownWarnings)
      text += fmt::format("warning: ... and {} more of {}; summary.json and the overviews have all\n",
                          list.size() - kShownWarnings, one_line(code));
  }
  return text;
}

// In a folder of iterations their files are named from there.
void add_warnings_of_raw(const std::vector<Result<AnalysedTree>>& raw, Analysis& analysis) {
  for (size_t i = 0; i < raw.size() && i < analysis.iterations.size(); ++i) {
    if (!raw[i]) continue;
    const std::string& name = analysis.iterations[i].name;
    for (AnalysisWarning warning : placed_warnings(*raw[i])) {
      if (warning.code == warning_code::kToolDied) continue;  // that is the run's to say
      if (raw.size() > 1) warning.file = name + (warning.file.empty() ? "" : "/" + warning.file);
      analysis.warnings.push_back(std::move(warning));
    }
  }
}

void add_missing_raw(const std::vector<Result<AnalysedTree>>& raw, Analysis& analysis) {
  std::vector<std::string> of;
  std::string why;
  for (size_t i = 0; i < analysis.iterations.size(); ++i) {
    const OutIteration& iteration = analysis.iterations[i];
    if (std::none_of(iteration.rows.begin(), iteration.rows.end(),
                     [](const OutRow& row) { return row.without_raw; }))
      continue;
    of.push_back(iteration.name);
    if (why.empty() && i < raw.size() && !raw[i]) why = " (" + one_line(raw[i].error().why) + ")";
  }
  if (of.empty()) return;
  AnalysisWarning warning{
      std::string(warning_code::kRawMissing), "",
      fmt::format("{}: the raw results (performance-test-results) of some or all tools are "
                  "not there{}: the client's columns, Total Samples and Log Size are N/A",
                  one_line(join(of, ", ")), why)};
  for (OutIteration& iteration : analysis.iterations)
    if (std::find(of.begin(), of.end(), iteration.name) != of.end()) iteration.warnings.push_back(warning);
  analysis.warnings.push_back(std::move(warning));
}

}  // namespace

Analysis analysis_of(const AnalysedTree& tree) {
  Analysis analysis;
  analysis.input = tree.folder;
  analysis.kind = to_string(tree.kind);
  analysis.tree = true;
  analysis.iterations = out_rows(tree);
  analysis.result = run_result_of(tree);
  analysis.warnings = placed_warnings(tree);
  analysis.files_read = tree.files_read;
  analysis.bytes_read = tree.bytes_read;
  return analysis;
}

Analysis analysis_of(const std::string& input, std::vector<NamedResult> results,
                     const std::vector<Result<AnalysedTree>>& raw) {
  Analysis analysis;
  analysis.input = input;
  analysis.kind = results.size() > 1 ? "iterations of a run" : "run directory";
  analysis.files_read = static_cast<int64_t>(results.size());
  for (size_t i = 0; i < results.size(); ++i) {
    const AnalysedTree* tree = i < raw.size() && raw[i] ? &*raw[i] : nullptr;
    analysis.iterations.push_back(out_rows(results[i].result, results[i].name, tree));
    if (tree == nullptr) continue;
    analysis.files_read += tree->files_read;
    analysis.bytes_read += tree->bytes_read;
  }
  name_cases(analysis.iterations);
  analysis.result = joined_results(std::move(results));
  for (const ResultWarning& warning : analysis.result.warnings)
    analysis.warnings.push_back({warning.code, "", warning.text});
  add_warnings_of_raw(raw, analysis);
  add_missing_raw(raw, analysis);
  return analysis;
}

Result<OutFormats> out_formats(const std::string& text) {
  OutFormats formats{false, false, false, false};
  const std::vector<std::pair<std::string, bool*>> known = {
      {"csv", &formats.csv}, {"md", &formats.md}, {"json", &formats.json}, {"html", &formats.html}};
  for (const std::string_view word : split(text, ',')) {
    const std::string name(trim(word));
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const auto& one) { return one.first == name; });
    if (found == known.end()) {
      std::vector<std::string> names;
      for (const auto& [known_name, wanted] : known) names.push_back(known_name);
      const auto nearest = nearest_name(name, names);
      return fail(ErrorKind::kUsage, "unknown format", "'" + name + "'", "",
                  nearest ? "did you mean '" + *nearest + "'?" : "formats: " + join(names, ", "));
    }
    *found->second = true;
  }
  return formats;
}

void add_analysis_files(const Analysis& analysis, const OutFormats& formats, OutFiles& files) {
  for (const std::string& topic : topics_of(analysis.iterations)) {
    if (formats.csv) add_tables(analysis, topic, files);
    if (formats.md) add_overviews(analysis, formats, topic, files);
  }
  add_result(analysis.result, formats, files);
  if (formats.json) add_summary_files(analysis, files);
}

OrderedJson analysis_json(const Analysis& analysis) {
  std::map<std::string, int> codes;
  OrderedJson warnings = OrderedJson::array();
  for (const AnalysisWarning& warning : analysis.warnings) {
    ++codes[warning.code];
    warnings.push_back({{"code", warning.code}, {"file", warning.file}, {"text", warning.text}});
  }
  std::set<std::string> environments;
  for (const OutIteration& iteration : analysis.iterations)
    for (const OutRow& row : iteration.rows) environments.insert(row.environment);
  return {{"input", analysis.input},
          {"kind", analysis.kind},
          {"iterations", iteration_names(analysis)},
          {"environments", environments},
          {"topics", topics_of(analysis.iterations)},
          {"cases", rows_in(analysis)},
          {"files_read", analysis.files_read},
          {"bytes_read", analysis.bytes_read},
          {"warning_counts", codes},
          {"warnings", warnings}};
}

std::string analysis_text(const Analysis& analysis) {
  std::set<std::string> environments;
  for (const OutIteration& iteration : analysis.iterations)
    for (const OutRow& row : iteration.rows) environments.insert(environment_of(row.environment));
  std::string text = fmt::format(
      "read: {} ({}): {}, {} of {} in {}", one_line(analysis.input), analysis.kind,
      counted(analysis.iterations.size(), "iteration"), counted(rows_in(analysis), "case"),
      counted(topics_of(analysis.iterations).size(), "tool"), counted(environments.size(), "environment"));
  text += fmt::format("; {}", counted(static_cast<size_t>(analysis.files_read), "file"));
  if (analysis.bytes_read > 0)
    text += fmt::format(", {}", format_bytes(static_cast<double>(analysis.bytes_read)));
  text += "\n";
  if (analysis.tree && analysis.iterations.size() == 1)
    text += "no repetition: differences are printed as such, without interval and verdict\n";
  text += warnings_text(analysis);
  return text;
}

}  // namespace bpftax
