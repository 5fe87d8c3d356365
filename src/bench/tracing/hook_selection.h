// What the command line of `bench hooks` chose that is no parameter of a row: which bodies are measured. Set
// while the tasks are planned, read in the processes that are forked for them; empty: all.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace bpftax::bench {

inline std::vector<std::string>& selected_bodies() {
  static std::vector<std::string> bodies;
  return bodies;
}

inline bool is_body_selected(std::string_view body) {
  const auto& bodies = selected_bodies();
  return bodies.empty() || std::find(bodies.begin(), bodies.end(), body) != bodies.end();
}

}  // namespace bpftax::bench
