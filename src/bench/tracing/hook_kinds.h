// The tracing hooks: one function a kind of hook, which puts together what it needs on this kernel.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "bench/benchmark.h"
#include "bench/tracing/hook.h"
#include "util/result.h"

namespace bpftax::bench {

// Where the hook fires.
enum class Place {
  kHot,      // in a loop that does as little else as can be
  kInPlace,  // in the middle of some real work, with the caches and branches as that leaves them
};

struct HookWish {
  std::string name;  // of the kind
  Place place = Place::kHot;
  std::string instruction;  // under a uprobe: "nop", "nop5", "other"; "": not asked
};

struct HookKind {
  const char* name;
  const char* summary;
  // What cannot be had is an Error with its reason (kEnvironment). Called in the process that measures.
  Result<std::unique_ptr<Hook>> (*make)(const HookWish& wish);
  const char* only_one = nullptr;      // why it takes one program, where it does
  const char* not_in_place = nullptr;  // why there is nothing to measure in place, where that is so
  bool instructions = false;           // has variants by the instruction under it
};

const std::vector<HookKind>& hook_kinds();  // in the order of tables
const HookKind* find_hook_kind(const std::string& name);

Result<std::unique_ptr<Hook>> make_tracepoint(const HookWish& wish);  // tracepoint, raw_tp, tp_btf
Result<std::unique_ptr<Hook>> make_trampoline(const HookWish& wish);  // fentry, fexit, fmod_ret
Result<std::unique_ptr<Hook>> make_lsm(const HookWish& wish);
Result<std::unique_ptr<Hook>> make_kprobe(const HookWish& wish);  // kprobe, kretprobe and their .multi
Result<std::unique_ptr<Hook>> make_uprobe(const HookWish& wish);  // uprobe, uretprobe and their .multi
Result<std::unique_ptr<Hook>> make_usdt(const HookWish& wish);
Result<std::unique_ptr<Hook>> make_perf_event(const HookWish& wish);
Result<std::unique_ptr<Hook>> make_iterator(const HookWish& wish);
Result<std::unique_ptr<Hook>> make_struct_ops(const HookWish& wish);

}  // namespace bpftax::bench
