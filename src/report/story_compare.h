// What src/compare finds between the environments of the long report: ratios of ratios with their intervals,
// and what was not measured alike.
#pragma once

#include <optional>
#include <vector>

#include "compare/compare.h"
#include "report/story.h"

namespace bpftax {

// Results against each other; of a single result, its environments. nullopt: nothing can be compared.
std::optional<Comparison> compare_for_story(const std::vector<StorySource>& sources);

// The facts in which the machines differ, the tools that cost more or less elsewhere, the refusals.
void tell_comparison(const Comparison& comparison, StoryDocument& out);

}  // namespace bpftax
