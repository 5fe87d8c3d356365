// Host: what a machine can do for us. The engine knows nothing else of a machine.
//
//   AgentHost  (host/agent_host.h): a bpftax-agent behind a pipe, here or over SSH
//   FakeHost   (host/fake_host.h):  for tests; "runs" what a test says, on a FakeClock
//
// All calls block; an interrupt of the user (SIGINT, SIGTERM to the controller) makes them return an Error of
// kind kInterrupted, a lost agent one of kind kLost. A Host is used from one thread.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sample/types.h"
#include "util/result.h"

namespace bpftax {

// How a process is asked to end: SIGINT to the process group and every descendant, then after int_grace
// SIGTERM, then after term_grace SIGKILL.
struct StopPolicy {
  int int_grace_ms = 5000;
  int term_grace_ms = 2000;
};

struct ProcessSpec {
  std::string name;  // for messages: "tool bpftrace", "iperf3 server"
  // Exactly one of the two: argv is run as it is, shell is text that the user wrote, run by /bin/sh -c.
  std::vector<std::string> argv;
  std::string shell;
  std::string cwd;                                       // "" = the agent's
  std::vector<std::pair<std::string, std::string>> env;  // added to the agent's environment
  std::vector<int> cpus;                                 // CPU affinity; empty = all
  std::string netns;                                     // name under /run/netns; "" = the agent's own
  // Files on that host; "" = /dev/null. Both may name the same file. Parent folders are made.
  std::string stdout_path;
  std::string stderr_path;
  int64_t output_cap_bytes = 64 << 20;  // per file; what comes later is thrown away, the cut is reported
  StopPolicy stop;
};

struct ProcessHandle {
  int64_t id = 0;
  int pid = 0;
  int64_t started_ns = 0;  // the host's CLOCK_MONOTONIC when exec was released
};

struct ExitStatus {
  bool signaled = false;
  int code = 0;  // exit code, or the signal's number when signaled
  int64_t ended_ns = 0;
  int64_t user_us = 0;  // rusage of the process and its waited-for children
  int64_t system_us = 0;
  int64_t max_rss_kb = 0;
  int64_t output_bytes = 0;
  bool output_cut = false;  // output_cap_bytes was reached
  bool ok() const { return !signaled && code == 0; }
};
// "exit code 1", "killed by SIGKILL (9)"
std::string to_string(const ExitStatus& status);

struct StopReport {
  ExitStatus status;
  bool already_gone = false;  // it had ended before the stop
  std::string ended_by;       // "SIGINT", "SIGTERM", "SIGKILL", "" when already gone
  int64_t took_ms = 0;
  std::vector<int> stragglers;  // descendants that outlived the main process and had to be ended
};

enum class OutputStream { kStdout, kStderr };
enum class PortProtocol { kTcp, kUdp };

struct ClockReading {
  int64_t monotonic_ns = 0;
  int64_t realtime_ns = 0;
  std::string boot_id;
};

struct FileInfo {
  std::string name;
  bool is_directory = false;
  bool is_link = false;
  int64_t size = 0;
  bool is_special = false;  // neither file, folder nor link: a FIFO, a socket, a device
};

// A part of a file: shorter than what was asked for only at the file's end.
struct FileChunk {
  std::string data;
  int64_t file_size = 0;  // when it was read
};

// Size and SHA-256 of a regular file, read on the host; both nullopt when there is none of that name.
struct FileSum {
  std::string path;
  std::optional<int64_t> size;
  std::optional<std::string> sha256;  // 64 lower-case hex digits
};

class Host {
 public:
  virtual ~Host() = default;

  virtual const std::string& name() const = 0;
  // Kernel, CPUs, memory, clock source, governor, mitigations, BPF settings, tool versions
  // (sample/host_facts.h).
  virtual Result<nlohmann::json> facts() = 0;
  virtual Result<ClockReading> clock() = 0;

  // Starts one process, or several that are all held before exec and released together (within 1 ms).
  Result<ProcessHandle> start(const ProcessSpec& spec);
  virtual Result<std::vector<ProcessHandle>> start_together(const std::vector<ProcessSpec>& specs) = 0;
  // nullopt: still running after timeout_ms (0 = just look).
  virtual Result<std::optional<ExitStatus>> wait(const ProcessHandle& process, int64_t timeout_ms) = 0;
  // Ends the process and all its descendants. Idempotent.
  virtual Result<StopReport> stop(const ProcessHandle& process) = 0;
  // The last max_bytes of what it wrote.
  virtual Result<std::string> tail(const ProcessHandle& process, OutputStream stream, size_t max_bytes) = 0;
  // Returns when a socket of that process (or of a descendant) listens on (tcp) or is bound to (udp) the
  // port. Fails when the process ends or the time is up.
  virtual Result<void> wait_listening(const ProcessHandle& process, PortProtocol protocol, int port,
                                      int64_t timeout_ms) = 0;
  // start + wait + output, for short commands (discovery, `ip`, hooks). A non-zero exit is not an error here.
  struct Finished {
    ExitStatus status;
    std::string out;
    std::string err;
  };
  virtual Result<Finished> run(const ProcessSpec& spec, int64_t timeout_ms) = 0;

  virtual Result<std::string> read_file(const std::string& path, size_t max_bytes) = 0;
  // From `offset` on (0 or more; behind the end there is nothing), at most max_bytes, and never more than one
  // message carries: for files of any length. Regular files only (kUsage).
  virtual Result<FileChunk> read_chunk(const std::string& path, int64_t offset, size_t max_bytes) = 0;
  // One sum for each path, in their order. The agent answers nothing else meanwhile: ask for a few files at a
  // time.
  virtual Result<std::vector<FileSum>> checksum(const std::vector<std::string>& paths) = 0;
  virtual Result<void> write_file(const std::string& path, const std::string& content) = 0;
  virtual Result<void> make_directories(const std::string& path) = 0;
  virtual Result<void> remove_tree(const std::string& path) = 0;
  virtual Result<std::vector<FileInfo>> list(const std::string& path) = 0;

  // Samples in the background from now on; one series at a time. stop_sampling returns what was taken, the
  // last sample being taken by the call itself.
  virtual Result<void> start_sampling(const SamplingSpec& spec) = 0;
  virtual Result<SampleSeries> stop_sampling() = 0;

  // BPF objects held by the process and its descendants.
  virtual Result<BpfInventory> bpf_of(const ProcessHandle& process) = 0;
  // All BPF objects of the system.
  virtual Result<BpfInventory> bpf_all() = 0;
  // What is pinned in the BPF file system.
  virtual Result<std::vector<BpfPin>> bpf_pins() = 0;
  // Run-time statistics on or off (BPF_ENABLE_STATS; off again by itself when the agent ends).
  virtual Result<void> bpf_stats(bool on) = 0;
  // Whether somebody else has them on.
  virtual Result<BpfStatsUse> bpf_stats_use() = 0;
  // Cost of the statistics: ns per program run, off and on, measured with BPF_PROG_TEST_RUN.
  struct StatsCost {
    double off_ns = 0;
    double on_ns = 0;
  };
  virtual Result<StatsCost> bpf_stats_cost() = 0;
  // What entering a hook costs there, in some two seconds (sample/entry_cost.h). Nothing else should run
  // meanwhile.
  virtual Result<EntryCost> bpf_entry_cost(const std::string& hook) = 0;

  // What must be undone on this host when everything else has died. Recorded before the thing is made, in the
  // agent's ledger (agent/ledger.h): kind "netns" (name), "tree" (a folder of temporary files), "setting"
  // (name of a setting of the processors, agent/cpu_setting.h: it gets back the value that it has now).
  virtual Result<void> own(const std::string& kind, const std::string& what) = 0;
  virtual Result<void> disown(const std::string& kind, const std::string& what) = 0;
};

}  // namespace bpftax
