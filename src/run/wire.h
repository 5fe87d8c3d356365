// The wire between the two ends, from what their network cards tell (sample/host_facts.h, "nics").
#pragma once

#include <optional>

#include "run/engine.h"

namespace bpftax {

// That of the slower end; where only one end tells, its own, which is a limit too. nullopt for an interface
// without hardware behind it (veth, bridge, tunnel), in a network namespace (the facts are those of the
// host's own), with a driver of virtual machines (what it tells is no limit), or without a link.
std::optional<LineRate> line_rate_of(const Environment& env, const nlohmann::json& server_facts,
                                     const nlohmann::json& client_facts);

}  // namespace bpftax
