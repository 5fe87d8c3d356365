// The derived files of a run directory: result.json, report.md, report.html.
#pragma once

#include <string>

#include "report/lang.h"
#include "result/model.h"
#include "util/result.h"

namespace bpftax {

// A result of 200 cases by 20 metrics with all its windows has 16 to 40 MB and 0.5 to 1.1 million values. A
// value takes less than 200 bytes as JSON and less than that again in the result: a file that was made to
// take as much as it can needs about 1.5 GB, however it is built.
inline constexpr size_t kMaxResultBytes = 64u << 20u;
inline constexpr size_t kMaxResultValues = 3'000'000;

// Reads DIR/result.json, or the file itself. In a folder only a regular file counts, no link; a link that is
// named itself is followed. Every error is kUsage and says what to do.
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
