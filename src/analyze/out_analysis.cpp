// ebpf/ebpf_comparison.json and analysis/: requirement document 001, sections 3.2 and 3.7.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <unordered_map>

#include "analyze/out_json_files.h"
#include "analyze/out_result.h"
#include "analyze/out_summaries.h"
#include "analyze/out_summary_parts.h"
#include "analyze/out_table.h"
#include "stats/descriptive.h"
#include "workload/metrics.h"

namespace bpftax {
namespace {

// About how many bytes a comparison makes in one of these documents.
constexpr size_t kDocumentWeight = 500;

// Values by name, in the order in which the names came; of one name the last value counts.
template <class Value>
class InOrder {
 public:
  Value& operator[](std::string_view name) {
    const auto [at, fresh] = index_.try_emplace(std::string(name), items_.size());
    if (fresh) items_.emplace_back(name, Value());
    return items_[at->second].second;
  }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }

 private:
  std::vector<std::pair<std::string, Value>> items_;
  std::unordered_map<std::string, size_t> index_;
};

using Rows = std::vector<const ResultComparison*>;

class AnalysisDocuments {
 public:
  explicit AnalysisDocuments(const SummaryInput& input);
  size_t rows() const { return result_.comparisons.size(); }

  void put_comparison(JsonText& json) const;
  void put_performance(JsonText& json) const;
  void put_overhead(JsonText& json) const;
  void put_recommendations(JsonText& json) const;

 private:
  using Subjects = InOrder<InOrder<const ResultSubject*>>;  // by environment and id

  // Writes the value of one subject, whose key is written.
  using PutSubject = void (AnalysisDocuments::*)(JsonText& json, const ResultSubject& subject) const;

  void put_baselines(JsonText& json) const;
  void put_by_environment(JsonText& json, PutSubject put) const;
  void put_pairs_of(JsonText& json, const ResultSubject& subject) const;
  void put_overhead_of(JsonText& json, const ResultSubject& subject) const;
  void put_resources(JsonText& json, const std::string& subject, std::string_view perf_type) const;
  const Rows& rows_of_subject(const std::string& id) const;
  Subjects subjects() const;

  const RunResult& result_;
  std::map<std::string, Rows> rows_;                                   // by subject
  std::map<std::string, std::vector<const ResultWindow*>> windows_;    // by subject
  std::map<std::string, std::vector<const ResultWindow*>> baselines_;  // by environment
};

AnalysisDocuments::AnalysisDocuments(const SummaryInput& input) : result_(*input.result) {
  for (const ResultComparison& row : result_.comparisons) rows_[row.subject].push_back(&row);
  for (const ResultWindow& window : result_.windows)
    if (window.valid && window.purpose == "timed")
      (window.subject.empty() ? baselines_[environment_of(window.environment)] : windows_[window.subject])
          .push_back(&window);
}

const Rows& AnalysisDocuments::rows_of_subject(const std::string& id) const {
  static const Rows kNone;
  const auto found = rows_.find(id);
  return found == rows_.end() ? kNone : found->second;
}

AnalysisDocuments::Subjects AnalysisDocuments::subjects() const {
  Subjects subjects;
  for (const ResultSubject& subject : result_.subjects)
    subjects[environment_of(subject.environment)][subject.id] = &subject;
  return subjects;
}

void put_pair(JsonText& json, const ResultComparison& row) {
  json.member("baseline", row.baseline_mean);
  json.member("ebpf", row.subject_mean);
  json.member("unit", row.unit);
  json.member("difference_percent", difference_percent(row.subject_mean, row.baseline_mean));
  json.member("overhead_percent", row.overhead_percent);
  json.member("ci_low", row.ci_low);
  json.member("ci_high", row.ci_high);
  json.member("n", row.blocks);
  json.member("verdict", to_string(row.verdict));
  json.member("verdict_text", row.verdict_text);
}

void put_who(JsonText& json, const ResultSubject& subject) {
  json.member("subject", subject.id);
  json.member("tool", tool_of(subject));
  json.member("case", case_of(subject));
  json.member("environment", environment_of(subject.environment));
}

void AnalysisDocuments::put_comparison(JsonText& json) const {
  open_summary(json, "ebpf_comparison");
  json.member_array("subjects");
  for (const ResultSubject& subject : result_.subjects) {
    json.open_object();
    put_who(json, subject);
    json.member("status", subject.status);
    json.member("reason", subject.reason);
    json.member_array("comparisons");
    for (const ResultComparison* row : rows_of_subject(subject.id)) {
      json.open_object();
      json.member("test_type", perf_type_of(row->workload));
      json.member("workload", row->workload);
      json.member("metric", row->metric);
      json.member("primary", row->primary);
      put_pair(json, *row);
      json.close();
    }
    json.close();
    json.close();
  }
  json.close();
  json.close();
}

// {environment: {test type: {workload: {metric: mean}}}}
void AnalysisDocuments::put_baselines(JsonText& json) const {
  json.open_object();
  for (const auto& [environment, windows] : baselines_) {
    std::map<std::string, std::map<std::string, std::vector<double>>> values;
    for (const ResultWindow* window : windows)
      for (const auto& [metric, value] : window->metrics) values[window->workload][metric].push_back(value);
    InOrder<std::vector<const decltype(values)::value_type*>> types;
    for (const auto& of_workload : values)
      if (!of_workload.second.empty()) types[perf_type_of(of_workload.first)].push_back(&of_workload);
    json.member_object(environment);
    for (const auto& [perf_type, workloads] : types) {
      json.member_object(perf_type);
      for (const auto* of_workload : workloads) {
        json.member_object(of_workload->first);
        for (const auto& [metric, list] : of_workload->second) json.member(metric, mean(list));
        json.close();
      }
      json.close();
    }
    json.close();
  }
  json.close();
}

// {environment: {subject: what `put` writes}}
void AnalysisDocuments::put_by_environment(JsonText& json, PutSubject put) const {
  json.open_object();
  for (const auto& [environment, subjects] : subjects()) {
    json.member_object(environment);
    for (const auto& [id, subject] : subjects) {
      json.key(id);
      (this->*put)(json, *subject);
    }
    json.close();
  }
  json.close();
}

// {test type: {workload: {metric: pair}}}
void AnalysisDocuments::put_pairs_of(JsonText& json, const ResultSubject& subject) const {
  InOrder<InOrder<InOrder<const ResultComparison*>>> types;
  for (const ResultComparison* row : rows_of_subject(subject.id))
    types[perf_type_of(row->workload)][row->workload][row->metric] = row;
  json.open_object();
  for (const auto& [perf_type, workloads] : types) {
    json.member_object(perf_type);
    for (const auto& [workload, metrics] : workloads) {
      json.member_object(workload);
      for (const auto& [metric, row] : metrics) {
        json.member_object(metric);
        put_pair(json, *row);
        json.close();
      }
      json.close();
    }
    json.close();
  }
  json.close();
}

void AnalysisDocuments::put_performance(JsonText& json) const {
  open_summary(json, "performance_comparison");
  json.key("baseline_performance");
  put_baselines(json);
  json.key("performance_comparison");
  put_by_environment(json, &AnalysisDocuments::put_pairs_of);
  json.close();
}

// What the tool used during the tests of one type. Disk I/O of a single tool is not known to any tree.
void AnalysisDocuments::put_resources(JsonText& json, const std::string& subject,
                                      std::string_view perf_type) const {
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
  json.open_object();
  json.member("cpu_usage", mean(cpu));
  json.member("memory_usage", memory);
  json.member("disk_io", nullptr);
  json.close();
}

// Under the names of requirement document 001.
struct OverheadNames {
  const char *change, *baseline, *ebpf;
};
OverheadNames overhead_names(std::string_view perf_type) {
  if (perf_type == "latency") return {"latency_increase_percent", "baseline_latency", "ebpf_latency"};
  if (perf_type == "pps") return {"pps_loss_percent", "baseline_pps", "ebpf_pps"};
  return {"throughput_loss_percent", "baseline_throughput", "ebpf_throughput"};
}

// The one metric of each type of test that decides.
void AnalysisDocuments::put_overhead_of(JsonText& json, const ResultSubject& subject) const {
  InOrder<InOrder<const ResultComparison*>> types;
  for (const ResultComparison* row : rows_of_subject(subject.id))
    if (row->primary) types[perf_type_of(row->workload)][row->workload] = row;
  std::set<std::string_view> names;
  json.open_object();
  for (const auto& [perf_type, workloads] : types) {
    names.insert(perf_type);
    const OverheadNames called = overhead_names(perf_type);
    json.member_object(perf_type);
    for (const auto& [workload, row] : workloads) {
      json.member_object(workload);
      json.member(called.change, row->overhead_percent);
      json.member(called.baseline, row->baseline_mean);
      json.member(called.ebpf, row->subject_mean);
      json.member("metric", row->metric);
      json.member("unit", row->unit);
      json.member("ci_low", row->ci_low);
      json.member("ci_high", row->ci_high);
      json.member("verdict", to_string(row->verdict));
      json.close();
    }
    json.close();
  }
  for (const std::string_view perf_type : names) {
    json.key(std::string(perf_type) + "_resource_overhead");
    put_resources(json, subject.id, perf_type);
  }
  json.close();
}

void AnalysisDocuments::put_overhead(JsonText& json) const {
  open_summary(json, "overhead_analysis");
  json.key("ebpf_overhead");
  put_by_environment(json, &AnalysisDocuments::put_overhead_of);
  json.close();
}

void AnalysisDocuments::put_recommendations(JsonText& json) const {
  open_summary(json, "recommendations");
  json.member_array("recommendations");
  for (const ResultSubject& subject : result_.subjects) {
    json.open_object();
    put_who(json, subject);
    json.member("class", subject.klass);
    json.member("class_reason", subject.class_reason);
    json.member_array("advice");
    for (const ResultWarning& item : subject.advice) {
      json.open_object();
      json.member("code", item.code);
      json.member("text", item.text);
      json.member("advice", item.advice);
      json.close();
    }
    json.close();
    json.close();
  }
  json.close();
  json.close();
}

}  // namespace

void add_analysis_documents(const SummaryInput& input, OutFiles& files) {
  const auto all = std::make_shared<const AnalysisDocuments>(input);
  const auto add = [&](const char* path, void (AnalysisDocuments::*put)(JsonText&) const) {
    add_json_files(files, all->rows() * kDocumentWeight,
                   [all, path, put](auto& file) { file(path, [&](JsonText& json) { (*all.*put)(json); }); });
  };
  add("ebpf/ebpf_comparison.json", &AnalysisDocuments::put_comparison);
  add("analysis/performance_comparison.json", &AnalysisDocuments::put_performance);
  add("analysis/overhead_analysis.json", &AnalysisDocuments::put_overhead);
  add("analysis/recommendations.json", &AnalysisDocuments::put_recommendations);
}

}  // namespace bpftax
