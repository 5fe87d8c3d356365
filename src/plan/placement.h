// Which CPUs each end of a workload gets (method.md section 4).
//
//   same-cpu   both ends on one CPU: the software path without idle wake-ups; default of request/response
//   cross-cpu  the ends on different CPUs; default of streams. Parallel workloads (NAME_4) get up to that
//   many CPUs
//              an end where there are enough
//
// The lowest CPU is left free where there are others: interrupts and housekeeping land on it. Subjects are
// not pinned unless the plan says so: where the scheduler puts the tool is part of what it costs.
#pragma once

#include <string>
#include <vector>

#include "plan/model.h"

namespace bpftax {

struct PlacementNote {
  std::string workload;
  std::string text;  // "cross-cpu was asked for, but only one CPU is online"
};

// Fills server_cpus and client_cpus of each workload. `request_response` tells for each of plan.workloads
// whether it is one. Needs at least one online CPU. Returns what could not be done as asked. kUsage on an
// unknown policy, or when plan.subject_cpus are not online.
Result<std::vector<PlacementNote>> resolve_placement(Plan& plan, const std::vector<bool>& request_response,
                                                     std::vector<int> online_cpus);

// "same-cpu" or "cross-cpu": what a resolved workload really has.
std::string resolved_policy(const PlannedWorkload& workload);

// How many parallel senders a workload's name asks for: "udp_pps_4" -> 4, else 1.
int parallel_senders(const std::string& workload);

}  // namespace bpftax
