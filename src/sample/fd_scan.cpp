#include "sample/fd_scan.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "sample/bpf_objects.h"
#include "sample/fdinfo.h"
#include "sample/process_tree.h"
#include "util/files.h"

namespace bpftax {
namespace {

// BPF_TASK_FD_QUERY (Linux 4.18): the program behind a perf event or a raw tracepoint.
void query_attachment(int pid, int fd, BpfTargets& targets, Holdings& holdings) {
  std::array<char, 4096> name{};
  __u32 size = name.size(), program = 0, type = 0;
  __u64 offset = 0, address = 0;
  const int error = bpf_task_fd_query(pid, fd, 0, name.data(), &size, &program, &type, &offset, &address);
  // The kernel's answer for a perf event of another kind than probe and tracepoint: with a program it is "not
  // supported", without one "no such entry".
  if (error == -EOPNOTSUPP) holdings.unnamed_perf_program = true;
  if (error != 0 || program == 0) return;
  std::string target;
  switch (type) {
    case BPF_FD_TYPE_RAW_TRACEPOINT:
      target = std::string("raw_tp:") + name.data();
      break;
    case BPF_FD_TYPE_TRACEPOINT:
      target = targets.tracepoint(name.data());
      break;
    case BPF_FD_TYPE_KPROBE:
      target = describe_probe("kprobe", name.data(), offset, address);
      break;
    case BPF_FD_TYPE_KRETPROBE:
      target = describe_probe("kretprobe", name.data(), offset, address);
      break;
    case BPF_FD_TYPE_UPROBE:
      target = describe_probe("uprobe", name.data(), offset, address);
      break;
    case BPF_FD_TYPE_URETPROBE:
      target = describe_probe("uretprobe", name.data(), offset, address);
      break;
    default:
      break;
  }
  holdings.attached[program].insert(target);
}

void add_object(const std::string& fdinfo_path, FdKind kind, Holdings& holdings) {
  const auto text = read_file(fdinfo_path);
  if (!text) return;  // closed meanwhile
  const FdInfo info = parse_fdinfo(*text);
  if (info.program_id) holdings.programs.insert(*info.program_id);
  if (info.map_id) holdings.maps.insert(*info.map_id);
  if (info.link_id) holdings.links.insert(*info.link_id);
  if (kind == FdKind::kProgram && !info.program_id && info.program_tag)
    holdings.tags.insert(*info.program_tag);
}

}  // namespace

Holdings scan_descriptors(const std::string& proc_root, const std::vector<int>& pids, Look look,
                          BpfTargets& targets) {
  Holdings holdings;
  for (const int pid : pids) {
    const std::string process = proc_root + "/" + std::to_string(pid);
    const std::string fds = process + "/fd";
    const std::vector<int> descriptors = numbered_files(fds);
    if (descriptors.empty() && ::access(fds.c_str(), R_OK) != 0 && errno == EACCES)
      holdings.unreadable[std::to_string(pid)] = std::strerror(EACCES);
    for (const int fd : descriptors) {
      std::array<char, 256> target{};
      const ssize_t size = ::readlink((fds + "/" + std::to_string(fd)).c_str(), target.data(), target.size());
      if (size <= 0) continue;
      const FdKind kind = fd_kind(std::string_view(target.data(), static_cast<size_t>(size)));
      if (kind == FdKind::kPerfEvent || kind == FdKind::kRawTracepoint)
        query_attachment(pid, fd, targets, holdings);
      if (look == Look::kPerfEventsOnly) continue;
      if (kind == FdKind::kProgram || kind == FdKind::kMap || kind == FdKind::kLink)
        add_object(process + "/fdinfo/" + std::to_string(fd), kind, holdings);
    }
  }
  return holdings;
}

}  // namespace bpftax
