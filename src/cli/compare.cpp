// bpftax compare: the same cases on several machines, kernels or versions.
#include "compare/compare.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <set>

#include "cli/commands.h"
#include "cli/report_files.h"
#include "cli/result_paths.h"
#include "compare/metric_facts.h"
#include "compare/published.h"
#include "compare/render.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

struct CompareCommandOptions {
  std::vector<std::string> inputs;
  std::string out;
  bool across = false, all = false;
  std::vector<std::string> metrics, tools;
};

struct NamedInput {
  std::string name;  // "" = choose one
  std::string path;
};

// NAME=PATH, unless a file of that whole name is there.
NamedInput named_input(const std::string& text) {
  const size_t at = text.find('=');
  if (at == std::string::npos || at == 0 || path_exists(text)) return {"", text};
  // A '/' before the '=' belongs to a path.
  if (text.find('/') < at) return {"", text};
  return {text.substr(0, at), text.substr(at + 1)};
}

std::string last_name(const std::string& path) {
  std::error_code error;
  const auto whole = std::filesystem::absolute(path, error).lexically_normal();
  auto name = whole.filename();
  if (name.empty()) name = whole.parent_path().filename();
  if (name == "result.json") name = whole.parent_path().filename();
  return name.empty() ? path : name.string();
}

Result<CompareSource> read_source(const std::string& path) {
  std::error_code ignored;  // what cannot be looked at is no folder, and reading it says why
  if (!std::filesystem::is_directory(path, ignored)) {
    const auto text = read_regular_file(path, kMaxResultBytes, FileLinks::kFollow);
    if (text && looks_published(*text)) {
      BPFTAX_ASSIGN(const PublishedTable table, parse_published(*text, path));
      CompareSource source = source_of(table);
      source.label = table.name;
      return source;
    }
    if (!text && !path.ends_with(".json")) {
      return fail(ErrorKind::kUsage, "cannot read what is to be compared", path, text.error().why,
                  "a run directory, its result.json, or a published table");
    }
    if (text && !path.ends_with(".json")) {
      return fail(
          ErrorKind::kUsage, "cannot read what is to be compared", path,
          "it is neither a result nor a "
          "published table",
          fmt::format("a run directory, its result.json, or a table with 'schema: {}'", kPublishedSchema));
    }
  }
  BPFTAX_ASSIGN(const RunResult result, read_result(path));
  CompareSource source = source_of(result);
  source.label = last_name(path);
  return source;
}

Result<std::vector<CompareSource>> read_sources(const CompareCommandOptions& options) {
  std::vector<CompareSource> sources;
  for (const std::string& text : options.inputs) {
    const NamedInput input = named_input(text);
    const std::vector<std::string> paths = result_paths(input.path);
    for (const std::string& path : paths) {
      BPFTAX_ASSIGN(CompareSource source, read_source(path));
      source.path = path;
      if (!input.name.empty())
        source.label = paths.size() == 1 ? input.name : input.name + "/" + source.label;
      if (!options.across) {
        sources.push_back(std::move(source));
        continue;
      }
      for (CompareSource& part : split_environments(source)) sources.push_back(std::move(part));
    }
  }
  std::set<std::string> labels;
  for (CompareSource& source : sources) {
    const std::string label = source.label;
    for (int number = 2; !labels.insert(source.label).second; ++number)
      source.label = fmt::format("{} ({})", label, number);
  }
  if (sources.size() < 2) {
    return fail(
        ErrorKind::kUsage, "nothing can be compared", join(options.inputs, ", "),
        options.across ? "it has one environment only" : "one thing alone has nothing to be compared with",
        options.across ? "" : "bpftax compare A B, or --across for the environments of one run");
  }
  return sources;
}

Result<void> check_metrics(const std::vector<std::string>& metrics) {
  for (const std::string& metric : metrics) {
    if (metric_facts(metric) != nullptr) continue;
    const auto nearest = nearest_name(metric, metric_names());
    return fail(ErrorKind::kUsage, "unknown metric", "'" + printable(metric) + "'", "",
                nearest ? "did you mean '" + *nearest + "'?" : "metrics: " + join(metric_names(), ", "));
  }
  return {};
}

Result<void> write_files(const Comparison& comparison, const std::string& folder) {
  const std::pair<const char*, std::string> files[] = {{"compare.md", render_compare_markdown(comparison)},
                                                       {"compare.csv", compare_csv(comparison)},
                                                       {"compare.json", compare_document(comparison)}};
  auto made = make_directories(folder);
  for (const auto& [name, text] : files)
    if (made) made = write_file_atomically(folder + "/" + name, text);
  if (made) return {};
  return fail(ErrorKind::kUsage, "cannot write the comparison", folder, made.error().why,
              "choose another folder with --out DIR");
}

Result<int> compare(const CompareCommandOptions& options, const CommonOptions& common) {
  BPFTAX_TRY(check_metrics(options.metrics));
  for (const std::string& input : options.inputs)
    BPFTAX_TRY(spare_results(common.json, result_paths(named_input(input).path)));
  BPFTAX_ASSIGN(std::vector<CompareSource> sources, read_sources(options));
  BPFTAX_ASSIGN(const Comparison comparison,
                compare_sources(std::move(sources), {options.metrics, options.all, options.tools}));
  if (!options.out.empty()) BPFTAX_TRY(write_files(comparison, options.out));
  BPFTAX_TRY(write_json_output(common.json, compare_document(comparison)));
  if (common.quiet) return 0;
  FILE* stream = common.human();
  print(stream, render_compare_text(comparison, {terminal_width(stream), common.color(stream)}));
  if (!options.out.empty())
    print(stream, "\nwritten: compare.md, compare.csv and compare.json in " + printable(options.out) + "\n");
  return 0;
}

}  // namespace

RunCommand set_up_compare(CLI::App& command, CommonOptions& common, const std::vector<std::string>&) {
  const auto options = std::make_shared<CompareCommandOptions>();
  command
      .add_option(
          "A", options->inputs,
          "two or more of [NAME=]PATH: run directories, result.json files, published tables; the first is "
          "what the others are compared with")
      ->required()
      ->type_name("[NAME=]PATH");
  command.add_option("--out", options->out, "write compare.md, compare.csv and compare.json there")
      ->type_name("DIR");
  command.add_flag("--across", options->across,
                   "compare environments with each other (host with vm) instead of each with its own kind");
  command.add_flag("--all", options->all, "all metrics, not only those that decide verdicts");
  command.add_option("--metrics", options->metrics, "only these metrics")->delimiter(',')->type_name("A,B");
  command.add_option("--tools", options->tools, "only these tools")->delimiter(',')->type_name("A,B");
  return [options, &common] { return compare(*options, common); };
}

}  // namespace bpftax
