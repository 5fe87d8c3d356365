// Open vSwitch as its database describes it: `ovs-vsctl --format=json --columns=... list TABLE`, three
// tables, and `ovs-appctl bond/show`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace bpftax {

struct OvsInterface {
  std::string name;
  std::string type;          // "" (a device of the system), "internal", "patch", "dpdk", "vxlan", ...
  std::string peer;          // of a patch port: the interface at the other end
  std::string attached_mac;  // libvirt's note: MAC address inside the guest; lower case
  std::optional<int64_t> link_speed_bps;  // as vswitchd knows it
  // A device that can lead out of this machine: the system's or DPDK's.
  bool device() const;
};
struct OvsPort {
  std::string name;
  std::string bond_mode;  // "" when it is not set
  std::vector<OvsInterface> interfaces;
  bool bond() const { return interfaces.size() > 1; }
};
struct OvsBridge {
  std::string name;
  std::vector<OvsPort> ports;
};

struct OvsState {
  std::vector<OvsBridge> bridges;

  struct Place {
    const OvsBridge* bridge = nullptr;
    const OvsPort* port = nullptr;
    const OvsInterface* interface = nullptr;
    explicit operator bool() const { return bridge != nullptr; }
  };
  const OvsBridge* bridge(const std::string& name) const;
  Place interface(const std::string& name) const;  // the interface, by its name
  Place attached(const std::string& mac) const;    // the interface with that attached_mac
};

// The columns that are asked for.
inline constexpr const char* kOvsBridgeColumns = "name,ports";
inline constexpr const char* kOvsPortColumns = "_uuid,name,interfaces,bond_mode";
inline constexpr const char* kOvsInterfaceColumns = "_uuid,name,type,options,external_ids,link_speed";

Result<OvsState> parse_ovs(std::string_view bridges_json, std::string_view ports_json,
                           std::string_view interfaces_json);

struct OvsBond {
  std::string name, mode;
  std::string lacp;    // "off", "negotiated", ...
  std::string active;  // member; may be empty
  struct Member {
    std::string name;
    bool enabled = false;
  };
  std::vector<Member> members;
};
// `ovs-appctl bond/show`: of all bonds. Members are called slaves before 2.15.
std::vector<OvsBond> parse_bond_show(std::string_view text);

}  // namespace bpftax
