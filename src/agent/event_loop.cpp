#include "agent/event_loop.h"

#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "agent/process_identity.h"

namespace bpftax {

Result<EventLoop> EventLoop::create() {
  Fd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll) return fail_errno(errno, "cannot create an epoll instance");
  Fd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer) return fail_errno(errno, "cannot create a timer");
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = timer.get();
  if (::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, timer.get(), &event) != 0)
    return fail_errno(errno, "cannot watch the timer");
  return EventLoop(std::move(epoll), std::move(timer));
}

Result<void> EventLoop::add(int fd, uint32_t events, Callback callback) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) != 0)
    return fail_errno(errno, "cannot watch the descriptor", std::to_string(fd));
  watched_[fd] = std::make_shared<Callback>(std::move(callback));
  return {};
}

Result<void> EventLoop::modify(int fd, uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = fd;
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) != 0)
    return fail_errno(errno, "cannot watch the descriptor", std::to_string(fd));
  return {};
}

void EventLoop::remove(int fd) {
  if (watched_.erase(fd) != 0) ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
}

TimerId EventLoop::at(int64_t monotonic_ns, std::function<void()> callback) {
  const TimerId id = ++last_timer_;
  timers_.emplace(std::make_pair(monotonic_ns, id), std::move(callback));
  due_.emplace(id, monotonic_ns);
  return id;
}

TimerId EventLoop::after_ms(int64_t delay_ms, std::function<void()> callback) {
  return at(monotonic_now_ns() + delay_ms * 1'000'000, std::move(callback));
}

void EventLoop::cancel(TimerId id) {
  const auto it = due_.find(id);
  if (it == due_.end()) return;
  timers_.erase({it->second, id});
  due_.erase(it);
}

void EventLoop::run_timers() {
  // Only what was due on entry: a timer that sets itself anew for "now" must not keep descriptors waiting.
  const int64_t now_ns = monotonic_now_ns();
  while (running_ && !timers_.empty() && timers_.begin()->first.first <= now_ns) {
    const auto callback = std::move(timers_.begin()->second);
    due_.erase(timers_.begin()->first.second);
    timers_.erase(timers_.begin());
    callback();
    if (monotonic_now_ns() - now_ns > 50'000'000) break;
  }
}

void EventLoop::arm() {
  const int64_t wanted_ns = timers_.empty() ? 0 : std::max<int64_t>(1, timers_.begin()->first.first);
  if (wanted_ns == armed_ns_) return;
  itimerspec when{};
  when.it_value.tv_sec = wanted_ns / 1'000'000'000;
  when.it_value.tv_nsec = wanted_ns % 1'000'000'000;
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
  armed_ns_ = wanted_ns;
}

Result<void> EventLoop::run() {
  running_ = true;
  while (running_) {
    arm();
    std::array<epoll_event, 32> events{};
    const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail_errno(errno, "cannot wait for events");
    for (int i = 0; i < count && running_; ++i) {
      const int fd = events[static_cast<size_t>(i)].data.fd;
      if (fd == timer_.get()) {
        uint64_t expirations = 0;
        // Nothing to read when the timer was set anew in between.
        const ssize_t got = ::read(timer_.get(), &expirations, sizeof(expirations));
        if (got > 0) armed_ns_ = -1;
        continue;
      }
      // Held here: the callback may remove itself. A descriptor removed by an earlier callback of this round
      // is gone.
      const auto it = watched_.find(fd);
      if (it == watched_.end()) continue;
      const std::shared_ptr<Callback> callback = it->second;
      (*callback)(events[static_cast<size_t>(i)].events);
    }
    run_timers();
  }
  return {};
}

}  // namespace bpftax
