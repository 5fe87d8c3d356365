#include "bench/guide/purposes.h"

namespace bpftax::bench {
namespace {

// ---- maps. Threads: the most that were measured, where the number was varied.

constexpr MixPart kWrittenOften[] = {{1000, "update", "program", "threads=max"}, {1, "lookup", "user", ""}};
constexpr MixPart kReadOften[] = {{1, "update", "program", "threads=max"}, {10, "lookup", "user", ""}};
constexpr MixPart kConfigured[] = {{1000, "lookup", "program", "threads=max"}, {1, "update", "user", ""}};
constexpr MixPart kComesAndGoes[] = {
    {1, "insert", "program", ""}, {2, "lookup", "program", ""}, {1, "delete", "program", ""}};
constexpr MixPart kLookupOnly[] = {{1, "lookup", "program", "threads=max"}};

constexpr PurposeCandidate kByIndex[] = {
    {"array", "writers on several CPUs need atomic additions"},
    {"percpu_array", "read as one value for each possible CPU; keys are numbers from 0"}};
constexpr PurposeCandidate kByKey[] = {
    {"hash", "full is full: later keys are refused"},
    {"percpu_hash", "read as one value for each possible CPU"},
    {"lru_hash", "full: keys that were not used for long go"},
    {"lru_percpu_hash", "full: keys that were not used for long go; one value for each possible CPU"}};
constexpr PurposeCandidate kSettings[] = {{"array", "keys are numbers from 0"},
                                          {"hash", "any key"},
                                          {"hash_of_maps", "whole maps are exchanged at once"},
                                          {"array_of_maps", "whole maps are exchanged at once"}};
constexpr PurposeCandidate kSessions[] = {{"hash", "full is full: later keys are refused"},
                                          {"lru_hash", "full: keys that were not used for long go"},
                                          {"percpu_hash", "each CPU sees its own value only"}};
constexpr PurposeCandidate kOfAnObject[] = {{"hash", "must be told when the object goes"},
                                            {"lru_hash", "forgets by itself, but not when the object goes"},
                                            {"task_storage", "tasks only; goes with the task"},
                                            {"sk_storage", "sockets only; goes with the socket"},
                                            {"cgrp_storage", "cgroups only; goes with the cgroup"},
                                            {"inode_storage", "inodes only; goes with the inode"}};

// ---- hooks

// Functions and tracepoints in a loop of their own, packets in traffic: where each is at home.
constexpr MixPart kCountedCall[] = {{1, "count", "", "place=hot"}};
constexpr MixPart kCountedPacket[] = {{1, "count", "", "place=in-place"}};
constexpr MixPart kEmptyPacket[] = {{1, "empty", "", "place=in-place"}};

constexpr PurposeCandidate kTracepoints[] = {{"tracepoint", "stable fields, by name"},
                                             {"raw_tp", "raw arguments, without types"},
                                             {"tp_btf", "needs the kernel's BTF"}};
constexpr PurposeCandidate kFunctions[] = {{"kprobe", "any address"},
                                           {"kprobe.multi", "many functions by one link; Linux 5.18"},
                                           {"fentry", "needs the kernel's BTF and ftrace"}};
constexpr PurposeCandidate kReturns[] = {
    {"kretprobe", "may miss calls when too many run at once"},
    {"kretprobe.multi", "many functions by one link; Linux 5.18"},
    {"fexit", "arguments and result together; needs the kernel's BTF and ftrace"}};
constexpr PurposeCandidate kUserFunctions[] = {{"uprobe", "any instruction of a file"},
                                               {"uprobe.multi", "many places by one link; Linux 6.6"},
                                               {"usdt", "only where the program's author put one"}};
constexpr PurposeCandidate kPackets[] = {{"xdp_native", "the driver must have it; bytes only"},
                                         {"xdp_generic", "any interface"},
                                         {"tc_clsact_ingress", "any interface"},
                                         {"tcx_ingress", "any interface; Linux 6.6"},
                                         {"cgroup_skb_ingress", "sockets of a cgroup only"},
                                         {"socket_filter", "one socket; sees, and drops for it alone"},
                                         {"netfilter", "any interface; Linux 6.4"}};

// ---- submission

constexpr MixPart kRecord[] = {{1, "", "program", ""}};  // op and wake-up: each candidate's own

constexpr PurposeCandidate kBuffers[] = {
    {"ringbuf", "one buffer for all CPUs", "wakeup=adaptive", "reserve"},
    {"ringbuf", "one buffer for all CPUs", "wakeup=adaptive", "output"},
    {"perf_event_array", "a buffer for each CPU; no order between CPUs", "wakeup=1", "output"},
    {"perf_event_array", "a buffer for each CPU; no order between CPUs; records wait", "wakeup=64",
     "output"}};
constexpr PurposeCandidate kStreams[] = {
    {"ringbuf", "wakes where the consumer sleeps", "wakeup=adaptive", "stream_reserve"},
    {"ringbuf", "the consumer must look by itself: records wait", "wakeup=none", "stream_reserve"},
    {"ringbuf", "wakes for each record: least waiting", "wakeup=force", "stream_reserve"},
    {"perf_event_array", "a buffer for each CPU; wakes for each record", "wakeup=1", "stream_output"},
    {"perf_event_array", "a buffer for each CPU; records wait", "wakeup=64", "stream_output"}};

constexpr Purpose kPurposes[] = {
    {"counters-by-index", "maps", "Counters by a small number, written often, read seldom",
     "Per-CPU values are written without a lock and without a cache line that others write; the price is "
     "paid by the "
     "reader, who gets a value for every possible CPU.",
     kWrittenOften, kByIndex},
    {"counters-by-key", "maps", "Counters by a key (flow, process, cgroup), written often, read seldom",
     "A hash locks the bucket to update; per-CPU values spare the fight for the value; LRU lists cost "
     "something at "
     "each new key and save from running full.",
     kWrittenOften, kByKey},
    {"counters-read-often", "maps", "Counters by a key that user space reads more often than programs write",
     "Reading a per-CPU type copies the value of every possible CPU.", kReadOften, kByKey},
    {"settings", "maps", "Settings that user space writes and programs read",
     "Lookups take no lock in any of these; an array's is an address, a hash's a walk, a map in a map two "
     "lookups.",
     kConfigured, kSettings},
    {"sessions", "maps", "State that comes and goes (connections, requests under way)",
     "Insert and delete lock a bucket and move an element between it and the free list, which is kept for "
     "each CPU.",
     kComesAndGoes, kSessions},
    {"state-of-an-object", "maps", "State of a task, socket, cgroup or inode",
     "Storage hangs on the object: no hashing, no size to choose, and it goes with the object.", kLookupOnly,
     kOfAnObject},
    {"see-a-tracepoint", "hooks", "Something that has a tracepoint",
     "A tracepoint copies its fields into a record before the program runs; raw ones do not.", kCountedCall,
     kTracepoints},
    {"see-a-function", "hooks", "Calls of a kernel function",
     "A trampoline calls the program directly; kprobes save all registers, by way of ftrace or of a "
     "breakpoint.",
     kCountedCall, kFunctions},
    {"see-a-return", "hooks", "Returns of a kernel function",
     "fexit is part of the same trampoline; return probes replace the return address of each call.",
     kCountedCall, kReturns},
    {"see-a-user-function", "hooks", "Calls of a function in user space",
     "Each is an exception and back, unless the kernel can put a jump in the place of the instruction.",
     kCountedCall, kUserFunctions},
    {"packets-in", "hooks", "Packets that come in: count them",
     "The earlier the hook, the less has been done for the packet; what a program may look at grows on the "
     "way up.",
     kCountedPacket, kPackets},
    {"packets-seen", "hooks", "Packets that come in: the hook alone, without work of the program",
     "What is left when the program does nothing is the way to it and back.", kEmptyPacket, kPackets},
    {"a-record", "submit", "Records to user space: cost in the program that makes them",
     "reserve writes in place, output copies; the ring buffer has one lock for all CPUs, perf has a buffer "
     "for each.",
     kRecord, kBuffers, "one record, nobody reading meanwhile"},
    {"a-stream", "submit", "Records to user space with a consumer that works beside it",
     "Wake-ups are the dearest part: adaptive ones only when the consumer sleeps, forced ones always, none "
     "at all "
     "leaves records waiting until it looks.",
     kRecord, kStreams, "one record of a stream", "lost"},
};

}  // namespace

std::span<const Purpose> purposes() {
  return kPurposes;
}

}  // namespace bpftax::bench
