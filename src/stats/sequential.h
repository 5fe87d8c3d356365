// When to look at the data, at which level, and when to stop (group-sequential design with a constant level
// per look: Pocock, Biometrika 64(2), 1977).
//
// The interval shown IS the interval decisions are made with: mean +- t(1 - alpha_per_look/2) * standard
// error. Over all looks together such intervals cover the truth with 95 %, whatever made the run stop
// (repeated confidence intervals: Jennison & Turnbull, JRSS B 51(3), 1989). An ordinary 95 % interval printed
// after stopping at a look covers as little as 92 % [simulated], so it is never printed; with a single look
// alpha_per_look is .05 and both are the same.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "stats/verdict.h"

namespace bpftax {

struct SequentialDesign {
  std::vector<int> looks = {6, 12, 18, 24};  // blocks, increasing
  double alpha_per_look = 0.0182;            // two-sided; use it as JudgeInput::alpha everywhere in the run
  double confidence = 0.95;                  // of the intervals, over all looks
};

// Two-sided level per look that keeps 5 % over this many equally spaced looks (Jennison & Turnbull, Group
// Sequential Methods, 2000, table 2.1): 1: .05, 2: .0294, 3: .0221, 4: .0182, ..., 10: .0106. More than 10
// gives that of 10 divided by looks/10, which is conservative; below 1 gives that of 1.
double pocock_alpha(int looks);

// The looks for `--blocks MIN..MAX`: MIN, then every kMinBlocks (6), then MAX; alpha to match. 6..24 gives
// the default. MIN is raised to kMinBlocks, MAX to MIN.
SequentialDesign design_for(int min_blocks, int max_blocks);

bool is_look(const SequentialDesign& design, int blocks);
// The first look after `blocks` blocks; nullopt past the last.
std::optional<int> next_look(const SequentialDesign& design, int blocks);

struct StopDecision {
  bool stop = false;
  bool decided = false;  // every row is settled (false when only the looks or the budget ran out)
  std::string reason;    // a sentence, for stop_reason; empty when not stopping
};

// A row is settled by PASS, EXCEEDS, SATURATED and INVALID, and by an OVERHEAD that there is no hope of
// telling from its margin: blocks_needed unknown or above twice the last look (it is a rough number, easily
// wrong by a factor of two). INCONCLUSIVE is never settled: it says nothing yet.
bool is_settled(const SequentialDesign& design, const Judged& row);

// To be asked after each block with `blocks` valid blocks done. rows: the primary rows of all subjects still
// being measured, judged on these blocks. Stops at a look when every row is settled, at the last look, or at
// any time when `budget_left` is false (no further block fits into the time budget). Stopping for the budget
// between looks is safe: at most as many analyses have been made as were planned. No rows at all: stops.
StopDecision decide(const SequentialDesign& design, int blocks, std::span<const Judged> rows,
                    bool budget_left);

}  // namespace bpftax
