#include "report/story_model.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "report/class_of_use.h"
#include "report/summary.h"
#include "stats/descriptive.h"
#include "util/strings.h"

namespace bpftax {
namespace {

template <class T>
void add_once(std::vector<T>& all, const T& one) {
  if (std::find(all.begin(), all.end(), one) == all.end()) all.push_back(one);
}

// "" where nothing tells environments apart.
std::string environment_name(const RunResult& result, const std::string& name) {
  return name.empty() ? result.environment : name;
}

std::string text_fact(const nlohmann::json& facts, const char* key) {
  if (!facts.is_object() || !facts.contains(key) || !facts[key].is_string()) return "";
  return facts[key].get<std::string>();
}

void keep_largest(std::optional<double>& largest, const std::optional<double>& value) {
  if (value && (!largest || *value > *largest)) largest = value;
}

class EnvironmentBuilder {
 public:
  EnvironmentBuilder(const RunResult& result, std::string name) {
    out_.result = &result;
    out_.name = std::move(name);
  }
  StoryEnvironment build();

 private:
  bool ours(const ResultComparison& row) const {
    return row.primary && environment_name(*out_.result, row.environment) == out_.name;
  }
  void facts();
  void baselines();
  void tools();
  void add_tool(const std::string& name, const std::vector<const ResultSubject*>& cases);

  StoryEnvironment out_;
};

void EnvironmentBuilder::facts() {
  out_.server = out_.result->server_facts;
  out_.client = out_.result->client_facts;
  for (const ResultEnvironment& environment : out_.result->environments) {
    if (environment.name != out_.name) continue;
    out_.server = environment.server_facts;
    out_.client = environment.client_facts;
    out_.tool_host = environment.tool_facts;
  }
}

void EnvironmentBuilder::baselines() {
  for (const ResultComparison& row : out_.result->comparisons) {
    if (!ours(row)) continue;
    const StoryMeasure measure{row.workload, row.metric, row.unit, row.better};
    add_once(out_.measures, measure);
    ++out_.rows;
    if (row.ci_low && row.ci_high) ++out_.with_interval;
    if (row.ci_high && *row.ci_high < 0 && row.verdict != Verdict::kInvalid) ++out_.improvements;
    auto found = std::find_if(out_.baselines.begin(), out_.baselines.end(),
                              [&](const StoryBaseline& baseline) { return baseline.measure == measure; });
    if (found == out_.baselines.end()) {
      StoryBaseline baseline;
      baseline.measure = measure;
      found = out_.baselines.insert(out_.baselines.end(), baseline);
    }
    found->mean.add(row.baseline_mean);
    if (row.noise_floor_percent) keep_largest(found->noise_percent, std::fabs(*row.noise_floor_percent));
    if (const auto cv = coefficient_of_variation(row.baseline_samples))
      keep_largest(found->varies_percent, 100 * *cv);
    if (row.noise_low && row.noise_high && (*row.noise_low > 0 || *row.noise_high < 0) &&
        row.verdict == Verdict::kInvalid)
      found->drifts = true;
  }
}

std::string worst_class(const std::vector<const ResultSubject*>& cases) {
  std::optional<int> worst;
  std::string name = "unknown";
  for (const ResultSubject* subject : cases) {
    const auto rank = use_rank(subject->klass);
    if (!rank || (worst && *rank <= *worst)) continue;
    worst = rank;
    name = subject->klass;
  }
  return name;
}

void EnvironmentBuilder::add_tool(const std::string& name, const std::vector<const ResultSubject*>& cases) {
  // Worst first, as overall_verdict has it.
  static constexpr Verdict kSeverity[] = {Verdict::kExceeds,      Verdict::kOverhead,  Verdict::kInvalid,
                                          Verdict::kInconclusive, Verdict::kSaturated, Verdict::kPass};
  StoryTool tool;
  tool.name = name;
  tool.cases = cases;
  tool.klass = worst_class(cases);
  tool.overheads.resize(out_.measures.size());
  std::set<std::string> ids;
  std::set<Verdict> verdicts;
  for (const ResultSubject* subject : cases) {
    ids.insert(subject->id);
    verdicts.insert(overall_verdict(*out_.result, *subject));
    tool.design =
        tool.design.empty() || tool.design == subject->design.klass ? subject->design.klass : "mixed";
    if (subject->status != "measured") continue;
    ++tool.measured;
    tool.cpu_percent.add(subject->process_cpu_percent.avg);
    tool.bpf_cpu_percent.add(subject->bpf_cpu_percent);
    tool.output_bytes_per_s.add(subject->output_bytes_per_s);
  }
  for (const Verdict verdict : kSeverity) {
    if (!verdicts.contains(verdict)) continue;
    tool.verdict = verdict;
    break;
  }
  for (const ResultComparison& row : out_.result->comparisons) {
    if (!ours(row) || !ids.contains(row.subject) || row.verdict == Verdict::kInvalid) continue;
    const StoryMeasure measure{row.workload, row.metric, row.unit, row.better};
    const auto at = std::find(out_.measures.begin(), out_.measures.end(), measure) - out_.measures.begin();
    tool.overheads[static_cast<size_t>(at)].add(row.overhead_percent);
  }
  out_.tools.push_back(std::move(tool));
}

void EnvironmentBuilder::tools() {
  std::vector<std::string> order;
  std::map<std::string, std::vector<const ResultSubject*>> by_tool;
  for (const ResultSubject& subject : out_.result->subjects) {
    if (subject.kind == "placebo" || environment_name(*out_.result, subject.environment) != out_.name)
      continue;
    const std::string tool =
        subject.test_case ? subject.test_case->tool_id : subject_name(*out_.result, subject.id);
    add_once(order, tool);
    by_tool[tool].push_back(&subject);
  }
  for (const std::string& tool : order) {
    // A tool whose protocols fall into different classes is several tools to whoever has to decide.
    std::vector<std::string> protocols;
    std::map<std::string, std::vector<const ResultSubject*>> by_protocol;
    for (const ResultSubject* subject : by_tool[tool]) {
      const std::string protocol = subject->test_case ? subject->test_case->protocol : "";
      add_once(protocols, protocol);
      by_protocol[protocol].push_back(subject);
    }
    std::vector<std::string> classes;
    std::map<std::string, std::vector<std::string>> of_class;
    for (const std::string& protocol : protocols) {
      const std::string klass = worst_class(by_protocol[protocol]);
      add_once(classes, klass);
      of_class[klass].push_back(protocol);
    }
    if (classes.size() == 1) {
      add_tool(tool, by_tool[tool]);
      continue;
    }
    for (const std::string& klass : classes) {
      std::vector<const ResultSubject*> cases;
      for (const std::string& protocol : of_class[klass])
        cases.insert(cases.end(), by_protocol[protocol].begin(), by_protocol[protocol].end());
      add_tool(fmt::format("{} ({})", tool, join(of_class[klass], ", ")), cases);
    }
  }
}

StoryEnvironment EnvironmentBuilder::build() {
  facts();
  baselines();
  tools();
  return std::move(out_);
}

// The shortest that tells all apart: the name, with the kernel, the CPU, both, or the run.
void set_labels(std::vector<StoryEnvironment>& environments) {
  static const std::vector<std::vector<const char*>> kFacts = {
      {}, {"kernel_release"}, {"cpu_model"}, {"kernel_release", "cpu_model"}, {"run_id"}};
  for (const auto& facts : kFacts) {
    std::set<std::string> labels;
    for (StoryEnvironment& e : environments) {
      std::vector<std::string> more;
      for (const std::string_view fact : facts)
        more.push_back(fact == "run_id" ? e.result->run_id : text_fact(e.server, fact.data()));
      std::erase(more, "");
      e.label = e.name.empty() ? "?" : e.name;
      if (!more.empty()) e.label += " (" + join(more, ", ") + ")";
      labels.insert(e.label);
    }
    if (labels.size() == environments.size()) return;
  }
  for (size_t i = 0; i < environments.size(); ++i) environments[i].label += fmt::format(" #{}", i + 1);
}

}  // namespace

void StoryRange::add(const std::optional<double>& value) {
  if (!value || !std::isfinite(*value)) return;
  low = std::min(low.value_or(*value), *value);
  high = std::max(high.value_or(*value), *value);
  ++cases;
}

void StoryRange::add(const StoryRange& other) {
  const int all = cases + other.cases;
  add(other.low);
  add(other.high);
  cases = all;
}

StoryModel story_model(const std::vector<const RunResult*>& results) {
  StoryModel model;
  for (const RunResult* result : results) {
    std::vector<std::string> names;
    for (const ResultEnvironment& environment : result->environments) add_once(names, environment.name);
    for (const ResultSubject& subject : result->subjects)
      add_once(names, environment_name(*result, subject.environment));
    for (const std::string& name : names)
      model.environments.push_back(EnvironmentBuilder(*result, name).build());
  }
  set_labels(model.environments);
  for (const StoryEnvironment& environment : model.environments) {
    for (const StoryMeasure& measure : environment.measures) add_once(model.measures, measure);
    for (const StoryTool& tool : environment.tools) add_once(model.tools, tool.name);
  }
  return model;
}

const StoryTool* find_tool(const StoryEnvironment& environment, const std::string& name) {
  for (const StoryTool& tool : environment.tools)
    if (tool.name == name) return &tool;
  return nullptr;
}

const StoryRange* find_overhead(const StoryEnvironment& environment, const StoryTool& tool,
                                const StoryMeasure& measure) {
  const auto found = std::find(environment.measures.begin(), environment.measures.end(), measure);
  if (found == environment.measures.end()) return nullptr;
  const StoryRange& range = tool.overheads[static_cast<size_t>(found - environment.measures.begin())];
  return range.cases > 0 ? &range : nullptr;
}

}  // namespace bpftax
