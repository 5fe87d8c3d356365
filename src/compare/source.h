// One thing to compare: what a result or a published table says of its cases, in one form.
#pragma once

#include <compare>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "compare/how.h"
#include "compare/published.h"
#include "compare/spread.h"
#include "report/class_design.h"
#include "report/class_of_use.h"
#include "result/model.h"

namespace bpftax {

// What makes a case the same case elsewhere.
struct CompareCase {
  std::string environment;  // "host", "vm", "lab"; "" where environments are compared with each other
  std::string tool;         // tool_id of a campaign's case; else the subject's name
  std::string protocol, direction;
  std::string parameters;  // hash6 of all parameters; "" where it is not known or there are none
  auto operator<=>(const CompareCase&) const = default;
};
// "eth_drop tcp rx", with the environment in front where `environment` is set.
std::string case_label(const CompareCase& test_case, bool environment = true);

struct CompareValue {
  // Percent, positive is worse. A spread for published values, else one number.
  std::optional<Spread> overhead;
  std::optional<double> ci_low, ci_high;  // of a result's
  double confidence = 0;
  int blocks = 0;
  std::string verdict;                           // "PASS", ...; "" where none was given
  std::optional<double> baseline, with_subject;  // in the metric's unit
  std::string unusable;                          // why it must not be set beside others; "" = it may
};

struct CompareRow {
  CompareCase test_case;
  std::string workload, metric, unit;
  bool higher_is_better = false, primary = false;
  CompareValue value;
  MeasuredHow how;
};

struct CompareSubject {
  CompareCase test_case;
  std::string status, reason, command;  // status as in ResultSubject
  std::string design, design_reason;    // class_design.h
  ClassOfUse use;
  std::optional<Spread> cpu_percent;  // of its process, of one CPU
  std::vector<ExpectationCheck> checks;
};

struct CompareBaseline {
  std::string environment, workload, metric, unit;
  bool higher_is_better = false;
  Spread value;  // parts of a campaign have baselines of their own
};

struct HostFactsOf {
  nlohmann::json server, client, tool;  // objects; null where not known
};

struct CompareSource {
  std::string label;  // unique among those compared
  std::string path;   // as given
  std::string kind;   // "run", "tree", "published"
  std::string run_id, tool_version, reference;
  std::vector<std::string> environments;     // in their order
  std::map<std::string, HostFactsOf> facts;  // by environment
  std::vector<CompareSubject> subjects;
  std::vector<CompareRow> rows;
  std::vector<CompareBaseline> baselines;
  std::vector<std::string> remarks;  // what a reader of the comparison should know of it
};

CompareSource source_of(const RunResult& result);
CompareSource source_of(const PublishedTable& table);

// Each environment as a source of its own, "label/host"; its cases then have no environment.
std::vector<CompareSource> split_environments(const CompareSource& source);

}  // namespace bpftax
