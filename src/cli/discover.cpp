// bpftax discover: minimal input -> <env>-full.yaml and <env>-cases.json.
#include "discover/discover.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "config/load.h"
#include "host/child_process.h"
#include "host/interrupt.h"
#include "host/ssh_hosts.h"
#include "util/files.h"
#include "util/json.h"
#include "util/rng.h"
#include "util/strings.h"

namespace bpftax {
namespace {

struct DiscoverCommandOptions {
  std::string minimal, folder = ".", tools, performance_tests, ssh_config;
  bool partial = false, no_sudo = false;
};

Result<ConfigTemplates> read_templates(const DiscoverCommandOptions& options) {
  ConfigTemplates templates = built_in_templates();
  if (!options.tools.empty()) {
    BPFTAX_ASSIGN(templates.tools, read_file(options.tools));
    templates.tools_file = options.tools;
  }
  if (!options.performance_tests.empty()) {
    BPFTAX_ASSIGN(templates.performance_tests, read_file(options.performance_tests));
    templates.performance_tests_file = options.performance_tests;
  }
  return templates;
}

// The name or address behind an alias of the ssh configuration; the alias itself where ssh does not say.
std::string ssh_host_name(const std::string& alias, const std::string& ssh_config) {
  constexpr int64_t kPatienceMs = 5'000;
  if (alias.empty() || alias[0] == '-') return alias;
  std::vector<std::string> argv = {"ssh", "-G"};
  if (!ssh_config.empty()) argv.insert(argv.end(), {"-F", ssh_config});
  argv.push_back(alias);
  auto child = start_child(argv, ChildGroup::kOwnGroup, "cannot run ssh -G", "");
  if (!child) return alias;
  Exchange exchange;
  exchange.timeout_ms = kPatienceMs;
  const auto said = exchange_with(*child, exchange, "ssh -G does not answer", alias);
  end_child(*child, 0);
  for (const std::string_view line : split(said ? *said : "", '\n')) {
    const auto words = split_blank(line);
    if (words.size() == 2 && words[0] == "hostname") return std::string(words[1]);
  }
  return alias;
}

Result<Discovery> ask_machines(const MinimalInput& input, const DiscoverCommandOptions& options,
                               const CommonOptions& common) {
  std::vector<ConfiguredHost> machines;
  for (const MinimalNode& node : input.nodes) machines.push_back(node.host);
  SshHostsOptions ssh;
  ssh.run_id = fmt::format("discover-{:06x}", random_seed() & 0xffffffu);
  ssh.use_sudo = !options.no_sudo;
  ssh.ssh.config_file = options.ssh_config;
  SshHosts hosts(machines, ssh);
  DiscoverOptions discover_options;
  discover_options.on_node = [&](const std::string& node) {
    if (!common.quiet) print(stderr, "asking " + printable(node) + "\n");
  };
  discover_options.real_address = [&](const std::string& address) {
    return ssh_host_name(address, options.ssh_config);
  };
  auto discovery = discover(
      input, [&](const std::string& id) { return hosts.host(id); }, discover_options);
  for (const std::string& left : hosts.close_all())
    print(stderr, "bpftax: warning: left behind: " + printable(left) + "\n");
  return discovery;
}

// What cannot be measured with is not written as if it could.
tl::unexpected<Error> incomplete(const Discovery& discovery, const std::string& minimal) {
  std::vector<std::string> unreachable;
  for (const auto& [node, error] : discovery.unreachable) unreachable.push_back(node);
  return fail(ErrorKind::kEnvironment, "cannot find out everything", minimal,
              fmt::format("{} missing: {}", discovery.missing.size(), join(discovery.missing, ", ")),
              unreachable.empty()
                  ? "give it by hand, then run it again (or --partial writes what there is):\n" +
                        overrides_to_give(discovery.nodes)
                  : "these machines must be reachable first: " + join(unreachable, ", "));
}

Result<void> write_files(const MinimalInput& input, const Discovery& discovery,
                         const ConfigTemplates& templates, const DiscoverCommandOptions& options,
                         const CommonOptions& common) {
  BPFTAX_ASSIGN(const std::string text,
                full_config_text(input, discovery.environments, templates, discovery.provenance()));
  const std::string stem = options.folder + "/" + input.environment;
  const std::string full = stem + "-full.yaml", cases = stem + "-cases.json";
  // Read back before it is written: what `plan` and `run` would refuse is no result.
  const auto config = parse_full_config(text, full);
  if (!config && discovery.missing.empty()) return tl::unexpected<Error>(config.error());
  if (auto made = make_directories(options.folder); !made)
    return fail(ErrorKind::kUsage, "cannot write the configuration", options.folder, made.error().why,
                "choose another folder with -o DIR");
  BPFTAX_TRY(write_file_atomically(full, text));
  std::string said = fmt::format("wrote {}\n", printable(full));
  if (config) {
    BPFTAX_TRY(write_file_atomically(
        cases, cases_json(*config).dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n"));
    said += fmt::format("wrote {}: {} cases\n", printable(cases), config->cases.size());
    for (const std::string& warning : config->warnings)
      print(stderr, "warning: " + printable(warning) + "\n");
  } else {
    said += fmt::format("no {}: {}\n", printable(cases), printable(to_string(config.error())));
  }
  if (!common.quiet) print(common.human(), said);
  return {};
}

Result<int> discover_environment(const DiscoverCommandOptions& options, const CommonOptions& common) {
  BPFTAX_ASSIGN(const MinimalInput input, load_minimal(options.minimal));
  BPFTAX_ASSIGN(const ConfigTemplates templates, read_templates(options));
  BPFTAX_TRY(install_interrupt_handlers());
  BPFTAX_ASSIGN(const Discovery discovery, ask_machines(input, options, common));
  const OrderedJson document = {{"schema", "bpftax.discover/1"},
                                {"environment", input.environment},
                                {"missing", discovery.missing},
                                {"provenance", discovery.provenance()}};
  BPFTAX_TRY(write_json_output(common.json,
                               document.dump(2, ' ', false, OrderedJson::error_handler_t::replace) + "\n"));
  if (!common.quiet) print(common.human(), findings_table(discovery.nodes, terminal_width(common.human())));
  if (discovery.missing.empty() || options.partial)
    BPFTAX_TRY(write_files(input, discovery, templates, options, common));
  for (const auto& [node, error] : discovery.unreachable) print_error(error);
  if (!discovery.missing.empty()) return incomplete(discovery, options.minimal);
  return 0;
}

}  // namespace

RunCommand set_up_discover(CLI::App& command, CommonOptions& common, const std::vector<std::string>&) {
  const auto options = std::make_shared<DiscoverCommandOptions>();
  command.add_option("MINIMAL", options->minimal, "minimal-input.yaml: nodes, pairs, hints")->required();
  command.add_option("-o,--out", options->folder, "folder for <env>-full.yaml and <env>-cases.json")
      ->type_name("DIR")
      ->capture_default_str();
  command.add_flag("--partial", options->partial, "write what was found even when something is missing");
  command.add_option("--tools", options->tools, "tool registry to use instead of the built-in one")
      ->type_name("FILE");
  command
      .add_option("--performance-tests", options->performance_tests,
                  "performance tests to use instead of the built-in ones")
      ->type_name("FILE");
  command.add_flag("--no-sudo", options->no_sudo,
                   "ask as the user that logs in; without it through sudo -n where that is not root");
  command.add_option("--ssh-config", options->ssh_config, "ssh configuration file instead of the user's own")
      ->type_name("FILE");
  return [options, &common] { return discover_environment(*options, common); };
}

}  // namespace bpftax
