// Which BPF hooks and services this kernel really offers, found by using them: a program is loaded, attached
// to a harmless target and removed again. Nothing stays. Needs root or CAP_BPF, CAP_PERFMON, CAP_NET_ADMIN.
#pragma once

#include <string>
#include <vector>

namespace bpftax {

struct BpfFeature {
  std::string name;  // "tracepoint", "raw_tp", "tp_btf", "fentry", "kprobe", "ringbuf", "runtime_stats", ...
  bool available = false;
  std::string reason;  // when not available: the step that failed and errno's text
};

// All features, in a fixed order. Never fails as a whole: without privilege each entry says so.
std::vector<BpfFeature> probe_bpf_features();

}  // namespace bpftax
