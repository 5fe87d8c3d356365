// connect() to an IPv4 address by a process of a cgroup.
#include "bench/network/network_hook.h"

namespace bpftax::bench::network {
namespace {

constexpr uint32_t kSockAddrProgram = 18;  // BPF_PROG_TYPE_CGROUP_SOCK_ADDR
constexpr uint32_t kConnect4Type = 10;     // BPF_CGROUP_INET4_CONNECT

}  // namespace

NetworkHook cgroup_connect4_hook() {
  NetworkHook hook;
  hook.name = "cgroup_connect4";
  hook.summary = "connect() in a cgroup";
  hook.program_type = kSockAddrProgram;
  hook.attach_type = kConnect4Type;
  hook.verdict = Verdict::kOne;
  hook.unit = Unit::kConnect;
  hook.runs_per_answer = 0;
  hook.in_cgroup = true;
  hook.attach = attach_to_cgroup<kConnect4Type>;
  return hook;
}

}  // namespace bpftax::bench::network
