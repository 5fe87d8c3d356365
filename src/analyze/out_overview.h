// {topic}_overview_{iteration}.md: what one iteration says of one tool, on one page, with everything that
// casts doubt on it.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "analyze/out_table.h"

namespace bpftax {

struct OverviewContext {
  std::string input;      // the folder that was analysed, as given
  bool tree = false;      // a tree of raw results; else a result.json of ours
  size_t iterations = 1;  // in all
  std::vector<std::pair<std::string, std::string>> links;  // text, path beside this file
};

// Text from outside is escaped: it can neither break a table nor become markup.
std::string overview_markdown(const OutIteration& iteration, const std::string& topic,
                              const OverviewContext& context);

}  // namespace bpftax
