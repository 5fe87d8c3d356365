// A BPF program that does nothing, for finding out whether a hook exists and what entering it costs.
#pragma once

#include <string>
#include <utility>

#include "util/fd.h"
#include "util/result.h"

namespace bpftax {

class EmptyProgram {
 public:
  // hook: "tracepoint" (target is "CATEGORY/EVENT"), "raw_tp", "tp_btf" (an event), "kprobe", "kretprobe",
  // "fentry", "fexit", "lsm" (a function). kEnvironment: the kernel lacks something; `what` names the step.
  static Result<EmptyProgram> load(const std::string& hook, const std::string& target);

  // Detached again when the descriptor is closed.
  Result<Fd> attach() const;
  int fd() const { return program_.get(); }

 private:
  EmptyProgram(std::string hook, std::string target, Fd program)
      : hook_(std::move(hook)), target_(std::move(target)), program_(std::move(program)) {}

  std::string hook_, target_;
  Fd program_;
};

// A uprobe or kprobe made by perf_event_open: pmu "kprobe" or "uprobe", config 1 for the return probe. The
// program must be of the type kprobe.
Result<Fd> attach_dynamic_event(const char* pmu, const char* target, uint64_t config, uint64_t offset,
                                const Fd& program);

}  // namespace bpftax
