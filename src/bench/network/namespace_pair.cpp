#include "bench/network/namespace_pair.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <linux/neighbour.h>
#include <linux/veth.h>
#include <net/if.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "util/clock.h"

namespace bpftax::bench::network {
namespace {

// No link-local address is made, so that nothing announces it.
constexpr uint8_t kAddrGenModeNone = IN6_ADDR_GEN_MODE_NONE;
constexpr int kPairPrefix = 30;
constexpr int64_t kQueuePatienceNs = 5 * kNsPerS;
constexpr std::array<const char*, 2> kNames = {"near", "far"};
constexpr std::array<uint32_t, 2> kAddresses = {0xC6120001u, 0xC6120002u};  // 198.18.0.0/15, RFC 2544
using Mac = std::array<uint8_t, 6>;
constexpr std::array<Mac, 2> kMacs = {Mac{2, 0, 0, 0, 0, 1}, Mac{2, 0, 0, 0, 0, 2}};  // locally administered

size_t index_of(Side side) {
  return static_cast<size_t>(side);
}

Result<Fd> new_namespace() {
  if (::unshare(CLONE_NEWNET) != 0) return fail_errno(errno, "cannot create a network namespace", "unshare");
  Fd fd(::open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC));
  if (!fd) return fail_errno(errno, "cannot open the network namespace", "/proc/thread-self/ns/net");
  return fd;
}

Result<void> create_veth(const RouteSocket& route, int far_namespace) {
  const ifinfomsg body{};
  NetlinkMessage message(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, body);
  message.attribute(IFLA_IFNAME, std::string_view(kNames[0]));
  message.attribute(IFLA_ADDRESS, kMacs[0].data(), kMacs[0].size());
  const size_t info = message.open(IFLA_LINKINFO);
  message.attribute(IFLA_INFO_KIND, std::string_view("veth"));
  const size_t data = message.open(IFLA_INFO_DATA);
  const size_t peer = message.open(VETH_INFO_PEER);
  message.append(&body, sizeof body);
  message.attribute(IFLA_IFNAME, std::string_view(kNames[1]));
  message.attribute(IFLA_ADDRESS, kMacs[1].data(), kMacs[1].size());
  message.attribute(IFLA_NET_NS_FD, static_cast<uint32_t>(far_namespace));
  message.close(peer);
  message.close(data);
  message.close(info);
  return route.request(message, "cannot create a veth pair");
}

Result<uint32_t> find_interface(const RouteSocket& route, std::string_view name) {
  NetlinkMessage message(RTM_GETLINK, 0, ifinfomsg{});
  message.attribute(IFLA_IFNAME, name);
  BPFTAX_ASSIGN(const std::string answer, route.ask(message, "cannot find the interface"));
  ifinfomsg found{};
  if (answer.size() < sizeof found)
    return fail(ErrorKind::kInternal, "cannot find the interface", std::string(name), "no answer");
  std::memcpy(&found, answer.data(), sizeof found);
  return static_cast<uint32_t>(found.ifi_index);
}

Result<void> without_ipv6(const RouteSocket& route, uint32_t index) {
  ifinfomsg body{};
  body.ifi_index = static_cast<int>(index);
  NetlinkMessage message(RTM_NEWLINK, 0, body);
  const size_t spec = message.open(IFLA_AF_SPEC);
  const size_t inet6 = message.open(AF_INET6);
  message.attribute(IFLA_INET6_ADDR_GEN_MODE, &kAddrGenModeNone, sizeof kAddrGenModeNone);
  message.close(inet6);
  message.close(spec);
  const auto done = route.request(message, "cannot switch IPv6 off");
  // A kernel without IPv6 is as good.
  if (!done && done.error().errno_value != EAFNOSUPPORT && done.error().errno_value != EOPNOTSUPP)
    return done;
  return {};
}

Result<void> bring_up(const RouteSocket& route, uint32_t index) {
  ifinfomsg body{};
  body.ifi_index = static_cast<int>(index);
  body.ifi_flags = IFF_UP | IFF_NOARP;
  body.ifi_change = IFF_UP | IFF_NOARP;
  NetlinkMessage message(RTM_NEWLINK, 0, body);
  return route.request(message, "cannot bring the interface up");
}

Result<void> add_address(const RouteSocket& route, uint32_t index, uint32_t address) {
  ifaddrmsg body{};
  body.ifa_family = AF_INET;
  body.ifa_prefixlen = kPairPrefix;
  body.ifa_index = index;
  NetlinkMessage message(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, body);
  message.attribute(IFA_LOCAL, htonl(address));
  message.attribute(IFA_ADDRESS, htonl(address));
  return route.request(message, "cannot add an address");
}

Result<void> add_neighbour(const RouteSocket& route, uint32_t index, uint32_t address, const Mac& mac) {
  ndmsg body{};
  body.ndm_family = AF_INET;
  body.ndm_ifindex = static_cast<int>(index);
  body.ndm_state = NUD_PERMANENT;
  NetlinkMessage message(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, body);
  message.attribute(NDA_DST, htonl(address));
  message.attribute(NDA_LLADDR, mac.data(), mac.size());
  return route.request(message, "cannot add a neighbour");
}

// Attributes of the interface.
Result<std::string> link_attributes(const RouteSocket& route, uint32_t index, const char* what) {
  ifinfomsg body{};
  body.ifi_index = static_cast<int>(index);
  NetlinkMessage message(RTM_GETLINK, 0, body);
  BPFTAX_ASSIGN(const std::string answer, route.ask(message, what));
  return answer.substr(std::min(sizeof body, answer.size()));
}

// The end that comes up first gets its carrier when the other one is up, and its queue from a worker some
// time later: until then it drops all packets (qdisc noop).
Result<void> wait_for_queue(const RouteSocket& route, uint32_t index) {
  RealClock clock;
  const int64_t limit_ns = clock.monotonic_ns() + kQueuePatienceNs;
  for (;;) {
    BPFTAX_ASSIGN(const std::string attributes, link_attributes(route, index, "cannot ask for the queue"));
    const std::string_view qdisc = find_attribute(attributes, IFLA_QDISC);
    if (!qdisc.empty() && qdisc.substr(0, 5) != std::string_view("noop\0", 5)) return {};
    if (clock.monotonic_ns() > limit_ns)
      return fail(ErrorKind::kEnvironment, "the veth pair does not come up", "", "it has no queue after 5 s");
    clock.sleep_ns(kNsPerMs);
  }
}

Result<void> set_up_side(const RouteSocket& route, uint32_t index, Side side) {
  const size_t own = index_of(side), other = 1 - own;
  BPFTAX_TRY(without_ipv6(route, index));
  BPFTAX_TRY(add_address(route, index, kAddresses[own]));
  BPFTAX_TRY(bring_up(route, index));
  return add_neighbour(route, index, kAddresses[other], kMacs[other]);
}

}  // namespace

Result<std::unique_ptr<NamespacePair>> NamespacePair::create() {
  BPFTAX_ASSIGN(Fd far, new_namespace());
  BPFTAX_ASSIGN(RouteSocket far_route, RouteSocket::open());
  BPFTAX_ASSIGN(Fd near, new_namespace());
  BPFTAX_ASSIGN(RouteSocket near_route, RouteSocket::open());
  std::unique_ptr<NamespacePair> pair(
      new NamespacePair(std::move(near), std::move(far), std::move(near_route), std::move(far_route)));
  BPFTAX_TRY(pair->connect());
  return pair;
}

Result<void> NamespacePair::connect() {
  BPFTAX_TRY(create_veth(near_route_, far_.get()));
  BPFTAX_ASSIGN(near_index_, find_interface(near_route_, kNames[0]));
  BPFTAX_ASSIGN(far_index_, find_interface(far_route_, kNames[1]));
  BPFTAX_TRY(set_up_side(near_route_, near_index_, Side::kNear));
  BPFTAX_TRY(set_up_side(far_route_, far_index_, Side::kFar));
  BPFTAX_TRY(wait_for_queue(near_route_, near_index_));
  return wait_for_queue(far_route_, far_index_);
}

Result<Fd> NamespacePair::socket(Side side, int type) const {
  const bool move = side == Side::kFar;
  if (move && ::setns(far_.get(), CLONE_NEWNET) != 0)
    return fail_errno(errno, "cannot enter the other network namespace");
  Fd fd(::socket(AF_INET, type | SOCK_CLOEXEC, 0));
  const int error = errno;
  if (move && ::setns(near_.get(), CLONE_NEWNET) != 0)
    return fail_errno(errno, "cannot return to the network namespace");
  if (!fd) return fail_errno(error, "cannot create a socket");
  return fd;
}

sockaddr_in NamespacePair::address(Side side, uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(kAddresses[index_of(side)]);
  address.sin_port = htons(port);
  return address;
}

Result<PacketCounts> NamespacePair::counts(Side side) const {
  const bool near = side == Side::kNear;
  BPFTAX_ASSIGN(const std::string attributes,
                link_attributes(near ? near_route_ : far_route_, near ? near_index_ : far_index_,
                                "cannot read the interface's counters"));
  const std::string_view payload = find_attribute(attributes, IFLA_STATS64);
  rtnl_link_stats64 stats{};
  // Newer kernels append fields.
  if (payload.size() < offsetof(rtnl_link_stats64, rx_bytes))
    return fail(ErrorKind::kInternal, "cannot read the interface's counters", kNames[index_of(side)],
                "no statistics in the answer");
  std::memcpy(&stats, payload.data(), std::min(sizeof stats, payload.size()));
  return PacketCounts{stats.rx_packets, stats.tx_packets};
}

}  // namespace bpftax::bench::network
