#include "bench/network/netlink.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

namespace bpftax::bench::network {
namespace {

constexpr timeval kNetlinkPatience{5, 0};  // the kernel always answers; for one that does not

}  // namespace

void NetlinkMessage::begin(uint16_t type, uint16_t flags) {
  nlmsghdr head{};
  head.nlmsg_type = type;
  head.nlmsg_flags = static_cast<uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
  append(&head, sizeof head);
}

void NetlinkMessage::append(const void* data, size_t size) {
  const auto* const begin = static_cast<const char*>(data);
  bytes_.insert(bytes_.end(), begin, begin + size);
  bytes_.resize(NLMSG_ALIGN(bytes_.size()));
}

void NetlinkMessage::attribute(uint16_t type, const void* data, size_t size) {
  rtattr head{};
  head.rta_type = type;
  head.rta_len = static_cast<uint16_t>(RTA_LENGTH(size));
  append(&head, sizeof head);
  append(data, size);
}

void NetlinkMessage::attribute(uint16_t type, std::string_view text) {
  const std::string terminated(text);
  attribute(type, terminated.c_str(), terminated.size() + 1);
}

size_t NetlinkMessage::open(uint16_t type) {
  const size_t opened = bytes_.size();
  attribute(type, nullptr, 0);
  return opened;
}

void NetlinkMessage::close(size_t opened) {
  const auto length = static_cast<uint16_t>(bytes_.size() - opened);
  std::memcpy(bytes_.data() + opened + offsetof(rtattr, rta_len), &length, sizeof length);
}

Result<RouteSocket> RouteSocket::open() {
  Fd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!fd) return fail_errno(errno, "cannot open a netlink socket");
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kNetlinkPatience, sizeof kNetlinkPatience);
  // Errors come without a copy of the request.
  const int on = 1;
  ::setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  return RouteSocket(std::move(fd));
}

Result<std::string> RouteSocket::exchange(NetlinkMessage& message, const char* what) const {
  auto length = static_cast<uint32_t>(message.bytes().size());
  std::memcpy(message.bytes().data() + offsetof(nlmsghdr, nlmsg_len), &length, sizeof length);
  if (::send(fd_.get(), message.bytes().data(), message.bytes().size(), 0) < 0)
    return fail_errno(errno, what, "netlink");
  std::string answer;
  alignas(nlmsghdr) std::array<char, 16384> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, what, "netlink");
    std::string_view rest(buffer.data(), static_cast<size_t>(got));
    while (rest.size() >= sizeof(nlmsghdr)) {
      nlmsghdr head{};
      std::memcpy(&head, rest.data(), sizeof head);
      if (head.nlmsg_len < sizeof head || head.nlmsg_len > rest.size())
        return fail(ErrorKind::kInternal, what, "netlink", "a broken message");
      const std::string_view payload = rest.substr(sizeof head, head.nlmsg_len - sizeof head);
      if (head.nlmsg_type == NLMSG_ERROR) {
        int error = 0;
        if (payload.size() >= sizeof error) std::memcpy(&error, payload.data(), sizeof error);
        if (error != 0) return fail_errno(-error, what, "netlink");
        return answer;
      }
      if (answer.empty()) answer = payload;
      rest.remove_prefix(std::min<size_t>(rest.size(), NLMSG_ALIGN(head.nlmsg_len)));
    }
  }
}

Result<void> RouteSocket::request(NetlinkMessage& message, const char* what) const {
  auto answer = exchange(message, what);
  if (!answer) return propagate(answer);
  return {};
}

Result<std::string> RouteSocket::ask(NetlinkMessage& message, const char* what) const {
  return exchange(message, what);
}

std::string_view find_attribute(std::string_view attributes, uint16_t type) {
  while (attributes.size() >= sizeof(rtattr)) {
    rtattr head{};
    std::memcpy(&head, attributes.data(), sizeof head);
    if (head.rta_len < sizeof head || head.rta_len > attributes.size()) return {};
    if ((head.rta_type & NLA_TYPE_MASK) == type)
      return attributes.substr(sizeof head, head.rta_len - sizeof head);
    attributes.remove_prefix(std::min<size_t>(attributes.size(), RTA_ALIGN(head.rta_len)));
  }
  return {};
}

}  // namespace bpftax::bench::network
