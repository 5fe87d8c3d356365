// Linux bonds (/proc/net/bonding/NAME) and link speeds (/sys/class/net/NAME/speed).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bpftax {

struct LinuxBond {
  std::string mode;    // "IEEE 802.3ad Dynamic link aggregation", "fault-tolerance (active-backup)"
  std::string active;  // member, where one is active at a time; may be empty
  struct Member {
    std::string name;
    bool up = false;
    std::optional<int64_t> speed_mbps;
  };
  std::vector<Member> members;  // in the kernel's order
};
// nullopt: not the text of a bond.
std::optional<LinuxBond> parse_bonding(std::string_view text);

// `grep -H . /sys/class/net/A/speed /sys/class/net/B/speed`: name -> Mb/s. Links that are down say -1, some
// drivers 65535 or 4294967295: unknown, left out.
std::map<std::string, int64_t> parse_speeds(std::string_view text);

}  // namespace bpftax
