#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "report/class_design.h"
#include "report/class_of_use.h"
#include "report/story_parts.h"
#include "report/summary.h"
#include "report/text.h"

namespace bpftax {
namespace {

std::string trust_sentence(const StoryEnvironment& environment, Lang lang) {
  std::string doubts;
  const auto doubt = [&](const std::string& sentence) {
    if (!doubts.empty() && lang == Lang::kEn) doubts += " ";
    doubts += sentence;
  };
  if (!environment.result->complete) doubt(std::string(word(lang, "story.trust.incomplete")));
  if (environment.with_interval < environment.rows)
    doubt(
        say(lang, "story.trust.no_interval", environment.rows - environment.with_interval, environment.rows));
  for (const StoryBaseline& baseline : environment.baselines) {
    const std::string name = measure_label(baseline.measure, lang);
    if (baseline.drifts) doubt(say(lang, "story.trust.drift", name));
    if (baseline.varies_percent && *baseline.varies_percent >= kStableBelow)
      doubt(say(lang, "story.trust.varies", name, plain_number(baseline.varies_percent)));
  }
  if (environment.improvements > 0) doubt(say(lang, "story.trust.better", environment.improvements));
  if (!doubts.empty()) return say(lang, "story.trust.weak", environment.label, doubts);
  return say(lang, "story.trust.stable", environment.label, environment.with_interval, environment.rows);
}

// Of each design: in how many tools and environments the cost stays within what the design should cost, and
// which are above.
void tell_design_check(const StoryModel& model, StoryDocument& out) {
  const Lang lang = out.lang();
  out.heading(2, std::string(word(lang, "story.check")));
  std::vector<std::string> items;
  for (const char* design : {"summary", "details-filtered", "details"}) {
    int all = 0;
    std::vector<std::string> above;
    for (const StoryEnvironment& environment : model.environments) {
      for (const StoryTool& tool : environment.tools) {
        if (tool.design != design) continue;
        StoryRange latency;
        for (size_t i = 0; i < environment.measures.size(); ++i)
          if (is_latency(environment.measures[i])) latency.add(tool.overheads[i]);
        const auto checks = check_expectations(design, cpu_of_tool(tool).high, latency.high);
        if (checks.empty()) continue;
        ++all;
        const bool more = std::any_of(checks.begin(), checks.end(),
                                      [](const ExpectationCheck& check) { return check.outcome == "above"; });
        if (more) above.push_back(say(lang, "story.worst_in", tool.name, environment.label));
      }
    }
    if (all == 0) continue;
    const int within = all - static_cast<int>(above.size());
    if (within > 0) items.push_back(say(lang, "story.check.within", design_word(design, lang), within, all));
    if (!above.empty())
      items.push_back(say(lang, "story.check.above", design_word(design, lang), joined(above, lang)));
  }
  if (items.empty()) out.text(std::string(word(lang, "story.check.none")));
  out.list(std::move(items));
}

}  // namespace

void tell_conclusions(const StoryModel& model, StoryDocument& out) {
  const Lang lang = out.lang();
  out.heading(1, std::string(word(lang, "story.conclusions")));
  out.heading(2, std::string(word(lang, "story.trust")));
  std::vector<std::string> trust;
  for (const StoryEnvironment& environment : model.environments)
    trust.push_back(trust_sentence(environment, lang));
  out.list(std::move(trust));
  tell_design_check(model, out);
  const StoryRange filtered = latency_of_design(model, "details-filtered");
  const StoryRange all = latency_of_design(model, "details");
  if (filtered.cases > 0 && all.cases > 0) {
    out.heading(2, std::string(word(lang, "story.filter")));
    out.text(say(lang, "story.filter.text", range_text(filtered, true, lang), range_text(all, true, lang)));
  }
}

void tell_advice(const StoryModel& model, StoryDocument& out) {
  const Lang lang = out.lang();
  out.heading(1, std::string(word(lang, "story.advice")));
  out.text(std::string(word(lang, "story.advice.rule")));
  std::map<std::string, std::vector<std::string>> of_class;
  for (const std::string& name : model.tools) {
    std::string worst = "unknown";
    std::vector<std::string> where;  // it is the worst
    int seen = 0;
    for (const StoryEnvironment& environment : model.environments) {
      const StoryTool* tool = find_tool(environment, name);
      const auto rank = tool == nullptr ? std::nullopt : use_rank(tool->klass);
      if (!rank) continue;
      ++seen;
      const auto known = use_rank(worst);
      if (!known || *rank > *known) {
        worst = tool->klass;
        where.clear();
      }
      if (tool->klass == worst) where.push_back(environment.label);
    }
    const bool everywhere = static_cast<int>(where.size()) == seen;
    of_class[worst].push_back(everywhere ? name : say(lang, "story.worst_in", name, joined(where, lang)));
  }
  std::vector<std::string> items;
  for (const char* klass : {"continuous", "diagnosis", "short-term", "avoid", "unknown"})
    if (of_class.contains(klass))
      items.push_back(
          say(lang, "story.class_list", class_phrase(klass, lang), joined(of_class[klass], lang)));
  out.list(std::move(items));

  out.heading(2, std::string(word(lang, "story.improve")));
  std::vector<std::string> improve;
  std::set<std::pair<std::string, std::string>> said;  // tool, code
  for (const StoryEnvironment& environment : model.environments) {
    for (const StoryTool& tool : environment.tools) {
      for (const ResultSubject* subject : tool.cases) {
        for (const ResultWarning& advice : subject->advice) {
          if (!said.insert({tool.name, advice.code}).second) continue;
          const WarningText text = warning_text(lang, advice);
          improve.push_back(say(lang, "story.improve.item", tool.name, text.text, text.advice));
        }
      }
    }
  }
  if (improve.empty()) out.text(std::string(word(lang, "story.improve.none")));
  out.list(std::move(improve));
}

}  // namespace bpftax
