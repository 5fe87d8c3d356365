// The packet parser of the BPF programs, for bytes in memory and for flows that came from the kernel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "probes/flow.h"

namespace bpftax {

// bytes begin where `offset` in probe_parse() points to. Same source as in the kernel (packet_parse.h).
ProbeFlow parse_packet(std::string_view bytes, uint16_t ethertype);
ProbeProtocol packet_protocol(const ProbeFlow& flow);
bool packet_matches(const ProbeFlow& flow, const ProbeFilter& filter);
bool interface_matches(const char (&name)[kProbeInterfaceName], const ProbeFilter& filter);

}  // namespace bpftax
