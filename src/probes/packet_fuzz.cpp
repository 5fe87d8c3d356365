// Any bytes as a packet: the first two are the ethertype.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "probes/output.h"
#include "probes/packet.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace bpftax;
  if (size < 2) return 0;
  const auto ethertype = static_cast<uint16_t>((data[0] << 8) | data[1]);
  const ProbeFlow flow = parse_packet({reinterpret_cast<const char*>(data) + 2, size - 2}, ethertype);
  if (flow.family != 0 && flow.family != 4 && flow.family != 6) abort();
  if (flow.family == 0 && (flow.protocol != 0 || flow.source_port != 0)) abort();
  if (flow.later_fragment != 0 && (flow.source_port != 0 || flow.destination_port != 0)) abort();
  if (!packet_matches(flow, ProbeFilter{})) abort();
  if (format_flow(flow).empty() || format_protocol(flow).empty()) abort();
  return 0;
}
