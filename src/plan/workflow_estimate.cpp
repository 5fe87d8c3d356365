// How long a campaign takes and how much it writes.
#include <algorithm>
#include <unordered_map>

#include "plan/placement.h"
#include "plan/workflow_parts.h"

namespace bpftax {
namespace {

int64_t windows_of(const Plan& plan, int blocks) {
  const auto subjects = static_cast<int64_t>(plan.subjects.size());
  const int64_t arms = (blocks + 1) * (subjects + 2) + attribution_rounds(plan) * subjects;
  return arms * static_cast<int64_t>(plan.workloads.size());
}

double duration_of(const Plan& plan, int blocks) {
  const double duration_s = estimated_duration_s(plan, blocks);
  return plan.stopping.budget_s > 0 ? std::min(duration_s, plan.stopping.budget_s) : duration_s;
}

// Sizes of raw files, from a run of 147 windows of 1 s (omitting 0.5 s) with 4 tools in the lab, sampled ten
// times a second; the machine had 2 CPUs, 1 disk and 4 interfaces in view.
constexpr double kCpuLine = 100;         // monitoring/cpu: one line a sample and CPU
constexpr double kDiskLine = 80;         // monitoring/disk_io
constexpr double kInterfaceLine = 100;   // monitoring/network
constexpr double kHostLines = 75 + 80;   // monitoring/memory and psi
constexpr double kToolLines = 160;       // ebpf_monitoring: CPU, memory, log size
constexpr double kSampledAroundS = 0.7;  // beyond window and omit: traffic starting and ending
constexpr double kIperf3ClientPerS =
    20e3;  // JSON with an interval each 100 ms: 17 to 19 KB a second and stream
constexpr double kIperf3ServerPerS = 11e3;  // 7.5 to 11 KB
constexpr double kNetperfFile = 200;
constexpr double kMetadataFile = 1100;
// A file takes whole blocks of the file system: half of one more than its size, on average.
constexpr double kFileSlack = 2048;
// Of a host that nobody has looked at yet.
constexpr double kHostCpus = 32, kHostDisks = 4, kHostInterfaces = 16;

double window_bytes(const Plan& plan, const PlannedWorkload& workload, bool baseline) {
  const double traffic_s = window_s(plan, workload) + plan.omit_s;
  const double samples = (traffic_s + kSampledAroundS) * 1000 / plan.sample_interval_ms;
  const double host_line =
      kCpuLine * kHostCpus + kDiskLine * kHostDisks + kInterfaceLine * kHostInterfaces + kHostLines;
  double bytes = 2 * samples * host_line;  // both ends
  double files = 2 * 5 + 1;                // cpu, disk_io, memory, network, psi; metadata
  bytes += kMetadataFile;
  if (!baseline) {
    bytes += samples * kToolLines;
    files += 3;
  }
  const int streams = parallel_senders(workload.name);
  if (workload.name.find("_rr") != std::string::npos) {
    bytes += kNetperfFile;
    files += 1;
  } else {
    bytes += streams * traffic_s * (kIperf3ClientPerS + kIperf3ServerPerS);
    files += 2 * streams;
  }
  return bytes + files * kFileSlack;
}

double disk_of(const Plan& plan, int blocks) {
  const auto subjects = static_cast<double>(plan.subjects.size());
  const double rounds = blocks + 1;
  double bytes = 0;
  for (const PlannedWorkload& workload : plan.workloads) {
    bytes += 2 * rounds * window_bytes(plan, workload, true);
    bytes += subjects * (rounds + attribution_rounds(plan)) * window_bytes(plan, workload, false);
  }
  return bytes;
}

double output_of(const Plan& plan, int blocks) {
  double bytes = 0;
  for (const PlannedSubject& subject : plan.subjects)
    bytes += static_cast<double>(subject.output_cap_bytes) * (blocks + 1 + attribution_rounds(plan));
  return bytes;
}

void estimate_cycles(Workflow& workflow) {
  std::unordered_map<std::string, double> case_s, baseline_s;  // by part, by environment
  for (const WorkflowPart& part : workflow.parts) {
    const double rounds = part.plan.stopping.looks.front() + 1;
    const PlannedSubject tool;
    case_s[part.id] = rounds * estimated_arm_s(part.plan, false) + estimated_attribution_s(part.plan, tool);
    baseline_s[part.environment] += 2 * rounds * estimated_arm_s(part.plan, true);
  }
  for (WorkflowCycle& cycle : workflow.cycles)
    cycle.expected_s = cycle.baseline ? baseline_s[cycle.environment] : case_s[cycle.part];
}

}  // namespace

std::vector<EnvironmentTotals> environment_totals(const Workflow& workflow) {
  std::vector<EnvironmentTotals> all;
  for (const ConfiguredEnvironment& environment : workflow.environments) {
    EnvironmentTotals totals;
    totals.environment = environment.name;
    for (const WorkflowPart& part : workflow.parts) {
      if (part.environment != environment.name) continue;
      const int least = part.plan.stopping.looks.front();
      const int most = part.plan.stopping.looks.back();
      totals.cases += static_cast<int>(part.plan.subjects.size());
      ++totals.parts;
      totals.windows += windows_of(part.plan, least);
      totals.windows_most += windows_of(part.plan, most);
      totals.least_s += duration_of(part.plan, least);
      totals.most_s += duration_of(part.plan, most);
    }
    all.push_back(std::move(totals));
  }
  return all;
}

void estimate(Workflow& workflow) {
  estimate_cycles(workflow);
  workflow.windows = 0;
  workflow.expected_s = workflow.expected_most_s = 0;
  workflow.expected_disk_bytes = workflow.tool_output_bytes = 0;
  for (const WorkflowPart& part : workflow.parts) {
    workflow.expected_disk_bytes += disk_of(part.plan, part.plan.stopping.looks.back());
    workflow.tool_output_bytes += output_of(part.plan, part.plan.stopping.looks.back());
  }
  const auto totals = environment_totals(workflow);
  for (const EnvironmentTotals& each : totals) workflow.windows += each.windows;
  for (const auto& chain : independent_environments(workflow)) {
    double least_s = 0, most_s = 0;
    for (const EnvironmentTotals& each : totals) {
      if (std::find(chain.begin(), chain.end(), each.environment) == chain.end()) continue;
      least_s += each.least_s;
      most_s += each.most_s;
    }
    workflow.expected_s = std::max(workflow.expected_s, least_s);
    workflow.expected_most_s = std::max(workflow.expected_most_s, most_s);
  }
}

}  // namespace bpftax
