// The worker's only loop: descriptors by epoll, timers by one timerfd. Single-threaded; callbacks must not
// block. A callback may add and remove anything, itself included. Descriptors are borrowed: remove one before
// closing it.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "util/fd.h"
#include "util/result.h"

namespace bpftax {

using TimerId = uint64_t;  // 0: none

class EventLoop {
 public:
  using Callback = std::function<void(uint32_t events)>;  // EPOLLIN, EPOLLHUP, ...

  static Result<EventLoop> create();

  Result<void> add(int fd, uint32_t events, Callback callback);
  Result<void> modify(int fd, uint32_t events);
  void remove(int fd);

  // CLOCK_MONOTONIC; a time in the past means as soon as possible. Timers fire in the order of their times.
  TimerId at(int64_t monotonic_ns, std::function<void()> callback);
  TimerId after_ms(int64_t delay_ms, std::function<void()> callback);
  void cancel(TimerId id);  // unknown or fired ids are fine

  // Runs until quit(). An Error only when epoll itself fails.
  Result<void> run();
  void quit() { running_ = false; }

 private:
  EventLoop(Fd epoll, Fd timer) : epoll_(std::move(epoll)), timer_(std::move(timer)) {}
  void run_timers();
  void arm();

  Fd epoll_;
  Fd timer_;
  bool running_ = false;
  TimerId last_timer_ = 0;
  int64_t armed_ns_ = 0;  // 0: not armed
  std::map<int, std::shared_ptr<Callback>> watched_;
  std::map<std::pair<int64_t, TimerId>, std::function<void()>> timers_;
  std::map<TimerId, int64_t> due_;
};

}  // namespace bpftax
