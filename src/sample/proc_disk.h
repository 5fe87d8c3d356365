// Disk counters: /proc/diskstats.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sample/types.h"
#include "util/result.h"

namespace bpftax {

// Every row, partitions and virtual devices too. Rows of the short form that Linux 2.6 used for partitions
// are left out.
Result<std::vector<DiskCounters>> parse_diskstats(std::string_view text);

// Names of the whole disks that stand for hardware: entries of <sys>/block with a `device` link. Partitions,
// loop, ram and zram devices have none, nor have device-mapper and md volumes, whose traffic shows on the
// disks below them and would be counted twice.
std::set<std::string> hardware_disks(const std::string& sys_root);

}  // namespace bpftax
