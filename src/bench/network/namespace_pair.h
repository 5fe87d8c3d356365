// Two network namespaces without names, joined by a veth pair: the place in which network hooks are measured.
//
//     far   198.18.0.2 -- veth -- 198.18.0.1   near: where programs are attached
//
// Everything hangs on this process: its namespace, and a descriptor of the other one. When it ends, in
// whatever manner, the kernel removes both with their interfaces.
#pragma once

#include <netinet/in.h>

#include <cstdint>
#include <memory>

#include "bench/network/netlink.h"
#include "util/fd.h"
#include "util/result.h"

namespace bpftax::bench::network {

enum class Side { kNear, kFar };

// Packets of an interface, as the kernel counts them.
struct PacketCounts {
  uint64_t received = 0;
  uint64_t sent = 0;
};

class NamespacePair {
 public:
  // Leaves the calling thread, and those that it starts from now on, in the near namespace for good. No
  // neighbour discovery and no IPv6 on the interfaces: the only packets are those that somebody sends.
  // kEnvironment without CAP_SYS_ADMIN and CAP_NET_ADMIN, or without veth.
  static Result<std::unique_ptr<NamespacePair>> create();

  // A socket of that namespace.
  Result<Fd> socket(Side side, int type) const;
  static sockaddr_in address(Side side, uint16_t port);
  // rtnetlink of the near namespace.
  const RouteSocket& route() const { return near_route_; }
  int near_namespace() const { return near_.get(); }
  uint32_t near_interface() const { return near_index_; }
  Result<PacketCounts> counts(Side side) const;

 private:
  NamespacePair(Fd near, Fd far, RouteSocket near_route, RouteSocket far_route)
      : near_(std::move(near)),
        far_(std::move(far)),
        near_route_(std::move(near_route)),
        far_route_(std::move(far_route)) {}
  Result<void> connect();

  Fd near_, far_;
  RouteSocket near_route_, far_route_;
  uint32_t near_index_ = 0, far_index_ = 0;
};

}  // namespace bpftax::bench::network
