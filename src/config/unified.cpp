// <env>-full.yaml: everything of a campaign in one file.
#include <fmt/format.h>

#include "config/cases.h"
#include "config/load.h"
#include "config/sections.h"
#include "util/strings.h"

namespace bpftax {
namespace {

void read_paths(Fields& fields, CampaignConfig& config) {
  fields.text("tools_dir", config.tools_dir);
  fields.ignore("measurement_tools_dir");  // where the tools lie on the controller: they are on the hosts
  // The tree's name is a promise to those who read it (the origin framework ignores the key too).
  std::string results_dir = config.results_dir;
  fields.text("results_dir", results_dir);
  if (!fields.failed() && results_dir != config.results_dir)
    config.warnings.push_back(
        fmt::format("'paths.results_dir' has no effect: results are in {{workdir}}/{}", config.results_dir));
  const YamlNode* node = fields.take("tools_dir");
  if (node != nullptr && !fields.failed() && config.tools_dir.empty())
    fields.wrong(*node, "'paths.tools_dir' is empty", "", "'.' is the working folder");
}

void read_defaults(Fields& fields, CampaignConfig& config, double& duration_s) {
  fields.seconds("duration", duration_s, 0.1, 86400);
  fields.seconds("timeout", config.timeout_s, 0.1, 86400);
  fields.boolean("use_sudo", config.use_sudo);
  fields.text("python_interpreter", config.python_interpreter);
}

}  // namespace

Result<CampaignConfig> parse_full_config(std::string_view yaml, const std::string& file) {
  BPFTAX_ASSIGN(const YamlPtr root, parse_yaml(yaml, file));
  CampaignConfig config;
  config.origin = file;
  config.files = {file};
  const ConfigFile source{file, &config.warnings};
  if (root->is_map() && root->find("nodes") != nullptr && root->find("environments") == nullptr)
    return config_error(source.place(*root), "this is a minimal input, not a full configuration", "",
                        "bpftax discover " + shell_quote(file) + " makes one of it");
  Fields fields(*root, source, "");
  BPFTAX_TRY(read_version(fields, config.version));
  fields.required_text("environment", config.name);
  if (const YamlNode* node = fields.take("environment"); node != nullptr && !fields.failed())
    fields.keep(check_name(source.place(*node), "an environment", config.name));
  fields.ignore("provenance");
  for (const char* part : {"ssh", "environments", "tools", "performance_tests"}) fields.require(part);
  fields.fields("ssh", [&](Fields& ssh) {
    ssh.require("ssh_hosts");
    const YamlNode* hosts = ssh.take("ssh_hosts");
    if (hosts == nullptr) return;
    auto read = read_hosts(*hosts, source, "ssh.ssh_hosts");
    if (read) config.hosts = std::move(*read);
    if (!read) ssh.keep(tl::unexpected<Error>(read.error()));
  });
  const auto keep = [&](auto& target, auto read) {
    if (read) target = std::move(*read);
    if (!read) fields.keep(tl::unexpected<Error>(read.error()));
  };
  double duration_s = 10;
  std::vector<RegistryCategory> registry;
  const YamlNode* node = fields.take("environments");
  if (node != nullptr && !fields.failed())
    keep(config.environments, read_environments(*node, source, "environments", config.hosts));
  fields.fields("paths", [&](Fields& paths) { read_paths(paths, config); });
  fields.fields("defaults", [&](Fields& defaults) { read_defaults(defaults, config, duration_s); });
  if (!fields.failed()) read_additions(fields, config);
  node = fields.take("tools");
  if (node != nullptr && !fields.failed()) keep(registry, read_registry(*node, source, "tools"));
  node = fields.take("performance_tests");
  if (node != nullptr && !fields.failed())
    keep(config.performance_tests, read_performance_tests(*node, source, "performance_tests", duration_s));
  BPFTAX_TRY(fields.done());
  BPFTAX_ASSIGN(config.cases, make_cases(registry, config, duration_s, config.warnings));
  return config;
}

}  // namespace bpftax
