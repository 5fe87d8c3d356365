// bpftax history: a catalogue of past runs, and what changed over them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>

#include "cli/commands.h"
#include "cli/history_text.h"
#include "cli/report_files.h"
#include "cli/result_paths.h"
#include "history/catalogue.h"
#include "history/trend.h"
#include "report/advice.h"
#include "util/clock.h"
#include "util/files.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

using Access = Database::Access;

struct HistoryOptions {
  std::string db;
  std::vector<std::string> folders, versions;          // add
  std::string run;                                     // show, remove
  std::string tool, workload, metric, by = "version";  // trend
};

Result<std::string> default_catalogue() {
  const char* data = std::getenv("XDG_DATA_HOME");
  // Relative paths in it are to be ignored (XDG Base Directory Specification).
  if (data != nullptr && data[0] == '/') return std::string(data) + "/bpftax/history.sqlite";
  const char* home = std::getenv("HOME");
  if (home == nullptr || home[0] != '/')
    return fail(ErrorKind::kUsage, "cannot tell where the history catalogue is", "",
                "neither XDG_DATA_HOME nor HOME is set", "name it with --db FILE");
  return std::string(home) + "/.local/share/bpftax/history.sqlite";
}

Result<Catalogue> open_catalogue(const HistoryOptions& options, Access access) {
  std::string path = options.db;
  if (path.empty()) {
    BPFTAX_ASSIGN(path, default_catalogue());
    if (access == Access::kWrite)
      BPFTAX_TRY(make_directories(std::filesystem::path(path).parent_path().string(), 0700));
  }
  return Catalogue::open(path, access);
}

// "1.4.2" for all tools, "mine=1.4.2" for one. A name may hold no '='; a version may.
Result<std::map<std::string, std::string>> parse_versions(const std::vector<std::string>& texts) {
  std::map<std::string, std::string> versions;
  for (const std::string& text : texts) {
    const size_t equals = text.find('=');
    const std::string name = equals == std::string::npos ? "" : text.substr(0, equals);
    const std::string version = equals == std::string::npos ? text : text.substr(equals + 1);
    if (version.empty() || (equals != std::string::npos && name.empty()))
      return fail(ErrorKind::kUsage, "not a version", shell_quote(text), "",
                  "--tool-version 1.4.2, or --tool-version NAME=1.4.2");
    if (!versions.emplace(name, version).second)
      return fail(ErrorKind::kUsage, "two versions for the same tool", shell_quote(text), "",
                  "name each tool once");
  }
  return versions;
}

// A misspelt name would leave its tool without a version, unseen.
Result<void> check_version_names(const std::map<std::string, std::string>& versions,
                                 const std::vector<RunResult>& results) {
  std::set<std::string> names;
  for (const RunResult& result : results) {
    for (const ResultSubject& subject : result.subjects) {
      names.insert(subject.name.empty() ? subject.id : subject.name);
      if (subject.test_case) names.insert(subject.test_case->tool_id);
    }
  }
  for (const auto& [name, version] : versions) {
    if (name.empty() || names.contains(name)) continue;
    const std::vector<std::string> known(names.begin(), names.end());
    const auto nearest = nearest_name(name, known);
    return fail(ErrorKind::kUsage, "no tool of these runs is called so", shell_quote(name), "",
                nearest ? "did you mean " + shell_quote(*nearest) + "?" : "there are " + join(known, ", "));
  }
  return {};
}

Result<int> add_runs(const HistoryOptions& options, const CommonOptions& common) {
  BPFTAX_ASSIGN(const auto versions, parse_versions(options.versions));
  // All are read before anything is stored: a mistake in the last name does not leave half of them.
  const std::vector<std::string> paths = result_paths(options.folders);
  std::vector<RunResult> results;
  for (const std::string& path : paths) {
    BPFTAX_ASSIGN(RunResult result, read_result(path));
    classify(result);
    results.push_back(std::move(result));
  }
  BPFTAX_TRY(check_version_names(versions, results));
  BPFTAX_ASSIGN(Catalogue catalogue, open_catalogue(options, Access::kWrite));
  OrderedJson added = OrderedJson::array();
  std::string text;
  for (size_t i = 0; i < results.size(); ++i) {
    std::error_code ignored;
    AddRun how;
    how.source = std::filesystem::absolute(paths[i], ignored).string();
    how.versions = versions;
    how.added_ns = RealClock().realtime_ns();
    BPFTAX_ASSIGN(const Added outcome, catalogue.add(results[i], how));
    const char* word = outcome == Added::kNew       ? "added"
                       : outcome == Added::kUpdated ? "updated"
                                                    : "unchanged";
    added.push_back({{"run_id", results[i].run_id}, {"source", how.source}, {"outcome", word}});
    text += fmt::format("{:<9} {}  {}\n", word, results[i].run_id, paths[i]);
  }
  BPFTAX_TRY(write_json_output(common.json, history_document("added", std::move(added))));
  if (!common.quiet) print(common.human(), printable(text));
  return 0;
}

Result<int> list_runs(const HistoryOptions& options, const CommonOptions& common) {
  BPFTAX_ASSIGN(Catalogue catalogue, open_catalogue(options, Access::kRead));
  BPFTAX_ASSIGN(const auto runs, catalogue.runs());
  BPFTAX_TRY(write_json_output(common.json, history_document("runs", runs_json(runs))));
  if (!common.quiet && common.json != "-") print(common.human(), runs_table(runs));
  return 0;
}

Result<int> show_run(const HistoryOptions& options, const CommonOptions& common) {
  BPFTAX_ASSIGN(Catalogue catalogue, open_catalogue(options, Access::kRead));
  BPFTAX_ASSIGN(const CatalogueRun run, catalogue.find(options.run));
  BPFTAX_ASSIGN(const auto subjects, catalogue.subjects(run.number));
  BPFTAX_ASSIGN(const auto rows, catalogue.rows(run.number));
  OrderedJson json = runs_json({run}).at(0);
  json["subjects"] = subjects_json(subjects);
  json["comparisons"] = rows_json(rows);
  BPFTAX_TRY(write_json_output(common.json, history_document("run", std::move(json))));
  if (!common.quiet && common.json != "-") print(common.human(), run_text(run, subjects, rows));
  return 0;
}

Result<int> remove_run(const HistoryOptions& options, const CommonOptions& common) {
  {
    // Before a file is made to remove something from.
    BPFTAX_ASSIGN(Catalogue there, open_catalogue(options, Access::kRead));
    BPFTAX_TRY(there.find(options.run));
  }
  BPFTAX_ASSIGN(Catalogue catalogue, open_catalogue(options, Access::kWrite));
  BPFTAX_ASSIGN(const CatalogueRun run, catalogue.find(options.run));
  BPFTAX_TRY(catalogue.remove(run.number));
  if (!common.quiet)
    print(common.human(), printable(fmt::format("removed {} (number {})\n", run.run_id, run.number)));
  return 0;
}

// Nothing fits: which of the names is it?
Result<int> nothing_found(Catalogue& catalogue, const HistoryOptions& options) {
  BPFTAX_ASSIGN(const auto all, catalogue.rows_of_tool(options.tool, "", ""));
  if (all.empty()) {
    BPFTAX_ASSIGN(const auto tools, catalogue.tools());
    const auto nearest = nearest_name(options.tool, tools);
    return fail(ErrorKind::kUsage, "there is no such tool in the history", shell_quote(options.tool), "",
                nearest ? "did you mean " + shell_quote(*nearest) + "?"
                        : "known are " + shorten(join(tools, ", "), 300));
  }
  std::set<std::string> known;
  for (const CatalogueRow& row : all) known.insert(row.workload + " " + row.metric);
  return fail(ErrorKind::kUsage, "the history has no such row of this tool",
              options.workload + " " + options.metric, "",
              "it has " + shorten(join({known.begin(), known.end()}, ", "), 400));
}

Result<int> show_trend(const HistoryOptions& options, const CommonOptions& common) {
  BPFTAX_ASSIGN(Catalogue catalogue, open_catalogue(options, Access::kRead));
  BPFTAX_ASSIGN(auto rows, catalogue.rows_of_tool(options.tool, options.workload, options.metric));
  if (rows.empty()) return nothing_found(catalogue, options);
  // Without a metric: those that decide.
  if (options.metric.empty()) std::erase_if(rows, [](const CatalogueRow& row) { return !row.primary; });
  const TrendBy by = options.by == "kernel" ? TrendBy::kKernel
                     : options.by == "time" ? TrendBy::kTime
                                            : TrendBy::kVersion;
  const Trend trend = make_trend(rows, by);
  if (trend.series.empty() && trend.without_label > 0 && by == TrendBy::kVersion)
    return fail(ErrorKind::kUsage, "no run of this tool has a version", shell_quote(options.tool), "",
                "bpftax history add RUN_DIR --tool-version 1.4.2 (again for runs that are there already), or "
                "--by time");
  BPFTAX_TRY(write_json_output(common.json, history_document("trend", trend_json(trend, options.by))));
  if (!common.quiet && common.json != "-") print(common.human(), trend_text(trend));
  return 0;
}

}  // namespace

RunCommand set_up_history(CLI::App& command, CommonOptions& common, const std::vector<std::string>&) {
  const auto options = std::make_shared<HistoryOptions>();
  command.require_subcommand(1);
  command.add_option("--db", options->db, "the catalogue (default $XDG_DATA_HOME/bpftax/history.sqlite)")
      ->type_name("FILE");
  const auto sub = [&command](const char* name, const char* about) {
    CLI::App* app = command.add_subcommand(name, about);
    app->fallthrough();  // --db, --json and the like stand behind it too
    return app;
  };
  CLI::App* add = sub("add", "stores what runs found; the same run is stored once");
  add->add_option("RUN_DIR", options->folders, "run directories, or result.json files")->required();
  add->add_option("--tool-version", options->versions,
                  "version of the measured tool, of all or of one; several may be given")
      ->type_name("[NAME=]VERSION")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  CLI::App* list = sub("list", "all runs of the catalogue");
  CLI::App* show = sub("show", "one run: its tools and their costs");
  show->add_option("RUN", options->run, "its number, its id, or the beginning of that")->required();
  CLI::App* remove = sub("remove", "takes a run out of the catalogue; its folder stays");
  remove->add_option("RUN", options->run, "its number, its id, or the beginning of that")->required();
  CLI::App* trend = sub("trend",
                        "what a tool cost over its versions, over kernels or over time, and where that "
                        "changed");
  trend->add_option("--tool", options->tool, "its name, or its id in a campaign")->required();
  trend->add_option("--workload", options->workload, "one workload; default: all");
  trend->add_option("--metric", options->metric, "one metric; default: those that decide");
  trend->add_option("--by", options->by, "what the runs are ordered by (default version)")
      ->check(CLI::IsMember({"version", "kernel", "time"}));
  return [=, &common]() -> Result<int> {
    if (add->parsed()) return add_runs(*options, common);
    if (list->parsed()) return list_runs(*options, common);
    if (show->parsed()) return show_run(*options, common);
    if (remove->parsed()) return remove_run(*options, common);
    return show_trend(*options, common);
  };
}

}  // namespace bpftax
