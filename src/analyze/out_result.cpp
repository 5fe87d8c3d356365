#include "analyze/out_result.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <iterator>
#include <map>
#include <set>

#include "analyze/out_pairs.h"
#include "analyze/out_windows.h"
#include "stats/descriptive.h"
#include "util/strings.h"
#include "util/version.h"

namespace bpftax {
namespace {

// More than a reader of a report would read; all of them stand in the overviews and in summary.json.
constexpr size_t kMostResultWarnings = 500;

std::string base_name(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const size_t slash = path.rfind('/');
  if (slash != std::string_view::npos) path.remove_prefix(slash + 1);
  return path.empty() || path == "." || path == ".." || path == "/" ? "tree" : std::string(path);
}

// A case in an environment, over the iterations.
struct TreeSubject {
  std::string environment, folder;
  std::map<int, const AnalysedCase*> cases;  // by iteration
};

// What one subject contributes.
struct SubjectOutcome {
  ResultSubject subject;
  std::vector<PairedRow> rows;
  std::vector<ResultWindow> windows;
};

class TreeResult {
 public:
  explicit TreeResult(const AnalysedTree& tree) : tree_(tree) {}
  RunResult make();

 private:
  void collect();
  void add_subjects();
  SubjectOutcome outcome_of(const TreeSubject& from) const;
  void add_process(const TreeSubject& from, ResultSubject& subject) const;
  void add_windows(const AnalysedCase& of, int iteration, const std::string& environment,
                   const std::string& id, const AnalysedCase* baseline,
                   std::vector<ResultWindow>& windows) const;
  void add_environments();
  void add_warnings();
  void set_times();

  const AnalysedCase* baseline_of(int iteration, const std::string& environment) const;
  PairedWindows gather(const std::map<int, const AnalysedCase*>& cases, const std::string& environment) const;
  std::string id_of(const TreeSubject& subject) const;

  const AnalysedTree& tree_;
  std::vector<std::string> environments_;
  std::vector<TreeSubject> subjects_;
  std::map<std::string, int> folders_;              // how many environments a case's folder is in
  std::map<std::string, PairedWindows> baselines_;  // by environment
  std::vector<PairedRow> rows_;
  RunResult result_;
};

void TreeResult::collect() {
  std::map<std::pair<std::string, std::string>, size_t> known;
  for (size_t i = 0; i < tree_.iterations.size(); ++i) {
    for (const AnalysedEnvironment& environment : tree_.iterations[i].environments) {
      if (std::find(environments_.begin(), environments_.end(), environment.name) == environments_.end())
        environments_.push_back(environment.name);
      for (const AnalysedCase& of : environment.cases) {
        const auto [at, fresh] = known.try_emplace({environment.name, of.key.folder}, subjects_.size());
        if (fresh) {
          subjects_.push_back({environment.name, of.key.folder, {}});
          ++folders_[of.key.folder];
        }
        subjects_[at->second].cases[static_cast<int>(i)] = &of;
      }
    }
  }
  for (const std::string& environment : environments_) {
    std::map<int, const AnalysedCase*> cases;
    for (size_t i = 0; i < tree_.iterations.size(); ++i)
      if (const AnalysedCase* of = baseline_of(static_cast<int>(i), environment))
        cases[static_cast<int>(i)] = of;
    baselines_[environment] = gather(cases, environment);
  }
}

const AnalysedCase* TreeResult::baseline_of(int iteration, const std::string& environment) const {
  for (const AnalysedEnvironment& other : tree_.iterations[static_cast<size_t>(iteration)].environments)
    if (other.name == environment) return other.baseline ? &*other.baseline : nullptr;
  return nullptr;
}

std::string workload_of(const AnalysedWindow& window, const AnalysedCase& of, const AnalysedCase* baseline) {
  return workload_name(window, protocol_of(window, of, baseline));
}

PairedWindows TreeResult::gather(const std::map<int, const AnalysedCase*>& cases,
                                 const std::string& environment) const {
  PairedWindows windows;
  for (const auto& [iteration, of] : cases) {
    for (const AnalysedWindow& window : of->windows) {
      if (!window.counts()) continue;
      const std::string workload = workload_of(window, *of, baseline_of(iteration, environment));
      const int block = window.workload.empty() ? 0 : window.block;
      windows[workload][{iteration, block}].windows.push_back(&window);
    }
  }
  return windows;
}

std::string TreeResult::id_of(const TreeSubject& subject) const {
  if (folders_.at(subject.folder) == 1) return subject.folder;
  return subject.folder + "@" + subject.environment;
}

void TreeResult::add_process(const TreeSubject& from, ResultSubject& subject) const {
  std::vector<double> cpu, output;
  const auto raise = [](std::optional<double>& most, const std::optional<double>& value) {
    if (value) most = std::max(most.value_or(*value), *value);
  };
  for (const auto& [iteration, of] : from.cases) {
    if (!of->resources || of->tool == ToolState::kDied) continue;
    const ResourceTotals& totals = *of->resources;
    if (totals.use.cpu_avg_percent) cpu.push_back(*totals.use.cpu_avg_percent);
    if (totals.log_bytes_per_s) output.push_back(*totals.log_bytes_per_s);
    raise(subject.process_cpu_percent.peak, totals.use.cpu_max_percent);
    raise(subject.process_rss_kb.peak, totals.use.rss_max_kb);
    raise(subject.process_vsz_kb.peak, totals.use.vsz_max_kb);
  }
  subject.process_cpu_percent.avg = mean(cpu);
  subject.output_bytes_per_s = mean(output);
}

void TreeResult::add_windows(const AnalysedCase& of, int iteration, const std::string& environment,
                             const std::string& id, const AnalysedCase* baseline,
                             std::vector<ResultWindow>& windows) const {
  std::map<std::string, int> baselines;  // windows of one block so far
  for (const AnalysedWindow& window : of.windows) {
    WindowPlace place;
    place.environment = environment;
    place.number = iteration + 1;
    place.several = tree_.iterations.size() > 1;
    place.subject = id;
    place.workload = workload_of(window, of, baseline);
    place.arm = id;
    if (id.empty()) {
      const int before = baselines[fmt::format("{}/{}", place.workload, window.block)]++;
      place.arm = !window.workload.empty() && before == 1 ? "A2" : "A1";
    }
    if (of.tool == ToolState::kDied) place.fault = "the tool was not running: " + of.tool_evidence;
    windows.push_back(result_window(window, place));
  }
}

SubjectOutcome TreeResult::outcome_of(const TreeSubject& from) const {
  const AnalysedCase& first = *from.cases.begin()->second;
  SubjectOutcome outcome;
  ResultSubject& subject = outcome.subject;
  subject.id = id_of(from);
  subject.name =
      folders_.at(from.folder) == 1 ? from.folder : fmt::format("{} ({})", from.folder, from.environment);
  subject.kind = "tool";
  subject.environment = from.environment;
  subject.part = from.environment;
  subject.test_case =
      ResultCase{first.key.case_id, first.key.tool_id, first.key.protocol, first.key.direction};
  PairInput input;
  input.baseline = &baselines_.at(from.environment);
  const PairedWindows with = gather(from.cases, from.environment);
  input.subject = &with;
  input.several_iterations = tree_.iterations.size() > 1;
  for (const auto& [iteration, of] : from.cases) {
    if (subject.command.empty()) subject.command = of->command;
    if (of->tool != ToolState::kDied) continue;
    input.dead.insert(iteration);
    if (input.dead_evidence.empty()) input.dead_evidence = of->tool_evidence;
  }
  add_process(from, subject);
  std::set<std::string> workloads;
  for (const PairedWindows* side : {input.baseline, input.subject})
    for (const auto& [workload, groups] : *side) workloads.insert(workload);
  bool measured = false;
  for (const std::string& workload : workloads) {
    for (const MetricInfo& metric : tree_metrics(workload)) {
      auto row = paired_row(input, workload, metric);
      if (!row) continue;
      row->comparison.subject = subject.id;
      row->comparison.environment = row->comparison.part = from.environment;
      row->comparison.case_id = first.key.case_id;
      measured = measured || row->comparison.subject_mean;
      outcome.rows.push_back(std::move(*row));
    }
  }
  subject.status = measured ? "measured" : "invalid";
  if (!measured) {
    subject.reason = input.dead.empty() ? "no value with the tool could be read"
                                        : "the tool was not running: " + input.dead_evidence;
  }
  for (const auto& [iteration, of] : from.cases)
    add_windows(*of, iteration, from.environment, subject.id, baseline_of(iteration, from.environment),
                outcome.windows);
  return outcome;
}

// Half of them by a second thread: they have nothing to do with each other.
void TreeResult::add_subjects() {
  std::vector<SubjectOutcome> outcomes(subjects_.size());
  const size_t half = subjects_.size() / 2;
  const auto work_out = [&](size_t begin, size_t end) {
    for (size_t i = begin; i < end; ++i) outcomes[i] = outcome_of(subjects_[i]);
  };
  auto second = std::async(std::launch::async, work_out, half, subjects_.size());
  work_out(0, half);
  second.get();
  for (SubjectOutcome& outcome : outcomes) {
    result_.subjects.push_back(std::move(outcome.subject));
    std::move(outcome.rows.begin(), outcome.rows.end(), std::back_inserter(rows_));
    std::move(outcome.windows.begin(), outcome.windows.end(), std::back_inserter(result_.windows));
  }
}

void TreeResult::add_environments() {
  for (const std::string& name : environments_) {
    ResultEnvironment environment;
    environment.name = name;
    ResultPart part;
    part.id = name;
    part.status = "measured";
    part.blocks_planned_min = part.blocks_planned_max = part.blocks_done =
        static_cast<int>(tree_.iterations.size());
    environment.parts.push_back(part);
    result_.environments.push_back(std::move(environment));
    for (size_t i = 0; i < tree_.iterations.size(); ++i)
      if (const AnalysedCase* of = baseline_of(static_cast<int>(i), name))
        add_windows(*of, static_cast<int>(i), name, "", of, result_.windows);
  }
  result_.environment = join(environments_, ", ");
}

void TreeResult::add_warnings() {
  auto& out = result_.warnings;
  if (tree_.iterations.size() == 1) {
    out.push_back({"no-repetition",
                   "Every case was measured once, and so was its baseline: differences are printed as such.",
                   "Without repetition chance cannot be told from a cost. Measure several iterations, or use "
                   "`bpftax run`, which interleaves tool and baseline."});
  } else {
    out.push_back(
        {"not-interleaved",
         fmt::format("In each of {} iterations all baselines ran before the tools.", tree_.iterations.size()),
         "Whatever changed between them (temperature, other load) counts as the tool's cost. "
         "`bpftax run` interleaves tool and baseline."});
  }
  const bool writes = std::any_of(rows_.begin(), rows_.end(),
                                  [](const PairedRow& row) { return row.comparison.metric == kWritesPerS; });
  if (writes) {
    out.push_back(
        {"writes-not-packets",
         "The PPS tests were made with TCP: writes_per_s counts write calls of the generator, not packets.",
         "TCP joins small writes into full segments, so this says nothing about packet rates; "
         "measure udp_pps for them."});
  }
  const std::vector<AnalysisWarning> all = placed_warnings(tree_);
  for (size_t i = 0; i < all.size(); ++i) {
    if (i >= kMostResultWarnings) {
      out.push_back({"more-warnings", fmt::format("{} more warnings.", all.size() - i),
                     "All of them stand in the overviews and in summary.json."});
      break;
    }
    const std::string file = all[i].file.empty() ? "" : all[i].file + ": ";
    out.push_back({all[i].code, file + all[i].text, ""});
  }
}

void TreeResult::set_times() {
  std::vector<double> durations;
  for (const ResultWindow& window : result_.windows) {
    if (window.start_realtime_ns > 0) {
      const int64_t end = window.start_realtime_ns + static_cast<int64_t>(window.duration_s * 1e9);
      result_.started_realtime_ns = result_.started_realtime_ns == 0
                                        ? window.start_realtime_ns
                                        : std::min(result_.started_realtime_ns, window.start_realtime_ns);
      result_.finished_realtime_ns = std::max(result_.finished_realtime_ns, end);
    }
    if (window.duration_s > 0) durations.push_back(window.duration_s);
  }
  result_.window_s = median(durations).value_or(0);
}

RunResult TreeResult::make() {
  collect();
  result_.source = kSourceTree;
  result_.run_id = base_name(tree_.folder);
  result_.tool_version = kVersion;
  result_.complete = true;
  result_.blocks_planned_min = result_.blocks_planned_max = result_.blocks_done =
      static_cast<int>(tree_.iterations.size());
  add_environments();
  add_subjects();
  correct_rows(rows_);
  add_warnings();
  for (PairedRow& row : rows_) result_.comparisons.push_back(std::move(row.comparison));
  set_times();
  return std::move(result_);
}

}  // namespace

std::string workload_name(const AnalysedWindow& window, std::string_view protocol) {
  if (!window.workload.empty()) return window.workload;
  if (window.perf_type == "latency") return window.conn;
  std::string name(protocol);
  name += window.perf_type == "pps" ? "_pps" : "_stream";
  if (window.conn.starts_with("multi_")) name += window.conn.substr(5);
  return name;
}

std::string_view perf_type_of(std::string_view workload) {
  if (workload.find("_rr") != std::string_view::npos) return "latency";
  return workload.find("_pps") != std::string_view::npos ? "pps" : "throughput";
}

std::vector<AnalysisWarning> placed_warnings(const AnalysedTree& tree) {
  std::vector<AnalysisWarning> out = tree.warnings;
  for (const AnalysedIteration& iteration : tree.iterations) {
    const auto add = [&](const std::vector<AnalysisWarning>& warnings) {
      for (const AnalysisWarning& warning : warnings) {
        out.push_back(warning);
        const bool told = !iteration.root.empty() && warning.file.starts_with(iteration.root + "/");
        if (tree.iterations.size() > 1 && !told) out.back().text = iteration.name + ": " + warning.text;
      }
    };
    for (const AnalysedEnvironment& environment : iteration.environments) {
      if (environment.baseline) add(environment.baseline->warnings);
      for (const AnalysedCase& of : environment.cases) add(of.warnings);
    }
  }
  return out;
}

RunResult run_result_of(const AnalysedTree& tree) {
  return TreeResult(tree).make();
}

}  // namespace bpftax
