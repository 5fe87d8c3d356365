#include "plan/result_paths.h"

#include <fmt/format.h>
#include <md5.h>

#include <array>

#include "plan/placement.h"

namespace bpftax {

std::string hash6(const std::string& text) {
  std::array<char, MD5_DIGEST_STRING_LENGTH> hex{};
  MD5Data(reinterpret_cast<const uint8_t*>(text.data()), text.size(), hex.data());
  return std::string(hex.data(), 6);
}

std::string safe_file_name(const std::string& text) {
  constexpr size_t kLongest = 100;
  std::string name;
  for (const char c : text.substr(0, kLongest)) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    name += plain ? c : '_';
  }
  return name.empty() ? "tool" : name;
}

std::string baseline_folder(const std::string& environment) {
  return "baseline/" + environment;
}

std::string case_folder(const std::string& tool_id, int case_id, const std::string& protocol,
                        const std::string& direction, const std::string& hash) {
  return fmt::format("ebpf/{}_case_{}_{}_{}_{}", safe_file_name(tool_id), case_id, safe_file_name(protocol),
                     safe_file_name(direction), hash);
}

std::string perf_folder(const std::string& workload) {
  const int senders = parallel_senders(workload);
  if (workload.find("_rr") != std::string::npos) return "latency/" + workload;
  const std::string conn = senders > 1 ? fmt::format("multi_{}", senders) : "single";
  if (workload.find("pps") != std::string::npos) return "pps/" + conn;
  return "throughput/" + conn;
}

}  // namespace bpftax
