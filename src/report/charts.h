// The charts of report.html as Vega-Lite specifications (data inline). The browser draws them; nothing here
// knows about pixels or colours: an object {"$token": NAME} stands for a colour of the page's theme or a
// size, which the front end puts in when it draws (web/src/tokens.ts).
#pragma once

#include <string>
#include <vector>

#include "result/model.h"

namespace bpftax {

struct Chart {
  std::string id;     // of the figure
  std::string title;  // plain text
  std::string alt;    // what a reader would see, in words
  std::string table;  // id of the table that has its numbers
  nlohmann::ordered_json spec;
};

// One for each workload and metric: overheads of all subjects with intervals, the margin and the baseline's
// own noise. All share one scale. `primary` chooses the metrics.
std::vector<Chart> forest_charts(const RunResult& result, bool primary);
// Whether the scale of forest_charts() is linear only near zero.
bool forest_scale_is_bent(const RunResult& result, bool primary);

// One for each workload and primary metric: the value of each window over time, blocks in the background.
std::vector<Chart> time_charts(const RunResult& result);

// One for each request/response workload: latency percentiles of the baseline and of each subject.
std::vector<Chart> percentile_charts(const RunResult& result);

// CPU time in the kernel's BPF programs and in user space by subject; added time measured and attributed.
// Each only where there is data.
std::vector<Chart> cost_charts(const RunResult& result);

// The mark of a subject in the charts by its place in the result (0: baseline): token of the colour and Vega
// shape.
struct SeriesMark {
  std::string color, shape,
      glyph;  // color: the token's name; glyph: the shape as a character, for legends in text
};
SeriesMark series_mark(size_t index);

}  // namespace bpftax
