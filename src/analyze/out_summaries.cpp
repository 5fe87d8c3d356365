#include "analyze/out_summaries.h"

#include <algorithm>
#include <map>
#include <memory>

#include "analyze/out_json_files.h"
#include "analyze/out_result.h"
#include "analyze/out_summary_parts.h"
#include "util/clock.h"

namespace bpftax {
namespace {

// About how many bytes of summaries come from a window and from a comparison.
constexpr size_t kWindowWeight = 2'000, kComparisonWeight = 500;

// A tool's cases, and of each its subjects, one an environment.
using ToolCases = std::map<std::string, std::vector<const ResultSubject*>>;

void put_numbers(JsonText& json, std::string_view name, const std::map<std::string, double>& values) {
  json.member_object(name);
  for (const auto& [key, value] : values) json.member(key, value);
  json.close();
}

// Of a baseline: no subject.
struct SummaryOwner {
  std::string environment;
  const ResultSubject* subject = nullptr;
};

void put_owner(JsonText& json, const SummaryOwner& owner) {
  json.member("environment", owner.environment);
  if (owner.subject == nullptr) return json.member("tool", nullptr);
  json.member("tool", tool_of(*owner.subject));
  json.member("case", case_of(*owner.subject));
  json.member("subject", owner.subject->id);
}

// What the files are made of. It outlives the call that plans them: their texts are made later.
class Summaries {
 public:
  explicit Summaries(SummaryInput input);

  // Each calls file(path, write) for some files, write(JsonText&) making the text. Called twice: to learn the
  // paths, and to make the texts.
  template <class File>
  void baseline_files(const std::string& environment, File&& file) const;
  template <class File>
  void subject_files(const ResultSubject& subject, const std::string& folder, File&& file) const;
  template <class File>
  void tool_files(const std::string& tool, const ToolCases& cases, File&& file) const;
  template <class File>
  void top_files(File&& file) const;

  const std::map<std::string, Tests>& baselines() const { return baselines_; }
  const std::map<std::string, ToolCases>& tools() const { return tools_; }
  size_t weight_of(const Tests& tests) const;
  size_t weight_of(const ToolCases& cases) const;
  const Tests& tests_of(const ResultSubject& subject) const;

 private:
  template <class File>
  void test_files(const std::string& folder, const SummaryOwner& owner, const Tests& tests,
                  TypeStatistics& types, File&& file) const;
  const std::string* iteration_of(const ResultWindow& window) const;  // nullptr: of none
  void put_run(JsonText& json, const ResultWindow& window) const;
  void put_tree(JsonText& json) const;
  void put_subject(JsonText& json, const ResultSubject& subject) const;
  void put_use(JsonText& json, const ResultSubject& subject) const;
  void put_verdicts(JsonText& json, const std::string& subject) const;
  void put_comparisons(JsonText& json, const std::string& subject) const;
  void put_environments(JsonText& json, const std::vector<const ResultSubject*>& subjects) const;
  void put_tool(JsonText& json, const std::string& tool, const ToolCases& cases, bool full) const;

  const SummaryInput input_;
  const RunResult& result_;
  std::map<std::string, Tests> baselines_;                            // by environment
  std::map<std::string, Tests> subjects_;                             // by id
  std::map<std::string, std::vector<const ResultComparison*>> rows_;  // by subject
  std::map<std::string, ToolCases> tools_;
};

Summaries::Summaries(SummaryInput input) : input_(std::move(input)), result_(*input_.result) {
  for (const ResultComparison& row : result_.comparisons) rows_[row.subject].push_back(&row);
  for (const ResultWindow& window : result_.windows) {
    Tests& tests =
        window.subject.empty() ? baselines_[environment_of(window.environment)] : subjects_[window.subject];
    tests[window.workload].push_back(&window);
  }
  for (const ResultSubject& subject : result_.subjects)
    tools_[tool_of(subject)][case_of(subject)].push_back(&subject);
}

const Tests& Summaries::tests_of(const ResultSubject& subject) const {
  static const Tests kNone;
  const auto found = subjects_.find(subject.id);
  return found == subjects_.end() ? kNone : found->second;
}

size_t Summaries::weight_of(const Tests& tests) const {
  size_t windows = 0;
  for (const auto& [workload, list] : tests) windows += list.size();
  return windows * kWindowWeight;
}

size_t Summaries::weight_of(const ToolCases& cases) const {
  size_t rows = 0;
  for (const auto& [name, subjects] : cases)
    for (const ResultSubject* subject : subjects)
      if (const auto found = rows_.find(subject->id); found != rows_.end()) rows += found->second.size();
  return rows * kComparisonWeight;
}

// In a tree of several iterations the block is the iteration's number; in a single one it is a block of ours.
const std::string* Summaries::iteration_of(const ResultWindow& window) const {
  if (result_.source != kSourceTree || input_.iterations.empty()) return nullptr;
  if (input_.iterations.size() == 1) return &input_.iterations.front();
  const auto number = static_cast<size_t>(std::max(0, window.block));
  return number >= 1 && number <= input_.iterations.size() ? &input_.iterations[number - 1] : nullptr;
}

void Summaries::put_run(JsonText& json, const ResultWindow& window) const {
  const std::string* iteration = iteration_of(window);
  json.open_object();
  json.key("iteration");
  iteration != nullptr ? json.value(*iteration) : json.value(nullptr);
  json.member("block", window.block);
  json.member("purpose", window.purpose);
  json.key("start");
  window.start_realtime_ns > 0 ? json.value(format_iso8601(window.start_realtime_ns)) : json.value(nullptr);
  json.key("duration_s");
  window.duration_s > 0 ? json.value(window.duration_s) : json.value(nullptr);
  json.member("valid", window.valid);
  json.member("reason", window.reason);
  put_numbers(json, "metrics", window.metrics);
  put_numbers(json, "resources", window.conditions);
  json.close();
}

void Summaries::put_verdicts(JsonText& json, const std::string& subject) const {
  std::map<std::string_view, int> counts;
  const auto found = rows_.find(subject);
  if (found != rows_.end())
    for (const ResultComparison* row : found->second)
      if (row->primary) ++counts[to_string(row->verdict)];
  json.member_object("verdicts");
  for (const auto& [verdict, count] : counts) json.member(verdict, count);
  json.close();
}

void Summaries::put_comparisons(JsonText& json, const std::string& subject) const {
  json.member_array("comparisons");
  const auto found = rows_.find(subject);
  if (found != rows_.end()) {
    for (const ResultComparison* row : found->second) {
      json.open_object();
      json.member("workload", row->workload);
      json.member("metric", row->metric);
      json.member("unit", row->unit);
      json.member("baseline", row->baseline_mean);
      json.member("ebpf", row->subject_mean);
      json.member("overhead_percent", row->overhead_percent);
      json.member("ci_low", row->ci_low);
      json.member("ci_high", row->ci_high);
      json.member("n", row->blocks);
      json.member("verdict", to_string(row->verdict));
      json.member("verdict_text", row->verdict_text);
      json.close();
    }
  }
  json.close();
}

template <class File>
void Summaries::test_files(const std::string& folder, const SummaryOwner& owner, const Tests& tests,
                           TypeStatistics& types, File&& file) const {
  for (const auto& test : tests) {
    const std::string& workload = test.first;
    const std::string perf_type(perf_type_of(workload));
    file(folder + "/" + perf_type + "/" + out_name(workload) + "/summary.json", [&](JsonText& json) {
      open_summary(json, "test");
      put_owner(json, owner);
      json.member("test_type", perf_type);
      json.member("workload", workload);
      json.key("statistics");
      put_statistics(json, types.of(workload));
      json.member_array("runs");
      for (const ResultWindow* window : test.second) put_run(json, *window);
      json.close();
      json.close();
    });
  }
  for (const std::string& perf_type : types.names()) {
    file(folder + "/" + perf_type + "/summary.json", [&](JsonText& json) {
      open_summary(json, "test_type");
      put_owner(json, owner);
      json.member("test_type", perf_type);
      json.key("tests");
      types.put(json, perf_type);
      json.close();
    });
  }
}

template <class File>
void Summaries::baseline_files(const std::string& environment, File&& file) const {
  const std::string folder = "baseline/" + out_name(environment);
  const Tests& tests = baselines_.at(environment);
  TypeStatistics types(tests);
  const SummaryOwner owner{environment, nullptr};
  test_files(folder, owner, tests, types, file);
  for (const bool full : {false, true}) {
    file(folder + (full ? "/environment_summary.json" : "/summary.json"), [&](JsonText& json) {
      open_summary(json, "environment");
      put_owner(json, owner);
      json.member_array("workloads");
      for (const auto& [workload, windows] : tests) json.value(workload);
      json.close();
      if (full) {
        json.key("tests");
        types.put(json);
      }
      json.close();
    });
  }
}

// All but its name, its tests and its comparisons.
void Summaries::put_subject(JsonText& json, const ResultSubject& subject) const {
  put_owner(json, {environment_of(subject.environment), &subject});
  json.member("status", subject.status);
  json.member("reason", subject.reason);
  put_verdicts(json, subject.id);
}

void Summaries::put_use(JsonText& json, const ResultSubject& subject) const {
  const auto use = [&](const char* name, const AverageAndPeak& value) {
    json.member_object(name);
    json.member("avg", value.avg);
    json.member("peak", value.peak);
    json.close();
  };
  json.member("command", subject.command);
  json.member_object("resources");
  use("cpu_percent", subject.process_cpu_percent);
  use("rss_kb", subject.process_rss_kb);
  use("vsz_kb", subject.process_vsz_kb);
  json.member("output_bytes_per_s", subject.output_bytes_per_s);
  json.close();
  json.member("class", subject.klass);
  json.member("class_reason", subject.class_reason);
}

template <class File>
void Summaries::subject_files(const ResultSubject& subject, const std::string& folder, File&& file) const {
  const Tests& tests = tests_of(subject);
  TypeStatistics types(tests);
  test_files(folder, {environment_of(subject.environment), &subject}, tests, types, file);
  file(folder + "/summary.json", [&](JsonText& json) {
    open_summary(json, "environment");
    put_subject(json, subject);
    json.close();
  });
  file(folder + "/environment_summary.json", [&](JsonText& json) {
    open_summary(json, "environment");
    put_subject(json, subject);
    put_use(json, subject);
    json.key("tests");
    types.put(json);
    put_comparisons(json, subject.id);
    json.close();
  });
}

void Summaries::put_environments(JsonText& json, const std::vector<const ResultSubject*>& subjects) const {
  json.member_array("environments");
  for (const ResultSubject* subject : subjects) {
    json.open_object();
    json.member("environment", environment_of(subject->environment));
    json.member("status", subject->status);
    json.member("class", subject->klass);
    put_verdicts(json, subject->id);
    json.close();
  }
  json.close();
}

void Summaries::put_tool(JsonText& json, const std::string& tool, const ToolCases& cases, bool full) const {
  open_summary(json, "tool");
  json.member("tool", tool);
  json.member_array("cases");
  for (const auto& [name, subjects] : cases) {
    if (!full) {
      json.open_object();
      json.member("case", name);
      put_environments(json, subjects);
      json.close();
      continue;
    }
    for (const ResultSubject* subject : subjects) {
      json.open_object();
      put_subject(json, *subject);
      put_use(json, *subject);
      put_comparisons(json, subject->id);
      json.close();
    }
  }
  json.close();
  json.close();
}

template <class File>
void Summaries::tool_files(const std::string& tool, const ToolCases& cases, File&& file) const {
  const std::string folder = "ebpf/" + out_name(tool);
  for (const auto& of_case : cases) {
    file(folder + "/" + out_name(of_case.first) + "/summary.json", [&](JsonText& json) {
      open_summary(json, "case");
      json.member("tool", tool);
      json.member("case", of_case.first);
      put_environments(json, of_case.second);
      json.close();
    });
  }
  file(folder + "/summary.json", [&](JsonText& json) { put_tool(json, tool, cases, false); });
  file(folder + "/tool_summary.json", [&](JsonText& json) { put_tool(json, tool, cases, true); });
}

void Summaries::put_tree(JsonText& json) const {
  open_summary(json, "tree");
  json.member("input", input_.input);
  json.member("kind", input_.kind);
  json.member("iterations", input_.iterations);
  json.member_array("environments");
  for (const auto& [environment, tests] : baselines_) json.value(environment);
  json.close();
  json.member("windows", result_.windows.size());
  json.member_array("subjects");
  for (const ResultSubject& subject : result_.subjects) {
    json.open_object();
    json.member("subject", subject.id);
    json.member("tool", tool_of(subject));
    json.member("case", case_of(subject));
    json.member("environment", environment_of(subject.environment));
    json.member("status", subject.status);
    json.member("reason", subject.reason);
    json.member("class", subject.klass);
    put_verdicts(json, subject.id);
    json.close();
  }
  json.close();
  json.member_array("warnings");
  for (const AnalysisWarning& warning : input_.warnings) {
    json.open_object();
    json.member("code", warning.code);
    json.member("file", warning.file);
    json.member("text", warning.text);
    json.close();
  }
  json.close();
  json.close();
}

template <class File>
void Summaries::top_files(File&& file) const {
  file("baseline/summary.json", [&](JsonText& json) {
    open_summary(json, "baseline");
    json.member_array("environments");
    for (const auto& [environment, tests] : baselines_) json.value(environment);
    json.close();
    json.close();
  });
  file("baseline/baseline_summary.json", [&](JsonText& json) {
    open_summary(json, "baseline");
    json.member_object("environments");
    for (const auto& [environment, tests] : baselines_) {
      json.key(environment);
      TypeStatistics(tests).put(json);
    }
    json.close();
    json.close();
  });
  file("ebpf/summary.json", [&](JsonText& json) {
    open_summary(json, "ebpf");
    json.member_array("tools");
    for (const auto& [tool, cases] : tools_) json.value(tool);
    json.close();
    json.close();
  });
  file("summary.json", [&](JsonText& json) { put_tree(json); });
}

}  // namespace

void add_summaries(const SummaryInput& input, OutFiles& files) {
  const auto all = std::make_shared<const Summaries>(input);
  for (const auto& entry : all->baselines()) {
    const std::string& environment = entry.first;
    add_json_files(files, all->weight_of(entry.second),
                   [all, environment](auto& file) { all->baseline_files(environment, file); });
  }
  for (const auto& entry : all->tools()) {
    const std::string& tool = entry.first;
    const ToolCases& cases = entry.second;
    for (const auto& [name, subjects] : cases) {
      for (const ResultSubject* subject : subjects) {
        const std::string folder = "ebpf/" + out_name(tool) + "/" + out_name(name) + "/" +
                                   out_name(environment_of(subject->environment));
        add_json_files(files, all->weight_of(all->tests_of(*subject)),
                       [all, subject, folder](auto& file) { all->subject_files(*subject, folder, file); });
      }
    }
    add_json_files(files, all->weight_of(cases),
                   [all, &tool, &cases](auto& file) { all->tool_files(tool, cases, file); });
  }
  add_json_files(files, 0, [all](auto& file) { all->top_files(file); });
}

}  // namespace bpftax
