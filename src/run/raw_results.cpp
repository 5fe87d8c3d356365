#include "run/raw_results.h"

#include <fmt/format.h>
#include <md5.h>

#include <algorithm>
#include <array>

#include "plan/placement.h"
#include "util/clock.h"

namespace bpftax {
namespace {

// A folder name from a name that a user chose.
std::string file_name(const std::string& text) {
  std::string name;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    name += plain ? c : '_';
  }
  name = name.substr(0, 60);
  return name.empty() ? "tool" : name;
}

}  // namespace

std::string hash6(const std::string& text) {
  std::array<char, MD5_DIGEST_STRING_LENGTH> hex{};
  MD5Data(reinterpret_cast<const uint8_t*>(text.data()), text.size(), hex.data());
  return std::string(hex.data(), 6);
}

std::string perf_folder(const std::string& workload) {
  const int senders = parallel_senders(workload);
  if (workload.find("_rr") != std::string::npos) return "latency/" + workload;
  const std::string conn = senders > 1 ? fmt::format("multi_{}", senders) : "single";
  if (workload.find("pps") != std::string::npos) return "pps/" + conn;
  return "throughput/" + conn;
}

std::string RawNames::unique_time(int64_t realtime_ns) {
  last_s_ = std::max(realtime_ns / kNsPerS, last_s_ + 1);
  return format_compact_time(last_s_ * kNsPerS);
}

std::string RawNames::folder(const std::string& subject) const {
  if (subject.empty()) return "baseline/" + plan_.environment;
  for (size_t i = 0; i < plan_.subjects.size(); ++i) {
    const PlannedSubject& planned = plan_.subjects[i];
    if (planned.id != subject) continue;
    return fmt::format("ebpf/{}_case_{}_any_any_{}/{}",
                       file_name(planned.name.empty() ? planned.id : planned.name), i + 1, hash6("any_any"),
                       plan_.environment);
  }
  return "ebpf/" + file_name(subject) + "/" + plan_.environment;
}

std::string RawNames::client_folder(const std::string& subject, const std::string& workload,
                                    const std::string& time) const {
  return folder(subject) + "/client_results/" + perf_folder(workload) + "_" + time;
}

std::string RawNames::server_folder(const std::string& workload, const std::string& time) const {
  // Servers outlive arms: what they write belongs to no subject.
  return folder("") + "/server_results/" + perf_folder(workload) + "_" + time;
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
