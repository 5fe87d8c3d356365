#include "cli/report_story.h"

#include <fmt/format.h>

#include "analyze/out_result.h"
#include "analyze/reader.h"
#include "cli/report_files.h"
#include "cli/result_paths.h"
#include "report/advice.h"
#include "report/story.h"
#include "report/text.h"
#include "util/files.h"

namespace bpftax {
namespace {

// A result of ours, the iterations of one as one, or a tree of raw results.
Result<RunResult> read_any(const std::string& folder) {
  const std::vector<std::string> paths = result_paths(folder);
  if (paths.size() == 1 && paths[0] == folder) {
    if (folder.ends_with(".json") || has_result(folder)) return read_result(folder);
    BPFTAX_ASSIGN(const AnalysedTree tree, read_analysed_tree(folder));
    return run_result_of(tree);
  }
  std::vector<NamedResult> iterations;
  for (const std::string& path : paths) {
    BPFTAX_ASSIGN(RunResult result, read_result(path));
    iterations.push_back({path.substr(path.rfind('/') + 1), std::move(result)});
  }
  return joined_results(std::move(iterations));
}

}  // namespace

Result<int> write_story(const std::vector<std::string>& folders, const std::string& out, Lang lang,
                        const CommonOptions& common) {
  const bool markdown = out.ends_with(".md");
  if (!markdown && !out.ends_with(".html"))
    return fail(ErrorKind::kUsage, "cannot tell how to write the report", out,
                out.empty() ? "no file was named" : "it is neither .md nor .html",
                "-o FILE.md or -o FILE.html");
  std::vector<RunResult> results;
  for (const std::string& folder : folders) {
    BPFTAX_ASSIGN(RunResult result, read_any(folder));
    classify(result);
    results.push_back(std::move(result));
  }
  std::vector<StorySource> sources;
  for (size_t i = 0; i < results.size(); ++i) sources.push_back({&results[i], folders[i]});
  const StoryDocument story = tell_story(sources, lang);
  if (auto written = write_file_atomically(out, markdown ? story_markdown(story) : story_html(story));
      !written)
    return fail(ErrorKind::kUsage, "cannot write the report", out, written.error().why,
                "choose another file with -o FILE");
  if (!common.quiet) print(common.human(), fmt::format("report: {}\n", one_line(out)));
  return 0;
}

}  // namespace bpftax
