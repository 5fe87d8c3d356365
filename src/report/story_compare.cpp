#include "report/story_compare.h"

#include <fmt/format.h>

#include <set>

#include "compare/tables.h"
#include "report/story_parts.h"
#include "report/text.h"

namespace bpftax {
namespace {

// A long report names the clearest; `bpftax compare` has them all.
constexpr size_t kMostRatios = 60;
constexpr size_t kMostRefusals = 30;

std::string server_fact(const RunResult& result, const char* key) {
  const nlohmann::json& facts =
      result.environments.empty() ? result.server_facts : result.environments[0].server_facts;
  if (!facts.is_object() || !facts.contains(key) || !facts[key].is_string()) return "";
  return facts[key].get<std::string>();
}

// The first kind of name that tells all results apart.
std::vector<std::string> source_labels(const std::vector<StorySource>& sources) {
  const auto distinct = [&](std::vector<std::string> labels) {
    const std::set<std::string> unique(labels.begin(), labels.end());
    return unique.size() == labels.size() && !unique.contains("") ? labels : std::vector<std::string>();
  };
  std::vector<std::string> kernels, runs, numbers;
  for (size_t i = 0; i < sources.size(); ++i) {
    kernels.push_back(server_fact(*sources[i].result, "kernel_release"));
    runs.push_back(sources[i].result->run_id);
    numbers.push_back(fmt::format("{} #{}", sources[i].source, i + 1));
  }
  for (auto& labels : {distinct(kernels), distinct(runs)})
    if (!labels.empty()) return labels;
  return numbers;
}

}  // namespace

std::optional<Comparison> compare_for_story(const std::vector<StorySource>& sources) {
  std::vector<CompareSource> compared;
  if (sources.size() == 1) {
    CompareSource source = source_of(*sources[0].result);
    source.label = sources[0].result->run_id;
    compared = split_environments(source);
  } else {
    const std::vector<std::string> labels = source_labels(sources);
    for (size_t i = 0; i < sources.size(); ++i) {
      compared.push_back(source_of(*sources[i].result));
      compared.back().label = labels[i];
      compared.back().path = sources[i].source;
    }
  }
  if (compared.size() < 2) return std::nullopt;
  Result<Comparison> comparison = compare_sources(std::move(compared));
  if (!comparison) return std::nullopt;
  return std::move(*comparison);
}

void tell_comparison(const Comparison& comparison, StoryDocument& out) {
  const Lang lang = out.lang();
  out.heading(2, std::string(word(lang, "story.ratios")));
  out.text(say(lang, "story.ratios.text", comparison.sources.front().label));
  StoryTable table;
  table.head = {std::string(word(lang, "story.tool")), std::string(word(lang, "story.workload")),
                std::string(word(lang, "story.metric"))};
  table.numeric = {false, false, false};
  for (size_t i = 1; i < comparison.sources.size(); ++i) {
    table.head.push_back(comparison.sources[i].label);
    table.numeric.push_back(true);
  }
  size_t left_out = 0;
  for (const ComparedRow& row : comparison.rows) {
    bool differs = false;
    for (const ComparedCell& cell : row.cells)
      differs = differs || (cell.ratio && cell.ratio->low && (*cell.ratio->low > 1 || *cell.ratio->high < 1));
    if (!differs) continue;
    if (table.rows.size() == kMostRatios) {
      ++left_out;
      continue;
    }
    std::vector<std::string> cells = {case_label(row.test_case), row.workload,
                                      metric_label(row.metric, row.workload, lang)};
    for (size_t i = 1; i < row.cells.size(); ++i) {
      const std::string text = row.cells[i].refused.empty() ? ratio_text(row.cells[i]) : "";
      cells.push_back(text.empty() ? "-" : text);
    }
    table.rows.push_back(std::move(cells));
  }
  if (table.rows.empty()) out.text(std::string(word(lang, "story.ratios.none")));
  out.table(std::move(table));
  if (left_out > 0) out.text(say(lang, "story.more", left_out));

  std::vector<std::string> refused;
  std::set<std::string> reasons;
  for (const Refusal& refusal : comparison.refusals) {
    const std::string line =
        fmt::format("{}, {}: {}", case_label(refusal.test_case), refusal.source, refusal.reason);
    if (reasons.insert(line).second && refused.size() < kMostRefusals) refused.push_back(line);
  }
  if (!refused.empty()) {
    out.text(std::string(word(lang, "story.refused")));
    const size_t more = reasons.size() - refused.size();
    out.list(std::move(refused));
    if (more > 0) out.text(say(lang, "story.more", more));
  }
}

}  // namespace bpftax
