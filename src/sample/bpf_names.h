// The kernel's names of BPF enumerators, in lower case and without prefix. Tables of our own, up to
// Linux 6.18: the header we are built with may be older than the kernel we run on.
#pragma once

#include <cstdint>
#include <string>

namespace bpftax {

// "tracepoint", "xdp"; a number that is newer than the table gives "type_99".
std::string program_type_name(uint32_t type);
std::string map_type_name(uint32_t type);
std::string link_type_name(uint32_t type);
// "cgroup_inet_ingress", "trace_fentry"; else "attach_99".
std::string attach_type_name(uint32_t type);

// Enumerators that we act on and that <linux/bpf.h> of our oldest build machine lacks.
namespace kernel {
enum ProgramType : uint32_t {
  kSocketFilter = 1,
  kSchedCls = 3,
  kXdp = 6,
  kPerfEventProgram = 7,
  kTracing = 26,
  kStructOpsProgram = 27,
  kExt = 28,
};
enum MapType : uint32_t {
  kProgArray = 3,
  kArrayOfMaps = 12,
  kHashOfMaps = 13,
  kSockmap = 15,
  kSockhash = 18
};
enum LinkType : uint32_t {
  kRawTracepointLink = 1,
  kTracingLink = 2,
  kCgroupLink = 3,
  kIterLink = 4,
  kNetnsLink = 5,
  kXdpLink = 6,
  kPerfEventLink = 7,
  kKprobeMultiLink = 8,
  kStructOpsLink = 9,
  kNetfilterLink = 10,
  kTcxLink = 11,
  kUprobeMultiLink = 12,
  kNetkitLink = 13,
  kSockmapLink = 14,
};
enum PerfEventType : uint32_t {
  kUprobe = 1,
  kUretprobe = 2,
  kKprobe = 3,
  kKretprobe = 4,
  kTracepoint = 5,
  kEvent = 6,
};
enum AttachType : uint32_t {
  kFentry = 24,
  kFexit = 25,
  kModifyReturn = 26,
  kLsmMac = 27,
  kIter = 28,
  kTcxIngress = 46
};
}  // namespace kernel

}  // namespace bpftax
