// bpftax clean: what dead runs recorded as their own is removed.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/commands.h"
#include "host/clean.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

Result<int> remove_left_over(const CommonOptions& common) {
  BPFTAX_ASSIGN(const CleanReport report, clean());
  Json problems = Json::array();
  for (const Error& problem : report.problems) {
    print_error(problem);
    problems.push_back(to_string(problem));
  }
  BPFTAX_TRY(write_json_output(common.json, dump_pretty({{"schema", "bpftax.clean/1"},
                                                         {"removed", report.removed},
                                                         {"live", report.live},
                                                         {"problems", problems}})));
  if (!common.quiet) {
    std::string text;
    for (const std::string& removed : report.removed) text += "removed: " + printable(removed) + "\n";
    for (const std::string& live : report.live) text += "at work, left alone: run " + printable(live) + "\n";
    if (report.removed.empty() && report.problems.empty()) text += "nothing to remove\n";
    print(common.human(), text);
  }
  return report.problems.empty() ? 0 : exit_code(ErrorKind::kEnvironment);
}

}  // namespace

RunCommand set_up_clean(CLI::App&, CommonOptions& common, const std::vector<std::string>&) {
  return [&common] { return remove_left_over(common); };
}

}  // namespace bpftax
