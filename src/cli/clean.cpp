// bpftax clean: what dead runs recorded as their own is removed, here or on the hosts of a configuration.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "cli/commands.h"
#include "config/load.h"
#include "host/clean.h"
#include "host/interrupt.h"
#include "host/ssh_transport.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// For people; `prefix` names the host, "" is this machine.
std::string lines_of(const Json& report, const std::string& prefix) {
  std::string text;
  const auto each = [&](const char* key, const char* words) {
    const Json* list = find_path(report, key);
    if (list == nullptr || !list->is_array()) return;
    for (const Json& item : *list) {
      if (item.is_string()) text += prefix + words + printable(item.get<std::string>()) + "\n";
    }
  };
  each("removed", "removed: ");
  each("restored", "restored: ");
  each("live", "at work, left alone: run ");
  each("problems", "not removed: ");
  return text.empty() ? prefix + "nothing to remove\n" : text;
}

bool has_problems(const Json& report) {
  const Json* problems = find_path(report, "problems");
  return problems == nullptr || !problems->empty();
}

Result<int> remove_left_over(const CommonOptions& common) {
  BPFTAX_ASSIGN(const CleanReport report, clean());
  for (const Error& problem : report.problems) print_error(problem);
  Json json = to_json(report);
  json["schema"] = "bpftax.clean/1";
  BPFTAX_TRY(write_json_output(common.json, dump_pretty(json)));
  if (!common.quiet) print(common.human(), lines_of(json, ""));
  return report.problems.empty() ? 0 : exit_code(ErrorKind::kEnvironment);
}

Result<int> remove_left_over_on_hosts(const std::string& config_path, const std::string& ssh_config,
                                      const CommonOptions& common) {
  BPFTAX_ASSIGN(const CampaignConfig config, load_config(config_path));
  BPFTAX_TRY(install_interrupt_handlers());
  SshOptions ssh;
  ssh.config_file = ssh_config;
  Json hosts = Json::object();
  std::string text;
  int code = 0;
  for (const ConfiguredHost& host : config.hosts) {
    auto report = clean_over_ssh(host, ssh, config.use_sudo);
    if (!report) {
      if (report.error().kind == ErrorKind::kInterrupted) return propagate(report);
      print_error(report.error());
      report = Json{{"removed", Json::array()},
                    {"restored", Json::array()},
                    {"live", Json::array()},
                    {"problems", {to_string(report.error())}}};
    }
    if (has_problems(*report)) code = exit_code(ErrorKind::kEnvironment);
    text += lines_of(*report, printable(host.id) + ": ");
    hosts[host.id] = *report;
  }
  BPFTAX_TRY(write_json_output(common.json, dump_pretty({{"schema", "bpftax.clean/1"}, {"hosts", hosts}})));
  if (!common.quiet) print(common.human(), text);
  return code;
}

}  // namespace

RunCommand set_up_clean(CLI::App& command, CommonOptions& common, const std::vector<std::string>&) {
  struct Options {
    std::string config, ssh_config;
  };
  const auto options = std::make_shared<Options>();
  command.add_option("CONFIG", options->config,
                     "configuration of a campaign: clean its hosts instead of this machine");
  command.add_option("--ssh-config", options->ssh_config, "ssh configuration file instead of the user's own")
      ->type_name("FILE");
  return [options, &common] {
    return options->config.empty() ? remove_left_over(common)
                                   : remove_left_over_on_hosts(options->config, options->ssh_config, common);
  };
}

}  // namespace bpftax
