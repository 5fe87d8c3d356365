// What the summaries share: how they begin, what the levels of their tree are called, and the numbers of each
// test (n, mean, standard deviation and interval over its runs).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "result/model.h"
#include "util/json_text.h"

namespace bpftax {

// {"schema", "level", ...: how every summary begins. The caller closes it.
void open_summary(JsonText& json, std::string_view level);

// The part of the tree that a subject belongs to.
std::string tool_of(const ResultSubject& subject);
std::string case_of(const ResultSubject& subject);
std::string environment_of(const std::string& name);  // "unknown" for ""

// Windows of one case (or baseline) in one environment, by workload.
using Tests = std::map<std::string, std::vector<const ResultWindow*>>;

struct SummaryStatistics {
  size_t n = 0;
  std::optional<double> mean, standard_deviation, ci_low, ci_high;
};

struct TestStatistics {
  size_t runs = 0, used = 0;
  std::map<std::string, SummaryStatistics> metrics, resources;
};
void put_statistics(JsonText& json, const TestStatistics& statistics);

// Those of all tests, worked out when the first of them is asked for.
class TypeStatistics {
 public:
  explicit TypeStatistics(const Tests& tests) : tests_(tests) {}

  // Types of tests: "latency", "pps", "throughput".
  std::set<std::string> names() const;
  const TestStatistics& of(const std::string& workload);
  // As {workload: numbers}, of one type.
  void put(JsonText& json, const std::string& perf_type);
  // As {type: {workload: numbers}}.
  void put(JsonText& json);

 private:
  const Tests& tests_;
  std::map<std::string, TestStatistics> known_;  // by workload
};

}  // namespace bpftax
