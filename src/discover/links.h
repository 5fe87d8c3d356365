// What `ip -json -details address` and `ip -json route get` say of a machine's network interfaces.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace bpftax {

struct LinkAddress {
  std::string address;  // numeric, without prefix length
  int prefix = 0;
  bool global = false;  // scope global, neither secondary nor temporary
  bool ipv6() const { return address.find(':') != std::string::npos; }
};

struct Link {
  std::string name;
  std::string kind;    // "bridge", "bond", "vlan", "veth", "tun", "openvswitch", ...; "" = hardware
  std::string master;  // bridge or bond that it is a port of; "ovs-system" in the kernel's Open vSwitch
  std::string
      parent;  // of a vlan, macvlan, ...: the interface below; "" also when that is in another namespace
  std::string mac, permanent_mac;  // lower case; the second only where it differs (a bond's member)
  bool loopback = false;
  std::vector<LinkAddress> addresses;
};

// Entries that are no interfaces (ip writes {} for those it filters out) are left out.
Result<std::vector<Link>> parse_links(std::string_view json);

struct Route {
  std::string device;
  std::string source;  // preferred source address; may be empty
};
// The first route of `ip -json route get`.
Result<Route> parse_route(std::string_view json);

const Link* find_link(const std::vector<Link>& links, const std::string& name);
// The interface that has this address; addresses are compared as numbers, not as text.
const Link* link_with_address(const std::vector<Link>& links, const std::string& address);
const Link* link_with_mac(const std::vector<Link>& links, const std::string& mac);
// The address of an interface to test with: of the family and network of `near` when there is one, else the
// first global one, IPv4 before IPv6. nullopt: it has none.
std::optional<std::string> address_of(const Link& link, const std::string& near);

// The same address in numbers? False when one of them is none.
bool same_address(const std::string& a, const std::string& b);
std::string lower_case(std::string_view text);

}  // namespace bpftax
