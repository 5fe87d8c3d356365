// ebpf/ebpf_comparison.json and analysis/: requirement document 001, sections 3.2 and 3.7.
#include <algorithm>
#include <map>
#include <set>

#include "analyze/out_result.h"
#include "analyze/out_summaries.h"
#include "analyze/out_table.h"
#include "stats/descriptive.h"
#include "util/json.h"
#include "workload/metrics.h"

namespace bpftax {
namespace {

OrderedJson or_null_number(const std::optional<double>& value) {
  return value ? OrderedJson(*value) : OrderedJson(nullptr);
}

class AnalysisDocuments {
 public:
  AnalysisDocuments(const SummaryInput& input, OutFiles& files) : result_(*input.result), files_(files) {
    for (const ResultComparison& row : result_.comparisons) rows_[row.subject].push_back(&row);
    for (const ResultWindow& window : result_.windows)
      if (window.valid && window.purpose == "timed")
        (window.subject.empty() ? baselines_[environment_of(window.environment)] : windows_[window.subject])
            .push_back(&window);
  }
  void add_all() {
    put("ebpf/ebpf_comparison.json", comparison());
    put("analysis/performance_comparison.json", performance());
    put("analysis/overhead_analysis.json", overhead());
    put("analysis/recommendations.json", recommendations());
  }

 private:
  void put(const std::string& path, const OrderedJson& document) { files_.add(path, summary_text(document)); }
  OrderedJson comparison() const;
  OrderedJson performance() const;
  OrderedJson overhead() const;
  OrderedJson recommendations() const;
  OrderedJson baseline_performance() const;
  OrderedJson resources(const std::string& subject, const std::string& perf_type) const;
  const std::vector<const ResultComparison*>& rows_of_subject(const std::string& id) const {
    static const std::vector<const ResultComparison*> kNone;
    const auto found = rows_.find(id);
    return found == rows_.end() ? kNone : found->second;
  }

  const RunResult& result_;
  OutFiles& files_;
  std::map<std::string, std::vector<const ResultComparison*>> rows_;   // by subject
  std::map<std::string, std::vector<const ResultWindow*>> windows_;    // by subject
  std::map<std::string, std::vector<const ResultWindow*>> baselines_;  // by environment
};

OrderedJson pair_json(const ResultComparison& row) {
  return {{"baseline", or_null_number(row.baseline_mean)},
          {"ebpf", or_null_number(row.subject_mean)},
          {"unit", row.unit},
          {"difference_percent", or_null_number(difference_percent(row.subject_mean, row.baseline_mean))},
          {"overhead_percent", or_null_number(row.overhead_percent)},
          {"ci_low", or_null_number(row.ci_low)},
          {"ci_high", or_null_number(row.ci_high)},
          {"n", row.blocks},
          {"verdict", to_string(row.verdict)},
          {"verdict_text", row.verdict_text}};
}

OrderedJson AnalysisDocuments::comparison() const {
  OrderedJson list = OrderedJson::array();
  for (const ResultSubject& subject : result_.subjects) {
    OrderedJson rows = OrderedJson::array();
    for (const ResultComparison* row : rows_of_subject(subject.id)) {
      OrderedJson one = {{"test_type", perf_type_of(row->workload)},
                         {"workload", row->workload},
                         {"metric", row->metric},
                         {"primary", row->primary}};
      one.update(pair_json(*row));
      rows.push_back(std::move(one));
    }
    list.push_back({{"subject", subject.id},
                    {"tool", tool_of(subject)},
                    {"case", case_of(subject)},
                    {"environment", environment_of(subject.environment)},
                    {"status", subject.status},
                    {"reason", subject.reason},
                    {"comparisons", std::move(rows)}});
  }
  OrderedJson document = summary_head("ebpf_comparison");
  document["subjects"] = std::move(list);
  return document;
}

// {environment: {test type: {workload: {metric: mean}}}}
OrderedJson AnalysisDocuments::baseline_performance() const {
  OrderedJson json = OrderedJson::object();
  for (const auto& [environment, windows] : baselines_) {
    std::map<std::string, std::map<std::string, std::vector<double>>> values;
    for (const ResultWindow* window : windows)
      for (const auto& [metric, value] : window->metrics) values[window->workload][metric].push_back(value);
    json[environment] = OrderedJson::object();
    for (const auto& [workload, metrics] : values)
      for (const auto& [metric, list] : metrics)
        json[environment][std::string(perf_type_of(workload))][workload][metric] = or_null_number(mean(list));
  }
  return json;
}

OrderedJson AnalysisDocuments::performance() const {
  OrderedJson compared = OrderedJson::object();
  for (const ResultSubject& subject : result_.subjects) {
    OrderedJson& of_subject = compared[environment_of(subject.environment)][subject.id];
    of_subject = OrderedJson::object();
    for (const ResultComparison* row : rows_of_subject(subject.id))
      of_subject[std::string(perf_type_of(row->workload))][row->workload][row->metric] = pair_json(*row);
  }
  OrderedJson document = summary_head("performance_comparison");
  document["baseline_performance"] = baseline_performance();
  document["performance_comparison"] = std::move(compared);
  return document;
}

// What the tool used during the tests of one type. Disk I/O of a single tool is not known to any tree.
OrderedJson AnalysisDocuments::resources(const std::string& subject, const std::string& perf_type) const {
  std::vector<double> cpu;
  std::optional<double> memory;
  const auto found = windows_.find(subject);
  if (found != windows_.end()) {
    for (const ResultWindow* window : found->second) {
      if (perf_type_of(window->workload) != perf_type) continue;
      if (const auto at = window->conditions.find("subject_cpu_percent"); at != window->conditions.end())
        cpu.push_back(at->second);
      const auto rss = window->conditions.find("subject_rss_peak_kb");
      if (rss != window->conditions.end()) memory = std::max(memory.value_or(rss->second), rss->second);
    }
  }
  return {{"cpu_usage", or_null_number(mean(cpu))},
          {"memory_usage", or_null_number(memory)},
          {"disk_io", nullptr}};
}

// The one metric of each type of test that decides, under the names of requirement document 001.
OrderedJson AnalysisDocuments::overhead() const {
  struct Names {
    const char *change, *baseline, *ebpf;
  };
  const auto names_of = [](std::string_view perf_type) -> Names {
    if (perf_type == "latency") return {"latency_increase_percent", "baseline_latency", "ebpf_latency"};
    if (perf_type == "pps") return {"pps_loss_percent", "baseline_pps", "ebpf_pps"};
    return {"throughput_loss_percent", "baseline_throughput", "ebpf_throughput"};
  };
  OrderedJson all = OrderedJson::object();
  for (const ResultSubject& subject : result_.subjects) {
    OrderedJson& of_subject = all[environment_of(subject.environment)][subject.id];
    of_subject = OrderedJson::object();
    std::set<std::string> types;
    for (const ResultComparison* row : rows_of_subject(subject.id)) {
      if (!row->primary) continue;
      const std::string perf_type(perf_type_of(row->workload));
      const Names names = names_of(perf_type);
      types.insert(perf_type);
      of_subject[perf_type][row->workload] = {{names.change, or_null_number(row->overhead_percent)},
                                              {names.baseline, or_null_number(row->baseline_mean)},
                                              {names.ebpf, or_null_number(row->subject_mean)},
                                              {"metric", row->metric},
                                              {"unit", row->unit},
                                              {"ci_low", or_null_number(row->ci_low)},
                                              {"ci_high", or_null_number(row->ci_high)},
                                              {"verdict", to_string(row->verdict)}};
    }
    for (const std::string& perf_type : types)
      of_subject[perf_type + "_resource_overhead"] = resources(subject.id, perf_type);
  }
  OrderedJson document = summary_head("overhead_analysis");
  document["ebpf_overhead"] = std::move(all);
  return document;
}

OrderedJson AnalysisDocuments::recommendations() const {
  OrderedJson list = OrderedJson::array();
  for (const ResultSubject& subject : result_.subjects) {
    OrderedJson advice = OrderedJson::array();
    for (const ResultWarning& item : subject.advice)
      advice.push_back({{"code", item.code}, {"text", item.text}, {"advice", item.advice}});
    list.push_back({{"subject", subject.id},
                    {"tool", tool_of(subject)},
                    {"case", case_of(subject)},
                    {"environment", environment_of(subject.environment)},
                    {"class", subject.klass},
                    {"class_reason", subject.class_reason},
                    {"advice", std::move(advice)}});
  }
  OrderedJson document = summary_head("recommendations");
  document["recommendations"] = std::move(list);
  return document;
}

}  // namespace

void add_analysis_documents(const SummaryInput& input, OutFiles& files) {
  AnalysisDocuments(input, files).add_all();
}

}  // namespace bpftax
