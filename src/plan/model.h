// The plan of a run: plan.json, schema "bpftax.plan/1". Made by `measure` (and later `plan`), executed by
// run/. Everything that decides what happens stands in here, so that a plan and its seed reproduce a run.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "host/host.h"
#include "util/result.h"

namespace bpftax {

// When a subject counts as ready (method.md section 3).
struct ReadySpec {
  enum class Kind { kBpf, kLine, kExec, kDelay };
  Kind kind = Kind::kBpf;
  std::string argument;  // regex, shell command; empty for kBpf
  double delay_s = 0;    // kDelay
  double timeout_s = 60;
};
// "bpf", "line:REGEX", "exec:CMD", "delay:S"; kUsage on anything else.
Result<ReadySpec> parse_ready(const std::string& text);
std::string to_string(const ReadySpec& ready);

struct PlannedSubject {
  enum class Kind { kTool, kPlacebo };
  std::string id;    // "t1", "t2", ..., "placebo": key in journal and result
  std::string name;  // shown to people
  Kind kind = Kind::kTool;
  std::vector<std::string> argv;  // exactly one of argv (measure -- CMD...) and shell (--tool 'CMD')
  std::string shell;
  std::string command;  // as text, for people
  ReadySpec ready;
  StopPolicy stop;
  std::vector<int> cpus;
  int64_t output_cap_bytes = 64 << 20;  // each start of it; a full run has 26
  // A case of a campaign: what its result folder is named after (plan/result_paths.h). `measure` has none:
  // "".
  std::string tool_id;
  int case_id = 0;
  std::string protocol, direction, hash6;
  std::string design_class;  // TestCase::design_class
};

struct PlannedWorkload {
  std::string name;                           // "tcp_rr": a key of workload/registry.h
  std::string placement = "auto";             // "auto" | "same-cpu" | "cross-cpu"
  std::vector<int> server_cpus, client_cpus;  // resolved
  double window_s = 0;                        // 0: the plan's
  std::string target_bandwidth;               // iperf3's -b: "1G"; "" = as fast as it goes
};

struct StoppingRule {
  std::vector<int> looks = {6, 12, 18, 24};  // blocks
  double alpha_per_look = 0.0182;            // two-sided, Pocock for four looks
  double budget_s = 0;  // 0: none; looked at before each block and each step of attribution
};

inline constexpr int kMostAttributionStarts = 100;

struct PlannedMargin {
  double percent = 0;
};

struct Plan {
  std::string run_id;  // "20261120-190312-3f9a": also in the names of namespaces
  int64_t created_realtime_ns = 0;
  std::string command_line;  // what the user typed, shell-quoted; "" unknown
  uint64_t seed = 0;
  std::string environment = "lab";
  double window_s = 5;
  double omit_s = 1;
  std::vector<PlannedSubject> subjects;
  std::vector<PlannedWorkload> workloads;
  StoppingRule stopping;
  std::map<std::string, double>
      margins;  // metric or workload.metric -> percent; others take the metric's default
  std::vector<int> subject_cpus;
  bool attribution = true;
  // How often a tool is started for it. What differs from start to start (where its code and data lie) is
  // seen from three on; with less the attributed time has no interval.
  int attribution_starts = 1;
  int sample_interval_ms = 100;
  std::string load;  // that the machine is put under meanwhile: "cpu:80+io" (bench/conditions); "" none
};

// The order of arms in a block: "A1", subject ids, "A2", shuffled by (seed, block). Pure.
std::vector<std::string> arm_order(const Plan& plan, int block);

nlohmann::ordered_json to_json(const Plan& plan);
Result<Plan> plan_from_json(const nlohmann::json& json);

// How long the measured part of one window of this workload lasts.
double window_s(const Plan& plan, const PlannedWorkload& workload);

// How often each tool is started for attribution: 0 where there is none.
inline int attribution_rounds(const Plan& plan) {
  return plan.attribution ? plan.attribution_starts : 0;
}

// Seconds that processes, samplers and journal add to a window, from the lab.
inline constexpr double kWindowCostS = 0.3;
// Seconds that starting and stopping a subject takes, until it is known.
inline constexpr double kSubjectCostS = 1.5;
// Seconds that measuring the entry into one kind of hook takes (sample/entry_cost.h), with starting the
// traffic for it.
inline constexpr double kEntryCostS = 3.5;

// Seconds of one window of this workload, with what stands around it.
double estimated_window_s(const Plan& plan, const PlannedWorkload& workload);
// Seconds of one arm (its windows plus fixed costs), of a subject or of the baseline.
double estimated_arm_s(const Plan& plan, bool baseline);
// Seconds of one subject's attribution: its starts, and the entry into one kind of hook, as most tools have.
double estimated_attribution_s(const Plan& plan, const PlannedSubject& subject);
// Seconds the run will take at n blocks (windows plus fixed costs), for the budget line and the ETA.
double estimated_duration_s(const Plan& plan, int blocks);

// "20261120-190312-3f9a": the time in UTC and four random digits.
std::string make_run_id(int64_t now_realtime_ns);

}  // namespace bpftax
