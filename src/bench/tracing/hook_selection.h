// Which bodies `bench hooks --bodies` chose: no parameter of a row, so a task carries it in
// Task::options["bodies"]. Absent or empty: all.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "bench/benchmark.h"

namespace bpftax::bench {

using SelectedBodies = std::vector<std::string>;

inline SelectedBodies selected_bodies(const Task& task) {
  const auto found = task.options.find("bodies");
  return found == task.options.end() ? SelectedBodies() : found->get<SelectedBodies>();
}

inline bool is_body_selected(const SelectedBodies& bodies, std::string_view body) {
  return bodies.empty() || std::find(bodies.begin(), bodies.end(), body) != bodies.end();
}

}  // namespace bpftax::bench
