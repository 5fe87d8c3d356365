// XDP on the near end of the veth pair. Native: the driver runs it before it makes an skb; veth then moves
// packets to NAPI, and copies those whose memory XDP cannot use, which is all of the stack's: that is part of
// the price. Generic: the stack runs it on the skb.
#include "bench/network/network_hook.h"

namespace bpftax::bench::network {
namespace {

constexpr uint32_t kXdpProgram = 6, kXdpAttach = 37;                     // BPF_PROG_TYPE_XDP, BPF_XDP
constexpr uint32_t kXdpGenericMode = 1u << 1, kXdpNativeMode = 1u << 2;  // XDP_FLAGS_SKB_MODE, _DRV_MODE

template <uint32_t kMode>
Result<AttachedPtr> attach_xdp(const Site& site, Attached*, int program_fd, int) {
  return attach_link(program_fd, site.pair.near_interface(), kXdpAttach, kMode);
}

NetworkHook xdp_hook(const char* name, const char* summary) {
  NetworkHook hook;
  hook.name = name;
  hook.summary = summary;
  hook.program_type = kXdpProgram;
  hook.attach_type = kXdpAttach;
  hook.verdict = Verdict::kTwo;
  hook.attached_when_hot = true;  // XDP programs are called through a dispatcher that is patched (Linux 5.6)
  return hook;
}

}  // namespace

NetworkHook xdp_native_hook() {
  NetworkHook hook = xdp_hook("xdp_native", "XDP in the driver, on veth");
  hook.attach = attach_xdp<kXdpNativeMode>;
  return hook;
}

NetworkHook xdp_generic_hook() {
  NetworkHook hook = xdp_hook("xdp_generic", "XDP in the stack, on veth");
  hook.attach = attach_xdp<kXdpGenericMode>;
  return hook;
}

}  // namespace bpftax::bench::network
