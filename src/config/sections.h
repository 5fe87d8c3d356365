// Readers of the parts that several formats share. Each takes the node of its part, its path for messages,
// and gives the model's values; errors are those of fields.h.
#pragma once

#include <string>
#include <vector>

#include "config/fields.h"
#include "config/model.h"

namespace bpftax {

bool is_identifier(const std::string& text);
// Names that become names of files and folders: letters, digits, '.', '_', '-', not "." or "..".
Result<void> check_name(const ConfigPlace& place, const std::string& what, const std::string& name);

// A relative path without "..", of at least one name.
bool stays_below(const std::string& path);
// `version`: "1.0", or absent.
Result<void> read_version(Fields& fields, std::string& version);

// `ssh_hosts`: id -> {host, user, port, workdir}.
Result<std::vector<ConfiguredHost>> read_hosts(const YamlNode& hosts, const ConfigFile& file,
                                               const std::string& path);
// "user@host", "host", "user@host:22", "[2001:db8::1]:22" into address, user and port.
Result<void> parse_ssh_target(const std::string& text, const ConfigPlace& place, ConfiguredHost& host);
Result<void> check_host(const ConfiguredHost& host);

// name -> environment; refs are checked against the hosts.
Result<std::vector<ConfiguredEnvironment>> read_environments(const YamlNode& environments,
                                                             const ConfigFile& file, const std::string& path,
                                                             const std::vector<ConfiguredHost>& hosts);

Result<std::vector<PerformanceTest>> read_performance_tests(const YamlNode& tests, const ConfigFile& file,
                                                            const std::string& path,
                                                            double default_duration_s);
// The texts at key are types of performance tests.
Result<void> check_performance_types(Fields& fields, const char* key);

// hooks, monitors, monitoring, measurement of `fields`, into config.
void read_additions(Fields& fields, CampaignConfig& config);
Result<std::map<std::string, std::vector<HookTask>>> read_hooks(const YamlNode& hooks, const ConfigFile& file,
                                                                const CampaignConfig& config);
Result<std::vector<CustomMonitor>> read_monitors(const YamlNode& monitors, const ConfigFile& file,
                                                 const CampaignConfig& config);

}  // namespace bpftax
