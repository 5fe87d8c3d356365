// Child processes of the controller with pipes on stdin and stdout, and an anonymous file for their stderr:
// the local agent, OpenSSH clients.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "host/host.h"
#include "util/fd.h"
#include "util/result.h"

namespace bpftax {

// Longest poll() of code that also waits for an interrupt: one that was requested before interrupt_fd()
// existed is seen then.
inline constexpr int64_t kPollSliceMs = 1'000;

// Both keep a terminal's ^C away from the child.
enum class ChildGroup {
  kOwnSession,  // a session of its own: agents
  kOwnGroup,    // a process group in our session: programs that only help us, which LocalTransport therefore
                // never takes for an agent's orphans
};

// Descriptors are close-on-exec, ours are non-blocking. Does not end the child: end_child() does.
struct Child {
  int pid = -1;
  Fd in;                             // its stdin
  Fd out;                            // its stdout
  Fd words;                          // what it writes to stderr
  std::optional<ExitStatus> status;  // once reaped; only code and signaled are set
};

// argv[0]: a path, or a name to look for in PATH. Starts with default signal dispositions and an empty mask.
// `what` and `hint` are for the Error (kEnvironment).
Result<Child> start_child(const std::vector<std::string>& argv, ChildGroup group, const std::string& what,
                          const std::string& hint);

// Has it ended? Reaps it when it has.
bool reap_child(Child& child);
// Waits up to timeout_ms for its end, throwing away what it still writes. True: it has ended.
bool wait_for_child(Child& child, int64_t timeout_ms);
// SIGTERM, SIGKILL after grace_ms, to its whole group; closes its pipes and reaps it.
void end_child(Child& child, int64_t grace_ms);

// Sleeps until the process has ended (by pidfd; by looking, before Linux 5.3) or the pipe has something, at
// most ms.
void rest(int pid, int pipe_fd, int64_t ms);
// Reads and drops what there is; closes the descriptor at its end. What nobody reads must not block a writer.
void drain(Fd& fd);

// Writes `input`, closes its stdin unless `keep_stdin`, and collects its stdout until `done` says so, the
// output ends, or it is longer than max_bytes. kLost with `what`: the time is up; kInterrupted.
struct Exchange {
  std::string_view input;
  bool keep_stdin = false;
  size_t max_bytes = 1u << 20;
  int64_t timeout_ms = 30'000;
  // Called with everything so far after each read; true ends the exchange. Empty: until the end of output.
  std::function<bool(std::string_view output)> done;
};
Result<std::string> exchange_with(Child& child, const Exchange& exchange, const std::string& what,
                                  const std::string& where);

// write(2) that reports a closed pipe by EPIPE alone: a SIGPIPE that it raises for this thread is taken back.
// The disposition belongs to main(), not to us.
ssize_t write_without_sigpipe(int fd, const char* data, size_t size);

// The last 4 KiB of what was written to its stderr, trimmed, printable.
std::string last_words(const Fd& words);

}  // namespace bpftax
