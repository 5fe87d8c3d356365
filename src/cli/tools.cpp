// bpftax tools scan: looks for eBPF tools in folders and proposes registry entries for them.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "config/tool_scan.h"
#include "util/files.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

struct ToolsOptions {
  std::vector<std::string> folders;
  std::string out;
};

std::string scan_json(const ToolScan& scan) {
  OrderedJson tools = OrderedJson::array();
  for (const FoundTool& tool : scan.tools) {
    tools.push_back({{"script", tool.script},
                     {"category", tool.category},
                     {"kind", to_string(tool.kind)},
                     {"evidence", tool.evidence}});
  }
  const OrderedJson document = {{"files", scan.looked_at}, {"tools", tools}, {"skipped", scan.skipped}};
  return document.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n";
}

void print_scan(const ToolScan& scan, FILE* stream) {
  for (const FoundTool& tool : scan.tools) {
    const std::string path = tool.category == "." ? tool.script : tool.category + "/" + tool.script;
    print(stream,
          fmt::format("{}: {} ({})\n", printable(path), to_string(tool.kind), printable(tool.evidence)));
    if (tool.kind == FoundTool::Kind::kObject)
      print(stream, "  no entry: give the program that loads it a template by hand\n");
  }
  for (const std::string& skipped : scan.skipped) print(stream, "skipped: " + printable(skipped) + "\n");
  print(stream, fmt::format("{} files, {} eBPF tools\n", scan.looked_at, scan.tools.size()));
}

Result<int> scan_folders(const ToolsOptions& options, const CommonOptions& common) {
  BPFTAX_ASSIGN(const ToolScan scan, scan_tools(options.folders));
  const std::string text =
      "# Proposed by bpftax tools scan. Check templates, parameters and environments before a campaign.\n" +
      registry_text(scan.tools);
  if (!options.out.empty()) {
    if (auto written = write_file_atomically(options.out, text); !written)
      return fail(ErrorKind::kUsage, "cannot write the registry", options.out, written.error().why,
                  "choose another file with -o FILE");
  }
  BPFTAX_TRY(write_json_output(common.json, scan_json(scan)));
  if (options.out.empty() && common.json != "-") print(stdout, text);
  if (!common.quiet) print_scan(scan, stderr);
  return 0;
}

}  // namespace

RunCommand set_up_tools(CLI::App& command, CommonOptions& common, const std::vector<std::string>&) {
  const auto options = std::make_shared<ToolsOptions>();
  CLI::App* scan =
      command.add_subcommand("scan",
                             "looks for BCC programs, bpftrace scripts, BPF objects and programs "
                             "that load them; reads files, runs none");
  scan->fallthrough();  // --json and the like stand behind it too
  command.require_subcommand(1);
  scan->add_option("DIR", options->folders, "folders to look in; links are not followed")->required();
  scan->add_option("-o,--output", options->out, "write the registry to FILE; without it to stdout")
      ->type_name("FILE");
  return [options, &common] { return scan_folders(*options, common); };
}

}  // namespace bpftax
