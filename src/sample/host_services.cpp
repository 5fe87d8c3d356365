#include "sample/host_services.h"

#include <unistd.h>

#include <array>
#include <utility>

#include "sample/bpf_features.h"
#include "util/files.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// linux/capability.h
constexpr std::array<std::pair<int, const char*>, 6> kCapabilities = {
    std::pair{12, "CAP_NET_ADMIN"},    std::pair{19, "CAP_SYS_PTRACE"}, std::pair{21, "CAP_SYS_ADMIN"},
    std::pair{24, "CAP_SYS_RESOURCE"}, std::pair{38, "CAP_PERFMON"},    std::pair{39, "CAP_BPF"}};

std::string decode_octal(std::string_view text) {
  std::string decoded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && i + 3 < text.size()) {
      if (const auto value = to_uint64(text.substr(i + 1, 3), 8); value && *value < 256) {
        decoded += static_cast<char>(*value);
        i += 3;
        continue;
      }
    }
    decoded += text[i];
  }
  return decoded;
}

}  // namespace

std::string mount_point(const std::string& mounts, const std::string& type, const std::string& conventional) {
  std::string found;
  for (const std::string_view line : split(mounts, '\n')) {
    const auto fields = split_blank(line);
    if (fields.size() < 3 || fields[2] != type) continue;
    const std::string path = decode_octal(fields[1]);
    if (path == conventional) return path;
    if (found.empty()) found = path;
  }
  return found;
}

std::vector<CapabilityState> capabilities(const std::string& status_text) {
  std::vector<CapabilityState> states;
  for (const std::string_view line : split(status_text, '\n')) {
    if (!line.starts_with("CapEff:")) continue;
    const auto mask = to_uint64(trim(line.substr(7)), 16);
    if (!mask) return {};
    for (const auto& [bit, name] : kCapabilities)
      states.push_back({name, (*mask >> static_cast<unsigned>(bit) & 1u) != 0});
  }
  return states;
}

nlohmann::json read_host_services() {
  Json services;
  services["uid"] = geteuid();
  Json& held = services["capabilities"];
  if (const auto status = read_file("/proc/self/status")) {
    for (const CapabilityState& state : capabilities(*status)) held[state.name] = state.effective;
  }
  Json& filesystems = services["filesystems"];
  if (const auto mounts = read_file("/proc/mounts")) {
    for (const auto& [type, path] :
         {std::pair{"tracefs", "/sys/kernel/tracing"}, std::pair{"debugfs", "/sys/kernel/debug"},
          std::pair{"bpf", "/sys/fs/bpf"}}) {
      const std::string at = mount_point(*mounts, type, path);
      filesystems[type] = at.empty() ? Json(nullptr) : Json(at);
    }
  }
  Json& features = services["bpf_features"] = Json::array();
  for (const BpfFeature& feature : probe_bpf_features()) {
    features.push_back(
        {{"name", feature.name}, {"available", feature.available}, {"reason", feature.reason}});
  }
  services["load_average"] = nullptr;
  if (const auto text = read_file("/proc/loadavg")) {
    const auto fields = split_blank(*text);
    if (!fields.empty()) {
      if (const auto load = to_double(fields[0])) services["load_average"] = *load;
    }
  }
  services["lockdown"] = nullptr;
  if (const auto text = read_file("/sys/kernel/security/lockdown")) {
    const size_t open = text->find('[');
    const size_t close = text->find(']');
    if (open != std::string::npos && close != std::string::npos && close > open)
      services["lockdown"] = text->substr(open + 1, close - open - 1);
  }
  return services;
}

}  // namespace bpftax
