#include "analyze/out_summary_parts.h"

#include <algorithm>

#include "analyze/out_result.h"
#include "stats/descriptive.h"
#include "stats/effect.h"

namespace bpftax {
namespace {

constexpr double kSummaryAlpha = 0.05;

bool is_used(const ResultWindow& window) {
  return window.valid && window.purpose == "timed";
}

SummaryStatistics statistics_of(const std::vector<double>& values) {
  SummaryStatistics statistics{values.size(), mean(values), standard_deviation(values), {}, {}};
  if (const auto estimated = estimate(values, kSummaryAlpha)) {
    statistics.ci_low = estimated->ci.low;
    statistics.ci_high = estimated->ci.high;
  }
  return statistics;
}

std::map<std::string, SummaryStatistics> statistics_by_name(
    const std::vector<const ResultWindow*>& windows, std::map<std::string, double> ResultWindow::*member) {
  std::map<std::string, std::vector<double>> values;
  for (const ResultWindow* window : windows)
    if (is_used(*window))
      for (const auto& [name, value] : window->*member) values[name].push_back(value);
  std::map<std::string, SummaryStatistics> statistics;
  for (const auto& [name, list] : values) statistics.emplace(name, statistics_of(list));
  return statistics;
}

void put_by_name(JsonText& json, const std::map<std::string, SummaryStatistics>& by_name) {
  json.open_object();
  for (const auto& [name, statistics] : by_name) {
    json.member_object(name);
    json.member("n", statistics.n);
    json.member("mean", statistics.mean);
    json.member("standard_deviation", statistics.standard_deviation);
    json.member("ci_low", statistics.ci_low);
    json.member("ci_high", statistics.ci_high);
    json.member("confidence", 1 - kSummaryAlpha);
    json.close();
  }
  json.close();
}

}  // namespace

void open_summary(JsonText& json, std::string_view level) {
  json.open_object();
  json.member("schema", "bpftax.summary/1");
  json.member("level", level);
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

void put_statistics(JsonText& json, const TestStatistics& statistics) {
  json.open_object();
  json.member("runs", statistics.runs);
  json.member("used", statistics.used);
  json.key("metrics");
  put_by_name(json, statistics.metrics);
  json.key("resources");
  put_by_name(json, statistics.resources);
  json.close();
}

std::set<std::string> TypeStatistics::names() const {
  std::set<std::string> names;
  for (const auto& [workload, windows] : tests_) names.emplace(perf_type_of(workload));
  return names;
}

const TestStatistics& TypeStatistics::of(const std::string& workload) {
  const auto [at, fresh] = known_.try_emplace(workload);
  if (!fresh) return at->second;
  const std::vector<const ResultWindow*>& windows = tests_.at(workload);
  at->second.runs = windows.size();
  at->second.used = static_cast<size_t>(std::count_if(
      windows.begin(), windows.end(), [](const ResultWindow* window) { return is_used(*window); }));
  at->second.metrics = statistics_by_name(windows, &ResultWindow::metrics);
  at->second.resources = statistics_by_name(windows, &ResultWindow::conditions);
  return at->second;
}

void TypeStatistics::put(JsonText& json, const std::string& perf_type) {
  json.open_object();
  for (const auto& [workload, windows] : tests_) {
    if (perf_type_of(workload) != perf_type) continue;
    json.key(workload);
    put_statistics(json, of(workload));
  }
  json.close();
}

void TypeStatistics::put(JsonText& json) {
  json.open_object();
  for (const std::string& perf_type : names()) {
    json.key(perf_type);
    put(json, perf_type);
  }
  json.close();
}

}  // namespace bpftax
