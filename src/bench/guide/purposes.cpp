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
constexpr MixPart kPrefixOnly[] = {{1, "lookup", "program", ""}};
constexpr MixPart kMissOnly[] = {{1, "", "program", ""}};  // op: each candidate's own
constexpr MixPart kHandedOn[] = {{1, "push", "program", "threads=max"}, {1, "pop", "program", "threads=max"}};
constexpr MixPart kHandedOver[] = {{1, "push", "program", ""}, {1, "pop", "user", ""}};

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

constexpr PurposeCandidate kPrefixes[] = {
    {"lpm_trie", "the longest prefix that fits, of any length; one lock for all updates"},
    {"hash",
     "asked once for each length that occurs, here 8; the program tries the longest first",
     {},
     {},
     8}};
constexpr PurposeCandidate kMembers[] = {
    {"bloom_filter", "says yes to some that are not in it; nothing can be taken out", {}, "peek_miss"},
    {"hash", "holds the keys; full is full", {}, "lookup_miss"},
    {"lru_hash", "full: keys that were not used for long go", {}, "lookup_miss"}};
constexpr PurposeCandidate kWork[] = {{"queue", "first in, first out"}, {"stack", "last in, first out"}};
constexpr PurposeCandidate kTaken[] = {
    {"queue", "taken by a system call each"},
    {"stack", "taken by a system call each; the last one first"},
    {"ringbuf", "taken from mapped memory by one reader; records of any size"}};

// ---- hooks

// Functions and tracepoints in a loop of their own, packets in traffic: where each is at home.
constexpr MixPart kCountedCall[] = {{1, "count", "", "place=hot"}};
constexpr MixPart kCountedPacket[] = {{1, "count", "", "place=in-place"}};
constexpr MixPart kCountedInPlace[] = {{1, "count", "", "place=in-place"}};
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
constexpr PurposeCandidate kUserReturns[] = {{"uretprobe", "any function of a file"},
                                             {"uretprobe.multi", "many functions by one link; Linux 6.6"}};
constexpr PurposeCandidate kTime[] = {
    {"perf_event", "at regular times: finds what runs long, says nothing of waiting"},
    {"raw_tp", "each switch of tasks: time on and off the CPU, to the ns; raw arguments"},
    {"tp_btf", "the same with types; needs the kernel's BTF"},
    {"tracepoint", "the same with stable fields, by name"}};
constexpr PurposeCandidate kDecisions[] = {
    {"lsm", "where the kernel asks its security modules; bpf must be one of them"},
    {"fmod_ret", "security hooks, and functions that allow errors to be injected"}};
constexpr PurposeCandidate kConnections[] = {
    {"sock_ops", "TCP only; sees states and sets options, refuses nothing"},
    {"cgroup_connect4", "connect() to IPv4; can refuse it and send it elsewhere"},
    {"cgroup_sock", "a new socket; can refuse it, knows no address yet"}};
constexpr PurposeCandidate kMessages[] = {{"sk_msg", "what send() is given, before TCP makes segments of it"},
                                          {"sk_skb", "what TCP has received and put in order"}};
constexpr PurposeCandidate kChoices[] = {{"sk_lookup", "not asked for packets of a connection; Linux 5.9"},
                                         {"tc_clsact_ingress", "each packet, by bpf_sk_assign()"},
                                         {"tcx_ingress", "each packet, by bpf_sk_assign(); Linux 6.6"}};
constexpr PurposeCandidate kPacketsOut[] = {{"tc_clsact_egress", "any interface"},
                                            {"tcx_egress", "any interface; Linux 6.6"},
                                            {"cgroup_skb_egress", "sockets of a cgroup only"}};
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

// Several producers are measured with each path's first wake-up policy. Where they take all CPUs, the
// consumer shares one.
constexpr MixPart kTogether[] = {{1, "", "program", "producers=max"}};
constexpr MixPart kStreamsTogether[] = {{1, "", "program", "producers=max,consumer=any"}};
constexpr MixPart kCommand[] = {{1, "submit", "user", ""}, {1, "drain", "program", ""}};

constexpr PurposeCandidate kShared[] = {
    {"ringbuf", "one buffer: a burst of one CPU finds room", "wakeup=adaptive", "reserve"},
    {"ringbuf", "one buffer: a burst of one CPU finds room", "wakeup=adaptive", "output"},
    {"perf_event_array", "a buffer for each CPU; no order between CPUs", "wakeup=1", "output"}};
constexpr PurposeCandidate kSharedStreams[] = {
    {"ringbuf", "one buffer: a burst of one CPU finds room", "wakeup=adaptive", "stream_reserve"},
    {"ringbuf", "one buffer: a burst of one CPU finds room", "wakeup=adaptive", "stream_output"},
    {"perf_event_array", "a buffer for each CPU; no order between CPUs", "wakeup=1", "stream_output"}};
constexpr PurposeCandidate kCommands[] = {
    {"user_ringbuf", "wakes a user space that waits for room where it waits", "wakeup=adaptive"},
    {"user_ringbuf", "user space must look for room by itself", "wakeup=none"},
    {"user_ringbuf", "wakes user space after each drain", "wakeup=force"}};

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
    {"prefix-lookup", "maps", "Which prefix (network, range of ports) does this belong to",
     "A trie is walked node by node, with a cache miss at each at worst. A hash is one walk of a bucket, but "
     "knows "
     "whole keys only: it is asked for each prefix length that occurs.",
     kPrefixOnly, kPrefixes, "one address looked up"},
    {"membership", "maps", "Was this seen before: mostly not",
     "A filter tests a few bits and stops at the first that is not set, without a key to compare; a hash "
     "walks the "
     "bucket to its end.",
     kMissOnly, kMembers, "one that is not there looked up in the program"},
    {"work-for-programs", "maps", "Work that one program leaves for another one",
     "Neither has keys to hash: elements are copied in and out under one spin lock for all CPUs.", kHandedOn,
     kWork},
    {"work-for-user-space", "maps", "Elements that programs leave and user space takes one by one",
     "A queue's element costs a system call that copies it; a ring buffer is mapped, and its reader only "
     "moves a "
     "position.",
     kHandedOver, kTaken},
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
    {"see-a-user-return", "hooks", "Returns of a function in user space",
     "The return address is replaced at each entry: one exception there, and a second one (a system call on "
     "x86-64 "
     "since Linux 6.11) at the return.",
     kCountedCall, kUserReturns},
    {"where-time-goes", "hooks", "What the CPUs do with their time",
     "A sample is an interrupt: dear, and as rare as one likes. A switch of tasks is a call: cheap, and as "
     "frequent "
     "as the work makes it.",
     kCountedInPlace, kTime, "one sample, or one switch of tasks, with a count"},
    {"decide", "hooks", "Decisions: allow or refuse what a task does",
     "Both are trampolines that take the program's answer: an LSM program where security modules are asked "
     "anyway, "
     "fmod_ret in front of the function itself.",
     kCountedCall, kDecisions},
    {"connections", "hooks", "Sockets and connections: see or refuse them as they are made",
     "A cgroup's programs are an array that is walked at each event. sock_ops is called several times for "
     "one "
     "connection, the others once.",
     kCountedInPlace, kConnections, "one TCP connection, connect() or socket, with a count"},
    {"messages", "hooks", "What TCP carries between sockets: look at it, or steer it",
     "Both take the data through the sockmap's queue in place of TCP's own; sk_msg before segments are made, "
     "sk_skb "
     "when they have been put together.",
     kCountedInPlace, kMessages, "one TCP message with a count"},
    {"choose-a-socket", "hooks", "Choose which socket gets a packet",
     "sk_lookup is asked when no connected socket fits; tc sees every packet, before the stack has looked at "
     "it.",
     kCountedPacket, kChoices},
    {"packets-in", "hooks", "Packets that come in: count them",
     "The earlier the hook, the less has been done for the packet; what a program may look at grows on the "
     "way up.",
     kCountedPacket, kPackets},
    {"packets-seen", "hooks", "Packets that come in: the hook alone, without work of the program",
     "What is left when the program does nothing is the way to it and back.", kEmptyPacket, kPackets},
    {"packets-out", "hooks", "Packets that go out: count them",
     "On the way down a cgroup's program comes first, when the socket is known, and tc's last, before the "
     "driver.",
     kCountedPacket, kPacketsOut},
    {"a-record", "submit", "Records to user space: cost in the program that makes them",
     "reserve writes in place, output copies; the ring buffer has one lock for all CPUs, perf has a buffer "
     "for each.",
     kRecord, kBuffers, "one record, nobody reading meanwhile"},
    {"a-stream", "submit", "Records to user space with a consumer that works beside it",
     "Wake-ups are the dearest part: adaptive ones only when the consumer sleeps, forced ones always, none "
     "at all "
     "leaves records waiting until it looks.",
     kRecord, kStreams, "one record of a stream", "lost"},
    {"records-from-many",
     "submit",
     "Records from several CPUs at once: cost in the programs that make them",
     "Producers of a ring buffer wait for one spin lock, whose cache line goes from CPU to CPU; perf buffers "
     "have "
     "nothing in common.",
     kTogether,
     kShared,
     "one record, all producers at once, nobody reading meanwhile",
     {},
     "producers"},
    {"streams-from-many", "submit", "Records from several CPUs with a consumer that works beside them",
     "The ring buffer's lock is shared, and so is its room: a burst of one CPU runs over later than in a "
     "buffer of "
     "its own.",
     kStreamsTogether, kSharedStreams, "one record of a stream, all producers at once", "lost", "producers"},
    {"commands", "submit", "Commands from user space to a program",
     "A record is written to mapped memory without a system call; the program takes many in one run. What "
     "may be "
     "dear is waking the user space that waits for room.",
     kCommand, kCommands},
};

}  // namespace

std::span<const Purpose> purposes() {
  return kPurposes;
}

}  // namespace bpftax::bench
