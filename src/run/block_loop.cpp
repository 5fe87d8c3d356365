#include "run/block_loop.h"

#include <fmt/format.h>

#include <algorithm>

#include "run/estimates.h"
#include "util/units.h"

namespace bpftax {

int most_drops_in_row(const Plan& plan) {
  return std::max(kMostDropsInRow, kFailuresInRow * (static_cast<int>(plan.subjects.size()) + 1));
}

int most_drops(const Plan& plan) {
  return std::max(most_drops_in_row(plan), plan.stopping.looks.back() / 2);
}

bool all_subjects_failed(const Session& session) {
  const bool tools = std::any_of(session.plan.subjects.begin(), session.plan.subjects.end(),
                                 [](const auto& s) { return s.kind == PlannedSubject::Kind::kTool; });
  return std::all_of(
      session.plan.subjects.begin(), session.plan.subjects.end(), [&](const PlannedSubject& s) {
        return (tools && s.kind == PlannedSubject::Kind::kPlacebo) || session.state.subject(s.id).removed;
      });
}

Result<void> BlockLoop::run() {
  while (!session_.state.measured()) {
    const std::optional<int> open = session_.state.open_block();
    if (!open) {
      if (const std::optional<std::string> reason = why_stop()) {
        BPFTAX_TRY(session_.record(MeasuredRecord{*reason}));
        break;
      }
    }
    BPFTAX_TRY(run_block(open.value_or(session_.state.next_block())));
    BPFTAX_TRY(after_block_());
  }
  return {};
}

std::optional<std::string> BlockLoop::why_stop() {
  const RunState& state = session_.state;
  const Plan& plan = session_.plan;
  if (all_subjects_failed(session_)) return "every subject failed";
  const auto valid = static_cast<int>(state.valid_blocks().size());
  if (state.blocks().count(0) != 0) {
    const bool budget_left = session_.fits_budget(session_.block_s() + session_.attribution_s());
    std::vector<Judged> rows;
    for (JudgedRow& row : judge_rows(session_, true)) rows.push_back(std::move(row.judged));
    if (rows.empty() && !budget_left) return "the time budget is used up before a block counted";
    // Without a valid block there are no rows, which would read as "nothing left to decide".
    if (rows.empty()) rows.emplace_back();
    const StopDecision decision = decide(design_of(plan), valid, rows, budget_left);
    if (decision.stop) return decision.reason;
  }
  std::string last;
  for (const auto& [number, block] : state.blocks()) {
    if (block.ended && !block.valid && !block.interrupted) last = block.reason;
  }
  if (state.dropped_in_row() >= most_drops_in_row(plan))
    return fmt::format("{} blocks in a row had to be dropped, the last because of {}", state.dropped_in_row(),
                       last);
  if (state.dropped_blocks() >= most_drops(plan))
    return fmt::format("{} blocks had to be dropped, the last because of {}", state.dropped_blocks(), last);
  return std::nullopt;
}

Result<void> BlockLoop::run_block(int number) {
  ProgressEvent event;
  event.kind = ProgressEvent::Kind::kBlockStarted;
  event.block = number;
  event.purpose = number == 0 ? "warmup" : "timed";
  session_.tell(event);
  for (const std::string& arm : arm_order(session_.plan, number)) {
    const BlockState* block = session_.state.block_state(number);
    if (block != nullptr && number != 0 && !block->failed_arms.empty()) break;  // lost
    if (block != nullptr && block->failed_arms.count(arm) != 0 && !is_baseline(arm)) continue;
    if (session_.state.subject(arm).removed) continue;
    if (number == 0 && all_subjects_failed(session_)) break;  // a warm-up for nothing
    BPFTAX_TRY(arms_.run(number, arm));
  }
  return end_block(number);
}

Result<void> BlockLoop::end_block(int number) {
  const BlockState* block = session_.state.block_state(number);
  BlockEndRecord record;
  record.block = number;
  record.valid = number == 0 || block == nullptr || block->failed_arms.empty();
  if (!record.valid) {
    record.culprit = block->first_failed_arm;
    const PlannedSubject* subject = session_.planned_subject(record.culprit);
    record.reason = fmt::format("{}: {}", subject == nullptr ? "baseline" : subject->name,
                                block->failed_arms.at(record.culprit));
  }
  BPFTAX_TRY(session_.record(record));
  ProgressEvent event;
  event.kind = record.valid ? ProgressEvent::Kind::kBlockDone : ProgressEvent::Kind::kBlockDropped;
  event.block = number;
  event.purpose = number == 0 ? "warmup" : "timed";
  event.text = record.reason;
  if (number > 0) event.estimates = running_estimates(session_);
  session_.tell(std::move(event));
  return {};
}

}  // namespace bpftax
