// A result as something to compare.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "compare/source.h"
#include "report/advice.h"
#include "report/text.h"
#include "stats/descriptive.h"
#include "util/json.h"

namespace bpftax {
namespace {

// Environments of the result; an older one has only the document's own.
std::vector<ResultEnvironment> environments_of(const RunResult& result) {
  if (!result.environments.empty()) return result.environments;
  ResultEnvironment only;
  only.name = result.environment;
  only.server_facts = result.server_facts;
  only.client_facts = result.client_facts;
  only.placement = result.placement;
  return {only};
}

const Json* member(const Json& object, const std::string& key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}
std::string text_at(const Json& object, const std::string& key) {
  const Json* value = member(object, key);
  return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}
std::optional<double> number_at(const Json& object, const std::string& key) {
  const Json* value = member(object, key);
  if (value == nullptr || !value->is_number()) return std::nullopt;
  return value->get<double>();
}
std::set<Json> cpus_at(const Json& place, const char* key) {
  const Json* value = member(place, key);
  if (value == nullptr || !value->is_array()) return {};
  return {value->begin(), value->end()};
}

// Not the CPUs' numbers, which differ from machine to machine, but what they have in common.
std::string placement_words(const Json& place) {
  const std::string policy = text_at(place, "policy");
  if (policy.empty()) return "";
  const std::set<Json> tool = cpus_at(place, "subject");
  if (tool.empty()) return policy + ", tool not pinned";
  const std::set<Json> server = cpus_at(place, "server"), client = cpus_at(place, "client");
  const bool shared = std::any_of(tool.begin(), tool.end(),
                                  [&](const Json& cpu) { return server.count(cpu) + client.count(cpu) > 0; });
  return policy + (shared ? ", tool on the traffic's CPUs" : ", tool apart");
}

// The name of a subject of a tree ends with the hash of its parameters (formats.md section 4).
std::string hash_at_end(const std::string& name) {
  const size_t at = name.rfind('_');
  if (at == std::string::npos || name.size() - at - 1 != 6) return "";
  const std::string hash = name.substr(at + 1);
  return hash.find_first_not_of("0123456789abcdef") == std::string::npos ? hash : "";
}

class ResultSource {
 public:
  explicit ResultSource(const RunResult& result) : result_(result), environments_(environments_of(result)) {}
  CompareSource make();

 private:
  const ResultEnvironment* environment(const std::string& name) const;
  CompareCase case_of(const ResultSubject& subject) const;
  std::string environment_of(const ResultSubject& subject) const;
  MeasuredHow how(const std::string& environment, const ResultComparison& row) const;
  std::optional<double> window_of(const std::string& environment, const std::string& workload) const;
  void add_subject(const ResultSubject& subject);
  void add_row(const ResultSubject& subject, const ResultComparison& row);
  void add_baseline(const std::string& environment, const ResultComparison& row);
  void add_remarks();

  const RunResult& result_;
  const std::vector<ResultEnvironment> environments_;
  CompareSource source_;
};

const ResultEnvironment* ResultSource::environment(const std::string& name) const {
  for (const ResultEnvironment& each : environments_)
    if (each.name == name) return &each;
  return nullptr;
}

std::string ResultSource::environment_of(const ResultSubject& subject) const {
  if (!subject.environment.empty()) return subject.environment;
  return environments_.size() == 1 ? environments_.front().name : "";
}

CompareCase ResultSource::case_of(const ResultSubject& subject) const {
  CompareCase found;
  found.environment = environment_of(subject);
  found.tool = subject.name;
  if (!subject.test_case) return found;
  found.tool = subject.test_case->tool_id;
  found.protocol = subject.test_case->protocol;
  found.direction = subject.test_case->direction;
  found.parameters = subject.test_case->hash6;
  if (found.parameters.empty())
    found.parameters = hash_at_end(subject.name.substr(0, subject.name.find(' ')));
  return found;
}

// What the result says, else the median of the windows themselves.
std::optional<double> ResultSource::window_of(const std::string& environment,
                                              const std::string& workload) const {
  std::vector<double> durations;
  for (const ResultWindow& window : result_.windows) {
    if (window.workload != workload || window.purpose != "timed" || !window.valid || window.duration_s <= 0)
      continue;
    if (window.environment.empty() || window.environment == environment)
      durations.push_back(window.duration_s);
  }
  if (!durations.empty()) return median(durations);
  if (result_.window_s > 0) return result_.window_s;
  return std::nullopt;
}

MeasuredHow ResultSource::how(const std::string& name, const ResultComparison& row) const {
  MeasuredHow how;
  how.unit = row.unit;
  if (row.margin_percent > 0) how.margin_percent = row.margin_percent;
  how.margin_floor = row.margin_floor;
  const ResultEnvironment* where = environment(name);
  const Json none;
  const Json* placement = member(where == nullptr ? none : where->placement, row.workload);
  if (placement == nullptr && environments_.size() == 1) placement = member(result_.placement, row.workload);
  if (placement != nullptr) how.placement = placement_words(*placement);
  const Json* generated = member(where == nullptr ? none : where->workloads, row.workload);
  if (generated != nullptr) {
    how.generator = text_at(*generated, "generator");
    how.version = text_at(*generated, "version");
    how.window_s = number_at(*generated, "window_s");
    how.omit_s = number_at(*generated, "omit_s");
    const std::string bandwidth = text_at(*generated, "target_bandwidth");
    how.bandwidth = bandwidth.empty() ? "unlimited" : bandwidth;
  }
  if (!how.window_s) how.window_s = window_of(name, row.workload);
  return how;
}

void ResultSource::add_row(const ResultSubject& subject, const ResultComparison& row) {
  CompareRow made;
  made.test_case = case_of(subject);
  made.workload = row.workload;
  made.metric = row.metric;
  made.unit = row.unit;
  made.higher_is_better = row.better == "higher";
  made.primary = row.primary;
  made.how = how(made.test_case.environment, row);
  CompareValue& value = made.value;
  if (row.overhead_percent) value.overhead = single_value(*row.overhead_percent);
  value.ci_low = row.ci_low;
  value.ci_high = row.ci_high;
  value.confidence = row.confidence;
  value.blocks = row.blocks;
  value.baseline = row.baseline_mean;
  value.with_subject = row.subject_mean;
  // Without an interval there is no verdict, whatever stands in the field.
  if (row.ci_low || row.verdict != Verdict::kInconclusive) value.verdict = to_string(row.verdict);
  if (row.verdict == Verdict::kInvalid)
    value.unusable = "INVALID: " + (row.verdict_text.empty() ? "no reason is known" : row.verdict_text);
  if (row.verdict == Verdict::kSaturated)
    value.unusable = "SATURATED: the traffic sits at its ceiling, where a cost cannot be seen";
  if (!row.overhead_percent && value.unusable.empty()) value.unusable = "no value";
  source_.rows.push_back(std::move(made));
}

void ResultSource::add_baseline(const std::string& name, const ResultComparison& row) {
  if (!row.baseline_mean) return;
  const auto known = std::find_if(source_.baselines.begin(), source_.baselines.end(), [&](const auto& each) {
    return each.environment == name && each.workload == row.workload && each.metric == row.metric;
  });
  const Spread value = single_value(*row.baseline_mean);
  if (known != source_.baselines.end()) {
    known->value = spread_over(known->value, value);
  } else {
    source_.baselines.push_back({name, row.workload, row.metric, row.unit, row.better == "higher", value});
  }
}

void ResultSource::add_subject(const ResultSubject& subject) {
  CompareSubject made;
  made.test_case = case_of(subject);
  made.status = subject.status;
  made.reason = subject.reason;
  made.command = subject.command;
  made.design = subject.design.klass;
  made.design_reason = subject.design.reason;
  made.use = {subject.klass, subject.class_reason};
  if (subject.process_cpu_percent.avg) made.cpu_percent = single_value(*subject.process_cpu_percent.avg);
  made.checks = check_expectations(result_, subject);
  source_.subjects.push_back(std::move(made));
}

void ResultSource::add_remarks() {
  if (!result_.complete) source_.remarks.emplace_back("The run has not ended: its numbers are those so far.");
  if (result_.source == kSourceTree) {
    source_.remarks.emplace_back(
        "Analysed from a tree of raw results: baselines were not interleaved with the tools, so a drift of "
        "the "
        "machine counts as cost.");
  }
}

CompareSource ResultSource::make() {
  source_.kind = result_.source == kSourceTree ? "tree" : "run";
  source_.run_id = result_.run_id;
  source_.tool_version = result_.tool_version;
  for (const ResultEnvironment& each : environments_) {
    source_.environments.push_back(each.name);
    source_.facts[each.name] = {each.server_facts, each.client_facts, each.tool_facts};
  }
  for (const ResultSubject& subject : result_.subjects) {
    if (subject.kind == "placebo") continue;
    add_subject(subject);
    for (const ResultComparison& row : result_.comparisons) {
      if (row.subject != subject.id) continue;
      add_row(subject, row);
      add_baseline(environment_of(subject), row);
    }
  }
  add_remarks();
  return std::move(source_);
}

}  // namespace

CompareSource source_of(const RunResult& given) {
  RunResult result = given;
  // Written by a version with other rules, or by none.
  classify(result);
  return ResultSource(result).make();
}

}  // namespace bpftax
