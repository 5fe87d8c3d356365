#include "discover/links.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <cctype>

#include "util/json.h"

namespace bpftax {
namespace {

using AddressBytes = std::vector<unsigned char>;

AddressBytes address_bytes(const std::string& text) {
  AddressBytes bytes(16);
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) {
    bytes.resize(4);
    return bytes;
  }
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return bytes;
  return {};
}

bool same_network(const std::string& a, const std::string& b, int prefix) {
  const AddressBytes left = address_bytes(a), right = address_bytes(b);
  if (left.empty() || left.size() != right.size()) return false;
  const int bits = std::clamp(prefix, 0, static_cast<int>(left.size()) * 8);
  for (int bit = 0; bit < bits; ++bit) {
    const auto byte = static_cast<size_t>(bit / 8);
    if (((left[byte] ^ right[byte]) >> (7 - bit % 8) & 1) != 0) return false;
  }
  return true;
}

// A string at the key, "" when it is absent or something else: what ip leaves out differs between versions.
std::string text_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

bool flag_at(const Json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_boolean() && found->get<bool>();
}

LinkAddress address_from(const Json& json) {
  LinkAddress address;
  address.address = text_at(json, "local");
  const auto prefix = json.find("prefixlen");
  if (prefix != json.end() && prefix->is_number_integer())
    address.prefix = static_cast<int>(std::clamp<int64_t>(prefix->get<int64_t>(), 0, 128));
  address.global = text_at(json, "scope") == "global" && !flag_at(json, "secondary") &&
                   !flag_at(json, "temporary") && !flag_at(json, "deprecated");
  return address;
}

Link link_from(const Json& json) {
  Link link;
  link.name = text_at(json, "ifname");
  link.master = text_at(json, "master");
  link.mac = lower_case(text_at(json, "address"));
  link.permanent_mac = lower_case(text_at(json, "permaddr"));
  link.loopback = text_at(json, "link_type") == "loopback";
  // "link" of a veth is its other end, which is a peer and nothing below.
  if (const Json* info = find_path(json, "linkinfo"); info != nullptr && info->is_object()) {
    link.kind = text_at(*info, "info_kind");
    if (const Json* slave = find_path(*info, "info_slave_data.perm_hwaddr");
        slave != nullptr && slave->is_string())
      link.permanent_mac = lower_case(slave->get<std::string>());
  }
  if (link.kind != "veth") link.parent = text_at(json, "link");
  const auto addresses = json.find("addr_info");
  if (addresses == json.end() || !addresses->is_array()) return link;
  for (const Json& each : *addresses) {
    if (!each.is_object()) continue;
    LinkAddress address = address_from(each);
    if (!address.address.empty()) link.addresses.push_back(std::move(address));
  }
  return link;
}

}  // namespace

std::string lower_case(std::string_view text) {
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return lower;
}

bool same_address(const std::string& a, const std::string& b) {
  const AddressBytes left = address_bytes(a);
  return !left.empty() && left == address_bytes(b);
}

Result<std::vector<Link>> parse_links(std::string_view json) {
  BPFTAX_ASSIGN(const Json list, parse_json(json, "ip address"));
  if (!list.is_array())
    return fail(ErrorKind::kEnvironment, "cannot understand ip", "ip address", "it did not write a list");
  std::vector<Link> links;
  for (const Json& each : list) {
    if (!each.is_object()) continue;
    Link link = link_from(each);
    if (!link.name.empty()) links.push_back(std::move(link));
  }
  return links;
}

Result<Route> parse_route(std::string_view json) {
  BPFTAX_ASSIGN(const Json list, parse_json(json, "ip route get"));
  Route route;
  if (list.is_array() && !list.empty() && list[0].is_object()) {
    route.device = text_at(list[0], "dev");
    route.source = text_at(list[0], "prefsrc");
  }
  if (route.device.empty())
    return fail(ErrorKind::kEnvironment, "cannot understand ip", "ip route get", "it names no interface");
  return route;
}

const Link* find_link(const std::vector<Link>& links, const std::string& name) {
  const auto found =
      std::find_if(links.begin(), links.end(), [&](const Link& link) { return link.name == name; });
  return found == links.end() ? nullptr : &*found;
}

const Link* link_with_address(const std::vector<Link>& links, const std::string& address) {
  for (const Link& link : links) {
    for (const LinkAddress& each : link.addresses) {
      if (same_address(each.address, address)) return &link;
    }
  }
  return nullptr;
}

const Link* link_with_mac(const std::vector<Link>& links, const std::string& mac) {
  for (const Link& link : links) {
    if (!mac.empty() && (link.mac == mac || link.permanent_mac == mac)) return &link;
  }
  return nullptr;
}

std::optional<std::string> address_of(const Link& link, const std::string& near) {
  for (const LinkAddress& each : link.addresses) {
    if (each.global && same_network(each.address, near, each.prefix)) return each.address;
  }
  for (const bool ipv6 : {false, true}) {
    for (const LinkAddress& each : link.addresses) {
      if (each.global && each.ipv6() == ipv6) return each.address;
    }
  }
  return std::nullopt;
}

}  // namespace bpftax
