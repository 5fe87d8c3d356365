// What the samplers deliver: plain data, with JSON in both directions (sample/types_json.h). Unknown is
// nullopt, never 0. Counters are cumulative since boot (or process start) as the kernel gives them; whoever
// wants a rate subtracts two samples. This header is free of Linux: controller, analysis and tests use it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace bpftax {

// One line cpuN of /proc/stat, converted to microseconds. guest time is contained in user, as the kernel
// counts it.
struct CpuTimes {
  int cpu = 0;
  int64_t user_us = 0;
  int64_t nice_us = 0;
  int64_t system_us = 0;
  int64_t idle_us = 0;
  int64_t iowait_us = 0;
  int64_t irq_us = 0;
  int64_t softirq_us = 0;
  int64_t steal_us = 0;
  int64_t busy_us() const { return user_us + nice_us + system_us + irq_us + softirq_us; }
  int64_t total_us() const { return busy_us() + idle_us + iowait_us + steal_us; }
};

// One interface of one network namespace ("" is the agent's own).
struct NetInterface {
  std::string netns;
  std::string name;
  int64_t rx_bytes = 0, rx_packets = 0, rx_errors = 0, rx_dropped = 0;
  int64_t tx_bytes = 0, tx_packets = 0, tx_errors = 0, tx_dropped = 0;
  // How often the carrier went or came, and the operational state of RFC 2863 ("up", "lowerlayerdown", ...).
  // Read once a second and in the last sample of a series; nullopt in between, and where the kernel does not
  // say.
  std::optional<int64_t> carrier_changes;
  std::optional<std::string> operstate;
};

struct DiskCounters {
  std::string name;
  int64_t reads = 0, read_bytes = 0, writes = 0, written_bytes = 0, busy_ms = 0;
};

// /proc/pressure/<resource>: cumulative stall time.
struct Pressure {
  std::optional<int64_t> cpu_some_us, memory_some_us, memory_full_us, io_some_us, io_full_us;
};

struct MemoryState {
  int64_t total_kb = 0, free_kb = 0, available_kb = 0, cached_kb = 0, slab_kb = 0;
};

// Idle residency of one CPU: sum over its states of cpuidle/stateN/time, without POLL (state 0 on x86).
struct CpuIdle {
  int cpu = 0;
  int64_t residency_us = 0;
  int64_t entries = 0;
};

// Hardware counters of the whole host since sampling began (perf_event_open, all CPUs).
struct HardwareCounters {
  int64_t cycles = 0, instructions_user = 0, instructions_kernel = 0, cache_misses = 0;
};

// A supervised process and all its descendants.
struct ProcessTree {
  int64_t handle = 0;  // the agent's handle of the start
  int processes = 0;   // members alive now; 0: the tree is gone
  int threads = 0;
  int64_t user_us = 0;  // of the living members plus what members had used when last seen before they ended
  int64_t system_us = 0;
  int64_t rss_kb = 0;  // sum over members
  int64_t vsz_kb = 0;
  int64_t output_bytes = 0;             // stdout and stderr files together, before any cut by the cap
  std::optional<int64_t> run_delay_us;  // time spent runnable but waiting for a CPU (/proc/PID/schedstat)
};

struct Sample {
  int64_t monotonic_ns = 0;  // CLOCK_MONOTONIC just before the first read
  std::vector<CpuTimes> cpus;
  int64_t context_switches = 0;
  int64_t interrupts = 0;
  int64_t softirq_net_rx = 0, softirq_net_tx = 0;  // events, all CPUs, in 32 bits
  MemoryState memory;
  Pressure pressure;
  std::vector<NetInterface> interfaces;
  std::vector<DiskCounters> disks;
  std::vector<int64_t> frequency_khz;  // one per CPU; empty when not exposed
  std::vector<CpuIdle> idle;           // empty when not exposed
  std::optional<HardwareCounters> hardware;
  std::vector<ProcessTree> processes;
};

struct SamplingSpec {
  int interval_ms = 100;           // 100..1000 (10..1 Hz)
  std::vector<int64_t> handles;    // process trees to follow
  std::vector<std::string> netns;  // namespaces whose interfaces to read; "" is the agent's own
  bool hardware_counters = true;
};

struct SampleSeries {
  std::vector<Sample> samples;
  std::map<std::string, std::string>
      unavailable;             // "pressure" -> "/proc/pressure/cpu: No such file or directory"
  int64_t sampler_cpu_us = 0;  // what taking these samples cost
};

// ---- BPF ----

struct BpfProgram {
  uint32_t id = 0;
  std::string name;  // at most 15 characters, the kernel's own limit; the BTF name where there is one
  std::string
      type;  // kernel name in lower case: "tracepoint", "raw_tracepoint", "tracing", "kprobe", "xdp", ...
  std::string attach;  // "tracepoint:net:netif_receive_skb", "raw_tp:netif_receive_skb"; "" unknown
  std::string tag;
  uint32_t created_by_uid = 0;
  int64_t loaded_at_ns = 0;  // since boot
  // Cumulative, only counted while run-time statistics are on:
  int64_t run_time_ns = 0;
  int64_t run_count = 0;
  int64_t recursion_misses = 0;
  std::optional<int64_t> verified_insns;  // nullopt before Linux 5.16
  int64_t jited_bytes = 0;
  int64_t translated_bytes = 0;
  std::vector<uint32_t> map_ids;
};

struct BpfMap {
  uint32_t id = 0;
  std::string name;
  std::string type;  // "hash", "percpu_array", "ringbuf", ...
  int64_t key_size = 0, value_size = 0, max_entries = 0;
  std::optional<int64_t> bytes;  // fdinfo's memlock
};

struct BpfLink {
  uint32_t id = 0;
  std::string type;  // "raw_tracepoint", "tracing", "perf_event", "xdp", ...
  uint32_t program_id = 0;
  std::string target;
};

// What a process tree holds (through its file descriptors), or the whole system.
struct BpfInventory {
  std::vector<BpfProgram> programs;
  std::vector<BpfMap> maps;
  std::vector<BpfLink> links;
  // Program ids that are attached, that is: reachable from a link or a perf event, or attached elsewhere
  // (tc, xdp, cgroup). A program that is only loaded is not in here.
  std::vector<uint32_t> attached;
  std::map<std::string, std::string> unavailable;
};

// A name in the BPF file system, and the object it keeps.
struct BpfPin {
  std::string path;
  std::string kind;  // "program", "map", "link"; "": it could not be opened
  uint32_t id = 0;   // 0: unknown
};

// Whether run-time statistics are on without our doing.
struct BpfStatsUse {
  bool active = false;
  std::string by;  // who keeps them on, as a sentence's end; "" where they are off
};

// What entering a hook costs (sample/entry_cost.h).
struct EntryCost {
  std::string hook;        // "tp_btf", ...
  double in_place_ns = 0;  // what an empty program costs each packet, statistics off
  double error_ns = 0;     // half of the 95 % interval of ns()
  double run_ns = 0;       // what the run-time statistics say that it takes: their own clock, mostly
  // To be added to the run time of each run.
  double ns() const { return in_place_ns - run_ns; }
};

}  // namespace bpftax
