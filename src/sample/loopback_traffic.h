// Traffic of known amount, for finding out what a BPF program costs where it runs: requests and answers of
// one byte over TCP on the loopback interface, between this process and a peer that it forks.
//
// Two processes that take turns on one CPU, and not one that sends to itself, because a program that runs
// once in a while finds its code and data gone from the nearest caches. That is most of what entering it
// costs, and a tight loop on one socket does not show it.
#pragma once

#include <sched.h>
#include <sys/types.h>

#include <cstdint>

#include "util/fd.h"
#include "util/result.h"

namespace bpftax {

// kFirst: before ordinary processes (SCHED_FIFO), if the system lets us.
enum class TrafficPriority { kOrdinary, kFirst };

// While it lives, this process and the peer are bound to one CPU, with the priority asked for. The destructor
// undoes all that and ends the peer.
class LoopbackTraffic {
 public:
  // kEnvironment when there is no loopback network for this family (4 or 6).
  static Result<LoopbackTraffic> start(int family, TrafficPriority priority);
  LoopbackTraffic(LoopbackTraffic&& other) noexcept;
  LoopbackTraffic& operator=(LoopbackTraffic&&) = delete;
  ~LoopbackTraffic();

  // An even number of messages, each of which is one packet sent and one received: ns for each.
  Result<double> exchange(int messages);
  int cpu() const { return cpu_; }
  uint16_t port() const { return port_; }  // of the peer; each packet has it as source or destination

 private:
  LoopbackTraffic() = default;
  Result<void> bind_to_cpu(TrafficPriority priority);
  Result<void> connect_to_peer(int family);

  int cpu_ = -1;
  uint16_t port_ = 0;
  bool bound_ = false, first_ = false;
  cpu_set_t old_cpus_{};
  int old_policy_ = 0;
  sched_param old_priority_{};
  pid_t peer_ = -1;
  Fd socket_;
};

}  // namespace bpftax
