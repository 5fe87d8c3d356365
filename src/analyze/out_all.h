// An analysis as a whole: from a tree of raw results, or from the result.json of runs of ours, to files.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "analyze/out_files.h"
#include "analyze/out_result.h"
#include "analyze/out_table.h"
#include "analyze/tree.h"
#include "result/model.h"

namespace bpftax {

struct Analysis {
  std::string input;  // as given
  std::string kind;   // "iterations", "run directory", ...
  bool tree = false;  // raw results; else result.json
  std::vector<OutIteration> iterations;
  RunResult result;
  std::vector<AnalysisWarning> warnings;
  int64_t files_read = 0, bytes_read = 0;
};

Analysis analysis_of(const AnalysedTree& tree);
// At least one result. raw: the raw results of each, or why there are none; empty: of none. What they lack is
// one warning.
Analysis analysis_of(const std::string& input, std::vector<NamedResult> results,
                     const std::vector<Result<AnalysedTree>>& raw = {});

struct OutFormats {
  bool csv = true, md = true, json = true, html = true;
};
// "csv,md,json,html"; kUsage names an unknown one.
Result<OutFormats> out_formats(const std::string& text);

// csv: the tables, aggregated/, comparisons.csv; md: the overviews; json: result.json and the summaries. The
// result must have been classified. report.md and report.html are the caller's to add: rendering is not known
// here.
void add_analysis_files(const Analysis& analysis, const OutFormats& formats, OutFiles& files);

// What analysis.json says beside its list of files; also for --json.
nlohmann::ordered_json analysis_json(const Analysis& analysis);
// The same for people: what was read, how many cases, what casts doubt. Ends with a newline.
std::string analysis_text(const Analysis& analysis);

}  // namespace bpftax
