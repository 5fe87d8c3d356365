// Waiting until a process (or a descendant of it) listens on a port: looks at /proc at short intervals, from
// timers.
#pragma once

#include <cstdint>
#include <functional>

#include "agent/event_loop.h"
#include "agent/supervisor.h"
#include "host/host.h"
#include "util/result.h"

namespace bpftax {

struct PortWatch {
  int64_t handle = 0;
  PortProtocol protocol = PortProtocol::kTcp;
  int port = 0;
  int64_t timeout_ms = 0;
};

// Calls back once: listening, or why not. Fails when the tree has ended, when its main process has failed
// (others of the tree may live on), or when the time is up; the error holds the end of stderr, and names a
// foreign process that waits on the port. Loop and supervisor must live until then.
void wait_listening(EventLoop& loop, Supervisor& supervisor, const PortWatch& watch,
                    std::function<void(Result<void>)> done);

}  // namespace bpftax
