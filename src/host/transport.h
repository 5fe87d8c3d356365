// Transport: the byte stream to one bpftax-agent and what ends with it. LocalTransport
// (host/local_transport.h) runs the agent as a child process here; others reach it through a program of their
// own (ssh).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "agent/codecs.h"

namespace bpftax {

// How an agent ended.
struct AgentEnd {
  std::string how;         // "exit code 0", "killed by SIGKILL (9)", "the connection was closed"
  bool orderly = false;    // it ended by itself with exit code 0
  std::string last_words;  // the end of its stderr, printable
  // What could not be undone: "process 4711", "network namespace bpftax-x-s: Device or resource busy".
  std::vector<std::string> left_over;
};

class Transport {
 public:
  virtual ~Transport() = default;
  // For messages: "the local agent", "user@host".
  virtual const std::string& where() const = 0;
  // The agent's stdout and stdin; both non-blocking and owned by the transport. -1 once closed.
  virtual int read_fd() const = 0;
  virtual int write_fd() const = 0;
  // The agent has said who it is.
  virtual void greeted(const Hello& hello) = 0;
  // Closes the agent's stdin, which makes it stop and undo everything; waits up to grace_ms for its end, ends
  // it by force after that, and cleans up whatever can be reached from here. Blocks, whatever signals come.
  // Idempotent.
  virtual const AgentEnd& finish(int64_t grace_ms) = 0;
};

}  // namespace bpftax
