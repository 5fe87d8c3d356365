// Paths through the stack whose time the latency probes take (latency.bpf.h).
#pragma once

#include <string>
#include <vector>

#include "probes/flow.h"
#include "probes/option_set.h"
#include "util/result.h"

namespace bpftax {

void add_path_option(OptionSet& set, std::string& path);
// "receive", "queue" or "link" -> stems of the ends. UDP has an end of its own on the receive path, which is
// left out where the filter does not want UDP.
Result<std::vector<std::string>> path_stems(const std::string& path, const ProbeFilter& filter = {});

// What to know when UDP was asked for and nothing was measured; else nothing.
std::vector<std::string> format_unseen(const std::string& path, const ProbeFilter& filter, uint64_t measured);

}  // namespace bpftax
