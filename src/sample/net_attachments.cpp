#include "sample/net_attachments.h"

#include <bpf/libbpf.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <string_view>

#include "util/fd.h"

namespace bpftax {
namespace {

struct Interface {
  uint32_t index = 0;
  std::string name;
};

Result<std::vector<Interface>> interfaces() {
  struct Free {
    void operator()(struct if_nameindex* list) const { ::if_freenameindex(list); }
  };
  const std::unique_ptr<struct if_nameindex, Free> list(::if_nameindex());
  if (list == nullptr) return fail_errno(errno, "cannot list network interfaces");
  std::vector<Interface> found;
  for (const struct if_nameindex* entry = list.get(); entry->if_index != 0; ++entry)
    found.push_back({entry->if_index, entry->if_name});
  return found;
}

// Calls use(type, payload) for each attribute in a stretch of them.
template <class Use>
void for_each_attribute(std::string_view data, Use&& use) {
  while (data.size() >= sizeof(rtattr)) {
    rtattr head{};
    std::memcpy(&head, data.data(), sizeof head);
    if (head.rta_len < sizeof head || head.rta_len > data.size()) return;
    use(head.rta_type & NLA_TYPE_MASK, data.substr(sizeof head, head.rta_len - sizeof head));
    data.remove_prefix(std::min<size_t>(data.size(), RTA_ALIGN(head.rta_len)));
  }
}

Result<std::vector<uint32_t>> dump_filters(int socket, uint32_t index, uint32_t parent) {
  struct {
    nlmsghdr head;
    tcmsg body;
  } request{};
  request.head.nlmsg_len = sizeof request;
  request.head.nlmsg_type = RTM_GETTFILTER;
  request.head.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  request.body.tcm_family = AF_UNSPEC;
  request.body.tcm_ifindex = static_cast<int>(index);
  request.body.tcm_parent = parent;
  if (::send(socket, &request, sizeof request, 0) < 0)
    return fail_errno(errno, "cannot ask for tc filters", "netlink");
  std::vector<uint32_t> ids;
  alignas(nlmsghdr) std::array<char, 32768> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init)
  for (bool done = false; !done;) {
    const ssize_t got = ::recv(socket, buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(errno, "cannot read tc filters", "netlink");
    const auto found = parse_tc_dump(buffer.data(), static_cast<size_t>(got), done);
    ids.insert(ids.end(), found.begin(), found.end());
    if (got == 0) break;
  }
  return ids;
}

}  // namespace

std::vector<uint32_t> parse_tc_dump(const void* data, size_t size, bool& done) {
  std::vector<uint32_t> ids;
  std::string_view rest(static_cast<const char*>(data), size);
  while (rest.size() >= sizeof(nlmsghdr)) {
    nlmsghdr head{};
    std::memcpy(&head, rest.data(), sizeof head);
    if (head.nlmsg_len < sizeof head || head.nlmsg_len > rest.size()) {
      done = true;
      return ids;
    }
    // An error here is the answer for a parent that this interface's qdisc does not have.
    if (head.nlmsg_type == NLMSG_DONE || head.nlmsg_type == NLMSG_ERROR) {
      done = true;
      return ids;
    }
    if (head.nlmsg_type == RTM_NEWTFILTER && head.nlmsg_len >= NLMSG_LENGTH(sizeof(tcmsg))) {
      bool bpf = false;
      std::string_view options;
      for_each_attribute(
          rest.substr(NLMSG_LENGTH(sizeof(tcmsg)), head.nlmsg_len - NLMSG_LENGTH(sizeof(tcmsg))),
          [&](int type, std::string_view payload) {
            if (type == TCA_KIND) bpf = payload.substr(0, payload.find('\0')) == "bpf";
            if (type == TCA_OPTIONS) options = payload;
          });
      if (bpf) {
        for_each_attribute(options, [&](int type, std::string_view payload) {
          uint32_t id = 0;
          if (type != TCA_BPF_ID || payload.size() < sizeof id) return;
          std::memcpy(&id, payload.data(), sizeof id);
          if (id != 0) ids.push_back(id);
        });
      }
    }
    rest.remove_prefix(std::min<size_t>(rest.size(), NLMSG_ALIGN(head.nlmsg_len)));
  }
  return ids;
}

Result<std::vector<NetAttachment>> xdp_attachments() {
  BPFTAX_ASSIGN(const std::vector<Interface> all, interfaces());
  std::vector<NetAttachment> found;
  for (const Interface& interface : all) {
    bpf_xdp_query_opts options{};
    options.sz = sizeof options;
    if (bpf_xdp_query(static_cast<int>(interface.index), 0, &options) != 0) continue;  // gone, or without XDP
    for (const uint32_t id :
         {options.prog_id, options.skb_prog_id, options.drv_prog_id, options.hw_prog_id}) {
      const NetAttachment attachment{id, "xdp:" + interface.name};
      if (id != 0 && std::find(found.begin(), found.end(), attachment) == found.end())
        found.push_back(attachment);
    }
  }
  return found;
}

Result<std::vector<NetAttachment>> tc_attachments() {
  BPFTAX_ASSIGN(const std::vector<Interface> all, interfaces());
  const Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket) return fail_errno(errno, "cannot open a netlink socket");
  // The kernel always answers; the time-out is for one that does not.
  const timeval patience{2, 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  static constexpr std::pair<uint32_t, const char*> kParents[] = {
      {TC_H_MAKE(TC_H_INGRESS, 0), "tc/ingress:"},  // of the old ingress qdisc; clsact refuses it
      {TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_INGRESS), "tc/ingress:"},
      {TC_H_MAKE(TC_H_CLSACT, TC_H_MIN_EGRESS), "tc/egress:"},
  };
  std::vector<NetAttachment> found;
  for (const Interface& interface : all) {
    for (const auto& [parent, where] : kParents) {
      BPFTAX_ASSIGN(const std::vector<uint32_t> ids, dump_filters(socket.get(), interface.index, parent));
      for (const uint32_t id : ids) found.push_back({id, where + interface.name});
      // The ingress qdisc gives the same answer for every parent.
      if (parent == kParents[0].first && !ids.empty()) break;
    }
  }
  return found;
}

}  // namespace bpftax
