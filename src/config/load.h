// Reads configurations. Every error is kUsage with file:line:column in `where` and the nearest known name in
// `hint`; no input crashes or is executed.
#pragma once

#include <string>
#include <string_view>

#include "config/model.h"
#include "util/result.h"

namespace bpftax {

// PATH: a <env>-full.yaml, or a folder: one *-full.yaml in it, or the four legacy files (paths in them are
// relative to that folder and cannot leave it). The format is detected; the case matrix is part of the
// result.
Result<CampaignConfig> load_config(const std::string& path);

Result<MinimalInput> load_minimal(const std::string& path);

// Text already in memory, `file` for messages. load_config's parts, for tests and fuzzing.
Result<CampaignConfig> parse_full_config(std::string_view yaml, const std::string& file);
Result<MinimalInput> parse_minimal(std::string_view yaml, const std::string& file);

// Tools and performance tests of an environment that is being made by `discover`: the texts of a tools file
// and a performance-test file (the formats of tools-template.yaml and performance-test-template.yaml).
struct ConfigTemplates {
  std::string tools, tools_file;
  std::string performance_tests, performance_tests_file;
};
// Those that ship with bpftax (data/*.yaml, built into the binary).
ConfigTemplates built_in_templates();

// The text of <env>-full.yaml: hosts and environments as given, tools and performance tests from the
// templates, and what was found how (`provenance:`, a mapping that load_config accepts and keeps out of the
// model). Parameters that a template leaves to discovery (vhost_pid: "{vhost_pids}") become lists.
Result<std::string> full_config_text(const MinimalInput& input,
                                     const std::vector<ConfiguredEnvironment>& environments,
                                     const ConfigTemplates& templates,
                                     const nlohmann::ordered_json& provenance);

// <env>-cases.json: { "metadata": {...}, "test_cases": [...] }.
nlohmann::ordered_json cases_json(const CampaignConfig& config);

}  // namespace bpftax
