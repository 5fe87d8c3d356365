// Pins in the BPF file system of a host.
#pragma once

#include <set>
#include <string>

#include "host/host.h"
#include "util/result.h"

namespace bpftax {

inline constexpr const char* kBpfFileSystem = "/sys/fs/bpf";

// Full paths of all pinned objects below /sys/fs/bpf: at most 4 levels deep and 4096 of them. An error when
// the file system is not mounted or cannot be read.
Result<std::set<std::string>> list_pins(Host& host);

}  // namespace bpftax
