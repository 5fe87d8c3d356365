/* SPDX-License-Identifier: MIT OR GPL-2.0-only */
/* Storage that belongs to a task, a cgroup or a socket, in loops inside BPF. The loop runs on one element,
 * that of its owner, as a program does that handles an event of this owner. */
#include "bench/maps/loop.bpf.h"

#define BPFTAX_MAP_TYPE_CGRP_STORAGE 32 /* since Linux 6.2 */

/* As the kernel names them in its BTF; CO-RE finds the fields. */
struct cgroup {
  int level;
} __attribute__((preserve_access_index));
struct css_set {
  struct cgroup* dfl_cgrp;
} __attribute__((preserve_access_index));
struct task_struct {
  struct css_set* cgroups;
} __attribute__((preserve_access_index));

struct {
  __uint(type, BPF_MAP_TYPE_TASK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, __u64);
} task_elements SEC(".maps");

struct {
  __uint(type, BPFTAX_MAP_TYPE_CGRP_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, __u64);
} cgrp_elements SEC(".maps");

struct {
  __uint(type, BPF_MAP_TYPE_SK_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, __u64);
} sk_elements SEC(".maps");

/* Only LSM programs have helpers for it, and BPF_PROG_TEST_RUN does not run these: for user space only. */
struct {
  __uint(type, BPF_MAP_TYPE_INODE_STORAGE);
  __uint(map_flags, BPF_F_NO_PREALLOC);
  __type(key, int);
  __type(value, __u64);
} inode_elements SEC(".maps");

/* The bodies of one kind; OWNER: an expression with the trusted pointer. */
#define STORAGE_BODIES(kind, elements, OWNER, get, put)                             \
  LOOP_BODY(kind##_owner) {                                                         \
    next_element(loop, state);                                                      \
    found(state, (OWNER) != 0);                                                     \
  }                                                                                 \
  LOOP_BODY(kind##_lookup) {                                                        \
    __u64* value;                                                                   \
                                                                                    \
    next_element(loop, state);                                                      \
    value = get(&elements, (OWNER), NULL, 0);                                       \
    if (value) found(state, *value);                                                \
  }                                                                                 \
  LOOP_BODY(kind##_miss) {                                                          \
    next_element(loop, state);                                                      \
    if (!get(&elements, (OWNER), NULL, 0)) found(state, 0);                         \
  }                                                                                 \
  LOOP_BODY(kind##_update) {                                                        \
    __u64* value;                                                                   \
                                                                                    \
    next_element(loop, state);                                                      \
    value = get(&elements, (OWNER), NULL, 0);                                       \
    if (!value) return;                                                             \
    *value = *(__u64*)loop->element;                                                \
    found(state, 0);                                                                \
  }                                                                                 \
  LOOP_BODY(kind##_insert_delete) {                                                 \
    __u64* value;                                                                   \
                                                                                    \
    next_element(loop, state);                                                      \
    value = get(&elements, (OWNER), loop->element, BPF_LOCAL_STORAGE_GET_F_CREATE); \
    if (value && !put(&elements, (OWNER))) found(state, 0);                         \
  }

STORAGE_BODIES(task, task_elements, bpf_get_current_task_btf(), bpf_task_storage_get, bpf_task_storage_delete)
LOOP_PROGRAM(task_owner)
LOOP_PROGRAM(task_lookup)
LOOP_PROGRAM(task_miss)
LOOP_PROGRAM(task_update)
LOOP_PROGRAM(task_insert_delete)

/* Looked up once, as a program does: the verifier follows the pointers at length, each time again. */
#define CGROUP_PROGRAM(name)                                                       \
  LOOP_STEP(name)                                                                  \
  SEC("raw_tp")                                                                    \
  int name(struct bpf_raw_tracepoint_args* ctx) {                                  \
    struct LoopControl* control = &controls[ctx->args[0] & (kMaxLoopThreads - 1)]; \
    struct Loop loop;                                                              \
                                                                                   \
    begin_loop(&loop, control);                                                    \
    loop.owner = bpf_get_current_task_btf()->cgroups->dfl_cgrp;                    \
    RUN_LOOP(control, loop, name##_step, kOperationsPerStep);                      \
    return 0;                                                                      \
  }

STORAGE_BODIES(cgrp, cgrp_elements, (struct cgroup*)loop->owner, bpf_cgrp_storage_get,
               bpf_cgrp_storage_delete)
CGROUP_PROGRAM(cgrp_owner)
CGROUP_PROGRAM(cgrp_lookup)
CGROUP_PROGRAM(cgrp_miss)
CGROUP_PROGRAM(cgrp_update)
CGROUP_PROGRAM(cgrp_insert_delete)

/* Socket storage is for programs that have a socket: a packet's, here that of the packet which
 * BPF_PROG_TEST_RUN makes. That socket and its element end with the run, so the program puts the element
 * there and looks itself at what it left. */
__u64 left_value; /* in the element after the loop; 0: there is none */

STORAGE_BODIES(sk, sk_elements, (struct bpf_sock*)loop->owner, bpf_sk_storage_get, bpf_sk_storage_delete)

#define SOCKET_PROGRAM(name, prefilled)                                                                    \
  LOOP_STEP(name)                                                                                          \
  SEC("tc")                                                                                                \
  int name(struct __sk_buff* skb) {                                                                        \
    struct LoopControl* control = &controls[0];                                                            \
    struct bpf_sock* sk = skb->sk;                                                                         \
    __u64 first = first_value(0);                                                                          \
    struct Loop loop;                                                                                      \
    __u64* value;                                                                                          \
                                                                                                           \
    if (!sk) return 1;                                                                                     \
    sk = bpf_sk_fullsock(sk);                                                                              \
    if (!sk) return 2;                                                                                     \
    begin_loop(&loop, control);                                                                            \
    if (prefilled && !bpf_sk_storage_get(&sk_elements, sk, &first, BPF_SK_STORAGE_GET_F_CREATE)) return 3; \
    loop.owner = sk;                                                                                       \
    RUN_LOOP(control, loop, name##_step, kOperationsPerStep);                                              \
    value = bpf_sk_storage_get(&sk_elements, sk, NULL, 0);                                                 \
    left_value = value ? *value : 0;                                                                       \
    return 0;                                                                                              \
  }

SOCKET_PROGRAM(sk_owner, 1)
SOCKET_PROGRAM(sk_lookup, 1)
SOCKET_PROGRAM(sk_miss, 0)
SOCKET_PROGRAM(sk_update, 1)
SOCKET_PROGRAM(sk_insert_delete, 0)

char LICENSE[] SEC("license") = "Dual MIT/GPL";
