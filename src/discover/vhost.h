// The vhost threads of a QEMU process, and which of them work for one of its interfaces.
//
// What can be known: the kernel names every vhost worker "vhost-<pid of its owner>", nothing else. It is a
// kernel thread up to Linux 6.3 (and again where a process asks for one), since 6.4 a thread of the owner
// itself; `ps -eL` shows both. QEMU makes one for each queue of a tap with vhost, when it opens the netdev:
// in the order of the -netdev options, queue by queue; those of vhost-vsock and vhost-scsi come later, when
// devices are made. So the order of their start times, cut into pieces of as many threads as a netdev has
// queues, says whose they are - as long as the numbers agree. After hot-plugging they do not: then only a VM
// with one vhost interface is sure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "discover/qemu.h"

namespace bpftax {

struct VhostThread {
  int id = 0;
  int64_t age_s = 0;
};
// `ps -eLo pid=,lwp=,etimes=,comm=`: the threads called "vhost-<qemu_pid>", oldest first.
std::vector<VhostThread> parse_vhost_threads(std::string_view text, int qemu_pid);

struct VhostAnswer {
  std::vector<int> ids;  // ascending; empty with why: none, or it cannot be told
  bool none = false;     // the interface has no vhost: nothing is missing
  std::string how, why;
};
// netdev: of the interface, one of command's; nullptr when it is not known which it is.
VhostAnswer vhost_threads_of(const std::vector<VhostThread>& threads, const QemuCommand& command,
                             const QemuNetdev* netdev);

}  // namespace bpftax
