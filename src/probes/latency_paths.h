// Paths through the stack whose time the latency probes take (latency.bpf.h).
#pragma once

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

#include "util/result.h"

namespace bpftax {

void add_path_option(CLI::App& app, std::string& path);
// "receive", "queue" or "link" -> stems of the two ends.
Result<std::vector<std::string>> path_stems(const std::string& path);

}  // namespace bpftax
