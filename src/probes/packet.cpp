#include "probes/packet.h"

#include <cstring>

struct ProbeHeaders {
  const char* bytes;
  size_t size;
};

static inline int probe_load(const struct ProbeHeaders* headers, __u32 offset, void* to, __u32 size) {
  if (offset > headers->size || headers->size - offset < size) return -1;
  memcpy(to, headers->bytes + offset, size);
  return 0;
}

#include "probes/packet_parse.h"

namespace bpftax {

ProbeFlow parse_packet(std::string_view bytes, uint16_t ethertype) {
  const ProbeHeaders headers{bytes.data(), bytes.size()};
  ProbeFlow flow;
  probe_parse(&headers, 0, ethertype, &flow);
  return flow;
}

ProbeProtocol packet_protocol(const ProbeFlow& flow) {
  return probe_protocol(&flow);
}

bool packet_matches(const ProbeFlow& flow, const ProbeFilter& filter) {
  return probe_flow_matches(&flow, &filter) != 0;
}

bool interface_matches(const char (&name)[kProbeInterfaceName], const ProbeFilter& filter) {
  return probe_interface_matches(name, &filter) != 0;
}

}  // namespace bpftax
