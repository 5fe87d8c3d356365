// Which BPF programs, maps and links there are, and where the programs are attached.
//
// Of a set of processes: through their file descriptors. A program counts when a process holds a descriptor
// of it, of a link to it, of a perf event it is attached to (the program's own descriptor may be closed by
// then), or of a map that holds it (tail calls); a map when a process holds it or a program that counts uses
// it. Of the system: by the kernel's id lists.
//
// Needs CAP_SYS_ADMIN (or CAP_BPF and CAP_PERFMON, and ptrace access to the processes).
#pragma once

#include <memory>
#include <vector>

#include "sample/paths.h"
#include "sample/types.h"
#include "util/result.h"

namespace bpftax {

// Keeps what does not change between two looks (kernel BTF, tracepoint categories), so that asking every 50
// ms until a tool is ready stays cheap. Threads: one at a time.
//
// What the kernel does not tell, and what is therefore missing from `attached`: socket filters and reuseport
// programs set by setsockopt, lirc, and tc/xdp programs attached without a link in other network namespaces
// than the caller's.
class BpfInspector {
 public:
  explicit BpfInspector(SampleRoots roots = {});
  BpfInspector(BpfInspector&&) noexcept;
  BpfInspector& operator=(BpfInspector&&) noexcept;
  ~BpfInspector();

  // Processes that end meanwhile, or hold nothing, contribute nothing. Objects that vanish while being looked
  // at are left out. An error only when the kernel has no BPF or refuses it altogether (EPERM, ENOSYS).
  Result<BpfInventory> of_processes(const std::vector<int>& pids);
  Result<BpfInventory> of_system();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace bpftax
