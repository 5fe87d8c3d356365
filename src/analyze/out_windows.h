// Metrics of windows of a tree, under the names of result.json. Only for out_result*.cpp.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyze/tree.h"
#include "result/model.h"
#include "workload/workload.h"

namespace bpftax {

// Those that a tree can tell; processor time per unit of work it cannot.
const std::vector<MetricInfo>& tree_metrics(const std::string& workload);
// Over the windows of one pair (usually one): as the CSV files have it. Traffic: what was received.
std::optional<double> tree_value(const WindowGroup& windows, const std::string& metric);

// What says the protocol of a window none of whose files could be read: the others of its kind.
std::string protocol_of(const AnalysedWindow& window, const AnalysedCase& of, const AnalysedCase* baseline);

struct WindowPlace {
  std::string environment;
  int number = 1;        // of the iteration, from 1
  bool several = false;  // iterations
  std::string arm, subject, workload;
  std::string fault;  // why no window of the case counts; "" when they do
};
ResultWindow result_window(const AnalysedWindow& window, const WindowPlace& place);

}  // namespace bpftax
