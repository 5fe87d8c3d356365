// Carrier changes and operational state of the interfaces of one network namespace, by RTM_GETLINK: what
// /sys/class/net shows belongs to the namespace of its mount.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "util/fd.h"
#include "util/result.h"

namespace bpftax {

struct LinkState {
  std::optional<int64_t> carrier_changes;  // IFLA_CARRIER_CHANGES, Linux 3.15
  std::optional<std::string> operstate;    // IFLA_OPERSTATE: "up", "down", ...; "unknown" of lo
};

// A netlink socket of the named namespace ("" = the caller's own); it keeps the namespace alive until closed.
Result<Fd> open_link_states(const std::string& netns);
// By name.
Result<std::map<std::string, LinkState>> read_link_states(int socket);

// One datagram of the kernel's answer, added to `links`; true when it was the last one.
Result<bool> parse_link_dump(const void* data, size_t size, std::map<std::string, LinkState>& links);

}  // namespace bpftax
