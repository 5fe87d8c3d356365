// Where raw output goes: the names of formats.md section 4. All paths are relative to
// "performance-test-results" on whichever host writes them.
//
//   baseline/{env}/client_results/{perf_type}/{conn}_{ts}/
//   ebpf/{tool}_case_{n}_{protocol}_{direction}_{hash6}/{env}/client_results/..., ebpf_output_{ts}.log,
//                                                             ebpf_error_{ts}.log, metadata_{ts}.json
//
// `measure` has no case matrix: the case number is the subject's place in the plan, protocol and direction
// are "any". plan/result_paths.h has the names of the parts.
#pragma once

#include <cstdint>
#include <string>

#include "plan/model.h"
#include "plan/result_paths.h"

namespace bpftax {

// "20261120_185307", never the same twice: what begins within a second of the last gets the next free second.
class UniqueTimes {
 public:
  std::string next(int64_t realtime_ns);

 private:
  int64_t last_s_ = 0;
};

class RawNames {
 public:
  explicit RawNames(const Plan& plan) : plan_(plan) {}

  std::string unique_time(int64_t realtime_ns) { return times_.next(realtime_ns); }

  // subject: "" for the baseline.
  std::string folder(const std::string& subject) const;
  std::string client_folder(const std::string& subject, const std::string& workload,
                            const std::string& time) const;
  // Servers that are kept for a session belong to no subject: "".
  std::string server_folder(const std::string& subject, const std::string& workload,
                            const std::string& time) const;
  std::string timing_file(const std::string& subject, const std::string& workload,
                          const std::string& time) const;
  std::string metadata_file(const std::string& subject, const std::string& time) const;
  std::string output_file(const std::string& subject, const std::string& time) const;
  std::string error_file(const std::string& subject, const std::string& time) const;

 private:
  const Plan& plan_;
  UniqueTimes times_;
};

}  // namespace bpftax
