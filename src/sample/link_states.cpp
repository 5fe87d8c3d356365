#include "sample/link_states.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "sample/proc_net.h"

namespace bpftax {
namespace {

constexpr const char* kWhat = "cannot read the state of the interfaces";

// IF_OPER_* of linux/if.h, named as /sys/class/net/*/operstate does.
constexpr std::array kOperstates = {"unknown", "notpresent", "down", "lowerlayerdown",
                                    "testing", "dormant",    "up"};

Result<Fd> open_socket() {
  Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) return fail_errno(errno, kWhat, "netlink");
  // The kernel answers at once or not at all.
  const timeval patience{1, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  return socket;
}

template <class T>
std::optional<T> value_of(std::string_view payload) {
  T value{};
  if (payload.size() < sizeof value) return std::nullopt;
  std::memcpy(&value, payload.data(), sizeof value);
  return value;
}

void read_attribute(int type, std::string_view payload, std::string& name, LinkState& link) {
  if (type == IFLA_IFNAME) name = std::string(payload.substr(0, payload.find('\0')));
  if (type == IFLA_CARRIER_CHANGES) link.carrier_changes = value_of<uint32_t>(payload);
  if (type != IFLA_OPERSTATE) return;
  const auto state = value_of<uint8_t>(payload);
  if (state && *state < kOperstates.size()) link.operstate = kOperstates.at(*state);
}

void read_link(std::string_view attributes, std::map<std::string, LinkState>& links) {
  std::string name;
  LinkState link;
  while (attributes.size() >= sizeof(rtattr)) {
    rtattr head{};
    std::memcpy(&head, attributes.data(), sizeof head);
    if (head.rta_len < sizeof head || head.rta_len > attributes.size()) break;
    read_attribute(head.rta_type & NLA_TYPE_MASK, attributes.substr(sizeof head, head.rta_len - sizeof head),
                   name, link);
    attributes.remove_prefix(std::min<size_t>(attributes.size(), RTA_ALIGN(head.rta_len)));
  }
  if (!name.empty()) links[name] = std::move(link);
}

}  // namespace

Result<bool> parse_link_dump(const void* data, size_t size, std::map<std::string, LinkState>& links) {
  std::string_view rest(static_cast<const char*>(data), size);
  while (rest.size() >= sizeof(nlmsghdr)) {
    nlmsghdr head{};
    std::memcpy(&head, rest.data(), sizeof head);
    if (head.nlmsg_len < sizeof head || head.nlmsg_len > rest.size())
      return fail(ErrorKind::kInternal, kWhat, "netlink", "a message is longer than its datagram");
    if (head.nlmsg_type == NLMSG_DONE) return true;
    if (head.nlmsg_type == NLMSG_ERROR) {
      const auto error = value_of<int32_t>(rest.substr(sizeof head, head.nlmsg_len - sizeof head));
      return fail_errno(-error.value_or(-EPROTO), kWhat, "RTM_GETLINK");
    }
    constexpr size_t kBody = NLMSG_LENGTH(sizeof(ifinfomsg));
    if (head.nlmsg_type == RTM_NEWLINK && head.nlmsg_len >= kBody)
      read_link(rest.substr(kBody, head.nlmsg_len - kBody), links);
    rest.remove_prefix(std::min<size_t>(rest.size(), NLMSG_ALIGN(head.nlmsg_len)));
  }
  return false;
}

Result<Fd> open_link_states(const std::string& netns) {
  return in_netns(netns, open_socket);
}

Result<std::map<std::string, LinkState>> read_link_states(int socket) {
  struct {
    nlmsghdr head;
    ifinfomsg body;
    rtattr mask_head;
    uint32_t mask;
  } request{};
  request.head.nlmsg_len = sizeof request;
  request.head.nlmsg_type = RTM_GETLINK;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.ifi_family = AF_UNSPEC;
  request.mask_head = {sizeof(rtattr) + sizeof request.mask, IFLA_EXT_MASK};
  request.mask = RTEXT_FILTER_SKIP_STATS;  // Linux 4.4; older kernels send them and are none the worse
  // What an earlier, failed dump left must not be taken for an answer of this one.
  alignas(nlmsghdr) std::array<char, 32768> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  while (::recv(socket, buffer.data(), buffer.size(), MSG_DONTWAIT) > 0) {
  }
  if (::send(socket, &request, sizeof request, 0) < 0) return fail_errno(errno, kWhat, "RTM_GETLINK");
  std::map<std::string, LinkState> links;
  for (bool done = false; !done;) {
    const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, kWhat, "RTM_GETLINK");
    BPFTAX_ASSIGN(done, parse_link_dump(buffer.data(), static_cast<size_t>(got), links));
    if (got == 0) break;
  }
  return links;
}

}  // namespace bpftax
