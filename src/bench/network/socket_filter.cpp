// The filter of one socket, here of the one that receives the packets.
#include <sys/socket.h>

#include <cerrno>

#include "bench/network/network_hook.h"

namespace bpftax::bench::network {
namespace {

constexpr uint32_t kSocketFilterProgram = 1;  // BPF_PROG_TYPE_SOCKET_FILTER

class SocketFilter : public Attached {
 public:
  explicit SocketFilter(int socket) : socket_(socket) {}
  ~SocketFilter() override {
    const int unused = 0;
    ::setsockopt(socket_, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof unused);
  }

 private:
  int socket_;
};

Result<AttachedPtr> attach_socket_filter(const Site& site, Attached*, int program_fd, int) {
  if (::setsockopt(site.receiver, SOL_SOCKET, SO_ATTACH_BPF, &program_fd, sizeof program_fd) != 0)
    return fail_errno(errno, "the attachment is refused", "SO_ATTACH_BPF");
  return std::make_unique<SocketFilter>(site.receiver);
}

}  // namespace

NetworkHook socket_filter_hook() {
  NetworkHook hook;
  hook.name = "socket_filter";
  hook.summary = "filter of the socket that gets the packets";
  hook.program_type = kSocketFilterProgram;
  hook.loads_for_type = false;
  hook.verdict = Verdict::kNext;
  hook.attach = attach_socket_filter;
  hook.one_only = "a socket has one filter: a second one takes the first one's place";
  return hook;
}

}  // namespace bpftax::bench::network
