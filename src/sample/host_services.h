// What a host lets us do, beside what it is (host_facts.h): user, capabilities, mounted kernel filesystems,
// BPF features. The doctor judges it; each unknown is null.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace bpftax {

// {"uid": 0, "capabilities": {"CAP_BPF": true, ...},
//  "filesystems": {"tracefs": "/sys/kernel/tracing", "debugfs": null, "bpf": "/sys/fs/bpf"},
//  "bpf_features": [{"name": "raw_tp", "available": true, "reason": ""}, ...],
//  "load_average": 0.42, "lockdown": "none"}
nlohmann::json read_host_services();

// The mount point of a filesystem type in the text of /proc/mounts: the conventional one if it is among them,
// else the first; "" when it is not mounted. Octal escapes (\040) are decoded.
std::string mount_point(const std::string& mounts, const std::string& type, const std::string& conventional);

// Names of the effective capabilities we care for, from the hex mask of CapEff in /proc/PID/status.
struct CapabilityState {
  std::string name;
  bool effective = false;
};
std::vector<CapabilityState> capabilities(const std::string& status_text);

}  // namespace bpftax
