// bpftax cases: the case matrix of a configuration.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "config/load.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

struct CasesOptions {
  std::string config, out;
};

Result<int> write_cases(const CasesOptions& options, const CommonOptions& common) {
  BPFTAX_ASSIGN(const CampaignConfig config, load_config(options.config));
  if (!common.quiet) {
    for (const std::string& warning : config.warnings) print(stderr, "warning: " + printable(warning) + "\n");
  }
  const std::string text =
      cases_json(config).dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
  if (!options.out.empty()) {
    if (auto written = write_file_atomically(options.out, text); !written)
      return fail(ErrorKind::kUsage, "cannot write the cases", options.out, written.error().why,
                  "choose another file with -o FILE");
  }
  BPFTAX_TRY(write_json_output(common.json, text));
  if (options.out.empty()) {
    if (common.json != "-") print(stdout, text);
  } else if (!common.quiet) {
    print(common.human(), fmt::format("{} cases: {}\n", config.cases.size(), printable(options.out)));
  }
  return 0;
}

}  // namespace

RunCommand set_up_cases(CLI::App& command, CommonOptions& common, const std::vector<std::string>&) {
  const auto options = std::make_shared<CasesOptions>();
  command
      .add_option("CONFIG", options->config,
                  "<env>-full.yaml, or a folder with one (or with the four older files)")
      ->required();
  command.add_option("-o,--output", options->out, "write to FILE; without it to stdout")->type_name("FILE");
  return [options, &common] { return write_cases(*options, common); };
}

}  // namespace bpftax
