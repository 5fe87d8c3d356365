// What all workloads share: process specs, the check that the clients ended well, and the counter-based part
// of a measurement. Used by the workloads' own files only.
#pragma once

#include <string>
#include <vector>

#include "workload/workload.h"

namespace bpftax {

// "exit code 1", "killed by signal 9 (Killed)"
std::string how_it_ended(const ExitStatus& status);

// "stream 2 of 4" where there are several clients, else `single`.
std::string client_name(size_t index, size_t count, const std::string& single);

// Evidence must be complete: one handle, exit and output per client. kInternal otherwise.
Result<void> check_complete(const WindowEvidence& evidence, size_t clients);

// A client that did not end with 0: kWorkload with how it ended and its last words (end of stderr, else of
// stdout).
Result<void> check_exit(const WindowEvidence& evidence, size_t index, const std::string& generator);

// Client and server processes with the context's namespace and CPUs. `file` is below output_dir, without a
// suffix for stderr, which goes to file + ".err"; no files when output_dir is empty.
ProcessSpec client_process(const WorkloadContext& context, std::string name, std::vector<std::string> argv,
                           const std::string& file);
ProcessSpec server_process(const WorkloadContext& context, std::string name, std::vector<std::string> argv,
                           const std::string& file);

// Generators count in whole seconds: the smallest number of them that is >= seconds and >= 1.
int whole_seconds(double seconds);

bool is_ipv6(const std::string& address);

// Fills in what the samplers saw in [steady_start_ns, steady_end_ns] of `measurement`, which must be set
// together with units and unit_name: the metric cpu_us_per_unit, and the conditions of host_conditions() plus
//   server_rx_packets_per_s, server_rx_bytes_per_s, server_rx_dropped_per_s, client_tx_packets_per_s
//   run_queue_wait_percent                   of the clients, where their trees were sampled
// On two hosts the server's values have the plain names, the client's the prefix "client_"; both series must
// be on the client's clock. What cannot be had is absent, with a warning when the samples do not cover the
// steady part.
void add_counters(const WorkloadContext& context, const WindowEvidence& evidence, Measurement& measurement);

}  // namespace bpftax
