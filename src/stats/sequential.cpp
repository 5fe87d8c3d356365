#include "stats/sequential.h"

#include <fmt/format.h>
#include <algorithm>
#include <array>

namespace bpftax {
namespace {

// blocks_needed rests on a standard deviation from few blocks and is easily wrong by a factor of two.
constexpr int kHopeless = 2;

}  // namespace

double pocock_alpha(int looks) {
  static constexpr std::array<double, 10> kAlpha = {.05,   .0294, .0221, .0182, .0158,
                                                    .0142, .0130, .0120, .0112, .0106};
  const int size = static_cast<int>(kAlpha.size());
  if (looks > size) return kAlpha.back() * size / looks;
  return kAlpha[static_cast<std::size_t>(std::max(looks, 1) - 1)];
}

SequentialDesign design_for(int min_blocks, int max_blocks) {
  const int first = std::max(min_blocks, kMinBlocks);
  const int last = std::max(max_blocks, first);
  SequentialDesign design;
  design.looks.clear();
  for (int look = first; look < last; look += kMinBlocks) design.looks.push_back(look);
  design.looks.push_back(last);
  design.alpha_per_look = pocock_alpha(static_cast<int>(design.looks.size()));
  return design;
}

bool is_look(const SequentialDesign& design, int blocks) {
  return std::find(design.looks.begin(), design.looks.end(), blocks) != design.looks.end();
}

std::optional<int> next_look(const SequentialDesign& design, int blocks) {
  const auto next = std::upper_bound(design.looks.begin(), design.looks.end(), blocks);
  if (next == design.looks.end()) return std::nullopt;
  return *next;
}

bool is_settled(const SequentialDesign& design, const Judged& row) {
  switch (row.judgement) {
    case Judgement::kPass:
    case Judgement::kExceeds:
    case Judgement::kSaturated:
    case Judgement::kInvalid:
      return true;
    case Judgement::kOverhead:
      // The overhead itself is established; only its place relative to the margin is open.
      return !row.blocks_needed || design.looks.empty() ||
             *row.blocks_needed > kHopeless * design.looks.back();
    case Judgement::kInconclusive:
      return false;
  }
  return false;
}

StopDecision decide(const SequentialDesign& design, int blocks, std::span<const Judged> rows,
                    bool budget_left) {
  StopDecision decision;
  if (rows.empty()) return {true, false, "nothing is left to measure"};

  const auto open =
      std::count_if(rows.begin(), rows.end(), [&](const Judged& row) { return !is_settled(design, row); });
  const bool exhausted = !next_look(design, blocks);
  if (open == 0 && (is_look(design, blocks) || exhausted || !budget_left)) {
    decision = {true, true, fmt::format("every primary metric is settled after {} blocks", blocks)};
  } else if (exhausted) {
    decision = {true, false,
                fmt::format("the planned {} blocks are done; {} of {} primary metrics are still open", blocks,
                            open, rows.size())};
  } else if (!budget_left) {
    decision = {
        true, false,
        fmt::format("the time budget is used up after {} blocks; {} of {} primary metrics are still open",
                    blocks, open, rows.size())};
  }
  return decision;
}

}  // namespace bpftax
