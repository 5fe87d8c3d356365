// Names of the folders of raw results (formats.md section 4), relative to the results folder of whichever
// host writes them.
//
//   baseline/{env}/client_results/{perf_type}/{conn}_{ts}/
//   ebpf/{tool}_case_{id}_{protocol}_{direction}_{hash6}/{env}/client_results/...
#pragma once

#include <string>

namespace bpftax {

// First six hex digits of the MD5 of "{protocol}_{direction}" (TestCase::parameter_text()): tcp_rx is 9d5e19.
std::string hash6(const std::string& text);

// One word of a file name from a name that a user chose: letters, digits, '-' and '_', at most 100; "tool"
// for an empty one.
std::string safe_file_name(const std::string& text);

std::string baseline_folder(const std::string& environment);
// Without the environment. The words are made fit for a file name; hash is taken as it is.
std::string case_folder(const std::string& tool_id, int case_id, const std::string& protocol,
                        const std::string& direction, const std::string& hash);

// "latency/tcp_rr", "throughput/multi_4", "pps/single": perf_type and conn of a workload.
std::string perf_folder(const std::string& workload);

}  // namespace bpftax
