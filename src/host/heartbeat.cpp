#include "host/heartbeat.h"

#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <utility>

namespace bpftax {

Heartbeat::Heartbeat(int fd, std::string line, int64_t interval_ms)
    : fd_(fd), line_(std::move(line)), interval_ms_(interval_ms) {
  // Signals are for the threads that know what to do with them; a SIGPIPE of a write here dies with the
  // thread.
  sigset_t all, old;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &old);
  thread_ = std::thread([this] { beat(); });
  ::pthread_sigmask(SIG_SETMASK, &old, nullptr);
}

Heartbeat::~Heartbeat() {
  stop();
}

void Heartbeat::stop() {
  {
    const std::scoped_lock lock(stop_mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Heartbeat::beat() {
  std::unique_lock lock(stop_mutex_);
  while (!wake_.wait_for(lock, std::chrono::milliseconds(interval_ms_), [this] { return stopping_; })) {
    const std::unique_lock line(line_mutex_, std::try_to_lock);
    if (!line) continue;
    // A full pipe or one without a reader: the session will find out.
    [[maybe_unused]] const ssize_t written = ::write(fd_, line_.data(), line_.size());
  }
}

}  // namespace bpftax
