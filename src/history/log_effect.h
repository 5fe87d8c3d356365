// A comparison's effect and how sure it is, on the scale on which runs can be put together: natural
// logarithms of ratios, positive = worse (stats/effect.h). Pure.
#pragma once

#include <optional>

#include "result/model.h"

namespace bpftax {

struct LogEffect {
  double mean = 0;
  double standard_error = 0;
  int degrees_of_freedom = 0;  // of the standard error: blocks - 1
};

// The mean is that of overhead_percent. The standard error is that of the block effects where the row has its
// samples. Without them it is taken from the interval as if that had been made at `confidence`; intervals of
// a run with several looks are wider than that (stats/sequential.h), so the standard error comes out up to a
// quarter too large, never too small. nullopt: the row has no ratio (zeros, nothing measured), fewer than two
// blocks, or was INVALID.
std::optional<LogEffect> log_effect_of(const ResultComparison& row);

}  // namespace bpftax
