// Pictures for report.md as plain SVG: no script, no style sheet, no outside reference, neutral colours that
// stand on white and on black. The same input gives the same bytes. Text from outside is escaped. Pure.
#pragma once

#include <string>

#include "report/lang.h"
#include "report/summary.h"
#include "result/model.h"

namespace bpftax {

struct SvgPicture {
  std::string svg;  // "" when there is nothing to draw
  std::string alt;  // what it shows, in words
};

// Tools by metrics, each cell the overhead in percent with the verdict's sign and colour. Primary metrics
// only.
SvgPicture verdict_matrix_svg(const RunResult& result, const ResultGroup& group, Lang lang);

// For each primary metric the overheads with their intervals and the margin. Of very many rows the costliest.
SvgPicture forest_svg(const RunResult& result, const ResultGroup& group, Lang lang);

}  // namespace bpftax
