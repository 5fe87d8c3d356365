// The traffic that passes a hook, in units that can be counted: packets, transactions, messages, ...
//
// One thread sends, and receives what it has sent, so that nothing is ever lost or waits for another CPU: the
// kernel handles a packet on a veth pair on the CPU that sends it, before send() returns. ns per packet is
// then what the whole way costs one CPU. Only Transactions use a second CPU, when they are given one.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "bench/network/namespace_pair.h"
#include "util/fd.h"
#include "util/result.h"

namespace bpftax::bench::network {

inline constexpr int kLeastPacket = 64,
                     kMostPacket = 1514;  // bytes of an Ethernet frame without its check sum

class Traffic {
 public:
  virtual ~Traffic() = default;
  // Does n units and returns the time they took in ns. An error unless all of them were done.
  virtual Result<uint64_t> run(uint64_t n) = 0;
  // Packets over the near interface for each unit, where that is exactly known.
  virtual std::optional<PacketCounts> packets_per_unit() const { return std::nullopt; }
};

// Sockets of UDP traffic in both directions. Receivers are not connected, as those of servers are not.
struct UdpSockets {
  Fd far_sender, far_receiver, near_sender, near_receiver;
  static Result<std::unique_ptr<UdpSockets>> open(const NamespacePair& pair);
};

// Packets of packet_size bytes from one side to the other, in batches (sendmmsg, recvmmsg).
Result<std::unique_ptr<Traffic>> packet_traffic(const UdpSockets& sockets, Side from, int packet_size);

// A packet to the near side and one back, one transaction at a time.
class Transactions : public Traffic {
 public:
  // responder_cpu: of the thread that answers, polling; nullopt: the caller's own thread answers itself.
  Transactions(const UdpSockets& sockets, int packet_size, std::optional<int> responder_cpu);
  Result<uint64_t> run(uint64_t n) override;
  std::optional<PacketCounts> packets_per_unit() const override { return PacketCounts{1, 1}; }
  // Of single transactions of the last run (the first 65,536), in ns.
  std::vector<double>& latencies() { return latencies_; }

 private:
  const UdpSockets& sockets_;
  size_t payload_;
  std::optional<int> responder_cpu_;
  std::vector<double> latencies_;
};

// Both ends of an established TCP connection.
struct TcpConnection {
  Fd far, near;
  static Result<std::unique_ptr<TcpConnection>> open(const NamespacePair& pair);
};
// Messages over it, as many bytes each as a packet of packet_size holds of UDP; each is read before the next.
Result<std::unique_ptr<Traffic>> message_traffic(const TcpConnection& connection, Side from, int packet_size);

// TCP connections from far to near: opened, accepted, reset.
Result<std::unique_ptr<Traffic>> connection_traffic(const NamespacePair& pair);
// UDP sockets, created and closed.
std::unique_ptr<Traffic> socket_traffic();
// connect() of one UDP socket to the far side, again and again.
Result<std::unique_ptr<Traffic>> connect_traffic(const NamespacePair& pair);

}  // namespace bpftax::bench::network
