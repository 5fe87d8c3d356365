// A process named once and for all (pid and start time), and signals that cannot hit a stranger who got its
// pid.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "util/result.h"

namespace bpftax {

struct ProcessIdentity {
  int pid = 0;
  int64_t start_ticks = 0;  // field 22 of /proc/PID/stat
  auto operator<=>(const ProcessIdentity&) const = default;
};

// nullopt: no such process, or it is dead and only waits to be reaped.
std::optional<ProcessIdentity> identify(int pid);
// Is that very process still there and not dead?
bool is_alive(const ProcessIdentity& process);

// Sends by pidfd after comparing the start time (on kernels before 5.3: by kill(), with a gap of
// microseconds). A process that has ended is no error; true: it was there and the signal was sent.
Result<bool> send_signal(const ProcessIdentity& process, int signal_number);

// Ends everything `find` returns: SIGTERM, SIGKILL after grace_ms, again for whatever turns up, until `find`
// returns nothing or limit_ms is over. Blocks; `between` is called in each round (reaping). Returns what is
// still there.
std::vector<ProcessIdentity> end_all(const std::function<std::vector<ProcessIdentity>()>& find,
                                     const std::function<void()>& between, int64_t grace_ms,
                                     int64_t limit_ms);

// The living descendants of this process.
std::vector<ProcessIdentity> own_descendants();

// Value of a variable in the environment that a process started with; nullopt: not set or not readable.
std::optional<std::string> environment_of(int pid, const std::string& variable);

int64_t monotonic_now_ns();
// /proc/sys/kernel/random/boot_id
Result<std::string> read_boot_id();

}  // namespace bpftax
