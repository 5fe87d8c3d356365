// Heartbeat: a thread that writes a line to a descriptor at intervals, so that the agent behind a connection
// that can die silently knows that we are there, whatever this program is waiting for.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <thread>

namespace bpftax {

class Heartbeat {
 public:
  // `fd`: the writing end of a non-blocking pipe, which must live longer. `line` fits a pipe's atomic write
  // (PIPE_BUF), so it is written whole or, when the pipe is full, not at all.
  Heartbeat(int fd, std::string line, int64_t interval_ms);
  ~Heartbeat();  // stop()
  Heartbeat(const Heartbeat&) = delete;
  Heartbeat& operator=(const Heartbeat&) = delete;

  // Held by whoever writes to the descriptor, for a whole line. While it is held there is no heartbeat: what
  // is being written is one.
  std::mutex& line_mutex() { return line_mutex_; }
  // No heartbeat begins after this. Idempotent; may be called with line_mutex() held.
  void stop();

 private:
  void beat();

  int fd_;
  std::string line_;
  int64_t interval_ms_;
  std::mutex line_mutex_;
  std::mutex stop_mutex_;
  std::condition_variable wake_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace bpftax
