// The result of a run: result.json, schema "bpftax.result/1" (formats.md section 2), as C++ data. The engine
// fills it, report/ and analyze/ read it; both sides see only this. Optional = null in the file. Percentages
// are overheads: positive is worse.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace bpftax {

enum class Verdict { kPass, kOverhead, kExceeds, kInconclusive, kSaturated, kInvalid };
std::string_view to_string(Verdict verdict);  // "PASS", ...
std::optional<Verdict> verdict_from_string(std::string_view text);

struct AverageAndPeak {
  std::optional<double> avg, peak;
};

struct ResultProgram {
  int64_t id = 0;
  std::string name, type, attach;
  std::optional<double> runs_per_s, ns_per_run, cpu_percent;  // over all attribution windows of the subject
  // What entering its hook costs on this host beside ns_per_run, and half of the 95 % interval of that.
  std::optional<double> entry_ns, entry_error_ns;
  std::optional<int64_t> recursion_misses, verified_insns, jited_bytes;
  // The same by workload: where the events come from.
  struct PerWorkload {
    std::string workload;
    double runs_per_s = 0;
    std::optional<double> ns_per_run;
    double runs_per_unit = 0;  // per transaction, packet or GB, the workload's unit of work
  };
  std::vector<PerWorkload> workloads;
};

struct ResultMap {
  int64_t id = 0;
  std::string name, type;
  int64_t max_entries = 0;
  std::optional<int64_t> bytes;
};

struct ResultWarning {
  std::string code, text, advice;  // text: what was seen, with its numbers; advice: what to do about it
};

// The case of a campaign that a subject is.
struct ResultCase {
  int id = 0;
  std::string tool_id, protocol, direction;
  // Of all its parameters (formats.md section 4): what tells cases apart that have the three above in common;
  // "" where it is not known.
  std::string hash6{};
};

// How a tool is built, as far as it decides what it should cost (report/class_design.h).
struct ResultDesign {
  std::string klass = "unknown";  // "class": summary|details-filtered|details|unknown
  std::string source = "none";    // who says so: "registry" (`class:` of its entry), "evidence", "none"
  std::string reason;             // one sentence
};

struct ResultSubject {
  std::string id, name, command;
  std::string environment;              // "lab", "host", "vm"
  std::string part;                     // of the campaign; "" for `measure`
  std::optional<ResultCase> test_case;  // "case"; nullopt for `measure`
  std::string kind;                     // "tool" | "placebo"
  std::string status;                   // "measured" | "failed" | "invalid"
  std::string reason;                   // when not measured; else empty
  std::optional<double> ready_ms;
  std::vector<std::string> left_behind;
  std::vector<ResultProgram> programs;
  std::vector<ResultMap> maps;
  std::optional<double> bpf_cpu_percent;  // share of one CPU in its programs during attribution windows
  std::optional<int64_t> map_bytes;
  std::optional<double> stats_cost_ns;  // what the run-time statistics add to each run on this host
  AverageAndPeak process_cpu_percent, process_rss_kb, process_vsz_kb;
  std::optional<double> output_bytes_per_s;
  std::string klass = "unknown";  // "class": continuous|diagnosis|short-term|avoid|unknown
  std::string class_reason;       // one sentence: the rule and the numbers that led to it (report/advice.h)
  ResultDesign design;
  std::vector<ResultWarning> advice;  // what the evidence suggests to the tool's author or user
  std::string last_words;             // end of the tool's stderr when it failed
};

struct ResultComparison {
  std::string subject;  // id
  std::string environment, part;
  std::optional<int> case_id;  // "case"
  std::string workload;        // "tcp_rr"
  std::string metric;          // "latency_mean_us"
  std::string unit;
  std::string better;  // "lower" | "higher"
  bool primary = false;
  int blocks = 0;  // used in the estimate
  std::optional<double> baseline_mean, subject_mean;
  std::optional<double> overhead_percent, ci_low, ci_high;
  double confidence = 0.95;
  std::optional<double> p_value, p_adjusted;
  std::optional<double> mde_percent;
  std::optional<double> noise_floor_percent;  // 100*(exp(mean e)-1), signed
  std::optional<double> noise_low, noise_high;
  // Where zeros forbid a ratio the row is judged by the difference in the metric's unit (positive is worse),
  // and all percentages above are null: the difference with its interval, the smallest one that is found with
  // 80 % power, and what the second baseline differs from the first.
  std::optional<double> difference, difference_low, difference_high, difference_mde;
  std::optional<double> difference_noise, difference_noise_low, difference_noise_high;
  double margin_percent = 0;
  // The smallest difference that counts (in the metric's unit), where it and not a share of the baseline
  // makes the margin.
  std::optional<double> margin_floor;
  Verdict verdict = Verdict::kInvalid;
  std::string verdict_text;          // one sentence: why
  std::optional<int> blocks_needed;  // when INCONCLUSIVE: how many it would take
  std::vector<double>
      baseline_samples;  // mean of the two baselines of each block used (geometric), block order
  std::vector<double> subject_samples;
  std::vector<int> excluded;  // block numbers
  std::vector<std::string> warnings;
  // Measured effect beside attributed time, where the metric is a time per unit of work (method.md section
  // 5):
  std::optional<double> measured_added_us;  // per transaction
  std::optional<double> measured_added_low, measured_added_high;
  // Runs per unit x (ns per run + ns for entering the hook, where that is known for all programs).
  std::optional<double> attributed_added_us;
  std::optional<double> attributed_entry_us;  // the part of it that is entering hooks
  // From three starts on, and only where the entries are known.
  std::optional<double> attributed_added_low, attributed_added_high;
};

// One window, as it stands in the journal too.
struct ResultWindow {
  std::string environment, part;  // in a campaign's result only: block and arm are those of the part
  int block = 0;
  std::string arm;      // "A1", "A2", or the subject's id
  std::string subject;  // "" for the baseline
  std::string workload;
  std::string purpose = "timed";  // "timed" | "warmup" (block 0) | "attribution"
  int64_t start_realtime_ns = 0;  // of the steady part
  double duration_s = 0;
  bool valid = false;
  std::string reason;                     // when not valid
  std::map<std::string, double> metrics;  // "throughput_gbps": 17.8
  std::map<std::string, double>
      conditions;  // "idle_percent", "steal_percent", "softirq_percent",
                   // "context_switches_per_s", "frequency_mhz", "idle_residency_percent",
                   // "subject_cpu_percent", "subject_rss_kb", ...: confounders, not metrics
};

// What a campaign measured together, with baselines and blocks of its own.
struct ResultPart {
  std::string id;
  std::string status;  // "measured" | "failed" | "unfinished"
  std::string reason;  // when not measured
  int blocks_planned_min = 0, blocks_planned_max = 0, blocks_done = 0;
  std::string stop_reason;
};

struct ResultEnvironment {
  std::string name;
  nlohmann::json server_facts, client_facts, tool_facts;  // tool: of the host where the subjects ran
  nlohmann::json placement;
  std::vector<ResultPart> parts;  // empty for `measure`
  // How each workload was generated: {"tcp_rr": {"generator": "netperf", "version": "Netperf version 2.7.0",
  // "window_s": 5, "omit_s": 1, "target_bandwidth": null}}; null where it is not known.
  nlohmann::json workloads;
};

// Where a result comes from. A run of ours interleaves tool and baseline in blocks; in a tree of raw results
// (`bpftax analyze`) an iteration takes the place of a block, and all its baselines ran before the tools.
inline constexpr const char* kSourceRun = "run";
inline constexpr const char* kSourceTree = "tree";

struct RunResult {
  std::string source = kSourceRun;
  std::string run_id;
  int64_t started_realtime_ns = 0, finished_realtime_ns = 0;
  uint64_t seed = 0;
  std::string tool_version;  // bpftax's own
  std::string command_line;  // what the user typed, shell-quoted; "" unknown
  std::string environment;   // "lab"; the names of a campaign's, comma-separated
  nlohmann::json server_facts, client_facts;
  nlohmann::json
      placement;  // {"tcp_rr": {"policy": "same-cpu", "server": [1], "client": [1], "subject": [0]}, ...}
  double window_s = 0;
  int blocks_planned_min = 0, blocks_planned_max = 0, blocks_done = 0;
  std::string stop_reason;  // why measuring ended, a sentence
  bool complete = false;    // false in the intermediate files written after each block
  std::vector<ResultEnvironment> environments;
  std::vector<ResultSubject> subjects;
  std::vector<ResultComparison> comparisons;
  std::vector<ResultWarning> warnings;
  std::vector<ResultWindow> windows;
  std::map<std::string, int> drops;  // arm -> blocks dropped because of it
};

inline constexpr std::string_view kResultSchema = "bpftax.result/1";

nlohmann::ordered_json to_json(const RunResult& result);
// The text of result.json: to_json, indented, with bytes that are not UTF-8 replaced (U+FFFD).
std::string result_document(const RunResult& result);
// Reads a result.json, ours or a newer one with added fields. Checks types; an error names the path in the
// document.
Result<RunResult> run_result_from_json(const nlohmann::json& json);

nlohmann::ordered_json to_json(const ResultWindow& window);
Result<ResultWindow> result_window_from_json(const nlohmann::json& json);

}  // namespace bpftax
