// Events of a cgroup's TCP connections. How many there are while one is opened, at both ends, depends on the
// kernel: it is found by opening one, and every later one must have as many.
#include "bench/network/network_hook.h"

namespace bpftax::bench::network {
namespace {

constexpr uint32_t kSockOpsProgram = 13;  // BPF_PROG_TYPE_SOCK_OPS
constexpr uint32_t kSockOpsType = 3;      // BPF_CGROUP_SOCK_OPS

}  // namespace

NetworkHook sock_ops_hook() {
  NetworkHook hook;
  hook.name = "sock_ops";
  hook.summary = "events of TCP connections in a cgroup";
  hook.program_type = kSockOpsProgram;
  hook.attach_type = kSockOpsType;
  hook.verdict = Verdict::kOne;
  hook.unit = Unit::kConnection;
  hook.runs_per_unit = 0;
  hook.runs_per_answer = 0;
  hook.in_cgroup = true;
  hook.attach = attach_to_cgroup<kSockOpsType>;
  return hook;
}

}  // namespace bpftax::bench::network
