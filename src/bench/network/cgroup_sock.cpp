// Creation of a socket by a process of a cgroup.
#include "bench/network/network_hook.h"

namespace bpftax::bench::network {
namespace {

constexpr uint32_t kCgroupSockProgram = 9;  // BPF_PROG_TYPE_CGROUP_SOCK
constexpr uint32_t kSockCreateType = 2;     // BPF_CGROUP_INET_SOCK_CREATE

}  // namespace

NetworkHook cgroup_sock_hook() {
  NetworkHook hook;
  hook.name = "cgroup_sock";
  hook.summary = "creation of a socket in a cgroup";
  hook.program_type = kCgroupSockProgram;
  hook.attach_type = kSockCreateType;
  hook.verdict = Verdict::kOne;
  hook.unit = Unit::kSocket;
  hook.runs_per_answer = 0;
  hook.in_cgroup = true;
  hook.attach = attach_to_cgroup<kSockCreateType>;
  return hook;
}

}  // namespace bpftax::bench::network
