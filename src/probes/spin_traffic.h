// Traffic of known amount for calibrating spin where it will run: requests and answers of one byte over TCP
// on the loopback interface, between this process and a peer that it forks.
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

// While it lives, this process and the peer are bound to one CPU, and run before ordinary processes there if
// the system lets them (SCHED_FIFO). The destructor undoes all that and ends the peer.
class SpinTraffic {
 public:
  // kEnvironment when there is no loopback network for this family (4 or 6).
  static Result<SpinTraffic> start(int family);
  SpinTraffic(SpinTraffic&& other) noexcept;
  SpinTraffic& operator=(SpinTraffic&&) = delete;
  ~SpinTraffic();

  // An even number of messages, each of which is one packet sent and one received: ns for each.
  Result<double> exchange(int messages);
  int cpu() const { return cpu_; }
  uint16_t port() const { return port_; }  // of the peer; each packet has it as source or destination

 private:
  SpinTraffic() = default;
  Result<void> bind_to_cpu();
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
