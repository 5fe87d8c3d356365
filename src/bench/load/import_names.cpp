#include "bench/load/import_names.h"

#include <array>

namespace bpftax::bench {
namespace {

struct KnownBench {
  std::string_view name, benchmark, subject, op, side;
  bool is_floor = false;
  std::string_view instruction = {};  // under a uprobe: our parameter of that name
};

// tools/testing/selftests/bpf/benchs of Linux 5.8 to 6.18. Their programs count each hit; theirs is no empty
// body, and what they count includes what triggers it (a system call, or since Linux 6.10 a loop of calls in
// BPF): the rows whose is_floor is set are what the kernel's own tables put beside them.
//
// A trig- benchmark is our hot loop with one program whose body counts. Of a uprobe, `ret` is an instruction
// that the kernel executes elsewhere, as our `other`; `push`, which it emulates, we do not have. Return
// probes and USDT are on a nop with us: their other variants are operations of their own, as are sleepable
// programs and probes on all functions.
constexpr std::array kKnownBenches = {
    KnownBench{"trig-base", "hooks", "none", "hit", "", true},
    KnownBench{"trig-usermode-count", "hooks", "none", "usermode_count", "", true},
    KnownBench{"trig-kernel-count", "hooks", "none", "kernel_count", "", true},
    KnownBench{"trig-syscall-count", "hooks", "none", "syscall_count", "", true},
    KnownBench{"trig-tp", "hooks", "tracepoint", "count", ""},
    KnownBench{"trig-rawtp", "hooks", "raw_tp", "count", ""},
    KnownBench{"trig-kprobe", "hooks", "kprobe", "count", ""},
    KnownBench{"trig-kretprobe", "hooks", "kretprobe", "count", ""},
    KnownBench{"trig-kprobe-multi", "hooks", "kprobe.multi", "count", ""},
    KnownBench{"trig-kretprobe-multi", "hooks", "kretprobe.multi", "count", ""},
    KnownBench{"trig-kprobe-multi-all", "hooks", "kprobe.multi", "count_all", ""},
    KnownBench{"trig-kretprobe-multi-all", "hooks", "kretprobe.multi", "count_all", ""},
    KnownBench{"trig-fentry", "hooks", "fentry", "count", ""},
    KnownBench{"trig-fexit", "hooks", "fexit", "count", ""},
    KnownBench{"trig-fentry-sleep", "hooks", "fentry", "count_sleepable", ""},
    KnownBench{"trig-fmodret", "hooks", "fmod_ret", "count", ""},
    KnownBench{"trig-uprobe-base", "hooks", "none", "uprobe_base", "", true},
    KnownBench{"trig-uprobe-nop", "hooks", "uprobe", "count", "", false, "nop"},
    KnownBench{"trig-uprobe-push", "hooks", "uprobe", "count", "", false, "push"},
    KnownBench{"trig-uprobe-ret", "hooks", "uprobe", "count", "", false, "other"},
    KnownBench{"trig-uprobe-nop5", "hooks", "uprobe", "count", "", false, "nop5"},
    KnownBench{"trig-uretprobe-nop", "hooks", "uretprobe", "count", ""},
    KnownBench{"trig-uretprobe-push", "hooks", "uretprobe", "count_push", ""},
    KnownBench{"trig-uretprobe-ret", "hooks", "uretprobe", "count_ret", ""},
    KnownBench{"trig-uretprobe-nop5", "hooks", "uretprobe", "count_nop5", ""},
    KnownBench{"trig-uprobe-multi-nop", "hooks", "uprobe.multi", "count", "", false, "nop"},
    KnownBench{"trig-uprobe-multi-push", "hooks", "uprobe.multi", "count", "", false, "push"},
    KnownBench{"trig-uprobe-multi-ret", "hooks", "uprobe.multi", "count", "", false, "other"},
    KnownBench{"trig-uretprobe-multi-nop", "hooks", "uretprobe.multi", "count", ""},
    KnownBench{"trig-uretprobe-multi-push", "hooks", "uretprobe.multi", "count_push", ""},
    KnownBench{"trig-uretprobe-multi-ret", "hooks", "uretprobe.multi", "count_ret", ""},
    KnownBench{"trig-usdt-nop", "hooks", "usdt", "count", ""},
    KnownBench{"trig-usdt-nop5", "hooks", "usdt", "count_nop5", ""},
    KnownBench{"rename-base", "hooks", "none", "rename", "", true},
    KnownBench{"rename-kprobe", "hooks", "kprobe", "rename", ""},
    KnownBench{"rename-kretprobe", "hooks", "kretprobe", "rename", ""},
    KnownBench{"rename-rawtp", "hooks", "raw_tp", "rename", ""},
    KnownBench{"rename-fentry", "hooks", "fentry", "rename", ""},
    KnownBench{"rename-fexit", "hooks", "fexit", "rename", ""},
    KnownBench{"rename-fmodret", "hooks", "fmod_ret", "rename", ""},
    KnownBench{"rb-libbpf", "submit", "ringbuf", "submit", ""},
    KnownBench{"rb-custom", "submit", "ringbuf", "submit_custom", ""},
    KnownBench{"pb-libbpf", "submit", "perf_event_array", "submit", ""},
    KnownBench{"pb-custom", "submit", "perf_event_array", "submit_custom", ""},
    KnownBench{"bloom-lookup", "maps", "bloom_filter", "lookup", "program"},
    KnownBench{"bloom-update", "maps", "bloom_filter", "update", "program"},
    KnownBench{"bloom-false-positive", "maps", "bloom_filter", "false_positive", "program"},
    KnownBench{"hashmap-without-bloom", "maps", "hash", "lookup_without_bloom", "program"},
    KnownBench{"hashmap-with-bloom", "maps", "hash", "lookup_with_bloom", "program"},
    KnownBench{"bpf-hashmap-lookup", "maps", "hash", "lookup", "program"},
    KnownBench{"bpf-hashmap-full-update", "maps", "hash", "update_full", "program"},
    KnownBench{"bpf-hashmap-ful-update", "maps", "hash", "update_full", "program"},
    KnownBench{"htab-mem", "maps", "hash", "memory", "program"},
    KnownBench{"lpm-trie-noop", "maps", "lpm_trie", "noop", "program", true},
    KnownBench{"lpm-trie-baseline", "maps", "lpm_trie", "baseline", "program", true},
    KnownBench{"lpm-trie-lookup", "maps", "lpm_trie", "lookup", "program"},
    KnownBench{"lpm-trie-insert", "maps", "lpm_trie", "insert", "program"},
    KnownBench{"lpm-trie-update", "maps", "lpm_trie", "update", "program"},
    KnownBench{"lpm-trie-delete", "maps", "lpm_trie", "delete", "program"},
    KnownBench{"lpm-trie-free", "maps", "lpm_trie", "free", "program"},
    KnownBench{"local-storage-cache-seq-get", "maps", "task_storage", "get_sequential", "program"},
    KnownBench{"local-storage-cache-int-get", "maps", "task_storage", "get_interleaved", "program"},
    KnownBench{"local-storage-cache-hashmap-control", "maps", "hash", "local_storage_control", "program"},
    KnownBench{"local-storage-create", "maps", "sk_storage", "create", "program"},
    KnownBench{"local-storage-tasks-trace", "maps", "task_storage", "grace_period", "program"},
};

const KnownBench* known_bench(std::string_view name) {
  for (const KnownBench& known : kKnownBenches)
    if (known.name == name) return &known;
  return nullptr;
}

}  // namespace

KernelBenchName kernel_bench_name(std::string_view name) {
  const KnownBench* known = known_bench(name);
  if (known == nullptr) known = known_bench("trig-" + std::string(name));
  if (known == nullptr) return {"kernel_bench", std::string(name), "hit", "", false, Json::object()};
  Json params = Json::object();
  if (known->name.substr(0, 5) == "trig-" && !known->is_floor) params = {{"place", "hot"}, {"programs", 1}};
  if (!known->instruction.empty()) params["instruction"] = std::string(known->instruction);
  return {std::string(known->benchmark),
          std::string(known->subject),
          std::string(known->op),
          std::string(known->side),
          known->is_floor,
          std::move(params)};
}

}  // namespace bpftax::bench
