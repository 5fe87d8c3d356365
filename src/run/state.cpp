#include "run/state.h"

#include <fmt/format.h>

#include <algorithm>

namespace bpftax {

namespace {

void fail_arm(BlockState& state, const std::string& arm, const std::string& reason) {
  if (state.failed_arms.empty()) state.first_failed_arm = arm;
  state.failed_arms.emplace(arm, reason);
}

// Files and clock offsets that are announced belong to the arm that follows.
bool ends_between_blocks(const RecordBody& body) {
  const auto* hook = std::get_if<HookRecord>(&body);
  return std::holds_alternative<SessionRecord>(body) || std::holds_alternative<BlockEndRecord>(body) ||
         std::holds_alternative<StatsUseRecord>(body) || (hook != nullptr && hook->arm.empty());
}

}  // namespace

bool is_baseline(const std::string& arm) {
  return arm == "A1" || arm == "A2";
}

std::string entry_hook(const std::string& attach) {
  const std::string hook = attach.substr(0, attach.find(':'));
  for (const char* known : {"tracepoint", "raw_tp", "tp_btf", "kprobe", "kretprobe", "fentry", "fexit"})
    if (hook == known) return hook;
  return "";
}

Result<void> RunState::apply(const JournalRecord& record) {
  if (const auto* window = std::get_if<WindowRecord>(&record.body)) {
    const ResultWindow& w = window->window;
    if (has_window(w.block, w.arm, w.workload)) {
      return fail(ErrorKind::kUsage, "cannot read the journal",
                  fmt::format("block {}, arm {}, {}", w.block, w.arm, w.workload),
                  "this window stands in it twice");
    }
  }
  // Time between sessions is not the run's; a clock that was set back counts as no time.
  const bool continues = last_at_ns_ != 0 && !std::holds_alternative<SessionRecord>(record.body);
  if (continues) active_ns_ += std::max<int64_t>(0, record.at_ns - last_at_ns_);
  if (started_at_ns_ == 0) started_at_ns_ = record.at_ns;
  last_at_ns_ = record.at_ns;
  std::visit([this](const auto& body) { on(body); }, record.body);
  if (ends_between_blocks(record.body)) between_blocks_active_ns_ = active_ns_;
  return {};
}

void RunState::on(const SessionRecord& record) {
  ++sessions_;
  boot_id_ = record.boot_id;
}

void RunState::on(const ArmStartRecord& record) {
  if (record.block >= 0) block(record.block);
  SubjectState& subject = subjects_[record.arm];
  subject.ready_ms.push_back(record.ready_ms);
  subject.detached = record.detached;
  subject.without_programs = record.programs.empty();
  subject.programs = record.programs;
  subject.maps = record.maps;
}

void RunState::on(const WindowRecord& record) {
  BlockState& state = block(record.window.block);
  state.windows[{record.window.arm, record.window.workload}] = windows_.size();
  windows_.push_back(record);
  if (!record.window.valid)
    fail_arm(state, record.window.arm, record.window.workload + ": " + record.window.reason);
}

void RunState::on(const ArmEndRecord& record) {
  SubjectState& subject = subjects_[record.arm];
  subject.left_behind.insert(record.left_behind.begin(), record.left_behind.end());
  subject.lost_events += record.lost_events;
  subject.output_cut |= record.output_cut;
  subject.killed |= record.ended_by == "SIGKILL";
  subject.stop_ms.push_back(static_cast<double>(record.took_ms));
}

void RunState::on(const FailureRecord& record) {
  SubjectState& subject = subjects_[record.arm];
  if (record.block == kAttributionBlock) {
    subject.attribution_failed = true;
    subject.attribution_reason = record.reason;
    return;
  }
  if (record.phase != "init") fail_arm(block(record.block), record.arm, record.reason);
  ++subject.failures;
  ++subject.failures_in_row;
  subject.reason = record.reason;
  subject.last_words = record.last_words;
  if (is_baseline(record.arm)) return;  // nothing could be compared without it: its blocks are dropped
  if (record.phase == "init" || (record.block == 0 && record.phase == "start") ||
      subject.failures_in_row >= kFailuresInRow) {
    subject.removed = true;
    subject.removed_phase = record.phase;
  }
}

void RunState::on(const BlockEndRecord& record) {
  BlockState& state = block(record.block);
  state.ended = true;
  state.valid = record.valid;
  state.interrupted = record.interrupted;
  state.reason = record.reason;
  state.culprit = record.culprit;
  state.ended_active_ns = active_ns_;
  if (!record.valid) return;
  for (const auto& [key, index] : state.windows) subjects_[key.first].failures_in_row = 0;
}

void RunState::on(const AttributionRecord& record) {
  const ResultWindow& window = record.window.window;
  subjects_[window.subject].attribution[window.workload].push_back(record);
}

void RunState::on(const StatsUseRecord& record) {
  if (!stats_use_ || !stats_use_->active) stats_use_ = record;
}

void RunState::on(const FilesRecord& record) {
  for (const auto& [host, paths] : record.files) files_[host].insert(paths.begin(), paths.end());
}

void RunState::on(const HookRecord& record) {
  if (record.ok) return;
  const char* kind = record.level == "monitor" ? "monitor" : "hook";
  ++hook_failures_[record.host + ": " + kind + " " + record.name + " failed: " + record.why];
}

BlockState& RunState::block(int number) {
  const auto [entry, is_new] = blocks_.try_emplace(number);
  BlockState& state = entry->second;
  state.number = number;
  if (is_new) state.began_active_ns = between_blocks_active_ns_;
  return state;
}

const SubjectState& RunState::subject(const std::string& id) const {
  static const SubjectState kNothingYet;
  const auto found = subjects_.find(id);
  return found == subjects_.end() ? kNothingYet : found->second;
}

std::vector<int> RunState::valid_blocks() const {
  std::vector<int> numbers;
  for (const auto& [number, state] : blocks_) {
    if (number > 0 && state.ended && state.valid) numbers.push_back(number);
  }
  return numbers;
}

std::optional<int> RunState::open_block() const {
  for (const auto& [number, state] : blocks_) {
    if (!state.ended) return number;
  }
  return std::nullopt;
}

int RunState::next_block() const {
  return blocks_.empty() ? 0 : blocks_.rbegin()->first + 1;
}

int RunState::dropped_blocks() const {
  return static_cast<int>(std::count_if(blocks_.begin(), blocks_.end(), [](const auto& entry) {
    const BlockState& state = entry.second;
    return state.number > 0 && state.ended && !state.valid && !state.interrupted;
  }));
}

int RunState::dropped_in_row() const {
  int count = 0;
  for (auto entry = blocks_.rbegin(); entry != blocks_.rend(); ++entry) {
    const BlockState& state = entry->second;
    if (state.number <= 0 || !state.ended || state.interrupted) continue;
    if (state.valid) break;
    ++count;
  }
  return count;
}

std::map<std::string, int> RunState::drops_by_arm() const {
  std::map<std::string, int> drops;
  for (const auto& [number, state] : blocks_) {
    if (number > 0 && state.ended && !state.valid && !state.culprit.empty()) ++drops[state.culprit];
  }
  return drops;
}

const BlockState* RunState::block_state(int number) const {
  const auto found = blocks_.find(number);
  return found == blocks_.end() ? nullptr : &found->second;
}

const WindowRecord* RunState::window(int number, const std::string& arm, const std::string& workload) const {
  const auto state = blocks_.find(number);
  if (state == blocks_.end()) return nullptr;
  const auto found = state->second.windows.find({arm, workload});
  return found == state->second.windows.end() ? nullptr : &windows_[found->second];
}

bool RunState::has_window(int number, const std::string& arm, const std::string& workload) const {
  return window(number, arm, workload) != nullptr;
}

std::vector<std::string> RunState::active_subjects(const Plan& plan) const {
  std::vector<std::string> ids;
  for (const PlannedSubject& planned : plan.subjects) {
    if (!subject(planned.id).removed) ids.push_back(planned.id);
  }
  return ids;
}

int RunState::attributed_windows(const std::string& id, const std::string& workload) const {
  const auto& by_workload = subject(id).attribution;
  const auto attempts = by_workload.find(workload);
  if (attempts == by_workload.end()) return 0;
  return static_cast<int>(std::count_if(attempts->second.begin(), attempts->second.end(),
                                        [](const AttributionRecord& r) { return r.window.window.valid; }));
}

bool RunState::attribution_wanted(const std::string& id, const std::string& workload, int starts) const {
  const SubjectState& state = subject(id);
  if (state.removed || state.attribution_failed) return false;
  const auto attempts = state.attribution.find(workload);
  if (attempts == state.attribution.end()) return true;
  return attributed_windows(id, workload) < starts &&
         static_cast<int>(attempts->second.size()) < starts * kAttributionAttempts;
}

}  // namespace bpftax
