// Programs that sit on network interfaces without a link: XDP and tc (clsact and ingress qdiscs), asked by
// netlink, in the caller's network namespace. Programs inside tc actions (sched_act) are not found.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "util/result.h"

namespace bpftax {

struct NetAttachment {
  uint32_t program_id = 0;
  std::string target;  // "xdp:eth0", "tc/ingress:eth0"
  friend bool operator==(const NetAttachment&, const NetAttachment&) = default;
};

Result<std::vector<NetAttachment>> xdp_attachments();
Result<std::vector<NetAttachment>> tc_attachments();

// The program ids of bpf filters in a buffer of netlink messages (RTM_NEWTFILTER); `done` is set by
// NLMSG_DONE or an error message. Malformed messages end the reading.
std::vector<uint32_t> parse_tc_dump(const void* data, size_t size, bool& done);

}  // namespace bpftax
