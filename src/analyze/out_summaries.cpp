#include "analyze/out_summaries.h"

#include <algorithm>
#include <map>

#include "analyze/out_result.h"
#include "stats/descriptive.h"
#include "stats/effect.h"
#include "util/clock.h"
#include "util/json.h"

namespace bpftax {
namespace {

constexpr double kSummaryAlpha = 0.05;

// Windows of one case (or baseline) in one environment, by workload.
using Tests = std::map<std::string, std::vector<const ResultWindow*>>;

OrderedJson known_json(const std::optional<double>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

bool is_used(const ResultWindow& window) {
  return window.valid && window.purpose == "timed";
}

OrderedJson statistics_of(const std::vector<double>& values) {
  OrderedJson json = {{"n", values.size()},
                      {"mean", known_json(mean(values))},
                      {"standard_deviation", known_json(standard_deviation(values))},
                      {"ci_low", nullptr},
                      {"ci_high", nullptr},
                      {"confidence", 1 - kSummaryAlpha}};
  if (const auto estimated = estimate(values, kSummaryAlpha)) {
    json["ci_low"] = estimated->ci.low;
    json["ci_high"] = estimated->ci.high;
  }
  return json;
}

OrderedJson statistics_by_name(const std::vector<const ResultWindow*>& windows,
                               std::map<std::string, double> ResultWindow::*member) {
  std::map<std::string, std::vector<double>> values;
  for (const ResultWindow* window : windows)
    if (is_used(*window))
      for (const auto& [name, value] : window->*member) values[name].push_back(value);
  OrderedJson json = OrderedJson::object();
  for (const auto& [name, list] : values) json[name] = statistics_of(list);
  return json;
}

OrderedJson test_statistics(const std::vector<const ResultWindow*>& windows) {
  return {{"runs", windows.size()},
          {"used", std::count_if(windows.begin(), windows.end(), [](const auto* w) { return is_used(*w); })},
          {"metrics", statistics_by_name(windows, &ResultWindow::metrics)},
          {"resources", statistics_by_name(windows, &ResultWindow::conditions)}};
}

class Summaries {
 public:
  Summaries(const SummaryInput& input, OutFiles& files)
      : input_(input), result_(*input.result), files_(files) {}
  void add_all();

 private:
  void put(const std::string& path, const OrderedJson& document) { files_.add(path, summary_text(document)); }
  OrderedJson run_json(const ResultWindow& window) const;
  OrderedJson comparisons_of(const std::string& subject) const;
  OrderedJson verdicts_of(const std::string& subject) const;
  // Writes the levels below `folder`; returns {perf_type: {workload: statistics}}.
  OrderedJson add_tests(const std::string& folder, const OrderedJson& who, const Tests& tests);
  void add_baselines();
  void add_subjects();
  OrderedJson add_subject(const ResultSubject& subject, const std::string& folder);
  void add_root();

  const SummaryInput& input_;
  const RunResult& result_;
  OutFiles& files_;
  std::map<std::string, Tests> baselines_;                            // by environment
  std::map<std::string, Tests> subjects_;                             // by id
  std::map<std::string, std::vector<const ResultComparison*>> rows_;  // by subject
};

OrderedJson Summaries::run_json(const ResultWindow& window) const {
  OrderedJson json = {
      {"iteration", nullptr},
      {"block", window.block},
      {"purpose", window.purpose},
      {"start", window.start_realtime_ns > 0 ? OrderedJson(format_iso8601(window.start_realtime_ns))
                                             : OrderedJson(nullptr)},
      {"duration_s", window.duration_s > 0 ? OrderedJson(window.duration_s) : OrderedJson(nullptr)},
      {"valid", window.valid},
      {"reason", window.reason},
      {"metrics", window.metrics},
      {"resources", window.conditions}};
  const auto number = static_cast<size_t>(std::max(0, window.block));
  if (result_.source == kSourceTree && number >= 1 && number <= input_.iterations.size())
    json["iteration"] = input_.iterations[number - 1];
  return json;
}

OrderedJson Summaries::verdicts_of(const std::string& subject) const {
  std::map<std::string_view, int> counts;
  const auto found = rows_.find(subject);
  if (found != rows_.end())
    for (const ResultComparison* row : found->second)
      if (row->primary) ++counts[to_string(row->verdict)];
  OrderedJson json = OrderedJson::object();
  for (const auto& [verdict, count] : counts) json[std::string(verdict)] = count;
  return json;
}

OrderedJson Summaries::comparisons_of(const std::string& subject) const {
  OrderedJson list = OrderedJson::array();
  const auto found = rows_.find(subject);
  if (found == rows_.end()) return list;
  for (const ResultComparison* row : found->second) {
    list.push_back({{"workload", row->workload},
                    {"metric", row->metric},
                    {"unit", row->unit},
                    {"baseline", known_json(row->baseline_mean)},
                    {"ebpf", known_json(row->subject_mean)},
                    {"overhead_percent", known_json(row->overhead_percent)},
                    {"ci_low", known_json(row->ci_low)},
                    {"ci_high", known_json(row->ci_high)},
                    {"n", row->blocks},
                    {"verdict", to_string(row->verdict)},
                    {"verdict_text", row->verdict_text}});
  }
  return list;
}

OrderedJson Summaries::add_tests(const std::string& folder, const OrderedJson& who, const Tests& tests) {
  std::map<std::string, OrderedJson> types;
  for (const auto& [workload, windows] : tests) {
    const std::string perf_type(perf_type_of(workload));
    const OrderedJson statistics = test_statistics(windows);
    OrderedJson document = summary_head("test");
    document.update(who);
    document["test_type"] = perf_type;
    document["workload"] = workload;
    document["statistics"] = statistics;
    document["runs"] = OrderedJson::array();
    for (const ResultWindow* window : windows) document["runs"].push_back(run_json(*window));
    put(folder + "/" + perf_type + "/" + out_name(workload) + "/summary.json", document);
    types[perf_type][workload] = statistics;
  }
  OrderedJson all = OrderedJson::object();
  for (const auto& [perf_type, of_type] : types) {
    OrderedJson document = summary_head("test_type");
    document.update(who);
    document["test_type"] = perf_type;
    document["tests"] = of_type;
    put(folder + "/" + perf_type + "/summary.json", document);
    all[perf_type] = of_type;
  }
  return all;
}

void Summaries::add_baselines() {
  OrderedJson environments = OrderedJson::object();
  for (const auto& [environment, tests] : baselines_) {
    const std::string folder = "baseline/" + out_name(environment);
    const OrderedJson who = {{"environment", environment}, {"tool", nullptr}};
    const OrderedJson of_tests = add_tests(folder, who, tests);
    OrderedJson document = summary_head("environment");
    document.update(who);
    OrderedJson names = OrderedJson::array();
    for (const auto& [workload, windows] : tests) names.push_back(workload);
    document["workloads"] = names;
    put(folder + "/summary.json", document);
    document["tests"] = of_tests;
    put(folder + "/environment_summary.json", document);
    environments[environment] = of_tests;
  }
  OrderedJson document = summary_head("baseline");
  document["environments"] = OrderedJson::array();
  for (const auto& [environment, tests] : baselines_) document["environments"].push_back(environment);
  put("baseline/summary.json", document);
  document["environments"] = environments;
  put("baseline/baseline_summary.json", document);
}

OrderedJson Summaries::add_subject(const ResultSubject& subject, const std::string& folder) {
  const OrderedJson who = {{"environment", environment_of(subject.environment)},
                           {"tool", tool_of(subject)},
                           {"case", case_of(subject)},
                           {"subject", subject.id}};
  const OrderedJson of_tests = add_tests(folder, who, subjects_[subject.id]);
  const auto use = [](const AverageAndPeak& value) -> OrderedJson {
    return {{"avg", known_json(value.avg)}, {"peak", known_json(value.peak)}};
  };
  OrderedJson brief = summary_head("environment");
  brief.update(who);
  brief["status"] = subject.status;
  brief["reason"] = subject.reason;
  brief["verdicts"] = verdicts_of(subject.id);
  put(folder + "/summary.json", brief);
  OrderedJson full = brief;
  full["command"] = subject.command;
  full["resources"] = {{"cpu_percent", use(subject.process_cpu_percent)},
                       {"rss_kb", use(subject.process_rss_kb)},
                       {"vsz_kb", use(subject.process_vsz_kb)},
                       {"output_bytes_per_s", known_json(subject.output_bytes_per_s)}};
  full["class"] = subject.klass;
  full["class_reason"] = subject.class_reason;
  full["tests"] = of_tests;
  full["comparisons"] = comparisons_of(subject.id);
  put(folder + "/environment_summary.json", full);
  return full;
}

void Summaries::add_subjects() {
  // tool -> case -> its subjects, one an environment.
  std::map<std::string, std::map<std::string, std::vector<const ResultSubject*>>> tools;
  for (const ResultSubject& subject : result_.subjects)
    tools[tool_of(subject)][case_of(subject)].push_back(&subject);
  OrderedJson tool_names = OrderedJson::array();
  for (const auto& [tool, cases] : tools) {
    tool_names.push_back(tool);
    const std::string tool_folder = "ebpf/" + out_name(tool);
    OrderedJson brief_cases = OrderedJson::array(), full_cases = OrderedJson::array();
    for (const auto& [name, subjects] : cases) {
      const std::string case_folder = tool_folder + "/" + out_name(name);
      OrderedJson document = summary_head("case");
      document["tool"] = tool;
      document["case"] = name;
      document["environments"] = OrderedJson::array();
      for (const ResultSubject* subject : subjects) {
        const std::string environment = environment_of(subject->environment);
        OrderedJson full = add_subject(*subject, case_folder + "/" + out_name(environment));
        document["environments"].push_back({{"environment", environment},
                                            {"status", subject->status},
                                            {"class", subject->klass},
                                            {"verdicts", verdicts_of(subject->id)}});
        full.erase("tests");
        full.erase("schema");
        full.erase("level");
        full_cases.push_back(std::move(full));
      }
      put(case_folder + "/summary.json", document);
      brief_cases.push_back({{"case", name}, {"environments", document["environments"]}});
    }
    OrderedJson document = summary_head("tool");
    document["tool"] = tool;
    document["cases"] = brief_cases;
    put(tool_folder + "/summary.json", document);
    document["cases"] = full_cases;
    put(tool_folder + "/tool_summary.json", document);
  }
  OrderedJson document = summary_head("ebpf");
  document["tools"] = tool_names;
  put("ebpf/summary.json", document);
}

void Summaries::add_root() {
  OrderedJson environments = OrderedJson::array(), tools = OrderedJson::array(),
              warnings = OrderedJson::array();
  for (const auto& [environment, tests] : baselines_) environments.push_back(environment);
  for (const ResultSubject& subject : result_.subjects) {
    tools.push_back({{"subject", subject.id},
                     {"tool", tool_of(subject)},
                     {"case", case_of(subject)},
                     {"environment", environment_of(subject.environment)},
                     {"status", subject.status},
                     {"reason", subject.reason},
                     {"class", subject.klass},
                     {"verdicts", verdicts_of(subject.id)}});
  }
  for (const AnalysisWarning& warning : input_.warnings)
    warnings.push_back({{"code", warning.code}, {"file", warning.file}, {"text", warning.text}});
  OrderedJson document = summary_head("tree");
  document["input"] = input_.input;
  document["kind"] = input_.kind;
  document["iterations"] = input_.iterations;
  document["environments"] = environments;
  document["windows"] = result_.windows.size();
  document["subjects"] = tools;
  document["warnings"] = warnings;
  put("summary.json", document);
}

void Summaries::add_all() {
  for (const ResultComparison& row : result_.comparisons) rows_[row.subject].push_back(&row);
  for (const ResultWindow& window : result_.windows) {
    Tests& tests =
        window.subject.empty() ? baselines_[environment_of(window.environment)] : subjects_[window.subject];
    tests[window.workload].push_back(&window);
  }
  add_baselines();
  add_subjects();
  add_root();
}

}  // namespace

std::string summary_text(const OrderedJson& document) {
  return document.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

OrderedJson summary_head(const std::string& level) {
  return {{"schema", "bpftax.summary/1"}, {"level", level}};
}

std::string tool_of(const ResultSubject& subject) {
  if (subject.test_case && !subject.test_case->tool_id.empty()) return subject.test_case->tool_id;
  return subject.name.empty() ? subject.id : subject.name;
}

std::string case_of(const ResultSubject& subject) {
  const std::string suffix = "@" + subject.environment;
  if (!subject.id.ends_with(suffix)) return subject.id;
  return subject.id.substr(0, subject.id.size() - suffix.size());
}

std::string environment_of(const std::string& name) {
  return name.empty() ? "unknown" : name;
}

void add_summaries(const SummaryInput& input, OutFiles& files) {
  Summaries(input, files).add_all();
}

}  // namespace bpftax
