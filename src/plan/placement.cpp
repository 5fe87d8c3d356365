#include "plan/placement.h"

#include <fmt/format.h>

#include <algorithm>

#include "util/strings.h"

namespace bpftax {
namespace {

struct Choice {
  std::vector<int> server, client;
  std::string shortfall;
};

Choice choose(bool same_cpu, int senders, const std::vector<int>& online) {
  // The lowest CPU takes part only where the others do not suffice.
  const std::vector<int> rest(online.size() > 1 ? online.begin() + 1 : online.begin(), online.end());
  if (same_cpu) return {{rest[0]}, {rest[0]}, {}};
  if (online.size() == 1)
    return {{online[0]}, {online[0]}, "the ends should have different CPUs, but only one CPU is online"};
  if (rest.size() == 1) return {{online[0]}, {online[1]}, {}};
  const size_t each = std::min<size_t>(static_cast<size_t>(senders), rest.size() / 2);
  Choice choice;
  choice.server.assign(rest.begin(), rest.begin() + static_cast<std::ptrdiff_t>(each));
  choice.client.assign(rest.begin() + static_cast<std::ptrdiff_t>(each),
                       rest.begin() + static_cast<std::ptrdiff_t>(2 * each));
  return choice;
}

}  // namespace

int parallel_senders(const std::string& workload) {
  const size_t underscore = workload.rfind('_');
  if (underscore == std::string::npos) return 1;
  const auto count = to_int64(std::string_view(workload).substr(underscore + 1));
  return count && *count >= 1 && *count <= 1024 ? static_cast<int>(*count) : 1;
}

Result<std::vector<PlacementNote>> resolve_placement(Plan& plan, const std::vector<bool>& request_response,
                                                     std::vector<int> online_cpus) {
  std::sort(online_cpus.begin(), online_cpus.end());
  if (online_cpus.empty() || request_response.size() != plan.workloads.size())
    return fail(ErrorKind::kInternal, "cannot place the workloads", "",
                "the list of CPUs or workloads is wrong");
  for (const int cpu : plan.subject_cpus) {
    if (!std::binary_search(online_cpus.begin(), online_cpus.end(), cpu)) {
      return fail(ErrorKind::kUsage, "cannot place the subjects", fmt::format("CPU {}", cpu),
                  "it is not online here");
    }
  }
  std::vector<PlacementNote> notes;
  for (size_t i = 0; i < plan.workloads.size(); ++i) {
    PlannedWorkload& workload = plan.workloads[i];
    bool same_cpu = request_response[i];
    if (workload.placement == "same-cpu" || workload.placement == "cross-cpu") {
      same_cpu = workload.placement == "same-cpu";
    } else if (workload.placement != "auto") {
      return fail(ErrorKind::kUsage, "not a placement", "'" + workload.placement + "'", "unknown policy",
                  "use auto, same-cpu or cross-cpu");
    }
    Choice choice = choose(same_cpu, parallel_senders(workload.name), online_cpus);
    workload.server_cpus = std::move(choice.server);
    workload.client_cpus = std::move(choice.client);
    if (!choice.shortfall.empty()) notes.push_back({workload.name, std::move(choice.shortfall)});
  }
  return notes;
}

std::string resolved_policy(const PlannedWorkload& workload) {
  return workload.server_cpus == workload.client_cpus && workload.server_cpus.size() == 1 ? "same-cpu"
                                                                                          : "cross-cpu";
}

}  // namespace bpftax
