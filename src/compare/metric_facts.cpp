#include "compare/metric_facts.h"

#include <map>

#include "workload/metrics.h"

namespace bpftax {
namespace {

// A percentile's floor decides no more than a margin.
constexpr double kAnyFloorUs = 1;

const std::map<std::string, MetricFacts, std::less<>>& all_metrics() {
  static const std::map<std::string, MetricFacts, std::less<>> kAll = [] {
    std::map<std::string, MetricFacts, std::less<>> all;
    for (const auto& list : {stream_metrics(true), packet_metrics(), request_response_metrics(kAnyFloorUs)}) {
      for (const MetricInfo& metric : list) {
        MetricFacts& facts = all[metric.name];
        facts.unit = metric.unit;
        facts.higher_is_better = metric.better == Better::kHigher;
        facts.primary = facts.primary || metric.primary;
      }
    }
    return all;
  }();
  return kAll;
}

}  // namespace

const MetricFacts* metric_facts(std::string_view metric) {
  const auto found = all_metrics().find(metric);
  return found == all_metrics().end() ? nullptr : &found->second;
}

const std::vector<std::string>& metric_names() {
  static const std::vector<std::string> kNames = [] {
    std::vector<std::string> names;
    for (const auto& [name, facts] : all_metrics()) names.push_back(name);
    return names;
  }();
  return kNames;
}

}  // namespace bpftax
