#include <fmt/format.h>

#include <algorithm>

#include "report/class_design.h"
#include "report/class_of_use.h"
#include "report/story_parts.h"
#include "report/summary.h"
#include "report/text.h"

namespace bpftax {
namespace {

std::string mean_text(const StoryRange& mean, const std::string& unit, Lang lang) {
  if (!mean.low || !mean.high) return std::string(word(lang, "story.unknown"));
  const std::string low = value_text(mean.low, unit), high = value_text(mean.high, unit);
  return low == high ? low : say(lang, "story.to", low, high);
}

std::string stability_text(const StoryBaseline& baseline, Lang lang) {
  if (baseline.drifts) return std::string(word(lang, "story.drifts"));
  if (!baseline.varies_percent) return std::string(word(lang, "story.unknown"));
  if (*baseline.varies_percent < kStableBelow) return std::string(word(lang, "story.stable"));
  return std::string(*baseline.varies_percent < kUnsteadyBelow ? word(lang, "story.unsteady")
                                                               : word(lang, "story.unstable"));
}

const StoryBaseline* find_baseline(const StoryEnvironment& environment, const StoryMeasure& measure) {
  for (const StoryBaseline& baseline : environment.baselines)
    if (baseline.measure == measure) return &baseline;
  return nullptr;
}

// "may run continuously: a, b; avoid: c", best first.
std::string class_sentence(const StoryEnvironment& environment, Lang lang) {
  std::string text;
  for (const char* klass : {"continuous", "diagnosis", "short-term", "avoid", "unknown"}) {
    std::vector<std::string> names;
    for (const StoryTool& tool : environment.tools)
      if (tool.klass == klass) names.push_back(tool.name);
    if (names.empty()) continue;
    if (!text.empty()) text += word(lang, "story.semicolon");
    text += say(lang, "story.class_list", class_phrase(klass, lang), joined(names, lang));
  }
  return text;
}

std::vector<std::string> environment_head(const StoryModel& model, std::string first) {
  std::vector<std::string> head = {std::move(first)};
  for (const StoryEnvironment& environment : model.environments) head.push_back(environment.label);
  return head;
}

// A row of the comparison of environments, from what one of them says.
template <class Cell>
void add_across(const StoryModel& model, std::string title, StoryTable& table, const Cell& cell) {
  std::vector<std::string> row = {std::move(title)};
  bool any = false;
  for (const StoryEnvironment& environment : model.environments) {
    const std::optional<std::string> text = cell(environment);
    any = any || text;
    row.push_back(text.value_or("-"));
  }
  if (any) table.rows.push_back(std::move(row));
}

std::optional<std::string> range_cell(const StoryRange& range, bool sign, Lang lang) {
  if (range.cases == 0) return std::nullopt;
  return range_text(range, sign, lang);
}

void across_designs(const StoryModel& model, StoryTable& table, Lang lang) {
  for (const char* design : {"summary", "details-filtered", "details"}) {
    for (const StoryMeasure& measure : model.measures) {
      if (!is_latency(measure)) continue;
      add_across(model,
                 say(lang, "story.latency_of", design_word(design, lang), measure_label(measure, lang)),
                 table, [&](const StoryEnvironment& environment) {
                   StoryRange range;
                   for (const StoryTool& tool : environment.tools) {
                     const StoryRange* one = find_overhead(environment, tool, measure);
                     if (tool.design == design && one != nullptr) range.add(*one);
                   }
                   return range_cell(range, true, lang);
                 });
    }
    add_across(model, say(lang, "story.cpu_of", design_word(design, lang)), table,
               [&](const StoryEnvironment& environment) {
                 StoryRange range;
                 for (const StoryTool& tool : environment.tools)
                   if (tool.design == design) range.add(tool.cpu_percent);
                 return range_cell(range, false, lang);
               });
  }
}

// Those that someone has to watch, one by one.
void across_costly_tools(const StoryModel& model, StoryTable& table, Lang lang) {
  for (const std::string& name : model.tools) {
    const bool costly =
        std::any_of(model.environments.begin(), model.environments.end(), [&](const StoryEnvironment& e) {
          const StoryTool* tool = find_tool(e, name);
          return tool != nullptr && use_rank(tool->klass).value_or(0) >= 2;
        });
    if (!costly) continue;
    for (const StoryMeasure& measure : model.measures) {
      if (!is_latency(measure)) continue;
      add_across(model, say(lang, "story.latency_of", name, measure_label(measure, lang)), table,
                 [&](const StoryEnvironment& environment) -> std::optional<std::string> {
                   const StoryTool* tool = find_tool(environment, name);
                   const StoryRange* range = tool ? find_overhead(environment, *tool, measure) : nullptr;
                   if (range == nullptr) return std::nullopt;
                   return range_text(*range, true, lang);
                 });
    }
    add_across(model, say(lang, "story.cpu_of", name), table, [&](const StoryEnvironment& environment) {
      const StoryTool* tool = find_tool(environment, name);
      return tool == nullptr ? std::nullopt : range_cell(tool->cpu_percent, false, lang);
    });
  }
}

}  // namespace

void tell_baselines(const StoryModel& model, StoryDocument& out) {
  const Lang lang = out.lang();
  out.heading(2, std::string(word(lang, "story.baselines")));
  out.text(std::string(word(lang, "story.baselines.text")));
  StoryTable table;
  for (const auto key : {word(lang, "story.environment"), word(lang, "story.workload"),
                         word(lang, "story.metric"), word(lang, "story.value"), word(lang, "story.noise"),
                         word(lang, "story.varies"), word(lang, "story.stability")})
    table.head.emplace_back(key);
  table.numeric = {false, false, false, true, true, true, false};
  const std::string unknown(word(lang, "story.unknown"));
  for (const StoryEnvironment& environment : model.environments) {
    for (const StoryBaseline& baseline : environment.baselines) {
      const StoryMeasure& measure = baseline.measure;
      table.rows.push_back({environment.label, measure.workload,
                            metric_label(measure.metric, measure.workload, lang),
                            mean_text(baseline.mean, measure.unit, lang),
                            baseline.noise_percent ? percent_text(baseline.noise_percent) : unknown,
                            baseline.varies_percent ? percent_text(baseline.varies_percent) : unknown,
                            stability_text(baseline, lang)});
    }
  }
  out.table(std::move(table));
  out.text(say(lang, "story.stability.rule", fmt::format("{:g}", kStableBelow),
               fmt::format("{:g}", kUnsteadyBelow)));
}

void tell_environment(const StoryEnvironment& environment, StoryDocument& out) {
  const Lang lang = out.lang();
  out.heading(2, environment.label);
  out.text(std::string(word(lang, "story.ranges.text")));
  StoryTable table;
  table.head = {std::string(word(lang, "story.tool")), std::string(word(lang, "story.design"))};
  table.numeric = {false, false};
  for (const StoryMeasure& measure : environment.measures) {
    table.head.push_back(measure_label(measure, lang));
    table.numeric.push_back(true);
  }
  for (const auto key : {word(lang, "story.cpu_user"), word(lang, "story.cpu_bpf"),
                         word(lang, "story.output"), word(lang, "story.class"), word(lang, "story.verdict")})
    table.head.emplace_back(key);
  table.numeric.insert(table.numeric.end(), {true, true, true, false, false});
  std::vector<std::string> failed;
  const std::string unknown(word(lang, "story.unknown"));
  for (const StoryTool& tool : environment.tools) {
    std::vector<std::string> row = {tool.name, design_word(tool.design, lang)};
    for (const StoryRange& range : tool.overheads) row.push_back(range_text(range, true, lang));
    row.push_back(range_text(tool.cpu_percent, false, lang));
    row.push_back(range_text(tool.bpf_cpu_percent, false, lang));
    row.push_back(tool.output_bytes_per_s.high ? bytes_text(tool.output_bytes_per_s.high) + "/s" : unknown);
    row.emplace_back(class_phrase(tool.klass, lang));
    // Without intervals nothing was judged.
    const bool judged = environment.with_interval > 0 || tool.verdict == Verdict::kInvalid;
    row.emplace_back(judged ? verdict_word(tool.verdict, lang) : "-");
    table.rows.push_back(std::move(row));
    for (const ResultSubject* subject : tool.cases) {
      if (subject->status == "measured") continue;
      failed.push_back(say(lang, "story.failed", subject->name.empty() ? subject->id : subject->name,
                           subject->reason.empty() ? std::string(word(lang, "story.no_reason"))
                                                   : engine_text(lang, subject->reason)));
    }
  }
  out.table(std::move(table));
  out.list(std::move(failed));
  if (!environment.tools.empty()) out.text(say(lang, "story.in_short", class_sentence(environment, lang)));
}

void tell_across(const StoryModel& model, StoryDocument& out) {
  const Lang lang = out.lang();
  out.heading(2, std::string(word(lang, "story.across")));
  out.text(std::string(word(lang, "story.across.text")));
  StoryTable table;
  table.head = environment_head(model, std::string(word(lang, "story.quantity")));
  table.numeric.assign(table.head.size(), true);
  table.numeric[0] = false;
  for (const StoryMeasure& measure : model.measures) {
    add_across(model, say(lang, "story.baseline_of", measure_label(measure, lang)), table,
               [&](const StoryEnvironment& environment) -> std::optional<std::string> {
                 const StoryBaseline* baseline = find_baseline(environment, measure);
                 if (baseline == nullptr) return std::nullopt;
                 return mean_text(baseline->mean, measure.unit, lang);
               });
  }
  across_designs(model, table, lang);
  across_costly_tools(model, table, lang);
  out.table(std::move(table));

  std::vector<std::string> differing;
  for (const std::string& name : model.tools) {
    std::vector<std::string> classes;
    std::vector<std::string> words;
    for (const StoryEnvironment& environment : model.environments) {
      const StoryTool* tool = find_tool(environment, name);
      if (tool == nullptr || tool->klass == "unknown") continue;
      classes.push_back(tool->klass);
      words.push_back(say(lang, "story.class_list", environment.label, class_phrase(tool->klass, lang)));
    }
    const bool same =
        std::adjacent_find(classes.begin(), classes.end(), std::not_equal_to<>()) == classes.end();
    if (!same) differing.push_back(say(lang, "story.differs", name, joined(words, lang)));
  }
  out.list(std::move(differing));

  out.heading(2, std::string(word(lang, "story.suits")));
  StoryTable suits;
  suits.head = {std::string(word(lang, "story.environment")), std::string(word(lang, "story.may_run")),
                std::string(word(lang, "story.not_all_time"))};
  for (const StoryEnvironment& environment : model.environments) {
    std::vector<std::string> yes, no;
    for (const StoryTool& tool : environment.tools) {
      const auto rank = use_rank(tool.klass);
      if (rank) (*rank == 0 ? yes : no).push_back(tool.name);
    }
    suits.rows.push_back({environment.label, joined(yes, lang), joined(no, lang)});
  }
  out.table(std::move(suits));
}

}  // namespace bpftax
