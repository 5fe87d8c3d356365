// The sections of bench.html. Only for page*.cpp.
#pragma once

#include <string>
#include <string_view>

#include "bench/guide/charts.h"
#include "bench/model.h"

namespace bpftax::bench {

// HTML of what a family measured: its figures, the tables by operation and map type, and every row. Empty
// when the document has no rows of it.
std::string family_html(const Document& document, const BenchCharts& charts, std::string_view benchmark);

std::string floors_html(const Document& document);
std::string absent_html(const Document& document);      // unavailable and invalid rows with their reasons
std::string conditions_html(const Document& document);  // with what was reached
std::string method_html(const Document& document);

// The data of the page's script.
std::string page_island(const BenchCharts& charts);

}  // namespace bpftax::bench
