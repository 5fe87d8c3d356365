#include "report/story.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "report/class_design.h"
#include "report/story_compare.h"
#include "report/story_parts.h"
#include "report/summary.h"
#include "report/text.h"
#include "util/clock.h"

namespace bpftax {
namespace {

constexpr std::array<const char*, 3> kDesigns = {"summary", "details-filtered", "details"};

std::string fact(const nlohmann::json& facts, const char* key, Lang lang) {
  if (facts.is_object() && facts.contains(key)) {
    if (facts[key].is_string() && !facts[key].get<std::string>().empty())
      return facts[key].get<std::string>();
    if (facts[key].is_number_integer()) return fmt::format("{}", facts[key].get<int64_t>());
  }
  return std::string(word(lang, "story.unknown"));
}

void tell_background(const StoryModel& model, const std::vector<StorySource>& sources, StoryDocument& out) {
  const Lang lang = out.lang();
  size_t cases = 0;
  for (const StoryEnvironment& environment : model.environments)
    for (const StoryTool& tool : environment.tools) cases += tool.cases.size();
  out.heading(1, std::string(word(lang, "story.background")));
  out.heading(2, std::string(word(lang, "story.aim")));
  out.text(say(lang, "story.aim.text", model.tools.size(), cases, model.environments.size()));

  out.heading(2, std::string(word(lang, "story.how")));
  std::vector<std::string> method;
  for (const StorySource& source : sources)
    for (const std::string& sentence : method_sentences(*source.result, lang))
      if (std::find(method.begin(), method.end(), sentence) == method.end()) method.push_back(sentence);
  out.list(std::move(method));

  out.heading(2, std::string(word(lang, "story.workloads")));
  StoryTable traffic;
  for (const auto key : {word(lang, "story.workload"), word(lang, "story.metric"), word(lang, "story.unit"),
                         word(lang, "story.better")})
    traffic.head.emplace_back(key);
  for (const StoryMeasure& measure : model.measures) {
    traffic.rows.push_back({fmt::format("{} ({})", workload_label(measure.workload, lang), measure.workload),
                            metric_label(measure.metric, measure.workload, lang), measure.unit,
                            std::string(measure.better == "higher" ? word(lang, "story.better.higher")
                                                                   : word(lang, "story.better.lower"))});
  }
  out.table(std::move(traffic));

  out.heading(2, std::string(word(lang, "story.tools")));
  StoryTable tools;
  tools.head = {std::string(word(lang, "story.tool")), std::string(word(lang, "story.design")),
                std::string(word(lang, "story.cases")), std::string(word(lang, "story.measured")),
                std::string(word(lang, "story.where"))};
  tools.numeric = {false, false, true, true, false};
  for (const std::string& name : model.tools) {
    size_t all = 0;
    int measured = 0;
    std::vector<std::string> where;
    std::set<std::string> designs;
    for (const StoryEnvironment& environment : model.environments) {
      const StoryTool* tool = find_tool(environment, name);
      if (tool == nullptr) continue;
      all += tool->cases.size();
      measured += tool->measured;
      where.push_back(environment.label);
      designs.insert(tool->design);
    }
    tools.rows.push_back({name, design_word(designs.size() == 1 ? *designs.begin() : "mixed", lang),
                          fmt::format("{}", all), fmt::format("{}", measured), joined(where, lang)});
  }
  out.table(std::move(tools));
}

void tell_host(const nlohmann::json& facts, const std::string& title, StoryDocument& out) {
  const Lang lang = out.lang();
  StoryTable table;
  table.head = {title, std::string(word(lang, "story.value"))};
  for (const auto& [label, text] : host_rows(facts, lang)) table.rows.push_back({label, text});
  out.table(std::move(table));
}

void tell_environments(const StoryModel& model, StoryDocument& out) {
  const Lang lang = out.lang();
  out.heading(1, std::string(word(lang, "story.environments")));
  out.heading(2, std::string(word(lang, "story.overview")));
  StoryTable table;
  for (const auto key :
       {word(lang, "story.environment"), word(lang, "story.kernel"), word(lang, "story.architecture"),
        word(lang, "story.cpu"), word(lang, "story.cpus"), word(lang, "story.system")})
    table.head.emplace_back(key);
  table.numeric = {false, false, false, false, true, false};
  for (const StoryEnvironment& e : model.environments) {
    table.rows.push_back({e.label, fact(e.server, "kernel_release", lang),
                          fact(e.server, "architecture", lang), fact(e.server, "cpu_model", lang),
                          fact(e.server, "cpu_count_online", lang), fact(e.server, "distribution", lang)});
  }
  out.table(std::move(table));
  for (const StoryEnvironment& e : model.environments) {
    out.heading(2, e.label);
    const bool server = !host_rows(e.server, lang).empty(), client = !host_rows(e.client, lang).empty();
    if (!server && !client) out.text(std::string(word(lang, "story.no_facts")));
    const bool same = e.server == e.client;
    if (server)
      tell_host(e.server, std::string(word(lang, same ? WordKey("story.both") : WordKey("story.server"))),
                out);
    if (client && !same) tell_host(e.client, std::string(word(lang, "story.client")), out);
    if (e.tool_host != e.server && e.tool_host != e.client)
      tell_host(e.tool_host, std::string(word(lang, "story.tool_host")), out);
  }
}

void tell_data(const std::vector<StorySource>& sources, StoryDocument& out) {
  const Lang lang = out.lang();
  out.heading(1, std::string(word(lang, "story.data")));
  StoryTable table;
  for (const auto key :
       {word(lang, "story.run"), word(lang, "story.started"), word(lang, "story.blocks"),
        word(lang, "story.window"), word(lang, "story.complete"), word(lang, "story.source")})
    table.head.emplace_back(key);
  table.numeric = {false, false, true, true, false, false};
  for (const StorySource& source : sources) {
    const RunResult& r = *source.result;
    const std::string unknown(word(lang, "story.unknown"));
    table.rows.push_back({r.run_id.empty() ? unknown : r.run_id,
                          r.started_realtime_ns > 0 ? format_iso8601(r.started_realtime_ns) : unknown,
                          fmt::format("{}", r.blocks_done), r.window_s > 0 ? window_text(r) : unknown,
                          std::string(r.complete ? word(lang, "story.yes") : word(lang, "story.no")),
                          source.source});
  }
  out.table(std::move(table));
}

std::string expected_text(double low, const std::optional<double>& high, Lang lang) {
  if (!high) return say(lang, "story.from", fmt::format("{:g}", low));
  if (low <= 0) return say(lang, "story.below", fmt::format("{:g}", *high));
  return say(lang, "story.between", fmt::format("{:g}", low), fmt::format("{:g}", *high));
}

void tell_expected(const StoryModel& model, StoryDocument& out) {
  const Lang lang = out.lang();
  out.heading(2, std::string(word(lang, "story.expected")));
  out.text(std::string(word(lang, "story.expected.text")));
  StoryTable table;
  for (const auto key : {word(lang, "story.design"), word(lang, "story.tools"),
                         word(lang, "story.expected.cpu"), word(lang, "story.measured.cpu"),
                         word(lang, "story.expected.latency"), word(lang, "story.measured.latency")})
    table.head.emplace_back(key);
  table.numeric = {false, true, true, true, true, true};
  for (const char* design : kDesigns) {
    const auto expected = expected_cost(design);
    std::set<std::string> tools;
    StoryRange cpu;
    for (const StoryEnvironment& environment : model.environments) {
      for (const StoryTool& tool : environment.tools) {
        if (tool.design != design) continue;
        tools.insert(tool.name);
        cpu.add(cpu_of_tool(tool));
      }
    }
    if (!expected || tools.empty()) continue;
    table.rows.push_back({design_word(design, lang), fmt::format("{}", tools.size()),
                          expected_text(expected->cpu_low, expected->cpu_high, lang),
                          range_text(cpu, false, lang),
                          expected_text(expected->latency_low, expected->latency_high, lang),
                          range_text(latency_of_design(model, design), true, lang)});
  }
  out.table(std::move(table));
}

void tell_appendix(const std::vector<StorySource>& sources, StoryDocument& out) {
  const Lang lang = out.lang();
  std::vector<std::string> warnings;
  for (const StorySource& source : sources) {
    for (const ResultWarning& warning : source.result->warnings) {
      const WarningText text = warning_text(lang, warning);
      warnings.push_back(fmt::format("{}: {} {}", source.result->run_id, text.text, text.advice));
    }
  }
  if (!warnings.empty()) {
    out.heading(1, std::string(word(lang, "story.warnings")));
    out.list(std::move(warnings));
  }
  std::string commands;
  for (const StorySource& source : sources) {
    if (source.result->source == kSourceTree) continue;  // nothing of ours measured it
    const std::string command = reproduce_command(*source.result) + "\n";
    if (commands.find(command) == std::string::npos) commands += command;
  }
  if (commands.empty()) return;
  commands.pop_back();
  out.heading(1, std::string(word(lang, "story.again")));
  out.code(std::move(commands));
}

}  // namespace

std::string range_text(const StoryRange& range, bool sign, Lang lang) {
  if (!range.low || !range.high) return std::string(word(lang, "story.unknown"));
  const auto number = [&](double value) { return sign ? signed_number(value) : plain_number(value); };
  const std::string low = number(*range.low), high = number(*range.high);
  return (low == high ? low : say(lang, "story.to", low, high)) + " %";
}

std::string measure_label(const StoryMeasure& measure, Lang lang) {
  return fmt::format("{} {}", measure.workload, metric_label(measure.metric, measure.workload, lang));
}

std::string joined(const std::vector<std::string>& parts, Lang lang) {
  std::string text;
  for (const std::string& part : parts) {
    if (!text.empty()) text += word(lang, "story.comma");
    text += part;
  }
  return text.empty() ? std::string(word(lang, "story.none")) : text;
}

bool is_latency(const StoryMeasure& measure) {
  return measure.metric == "latency_mean_us";
}

StoryRange latency_of_design(const StoryModel& model, const std::string& design) {
  StoryRange range;
  for (const StoryEnvironment& environment : model.environments) {
    for (const StoryTool& tool : environment.tools) {
      if (tool.design != design) continue;
      for (size_t i = 0; i < environment.measures.size(); ++i)
        if (is_latency(environment.measures[i])) range.add(tool.overheads[i]);
    }
  }
  return range;
}

StoryRange cpu_of_tool(const StoryTool& tool) {
  StoryRange range;
  for (const ResultSubject* subject : tool.cases) {
    if (subject->status != "measured" || !subject->process_cpu_percent.avg) continue;
    range.add(*subject->process_cpu_percent.avg + subject->bpf_cpu_percent.value_or(0));
  }
  return range;
}

StoryDocument tell_story(const std::vector<StorySource>& sources, Lang lang) {
  std::vector<const RunResult*> results;
  for (const StorySource& source : sources) results.push_back(source.result);
  const StoryModel model = story_model(results);
  StoryDocument out(lang, say(lang, "story.title", model.tools.size(), model.environments.size()));
  tell_background(model, sources, out);
  tell_environments(model, out);
  tell_data(sources, out);
  out.heading(1, std::string(word(lang, "story.analysis")));
  tell_expected(model, out);
  tell_baselines(model, out);
  for (const StoryEnvironment& environment : model.environments) tell_environment(environment, out);
  if (model.environments.size() > 1) {
    tell_across(model, out);
    if (const auto comparison = compare_for_story(sources)) tell_comparison(*comparison, out);
  }
  tell_conclusions(model, out);
  tell_advice(model, out);
  tell_appendix(sources, out);
  return out;
}

}  // namespace bpftax
