#include "discover/links_text.h"

#include <algorithm>

#include "util/strings.h"

namespace bpftax {
namespace {

// First words of a part of a line that say what kind of interface it is. Others (vf, alias, altname, the
// state of a port) say something else.
constexpr std::string_view kLinkKinds[] = {"bond", "bridge", "dummy",    "geneve",  "gre",         "gretap",
                                           "ifb",  "ipvlan", "macvlan",  "macvtap", "team",        "tun",
                                           "veth", "vlan",   "vrf",      "vxlan",   "openvswitch", "ipip",
                                           "sit",  "vti",    "wireguard"};

// The word behind `key`; "" when there is none.
std::string word_after(const std::vector<std::string_view>& words, std::string_view key) {
  const auto found = std::find(words.begin(), words.end(), key);
  return found == words.end() || found + 1 == words.end() ? "" : std::string(*(found + 1));
}

// "5: bond0.76@bond0: <...> mtu 1500 master br0 ...\    link/ether MAC ...\    vlan ..."
std::optional<Link> link_from_line(std::string_view line) {
  const auto parts = split(line, '\\');
  const auto head = split_blank(parts[0]);
  if (head.size() < 3 || head[1].size() < 2 || head[1].back() != ':') return std::nullopt;
  Link link;
  const std::string_view name = head[1].substr(0, head[1].size() - 1);
  const size_t at = name.rfind('@');
  link.name = name.substr(0, at);
  const std::string_view below = at == std::string_view::npos ? "" : name.substr(at + 1);
  link.master = word_after(head, "master");
  for (size_t i = 1; i < parts.size(); ++i) {
    const auto words = split_blank(parts[i]);
    if (words.empty()) continue;
    if (words[0].substr(0, 5) == "link/") {
      link.loopback = words[0] == "link/loopback";
      if (words.size() > 1) link.mac = lower_case(words[1]);
      if (const std::string permanent = word_after(words, "permaddr"); !permanent.empty())
        link.permanent_mac = lower_case(permanent);
    } else if (std::find(std::begin(kLinkKinds), std::end(kLinkKinds), words[0]) != std::end(kLinkKinds)) {
      link.kind = words[0];
    } else if (const std::string permanent = word_after(words, "perm_hwaddr"); !permanent.empty()) {
      link.permanent_mac = lower_case(permanent);
    }
  }
  // "@if3": in another namespace. "@" of a veth: its other end.
  if (link.kind != "veth" && below.substr(0, 2) != "if") link.parent = below;
  if (link.name.empty()) return std::nullopt;
  return link;
}

// "2: br0    inet 10.0.0.9/24 brd 10.0.0.255 scope global secondary br0\       valid_lft ..."
void add_address(std::string_view line, std::vector<Link>& links) {
  const auto words = split_blank(split(line, '\\')[0]);
  if (words.size() < 4 || (words[2] != "inet" && words[2] != "inet6")) return;
  const auto link =
      std::find_if(links.begin(), links.end(), [&](const Link& each) { return each.name == words[1]; });
  if (link == links.end()) return;
  const auto has = [&](std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  };
  LinkAddress address;
  const size_t slash = words[3].find('/');
  address.address = words[3].substr(0, slash);
  // Without a length it is one of a point-to-point link: all of its bits.
  const auto prefix = slash == std::string_view::npos ? std::nullopt : to_int64(words[3].substr(slash + 1));
  address.prefix = static_cast<int>(std::clamp<int64_t>(prefix.value_or(128), 0, 128));
  address.global =
      word_after(words, "scope") == "global" && !has("secondary") && !has("temporary") && !has("deprecated");
  link->addresses.push_back(std::move(address));
}

}  // namespace

Result<std::vector<Link>> parse_links_text(std::string_view links, std::string_view addresses) {
  std::vector<Link> found;
  for (const std::string_view line : split(links, '\n')) {
    if (auto link = link_from_line(line)) found.push_back(std::move(*link));
  }
  if (found.empty())
    return fail(ErrorKind::kEnvironment, "cannot understand ip", "ip link", "it lists no interface");
  for (const std::string_view line : split(addresses, '\n')) add_address(line, found);
  return found;
}

Result<Route> parse_route_text(std::string_view text) {
  const auto words = split_blank(split(split(text, '\n')[0], '\\')[0]);
  const Route route{word_after(words, "dev"), word_after(words, "src")};
  if (route.device.empty())
    return fail(ErrorKind::kEnvironment, "cannot understand ip", "ip route get", "it names no interface");
  return route;
}

}  // namespace bpftax
