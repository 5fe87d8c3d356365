// The derived files of a run directory: result.json, report.md, report.html.
#pragma once

#include <string>

#include "report/lang.h"
#include "result/model.h"
#include "util/result.h"

namespace bpftax {

// Reads DIR/result.json, or the file itself.
Result<RunResult> read_result(const std::string& path);

enum class ReportFormat { kHtml, kMarkdown };

// Writes one report; beside a Markdown report its pictures, named after it (FILE-verdicts.svg). Each file
// atomically.
Result<void> write_report_file(const RunResult& result, const std::string& file, ReportFormat format,
                               Lang lang);

// Fills the classes of use, writes result.json, report.md with its pictures and report.html into the folder
// (each atomically), and the JSON again to `json` ("" nowhere, "-" stdout).
Result<void> write_reports(RunResult& result, const std::string& folder, const std::string& json);

}  // namespace bpftax
