#include "run/raw_results.h"

#include <algorithm>

#include "util/clock.h"

namespace bpftax {

std::string UniqueTimes::next(int64_t realtime_ns) {
  last_s_ = std::max(realtime_ns / kNsPerS, last_s_ + 1);
  return format_compact_time(last_s_ * kNsPerS);
}

std::string RawNames::folder(const std::string& subject) const {
  // From a document that people edit: one word each, whatever it says.
  const std::string environment = safe_file_name(plan_.environment);
  if (subject.empty()) return baseline_folder(environment);
  for (size_t i = 0; i < plan_.subjects.size(); ++i) {
    const PlannedSubject& planned = plan_.subjects[i];
    if (planned.id != subject) continue;
    if (!planned.tool_id.empty()) {
      return case_folder(planned.tool_id, planned.case_id, planned.protocol, planned.direction,
                         safe_file_name(planned.hash6)) +
             "/" + environment;
    }
    return case_folder(planned.name.empty() ? planned.id : planned.name, static_cast<int>(i) + 1, "any",
                       "any", hash6("any_any")) +
           "/" + environment;
  }
  return "ebpf/" + safe_file_name(subject) + "/" + environment;
}

std::string RawNames::client_folder(const std::string& subject, const std::string& workload,
                                    const std::string& time) const {
  return folder(subject) + "/client_results/" + perf_folder(workload) + "_" + time;
}

std::string RawNames::server_folder(const std::string& subject, const std::string& workload,
                                    const std::string& time) const {
  return folder(subject) + "/server_results/" + perf_folder(workload) + "_" + time;
}

std::string RawNames::timing_file(const std::string& subject, const std::string& workload,
                                  const std::string& time) const {
  std::string name = perf_folder(workload);
  std::replace(name.begin(), name.end(), '/', '_');
  return client_folder(subject, workload, time) + "/" + name + "_timing.log";
}

std::string RawNames::metadata_file(const std::string& subject, const std::string& time) const {
  return folder(subject) + "/metadata_" + time + ".json";
}

std::string RawNames::output_file(const std::string& subject, const std::string& time) const {
  return folder(subject) + "/ebpf_output_" + time + ".log";
}

std::string RawNames::error_file(const std::string& subject, const std::string& time) const {
  return folder(subject) + "/ebpf_error_" + time + ".log";
}

}  // namespace bpftax
