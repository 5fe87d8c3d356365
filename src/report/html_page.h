// The body of report.html and the data of its charts. Only for html.cpp.
#pragma once

#include <string>

#include "report/charts.h"
#include "result/model.h"

namespace bpftax {

struct PageParts {
  std::string title;   // plain text
  std::string body;    // from <header> to the open <footer>
  std::string island;  // JSON: {"charts": {id: Vega-Lite specification}}, safe inside a script element
};
PageParts page_parts(const RunResult& result);

// data-subject, data-workload and data-metric: which row of the result a table row shows.
std::string row_attributes(const ResultComparison& row);

// Sections of the page; each returns HTML, empty when there is nothing to say.
std::string subjects_html(const RunResult& result);
std::string verdicts_html(const RunResult& result);
std::string secondary_table_html(const RunResult& result);
std::string advice_html(const RunResult& result);
std::string cost_tables_html(const RunResult& result);
std::string percentile_table_html(const RunResult& result);
std::string windows_table_html(const RunResult& result);
std::string certainty_html(const RunResult& result);
std::string conditions_html(const RunResult& result);
std::string warnings_html(const RunResult& result);
std::string machine_html(const RunResult& result);
std::string method_html(const RunResult& result);

}  // namespace bpftax
