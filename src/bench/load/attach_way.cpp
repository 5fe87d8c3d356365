#include "bench/load/attach_way.h"

#include <bpf/bpf.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "probes/attach.h"
#include "sample/bpf_names.h"
#include "util/fd.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

constexpr const char* kCannotDetach = "cannot detach";
constexpr int kLoopback = 1;  // the first device of every network namespace

using Attaching = Result<std::unique_ptr<AttachedProgram>>;

class AttachedByFd : public AttachedProgram {
 public:
  explicit AttachedByFd(Fd fd) : fd_(std::move(fd)) {}
  Result<void> detach() override {
    if (::close(fd_.release()) != 0) return fail_errno(errno, kCannotDetach, "a link");
    return {};
  }

 private:
  Fd fd_;
};

class AttachedByLibbpf : public AttachedProgram {
 public:
  explicit AttachedByLibbpf(bpf_link* link) : link_(link) {}
  ~AttachedByLibbpf() override { bpf_link__destroy(link_); }
  AttachedByLibbpf(const AttachedByLibbpf&) = delete;
  AttachedByLibbpf& operator=(const AttachedByLibbpf&) = delete;
  Result<void> detach() override {
    const int error = bpf_link__destroy(std::exchange(link_, nullptr));
    if (error != 0) return fail_errno(-error, kCannotDetach, "a link");
    return {};
  }

 private:
  bpf_link* link_;
};

class AttachedToSocket : public AttachedProgram {
 public:
  explicit AttachedToSocket(int socket) : socket_(socket) {}
  ~AttachedToSocket() override {
    if (attached_) (void)detach();
  }
  AttachedToSocket(const AttachedToSocket&) = delete;
  AttachedToSocket& operator=(const AttachedToSocket&) = delete;
  Result<void> detach() override {
    // The kernel reads no value, and refuses less room than an int has.
    const int unused = 0;
    attached_ = false;
    if (setsockopt(socket_, SOL_SOCKET, SO_DETACH_BPF, &unused, sizeof unused) != 0)
      return fail_errno(errno, kCannotDetach, "a socket");
    return {};
  }

 private:
  int socket_;
  bool attached_ = true;
};

AttachWay not_attached(std::string why) {
  return {std::move(why), nullptr};
}

// XDP, tcx: a link to the loopback device.
AttachWay to_loopback(uint32_t attach_type) {
  if (const auto entered = enter_own_network(); !entered) return not_attached(to_string(entered.error()));
  return {{}, [attach_type](int program) -> Attaching {
            const int fd =
                bpf_link_create(program, kLoopback, static_cast<bpf_attach_type>(attach_type), nullptr);
            if (fd < 0) return fail_errno(-fd, "cannot attach", "lo");
            return std::make_unique<AttachedByFd>(Fd(fd));
          }};
}

AttachWay to_socket() {
  auto socket = std::make_shared<Fd>(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!*socket) return not_attached(std::string("no socket: ") + strerror(errno));
  return {{}, [socket](int program) -> Attaching {
            if (setsockopt(socket->get(), SOL_SOCKET, SO_ATTACH_BPF, &program, sizeof program) != 0)
              return fail_errno(errno, "cannot attach", "a socket");
            return std::make_unique<AttachedToSocket>(socket->get());
          }};
}

AttachWay by_section(const bpf_program* program) {
  if (program == nullptr) return not_attached("generated instructions: no section says where to attach them");
  return {{}, [program](int) -> Attaching {
            LibbpfLog::instance().clear();
            bpf_link* link = bpf_program__attach(program);
            if (link != nullptr) return std::make_unique<AttachedByLibbpf>(link);
            const int error = errno;
            const auto& lines = LibbpfLog::instance().lines();
            return fail(ErrorKind::kEnvironment, "cannot attach", bpf_program__section_name(program),
                        lines.empty() ? strerror(error) : shorten(lines.front(), 300));
          }};
}

}  // namespace

Result<void> enter_own_network() {
  static bool entered = false;
  if (entered) return {};
  if (unshare(CLONE_NEWNET) != 0) return fail_errno(errno, "no network namespace of its own");
  entered = true;
  return {};
}

bool is_network_type(uint32_t type) {
  switch (type) {
    case BPF_PROG_TYPE_SOCKET_FILTER:
    case BPF_PROG_TYPE_SCHED_CLS:
    case BPF_PROG_TYPE_SCHED_ACT:
    case BPF_PROG_TYPE_XDP:
    case BPF_PROG_TYPE_CGROUP_SKB:
    case BPF_PROG_TYPE_LWT_IN:
    case BPF_PROG_TYPE_LWT_OUT:
    case BPF_PROG_TYPE_LWT_XMIT:
    case BPF_PROG_TYPE_LWT_SEG6LOCAL:
    case BPF_PROG_TYPE_FLOW_DISSECTOR:
    case BPF_PROG_TYPE_SK_LOOKUP:
      return true;
    default:
      return false;
  }
}

AttachWay attach_way(uint32_t type, uint32_t expected_attach_type, const bpf_program* program) {
  const std::string name = program_type_name(type);
  switch (type) {
    case BPF_PROG_TYPE_XDP:
      if (expected_attach_type == BPF_XDP || expected_attach_type == 0) return to_loopback(BPF_XDP);
      return not_attached("runs inside a device map or CPU map, not at a device");
    case BPF_PROG_TYPE_SCHED_CLS:
      return to_loopback(kernel::kTcxIngress);
    case BPF_PROG_TYPE_SOCKET_FILTER:
      return to_socket();
    case BPF_PROG_TYPE_RAW_TRACEPOINT:
    case BPF_PROG_TYPE_RAW_TRACEPOINT_WRITABLE:
    case BPF_PROG_TYPE_TRACEPOINT:
    case BPF_PROG_TYPE_KPROBE:
      return by_section(program);
    case BPF_PROG_TYPE_TRACING:
      if (expected_attach_type == kernel::kModifyReturn)
        return not_attached("fmod_ret changes what a kernel function returns: not attached");
      return by_section(program);
    case BPF_PROG_TYPE_PERF_EVENT:
      return not_attached("a perf event that the object does not name is needed");
    case BPF_PROG_TYPE_SYSCALL:
      return not_attached("programs of type syscall are run, never attached");
    case BPF_PROG_TYPE_SK_SKB:
    case BPF_PROG_TYPE_SK_MSG:
      return not_attached("a socket map of the tool's own is needed");
    default:
      return not_attached(name + " programs decide for other processes: not attached");
  }
}

}  // namespace bpftax::bench
