// The long report over a set of results, in the order in which people argue about tools: background,
// environments, data, what the designs should cost and what was measured, tables by environment, environments
// side by side, conclusions, advice. In English and Chinese. Every number is that of the results; what is
// not known is said to be. Pure.
#pragma once

#include <string>
#include <vector>

#include "report/story_document.h"
#include "report/story_model.h"

namespace bpftax {

// One result and where it was read from.
struct StorySource {
  const RunResult* result = nullptr;  // classified (report/advice.h); outlives the call
  std::string source;
};

StoryDocument tell_story(const std::vector<StorySource>& sources, Lang lang);

}  // namespace bpftax
