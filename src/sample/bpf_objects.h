// One BPF object, asked by descriptor or id: what the kernel says of it. Internal to the inventory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "sample/bpf_targets.h"
#include "sample/types.h"
#include "util/fd.h"
#include "util/result.h"

namespace bpftax {

struct ProgramDetails {
  BpfProgram program;  // `attach` empty
  uint32_t type = 0;
  uint32_t attach_btf_object_id = 0,
           attach_btf_type_id = 0;  // of tracing, lsm and ext programs, Linux >= 6.0
};
struct MapDetails {
  BpfMap map;
  uint32_t type = 0;
};
struct LinkDetails {
  BpfLink link;
  uint32_t type = 0;
};

// nullopt inside: there is no such object any more.
Result<std::optional<ProgramDetails>> describe_program(uint32_t id, BpfTargets& targets);
// `proc_root`: where our own fdinfo is, for the memory.
Result<std::optional<MapDetails>> describe_map(uint32_t id, const std::string& proc_root);
// `program_type`: of the program it holds, as far as known (a raw_tracepoint link also carries tp_btf
// programs).
Result<std::optional<LinkDetails>> describe_link(uint32_t id, BpfTargets& targets);

// The ids that a map of programs or of maps holds, looked at by a bounded number of keys; `cut` says that
// there were more.
struct HeldIds {
  std::vector<uint32_t> ids;
  bool cut = false;
};
HeldIds ids_in_map(const MapDetails& map);

// "kprobe:tcp_v4_rcv+0x10", "uprobe:/bin/bash:0x1d420" and so on.
std::string describe_probe(const std::string& kind, const std::string& name, uint64_t offset,
                           uint64_t address);

}  // namespace bpftax
