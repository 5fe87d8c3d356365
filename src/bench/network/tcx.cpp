// Classifiers without a qdisc, by BPF links (Linux 6.6), one behind the other.
#include "bench/network/network_hook.h"

namespace bpftax::bench::network {
namespace {

constexpr uint32_t kTcxProgram = 3;                            // BPF_PROG_TYPE_SCHED_CLS
constexpr uint32_t kTcxIngressType = 46, kTcxEgressType = 47;  // BPF_TCX_INGRESS, BPF_TCX_EGRESS

NetworkHook tcx_hook(const char* name, const char* summary, uint32_t attach_type) {
  NetworkHook hook;
  hook.name = name;
  hook.summary = summary;
  hook.program_type = kTcxProgram;
  hook.attach_type = attach_type;
  hook.loads_for_type = false;
  hook.verdict = Verdict::kNext;
  return hook;
}

}  // namespace

NetworkHook tcx_ingress_hook() {
  NetworkHook hook = tcx_hook("tcx_ingress", "tcx link for packets that come in", kTcxIngressType);
  hook.attach = attach_to_interface<kTcxIngressType>;
  return hook;
}

NetworkHook tcx_egress_hook() {
  NetworkHook hook = tcx_hook("tcx_egress", "tcx link for packets that go out", kTcxEgressType);
  hook.attach = attach_to_interface<kTcxEgressType>;
  hook.from = Side::kNear;
  return hook;
}

}  // namespace bpftax::bench::network
