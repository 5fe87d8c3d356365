// Where raw output goes: the names of formats.md section 4. All paths are relative to
// "performance-test-results" on whichever host writes them.
//
//   baseline/{env}/client_results/{perf_type}/{conn}_{ts}/
//   ebpf/{tool}_case_{n}_any_any_{hash6}/{env}/client_results/..., ebpf_output_{ts}.log, ebpf_error_{ts}.log,
//                                              metadata_{ts}.json
//
// `measure` has no case matrix: the case number is the subject's place in the plan, protocol and direction
// are "any".
#pragma once

#include <cstdint>
#include <string>

#include "plan/model.h"

namespace bpftax {

class RawNames {
 public:
  explicit RawNames(const Plan& plan) : plan_(plan) {}

  // "20261120_185307", never the same twice: two windows that begin within a second get the next free second.
  std::string unique_time(int64_t realtime_ns);

  // subject: "" for the baseline.
  std::string folder(const std::string& subject) const;
  std::string client_folder(const std::string& subject, const std::string& workload,
                            const std::string& time) const;
  std::string server_folder(const std::string& workload, const std::string& time) const;
  std::string metadata_file(const std::string& subject, const std::string& time) const;
  std::string output_file(const std::string& subject, const std::string& time) const;
  std::string error_file(const std::string& subject, const std::string& time) const;

 private:
  const Plan& plan_;
  int64_t last_s_ = 0;
};

// "latency/tcp_rr", "throughput/multi_4", "pps/single": perf_type and conn of a workload.
std::string perf_folder(const std::string& workload);
// First six hex digits of the MD5 of "{protocol}_{direction}": tcp_rx is 9d5e19.
std::string hash6(const std::string& text);

}  // namespace bpftax
