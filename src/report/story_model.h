// What a set of results says about tools in environments, gathered for the long report (report/story.h):
// one column for each environment of each result, one row for each tool in it, with the range over its cases.
// Pure; the results outlive it.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "result/model.h"

namespace bpftax {

// Point estimates over the cases of a tool. Not an interval: it says how cases differ, not how sure each is.
struct StoryRange {
  std::optional<double> low, high;
  int cases = 0;
  void add(const std::optional<double>& value);
  void add(const StoryRange& other);
};

// The primary metric of a workload: what the tables have a column for.
struct StoryMeasure {
  std::string workload, metric, unit, better;
  bool operator==(const StoryMeasure& other) const {
    return workload == other.workload && metric == other.metric;
  }
};

struct StoryTool {
  std::string name;    // the tool, or "tool (tcp)" where its protocols fall into different classes
  std::string design;  // summary|details-filtered|details|unknown; "mixed"
  std::string klass;   // worst class of use of its cases; "unknown" when no case has one
  std::vector<const ResultSubject*> cases;
  std::vector<StoryRange> overheads;  // by StoryEnvironment::measures, percent, positive is worse
  StoryRange cpu_percent, bpf_cpu_percent, output_bytes_per_s;
  Verdict verdict = Verdict::kInvalid;  // worst of its cases
  int measured = 0;                     // cases
};

struct StoryBaseline {
  StoryMeasure measure;
  StoryRange mean;                       // over what was measured together
  std::optional<double> noise_percent;   // largest difference of the baseline from itself, without its sign
  std::optional<double> varies_percent;  // largest coefficient of variation between blocks
  bool drifts = false;                   // somewhere the baseline's difference from itself is no chance
};

struct StoryEnvironment {
  const RunResult* result = nullptr;
  std::string name;   // "lab", "host", "vm"
  std::string label;  // unique in the story
  nlohmann::json server, client, tool_host;
  std::vector<StoryMeasure> measures;
  std::vector<StoryBaseline> baselines;
  std::vector<StoryTool> tools;
  int improvements = 0;  // rows whose whole interval says that the tool made things better
  int rows = 0;          // primary
  int with_interval = 0;
};

struct StoryModel {
  std::vector<StoryEnvironment> environments;
  std::vector<StoryMeasure> measures;  // of all
  std::vector<std::string> tools;      // names of all, in order of appearance
};

StoryModel story_model(const std::vector<const RunResult*>& results);

const StoryTool* find_tool(const StoryEnvironment& environment, const std::string& name);
const StoryRange* find_overhead(const StoryEnvironment& environment, const StoryTool& tool,
                                const StoryMeasure& measure);

}  // namespace bpftax
