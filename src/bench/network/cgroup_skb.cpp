// Packets of the sockets of a cgroup. Both ends of our traffic are in it: of a transaction's two packets,
// both are sent and both are received by it.
#include "bench/network/network_hook.h"

namespace bpftax::bench::network {
namespace {

constexpr uint32_t kCgroupSkbProgram = 8;                    // BPF_PROG_TYPE_CGROUP_SKB
constexpr uint32_t kSkbIngressType = 0, kSkbEgressType = 1;  // BPF_CGROUP_INET_INGRESS, _EGRESS

NetworkHook cgroup_skb_hook(const char* name, const char* summary, uint32_t attach_type) {
  NetworkHook hook;
  hook.name = name;
  hook.summary = summary;
  hook.program_type = kCgroupSkbProgram;
  hook.attach_type = attach_type;
  hook.verdict = Verdict::kOne;
  hook.runs_per_answer = 2;
  hook.in_cgroup = true;
  return hook;
}

}  // namespace

NetworkHook cgroup_skb_ingress_hook() {
  NetworkHook hook =
      cgroup_skb_hook("cgroup_skb_ingress", "packets that a cgroup's sockets get", kSkbIngressType);
  hook.attach = attach_to_cgroup<kSkbIngressType>;
  return hook;
}

NetworkHook cgroup_skb_egress_hook() {
  NetworkHook hook =
      cgroup_skb_hook("cgroup_skb_egress", "packets that a cgroup's sockets send", kSkbEgressType);
  hook.attach = attach_to_cgroup<kSkbEgressType>;
  hook.from = Side::kNear;
  return hook;
}

}  // namespace bpftax::bench::network
