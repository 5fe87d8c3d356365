#include <fmt/format.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <thread>
#include <utility>

#include "bench/network/traffic.h"
#include "util/clock.h"

namespace bpftax::bench::network {
namespace {

constexpr uint16_t kUdpPort = 4242;
constexpr int kUdpHeaders = 14 + 20 + 8;  // Ethernet, IPv4, UDP
constexpr unsigned kBatch = 64;
constexpr int kReceiveBuffer = 4 << 20;  // a batch, however much memory a packet takes
constexpr int64_t kLossNs = kNsPerS;     // a packet that has not come by then is lost
constexpr size_t kMostLatencies = 65'536;
using Payload = std::array<char, kMostPacket>;

int64_t udp_now_ns() {
  return RealClock().monotonic_ns();
}

size_t payload_size(int packet_size) {
  return static_cast<size_t>(packet_size - kUdpHeaders);
}

tl::unexpected<Error> lost(uint64_t missing, uint64_t of) {
  return fail(ErrorKind::kWorkload, "wrong work", "traffic",
              fmt::format("{} of {} packets did not arrive", missing, of));
}

Result<Fd> receiver_socket(const NamespacePair& pair, Side side) {
  BPFTAX_ASSIGN(Fd fd, pair.socket(side, SOCK_DGRAM));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVBUFFORCE, &kReceiveBuffer, sizeof kReceiveBuffer);
  const sockaddr_in own = NamespacePair::address(side, kUdpPort);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0)
    return fail_errno(errno, "cannot bind a socket");
  return fd;
}

Result<Fd> sender_socket(const NamespacePair& pair, Side side) {
  BPFTAX_ASSIGN(Fd fd, pair.socket(side, SOCK_DGRAM));
  const sockaddr_in peer = NamespacePair::address(side == Side::kNear ? Side::kFar : Side::kNear, kUdpPort);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&peer), sizeof peer) != 0)
    return fail_errno(errno, "cannot connect a socket");
  return fd;
}

class PacketTraffic : public Traffic {
 public:
  PacketTraffic(int sender, int receiver, Side from, int packet_size)
      : sender_(sender), receiver_(receiver), from_(from), payload_(payload_size(packet_size)) {
    for (unsigned i = 0; i < kBatch; ++i) {
      sent_parts_[i] = {sent_.data(), payload_};
      got_parts_[i] = {got_.data(), got_.size()};
      to_send_[i].msg_hdr.msg_iov = &sent_parts_[i];
      to_send_[i].msg_hdr.msg_iovlen = 1;
      to_receive_[i].msg_hdr.msg_iov = &got_parts_[i];
      to_receive_[i].msg_hdr.msg_iovlen = 1;
    }
  }

  Result<uint64_t> run(uint64_t n) override {
    const int64_t begin_ns = udp_now_ns();
    for (uint64_t done = 0; done < n;) {
      const auto wanted = static_cast<unsigned>(std::min<uint64_t>(kBatch, n - done));
      for (unsigned sent = 0; sent < wanted;) {
        const int count = ::sendmmsg(sender_, to_send_.data() + sent, wanted - sent, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return fail_errno(errno, "cannot send packets", "", ErrorKind::kWorkload);
        sent += static_cast<unsigned>(count);
      }
      BPFTAX_ASSIGN(const unsigned got, receive(wanted));
      if (got != wanted) return lost(wanted - got, n);
      done += wanted;
    }
    return static_cast<uint64_t>(udp_now_ns() - begin_ns);
  }

  std::optional<PacketCounts> packets_per_unit() const override {
    return from_ == Side::kFar ? PacketCounts{1, 0} : PacketCounts{0, 1};
  }

 private:
  // As many as come before the limit.
  Result<unsigned> receive(unsigned wanted) {
    int64_t limit_ns = 0;
    unsigned got = 0;
    while (got < wanted) {
      const int count = ::recvmmsg(receiver_, to_receive_.data(), wanted - got, MSG_DONTWAIT, nullptr);
      if (count > 0) {
        for (int i = 0; i < count; ++i)
          if (to_receive_[static_cast<size_t>(i)].msg_len != payload_)
            return fail(ErrorKind::kWorkload, "wrong work", "traffic", "a packet has another size");
        got += static_cast<unsigned>(count);
        limit_ns = 0;
        continue;
      }
      if (count < 0 && errno != EAGAIN && errno != EINTR)
        return fail_errno(errno, "cannot receive packets", "", ErrorKind::kWorkload);
      const int64_t time_ns = udp_now_ns();
      if (limit_ns == 0) limit_ns = time_ns + kLossNs;
      if (time_ns > limit_ns) break;
    }
    return got;
  }

  int sender_, receiver_;
  Side from_;
  size_t payload_;
  Payload sent_{}, got_{};
  std::array<iovec, kBatch> sent_parts_{}, got_parts_{};
  std::array<mmsghdr, kBatch> to_send_{}, to_receive_{};
};

bool send_packet(int fd, size_t size) {
  static const Payload kPayload{};
  ssize_t sent = 0;
  do {
    sent = ::send(fd, kPayload.data(), size, 0);
  } while (sent < 0 && errno == EINTR);
  return sent == static_cast<ssize_t>(size);
}

// Polls until one is there. False when none came in time, or `stop` was set.
bool receive_packet(int fd, const std::atomic<bool>* stop) {
  Payload payload;  // NOLINT(cppcoreguidelines-pro-type-member-init): written by recv
  int64_t limit_ns = 0;
  for (uint32_t tries = 1;; ++tries) {
    if (::recv(fd, payload.data(), payload.size(), MSG_DONTWAIT) > 0) return true;
    if (errno != EAGAIN && errno != EINTR) return false;
    if (stop != nullptr && stop->load(std::memory_order_relaxed)) return false;
    if (tries % 1024 != 0) continue;
    const int64_t time_ns = udp_now_ns();
    if (limit_ns == 0) limit_ns = time_ns + kLossNs;
    if (time_ns > limit_ns) return false;
  }
}

// Answers every packet that comes to the near side, until it is destroyed.
class Responder {
 public:
  Responder(const UdpSockets& sockets, size_t payload, int cpu)
      : thread_([this, &sockets, payload, cpu] {
          cpu_set_t set;
          CPU_ZERO(&set);
          CPU_SET(static_cast<size_t>(cpu), &set);
          ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set);
          ready_.store(true);
          while (!stop_.load(std::memory_order_relaxed))
            if (receive_packet(sockets.near_receiver.get(), &stop_))
              send_packet(sockets.near_sender.get(), payload);
        }) {
    while (!ready_.load()) std::this_thread::yield();
  }
  ~Responder() {
    stop_.store(true);
    thread_.join();
  }
  Responder(const Responder&) = delete;
  Responder& operator=(const Responder&) = delete;

 private:
  std::atomic<bool> stop_{false}, ready_{false};
  std::thread thread_;
};

}  // namespace

Result<std::unique_ptr<UdpSockets>> UdpSockets::open(const NamespacePair& pair) {
  auto sockets = std::make_unique<UdpSockets>();
  BPFTAX_ASSIGN(sockets->far_receiver, receiver_socket(pair, Side::kFar));
  BPFTAX_ASSIGN(sockets->near_receiver, receiver_socket(pair, Side::kNear));
  BPFTAX_ASSIGN(sockets->far_sender, sender_socket(pair, Side::kFar));
  BPFTAX_ASSIGN(sockets->near_sender, sender_socket(pair, Side::kNear));
  return sockets;
}

Result<std::unique_ptr<Traffic>> packet_traffic(const UdpSockets& sockets, Side from, int packet_size) {
  const bool inward = from == Side::kFar;
  return std::make_unique<PacketTraffic>(inward ? sockets.far_sender.get() : sockets.near_sender.get(),
                                         inward ? sockets.near_receiver.get() : sockets.far_receiver.get(),
                                         from, packet_size);
}

Transactions::Transactions(const UdpSockets& sockets, int packet_size, std::optional<int> responder_cpu)
    : sockets_(sockets), payload_(payload_size(packet_size)), responder_cpu_(responder_cpu) {
  latencies_.reserve(kMostLatencies);
}

Result<uint64_t> Transactions::run(uint64_t n) {
  latencies_.clear();
  std::optional<Responder> responder;
  if (responder_cpu_) responder.emplace(sockets_, payload_, *responder_cpu_);
  const int64_t begin_ns = udp_now_ns();
  int64_t last_ns = begin_ns;
  for (uint64_t done = 0; done < n; ++done) {
    if (!send_packet(sockets_.far_sender.get(), payload_))
      return fail_errno(errno, "cannot send packets", "", ErrorKind::kWorkload);
    if (!responder) {
      if (!receive_packet(sockets_.near_receiver.get(), nullptr)) return lost(1, n);
      if (!send_packet(sockets_.near_sender.get(), payload_))
        return fail_errno(errno, "cannot send packets", "", ErrorKind::kWorkload);
    }
    if (!receive_packet(sockets_.far_receiver.get(), nullptr)) return lost(1, n);
    const int64_t time_ns = udp_now_ns();
    if (latencies_.size() < kMostLatencies) latencies_.push_back(static_cast<double>(time_ns - last_ns));
    last_ns = time_ns;
  }
  return static_cast<uint64_t>(last_ns - begin_ns);
}

}  // namespace bpftax::bench::network
