// Objects pinned in the BPF file system.
#pragma once

#include <vector>

#include "sample/paths.h"
#include "sample/types.h"
#include "util/result.h"

namespace bpftax {

// Everything pinned below /sys/fs/bpf, by path: at most 4 levels deep and 4096 of them. An error when the
// folder cannot be read. Needs CAP_BPF, and the right to open the files.
Result<std::vector<BpfPin>> bpf_pins(const SampleRoots& roots = {});

}  // namespace bpftax
