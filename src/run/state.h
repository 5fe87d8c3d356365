// The state of a run: the journal's records applied in order. The live engine applies each record after it
// has been written, a resumed one all that it reads: so both are in the same state by construction.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "plan/model.h"
#include "run/journal.h"

namespace bpftax {

bool is_baseline(const std::string& arm);  // "A1" or "A2"
// The hook that a program sits on, if what entering it costs can be measured (sample/entry_cost.h): "tp_btf"
// of "tp_btf:netif_receive_skb"; else "".
std::string entry_hook(const std::string& attach);

struct BlockState {
  int number = 0;
  bool ended = false, valid = false, interrupted = false;
  std::string reason, culprit;
  // What already went wrong in it, before its end is written: arm -> reason; and the arm where it began.
  std::map<std::string, std::string> failed_arms;
  std::string first_failed_arm;
  // Times in which the controller ran (RunState::active_ns), so that pauses are not in their difference. It
  // began when whatever came before it was over.
  int64_t began_active_ns = 0, ended_active_ns = 0;
  std::map<std::pair<std::string, std::string>, size_t>
      windows;  // (arm, workload) -> index in RunState::windows
};

struct SubjectState {
  bool removed = false;
  std::string removed_phase;  // "start" | "window": never ready, or not to the end
  std::string reason, last_words;
  int failures = 0, failures_in_row = 0;
  std::vector<double> ready_ms;
  std::vector<double> stop_ms;
  std::set<std::string> left_behind;
  int64_t lost_events = 0;
  bool output_cut = false, killed = false, detached = false, without_programs = false;
  std::vector<ProgramRecord> programs;  // at the last start
  std::vector<ResultMap> maps;
  std::map<std::string, std::vector<AttributionRecord>> attribution;  // workload -> attempts
  bool attribution_failed = false;
  std::string attribution_reason;
};

// A subject is taken out when it does not become ready in the warm-up (it does not work here), or when it
// fails this many times in a row later.
inline constexpr int kFailuresInRow = 2;
// An attribution window is tried this often.
inline constexpr int kAttributionAttempts = 2;

class RunState {
 public:
  // kUsage when the record contradicts those before it (a window measured twice).
  Result<void> apply(const JournalRecord& record);

  const std::vector<WindowRecord>& windows() const { return windows_; }
  const std::map<int, BlockState>& blocks() const { return blocks_; }
  const SubjectState& subject(const std::string& id) const;
  int sessions() const { return sessions_; }
  const std::string& boot_id() const { return boot_id_; }
  int64_t started_at_ns() const { return started_at_ns_; }
  int64_t last_at_ns() const { return last_at_ns_; }
  // Time in which the controller ran, over all sessions, up to the last record.
  int64_t active_ns() const { return active_ns_; }
  const std::optional<StatsCostRecord>& stats_cost() const { return stats_cost_; }
  // Of the first time that they were on; else of the last look.
  const std::optional<StatsUseRecord>& stats_use() const { return stats_use_; }
  // What the time budget had no room for.
  const std::set<std::string>& left_out() const { return left_out_; }
  // By hook; what could not be measured is there too.
  const std::map<std::string, EntryCostRecord>& entry_costs() const { return entry_costs_; }
  const std::optional<MeasuredRecord>& measured() const { return measured_; }
  // What may have been written below the results folder of each host, by the host's name.
  const std::map<std::string, std::set<std::string>>& files() const { return files_; }
  // Hooks and monitors that failed: a sentence without numbers of its own -> how often.
  const std::map<std::string, int>& hook_failures() const { return hook_failures_; }

  std::vector<int> valid_blocks() const;  // without the warm-up
  std::optional<int> open_block() const;
  int next_block() const;  // the lowest number never used
  // Dropped by the rules (not by an interruption), without the warm-up: how many, and how many of them since
  // the last valid block.
  int dropped_blocks() const;
  int dropped_in_row() const;
  std::map<std::string, int> drops_by_arm() const;
  const BlockState* block_state(int number) const;  // nullptr: not begun
  bool has_window(int block, const std::string& arm, const std::string& workload) const;
  const WindowRecord* window(int block, const std::string& arm, const std::string& workload) const;
  std::vector<std::string> active_subjects(const Plan& plan) const;  // not removed
  bool attribution_wanted(const std::string& subject, const std::string& workload, int starts) const;
  int attributed_windows(const std::string& subject, const std::string& workload) const;  // valid ones

 private:
  void on(const RunRecord&) {}
  void on(const SessionRecord& record);
  void on(const ArmStartRecord& record);
  void on(const WindowRecord& record);
  void on(const ArmEndRecord& record);
  void on(const FailureRecord& record);
  void on(const BlockEndRecord& record);
  void on(const AttributionRecord& record);
  void on(const StatsUseRecord& record);
  void on(const LeftOutRecord& record) { left_out_.insert(record.what); }
  void on(const StatsCostRecord& record) { stats_cost_ = record; }
  void on(const EntryCostRecord& record) { entry_costs_[record.hook] = record; }
  void on(const MeasuredRecord& record) { measured_ = record; }
  void on(const FilesRecord& record);
  void on(const ClockOffsetsRecord&) {}
  void on(const HookRecord& record);
  BlockState& block(int number);

  std::vector<WindowRecord> windows_;
  std::map<int, BlockState> blocks_;
  std::map<std::string, SubjectState> subjects_;
  int sessions_ = 0;
  std::string boot_id_;
  int64_t started_at_ns_ = 0, last_at_ns_ = 0, active_ns_ = 0;
  int64_t between_blocks_active_ns_ = 0;  // when the last thing that is no part of a block ended
  std::optional<StatsUseRecord> stats_use_;
  std::set<std::string> left_out_;
  std::optional<StatsCostRecord> stats_cost_;
  std::map<std::string, EntryCostRecord> entry_costs_;
  std::optional<MeasuredRecord> measured_;
  std::map<std::string, std::set<std::string>> files_;
  std::map<std::string, int> hook_failures_;
};

}  // namespace bpftax
