// Hooks of a network namespace: the choice of the socket for a packet (Linux 5.9), the flow dissector (5.7 by
// links), netfilter (6.4).
#include "bench/network/network_hook.h"

namespace bpftax::bench::network {
namespace {

constexpr uint32_t kSkLookupProgram = 30, kSkLookupType = 36;    // BPF_PROG_TYPE_SK_LOOKUP, BPF_SK_LOOKUP
constexpr uint32_t kDissectorProgram = 22, kDissectorType = 17;  // BPF_PROG_TYPE_FLOW_DISSECTOR
constexpr uint32_t kNetfilterProgram = 32, kNetfilterType = 45;  // BPF_PROG_TYPE_NETFILTER
constexpr uint32_t kIpv4Family = 2, kLocalIn = 1;                // NFPROTO_IPV4, NF_INET_LOCAL_IN
constexpr int kFirstPriority = 100;

Result<AttachedPtr> attach_netfilter(const Site&, Attached*, int program_fd, int position) {
  // pf, hooknum, priority, flags. The namespace is the caller's.
  const LinkExtra extra{{kIpv4Family, kLocalIn, static_cast<uint32_t>(kFirstPriority + position), 0}};
  return attach_link(program_fd, 0, kNetfilterType, 0, extra);
}

}  // namespace

NetworkHook sk_lookup_hook() {
  NetworkHook hook;
  hook.name = "sk_lookup";
  hook.summary = "choice of the socket for a packet";
  hook.program_type = kSkLookupProgram;
  hook.attach_type = kSkLookupType;
  hook.verdict = Verdict::kOne;
  hook.attach = attach_to_namespace<kSkLookupType>;
  return hook;
}

NetworkHook flow_dissector_hook() {
  NetworkHook hook;
  hook.name = "flow_dissector";
  hook.summary = "taking the flow keys out of a packet";
  hook.program_type = kDissectorProgram;
  hook.attach_type = kDissectorType;
  hook.verdict = Verdict::kZero;
  hook.not_in_place = "nothing between two ends of a veth pair asks the flow dissector; see --place hot";
  return hook;
}

NetworkHook netfilter_hook() {
  NetworkHook hook;
  hook.name = "netfilter";
  hook.summary = "netfilter (LOCAL_IN) program by a link";
  hook.program_type = kNetfilterProgram;
  hook.attach_type = kNetfilterType;
  hook.verdict = Verdict::kOne;
  hook.attach = attach_netfilter;
  return hook;
}

}  // namespace bpftax::bench::network
