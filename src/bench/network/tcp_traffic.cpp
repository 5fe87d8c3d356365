#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <utility>

#include "bench/network/traffic.h"
#include "util/clock.h"

namespace bpftax::bench::network {
namespace {

constexpr uint16_t kTcpPort = 4243;
constexpr timeval kTcpPatience{5, 0};  // a lost packet is sent again within that time
// What a UDP packet of the same size carries.
constexpr int kHeadersOfUdp = 14 + 20 + 8;

int64_t tcp_now_ns() {
  return RealClock().monotonic_ns();
}

Result<Fd> listen_near(const NamespacePair& pair) {
  BPFTAX_ASSIGN(Fd fd, pair.socket(Side::kNear, SOCK_STREAM));
  const int on = 1;
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &kTcpPatience, sizeof kTcpPatience);
  const sockaddr_in own = NamespacePair::address(Side::kNear, kTcpPort);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0 ||
      ::listen(fd.get(), 16) != 0)
    return fail_errno(errno, "cannot listen on a socket");
  return fd;
}

Result<void> connect_far(int fd) {
  const sockaddr_in peer = NamespacePair::address(Side::kNear, kTcpPort);
  ::setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &kTcpPatience, sizeof kTcpPatience);
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0)
    return fail_errno(errno, "cannot connect", "", ErrorKind::kWorkload);
  return {};
}

Result<Fd> accept_near(int listener) {
  Fd fd(::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC));
  if (!fd) return fail_errno(errno, "cannot accept a connection", "", ErrorKind::kWorkload);
  return fd;
}

class MessageTraffic : public Traffic {
 public:
  MessageTraffic(int sender, int receiver, int packet_size)
      : sender_(sender), receiver_(receiver), size_(static_cast<size_t>(packet_size - kHeadersOfUdp)) {}

  Result<uint64_t> run(uint64_t n) override {
    const int64_t begin_ns = tcp_now_ns();
    for (uint64_t done = 0; done < n; ++done) {
      if (::send(sender_, sent_.data(), size_, MSG_NOSIGNAL) != static_cast<ssize_t>(size_))
        return fail_errno(errno, "cannot send a message", "", ErrorKind::kWorkload);
      for (size_t got = 0; got < size_;) {
        // Blocks for kTcpPatience at most.
        const ssize_t count = ::recv(receiver_, got_.data(), size_ - got, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0)
          return fail(ErrorKind::kWorkload, "wrong work", "traffic",
                      fmt::format("message {} of {} did not arrive", done + 1, n));
        got += static_cast<size_t>(count);
      }
    }
    return static_cast<uint64_t>(tcp_now_ns() - begin_ns);
  }

 private:
  int sender_, receiver_;
  size_t size_;
  std::array<char, kMostPacket> sent_{}, got_{};
};

class ConnectionTraffic : public Traffic {
 public:
  ConnectionTraffic(const NamespacePair& pair, Fd listener) : pair_(pair), listener_(std::move(listener)) {}

  Result<uint64_t> run(uint64_t n) override {
    // A reset in place of the usual end: no port has to wait (TIME_WAIT) before it can be used again.
    const linger reset{1, 0};
    int64_t spent_ns = 0;
    for (uint64_t done = 0; done < n; ++done) {
      BPFTAX_ASSIGN(Fd far, pair_.socket(Side::kFar, SOCK_STREAM));
      ::setsockopt(far.get(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
      const int64_t begin_ns = tcp_now_ns();
      BPFTAX_TRY(connect_far(far.get()));
      BPFTAX_ASSIGN(Fd near, accept_near(listener_.get()));
      far.reset();
      near.reset();
      spent_ns += tcp_now_ns() - begin_ns;
    }
    return static_cast<uint64_t>(spent_ns);
  }

 private:
  const NamespacePair& pair_;
  Fd listener_;
};

class SocketTraffic : public Traffic {
 public:
  Result<uint64_t> run(uint64_t n) override {
    const int64_t begin_ns = tcp_now_ns();
    for (uint64_t done = 0; done < n; ++done) {
      const Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
      if (!fd) return fail_errno(errno, "cannot create a socket", "", ErrorKind::kWorkload);
    }
    return static_cast<uint64_t>(tcp_now_ns() - begin_ns);
  }
};

class ConnectTraffic : public Traffic {
 public:
  explicit ConnectTraffic(Fd socket) : socket_(std::move(socket)) {}

  Result<uint64_t> run(uint64_t n) override {
    const sockaddr_in peer = NamespacePair::address(Side::kFar, kTcpPort);
    const int64_t begin_ns = tcp_now_ns();
    for (uint64_t done = 0; done < n; ++done)
      if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0)
        return fail_errno(errno, "cannot connect", "", ErrorKind::kWorkload);
    return static_cast<uint64_t>(tcp_now_ns() - begin_ns);
  }

 private:
  Fd socket_;
};

}  // namespace

Result<std::unique_ptr<TcpConnection>> TcpConnection::open(const NamespacePair& pair) {
  auto connection = std::make_unique<TcpConnection>();
  BPFTAX_ASSIGN(const Fd listener, listen_near(pair));
  BPFTAX_ASSIGN(connection->far, pair.socket(Side::kFar, SOCK_STREAM));
  BPFTAX_TRY(connect_far(connection->far.get()));
  BPFTAX_ASSIGN(connection->near, accept_near(listener.get()));
  const int on = 1;
  for (const Fd* fd : {&connection->far, &connection->near}) {
    ::setsockopt(fd->get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ::setsockopt(fd->get(), SOL_SOCKET, SO_RCVTIMEO, &kTcpPatience, sizeof kTcpPatience);
  }
  return connection;
}

Result<std::unique_ptr<Traffic>> message_traffic(const TcpConnection& connection, Side from,
                                                 int packet_size) {
  const bool inward = from == Side::kFar;
  return std::make_unique<MessageTraffic>(inward ? connection.far.get() : connection.near.get(),
                                          inward ? connection.near.get() : connection.far.get(), packet_size);
}

Result<std::unique_ptr<Traffic>> connection_traffic(const NamespacePair& pair) {
  BPFTAX_ASSIGN(Fd listener, listen_near(pair));
  return std::make_unique<ConnectionTraffic>(pair, std::move(listener));
}

std::unique_ptr<Traffic> socket_traffic() {
  return std::make_unique<SocketTraffic>();
}

Result<std::unique_ptr<Traffic>> connect_traffic(const NamespacePair& pair) {
  BPFTAX_ASSIGN(Fd socket, pair.socket(Side::kNear, SOCK_DGRAM));
  return std::make_unique<ConnectTraffic>(std::move(socket));
}

}  // namespace bpftax::bench::network
