#include "bench/tracing/hook_kinds.h"

#include <algorithm>

namespace bpftax::bench {

const std::vector<HookKind>& hook_kinds() {
  static const std::vector<HookKind> kKinds = {
      {"tracepoint", "a tracepoint's perf event (what bpf_program__attach_tracepoint makes)",
       make_tracepoint},
      {"raw_tp", "a raw tracepoint", make_tracepoint},
      {"tp_btf", "a raw tracepoint with typed arguments", make_tracepoint},
      {"kprobe", "a kprobe at the entry of a kernel function", make_kprobe},
      {"kretprobe", "a kretprobe at its return", make_kprobe},
      {"kprobe.multi", "kprobes by one link (fprobe)", make_kprobe},
      {"kretprobe.multi", "return probes by one link (fprobe)", make_kprobe},
      {"fentry", "a trampoline at the entry of a kernel function", make_trampoline},
      {"fexit", "a trampoline around a kernel function, at its return", make_trampoline},
      {"fmod_ret", "a trampoline that may replace a kernel function", make_trampoline},
      {"uprobe", "a uprobe on a function of ours", make_uprobe, nullptr, nullptr, true},
      {"uretprobe", "a uprobe at the return of a function of ours", make_uprobe},
      {"uprobe.multi", "uprobes by one link", make_uprobe, nullptr, nullptr, true},
      {"uretprobe.multi", "return uprobes by one link", make_uprobe},
      {"usdt", "a static probe of ours (USDT)", make_usdt},
      {"perf_event", "a perf event: each page fault in the hot loop, the CPU clock in place",
       make_perf_event},
      {"lsm", "a security hook (BPF LSM)", make_lsm},
      {"struct_ops", "a call of a TCP congestion control in BPF", make_struct_ops,
       "struct_ops is one table of functions: another program takes the place of the first",
       "the call is measured in the hot loop only: a program that steers TCP changes what the traffic does"},
      {"iter", "an iterator over the elements of an array", make_iterator, "an iterator has one program",
       "an iterator runs when it is read and at no other time: the hot loop is its place"},
  };
  return kKinds;
}

const HookKind* find_hook_kind(const std::string& name) {
  const auto& kinds = hook_kinds();
  const auto found =
      std::find_if(kinds.begin(), kinds.end(), [&](const HookKind& kind) { return kind.name == name; });
  return found == kinds.end() ? nullptr : &*found;
}

}  // namespace bpftax::bench
