/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* What makes hooks in the kernel fire in a tight loop: a program that calls a kernel function n times,
 * between two readings of the clock. User space runs it by BPF_PROG_TEST_RUN, so that no system call is in
 * the loop. The idea of calling a function that can be traced from within BPF is that of the kernel's
 * selftests bench. */
#include "probes/kernel_types.h"

#include <bpf/bpf_helpers.h>

/* Linux 6.10: passes the tracepoint bpf_trigger_tp, can be traced in all ways and changed by fmod_ret. */
extern int bpf_modify_return_test_tp(int nonce) __ksym __weak;

/* Of the last run. */
__u64 executed = 0;
__u64 elapsed_ns = 0;

struct Progress {
  __u64 calls;
};

static long call_kfunc(__u32 index, struct Progress* progress) {
  bpf_modify_return_test_tp((int)index);
  progress->calls++;
  return 0;
}

static long call_helper(__u32 index, struct Progress* progress) {
  bpf_get_numa_node_id();
  progress->calls++;
  return 0;
}

/* The argument of the run: how many calls. */
SEC("raw_tp")
int drive_kfunc(__u64* ctx) {
  struct Progress progress = {};
  __u64 begin_ns = bpf_ktime_get_ns();

  bpf_loop((__u32)ctx[0], call_kfunc, &progress, 0);
  elapsed_ns = bpf_ktime_get_ns() - begin_ns;
  executed = progress.calls;
  return 0;
}

SEC("raw_tp")
int drive_helper(__u64* ctx) {
  struct Progress progress = {};
  __u64 begin_ns = bpf_ktime_get_ns();

  bpf_loop((__u32)ctx[0], call_helper, &progress, 0);
  elapsed_ns = bpf_ktime_get_ns() - begin_ns;
  executed = progress.calls;
  return 0;
}

char LICENSE[] SEC("license") = "Dual MIT/GPL";
