#include "sample/loopback_traffic.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <cerrno>
#include <csignal>
#include <string>
#include <utility>

#include "util/clock.h"

namespace bpftax {
namespace {

constexpr const char* kWhat = "cannot make traffic on the loopback interface";
constexpr int kPriority = 1;  // of SCHED_FIFO; any is above all ordinary processes
constexpr int kTimeoutS = 1;  // for an answer

struct LoopbackAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  sockaddr* get() { return reinterpret_cast<sockaddr*>(&storage); }
  uint16_t port() const {
    return ntohs(storage.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6*>(&storage)->sin6_port
                                               : reinterpret_cast<const sockaddr_in*>(&storage)->sin_port);
  }
};

LoopbackAddress loopback_address(int family) {
  LoopbackAddress address;
  if (family == 6) {
    auto* v6 = reinterpret_cast<sockaddr_in6*>(&address.storage);
    v6->sin6_family = AF_INET6;
    v6->sin6_addr = in6addr_loopback;
    address.size = sizeof *v6;
  } else {
    auto* v4 = reinterpret_cast<sockaddr_in*>(&address.storage);
    v4->sin_family = AF_INET;
    v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.size = sizeof *v4;
  }
  return address;
}

// False, with errno, when the other end is gone or does not answer in time.
bool send_byte(int fd) {
  const char byte = 0;
  ssize_t sent = 0;
  do {
    sent = ::send(fd, &byte, 1, MSG_NOSIGNAL);
  } while (sent < 0 && errno == EINTR);
  return sent == 1;
}

bool receive_byte(int fd) {
  char byte = 0;
  ssize_t got = 0;
  do {
    got = ::recv(fd, &byte, 1, 0);
  } while (got < 0 && errno == EINTR);
  if (got == 0) errno = ECONNRESET;
  return got == 1;
}

// The peer. Signals that end the probe end it by closing the connection.
[[noreturn]] void answer(int listener, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(0);
  std::signal(SIGINT, SIG_IGN);
  std::signal(SIGTERM, SIG_IGN);
  const int connection = ::accept(listener, nullptr, nullptr);
  ::close(listener);
  const int on = 1;
  ::setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  while (receive_byte(connection) && send_byte(connection)) {
  }
  ::_exit(0);
}

}  // namespace

LoopbackTraffic::LoopbackTraffic(LoopbackTraffic&& other) noexcept
    : cpu_(other.cpu_),
      port_(other.port_),
      bound_(std::exchange(other.bound_, false)),
      first_(std::exchange(other.first_, false)),
      old_cpus_(other.old_cpus_),
      old_policy_(other.old_policy_),
      old_priority_(other.old_priority_),
      peer_(std::exchange(other.peer_, -1)),
      socket_(std::move(other.socket_)) {}

LoopbackTraffic::~LoopbackTraffic() {
  socket_.reset();
  if (peer_ > 0) {
    ::kill(peer_, SIGKILL);
    while (::waitpid(peer_, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
  if (first_) ::sched_setscheduler(0, old_policy_, &old_priority_);
  if (bound_) ::sched_setaffinity(0, sizeof old_cpus_, &old_cpus_);
}

Result<LoopbackTraffic> LoopbackTraffic::start(int family, TrafficPriority priority) {
  LoopbackTraffic traffic;
  BPFTAX_TRY(traffic.bind_to_cpu(priority));
  BPFTAX_TRY(traffic.connect_to_peer(family));
  return traffic;
}

// Before the fork: the peer inherits both.
Result<void> LoopbackTraffic::bind_to_cpu(TrafficPriority wanted) {
  if (::sched_getaffinity(0, sizeof old_cpus_, &old_cpus_) != 0) return fail_errno(errno, kWhat);
  cpu_ = ::sched_getcpu();
  cpu_set_t one;
  CPU_ZERO(&one);
  if (cpu_ < 0 || cpu_ >= CPU_SETSIZE) return fail(ErrorKind::kEnvironment, kWhat, {}, "which CPU is this?");
  CPU_SET(static_cast<size_t>(cpu_), &one);
  if (::sched_setaffinity(0, sizeof one, &one) != 0) return fail_errno(errno, kWhat);
  bound_ = true;
  if (wanted == TrafficPriority::kOrdinary) return {};
  old_policy_ = ::sched_getscheduler(0);
  sched_param priority{};
  priority.sched_priority = kPriority;
  // What it is for is a busy machine; where it is refused, the medians have to do.
  first_ = old_policy_ >= 0 && ::sched_getparam(0, &old_priority_) == 0 &&
           ::sched_setscheduler(0, SCHED_FIFO, &priority) == 0;
  return {};
}

Result<void> LoopbackTraffic::connect_to_peer(int family) {
  LoopbackAddress address = loopback_address(family);
  const int domain = address.storage.ss_family;
  const Fd listener(::socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!listener || ::bind(listener.get(), address.get(), address.size) != 0 ||
      ::listen(listener.get(), 1) != 0 || ::getsockname(listener.get(), address.get(), &address.size) != 0)
    return fail_errno(errno, kWhat);
  port_ = address.port();
  const pid_t self = ::getpid();
  peer_ = ::fork();
  if (peer_ < 0) return fail_errno(errno, kWhat);
  if (peer_ == 0) answer(listener.get(), self);

  socket_.reset(::socket(domain, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  const timeval timeout{kTimeoutS, 0};
  const linger reset{1, 0};  // leaves no connection in TIME_WAIT behind
  if (!socket_ || ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0 ||
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout) != 0 ||
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout) != 0 ||
      ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset) != 0 ||
      ::connect(socket_.get(), address.get(), address.size) != 0)
    return fail_errno(errno, kWhat);
  return {};
}

Result<double> LoopbackTraffic::exchange(int messages) {
  const RealClock clock;
  const int64_t begin_ns = clock.monotonic_ns();
  for (int done = 0; done < messages; done += 2) {
    if (!send_byte(socket_.get()) || !receive_byte(socket_.get())) return fail_errno(errno, kWhat);
  }
  return static_cast<double>(clock.monotonic_ns() - begin_ns) / messages;
}

}  // namespace bpftax
