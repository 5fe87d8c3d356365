// Command lines of stress-ng, the program that makes loads. Each runs until it is stopped.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "host/host.h"
#include "util/result.h"

namespace bpftax::bench {

// Where stress-ng is and what it may use.
struct StressProgram {
  std::string path;
  std::string folder;  // for its temporary files and its words; exists
};

// The path of stress-ng on the host, or kEnvironment with a hint.
Result<std::string> find_stress(Host& host);

// Busy for `percent` of the time, on that CPU alone: with a worker on each CPU, nothing that is pinned
// elsewhere moves the load away, and a benchmark has the same competitor in every sample. Busy slices of 4 ms
// spread it over samples, which take about 10 ms.
ProcessSpec stress_cpu(const StressProgram& program, int cpu, int percent);
// Allocates `bytes` with several workers, writes every page once, and sleeps.
ProcessSpec stress_memory(const StressProgram& program, int64_t bytes, int workers);
// One worker that writes and reads a file of 128 MiB in the folder, with fdatasync, so that the disk sees it.
ProcessSpec stress_disk(const StressProgram& program);
// One client and one server on the loopback interface, TCP, at that port.
ProcessSpec stress_network(const StressProgram& program, int port);

}  // namespace bpftax::bench
