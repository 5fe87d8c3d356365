// Testcase files of the older format: { "metadata", "test_cases": [{id, name, command, duration}], "summary"
// }.
#pragma once

#include <string>
#include <vector>

#include "config/fields.h"
#include "config/model.h"

namespace bpftax {

// The parameters are told from name and command: "eth_drop_rx_protocol_tcp" and "--l4-protocol tcp".
Result<std::vector<TestCase>> read_testcase_file(const YamlNode& root, const ConfigFile& file);
// Of the part of a case's name behind the tool's name.
std::vector<CaseParameter> parameters_from_name(const std::string& name, const std::string& command);

}  // namespace bpftax
