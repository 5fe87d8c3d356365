// Programs attached to cgroups and to socket maps without a link, asked by BPF_PROG_QUERY.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "sample/net_attachments.h"
#include "sample/paths.h"
#include "util/result.h"

namespace bpftax {

// Types of programs that cgroup_attachments() can find.
const std::set<uint32_t>& cgroup_program_types();
// Every cgroup2 folder is asked for every attach type: some ten milliseconds with some hundred cgroups. An
// error when there are more than it is willing to ask (4096).
Result<std::vector<NetAttachment>> cgroup_attachments(const SampleRoots& roots);
// Programs of a sockmap or sockhash (Linux >= 5.18; none is found before).
Result<std::vector<NetAttachment>> sockmap_attachments(uint32_t map_id);

}  // namespace bpftax
