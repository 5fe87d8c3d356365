// The case matrix: what a tool registry becomes in the environments of a configuration.
#pragma once

#include <vector>

#include "config/model.h"
#include "config/registry.h"
#include "util/result.h"

namespace bpftax {

// Categories in their order, tools in theirs, then the product of the parameters (the last varies fastest)
// and, for templates that use {direction} or a variable of the directions (SRC_IP, DST_IP), the directions.
// ids count from 1. Commands have their variables filled in. Category of an environment that the
// configuration does not have: left out with a warning when it is "host" or "vm", else kUsage.
Result<std::vector<TestCase>> make_cases(const std::vector<RegistryCategory>& registry,
                                         const CampaignConfig& config, double default_duration_s,
                                         std::vector<std::string>& warnings);

// "ovs-drop.py" -> "ovs-drop"; characters that are not for file names become '_'.
std::string tool_id_of(const std::string& script);

}  // namespace bpftax
