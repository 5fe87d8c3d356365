// Names of the things that BPF programs are attached to: tracepoints, kernel functions, interfaces, cgroups.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "sample/paths.h"

struct btf;

namespace bpftax {

struct FreeBtf {
  void operator()(btf* types) const;
};
using BtfPointer = std::unique_ptr<btf, FreeBtf>;

// Caches what it has found: kernel BTF takes some 20 ms to load. All answers are "" when unknown.
class BpfTargets {
 public:
  explicit BpfTargets(SampleRoots roots) : roots_(std::move(roots)) {}

  // "net" for "netif_receive_skb": the tracefs folder of the event, which the kernel leaves out when asked.
  std::string tracepoint_category(const std::string& event);
  // "tracepoint:net:netif_receive_skb", or "tracepoint:netif_receive_skb" without tracefs.
  std::string tracepoint(const std::string& event);
  // Name of a type in the BTF object with that id; 0 is the kernel's own (what old kernels mean).
  std::string btf_type_name(uint32_t btf_object_id, uint32_t type_id);
  // "eth0", or "ifindex 7" for one that is not in the caller's network namespace.
  std::string interface_name(uint32_t index) const;
  // Path below the cgroup2 mount, "/" for its root; "id 123" when not found.
  std::string cgroup_path(uint64_t id);

 private:
  btf* kernel_btf();

  SampleRoots roots_;
  std::map<std::string, std::string> categories_;
  std::map<uint64_t, std::string> cgroups_;
  BtfPointer kernel_btf_;
  bool kernel_btf_tried_ = false;
  std::map<uint32_t, BtfPointer> btf_;  // by object id
};

// Where cgroup2 is mounted: <sys>/fs/cgroup, or its "unified" folder on hosts that mix both; "" if nowhere.
std::string cgroup2_mount(const SampleRoots& roots);

}  // namespace bpftax
