// How a program of some type can be attached here without changing what the machine does.
//
// What only looks (tracepoints, kprobes, fentry, iterators) is attached where its section says. What handles
// packets is attached to the loopback device of an unnamed network namespace of this process, socket filters
// to a socket of ours. What decides for others (LSM, cgroup, struct_ops, fmod_ret, ...) is not attached at
// all.
#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "util/result.h"

namespace bpftax::bench {

// Attached until detach(), or as long as it lives.
class AttachedProgram {
 public:
  virtual ~AttachedProgram() = default;
  // The kernel's error where it says that nothing was detached: a second time, or when it was never attached.
  virtual Result<void> detach() = 0;
};

struct AttachWay {
  std::string absent;  // why not
  std::function<Result<std::unique_ptr<AttachedProgram>>(int program_fd)> attach;
};

// program: of a libbpf object that is loaded, or nullptr for instructions of our own.
AttachWay attach_way(uint32_t type, uint32_t expected_attach_type, const bpf_program* program);

// This process gets a network namespace of its own, once; kEnvironment with the kernel's reason.
Result<void> enter_own_network();
// Types whose programs see packets, and so are run and attached in a network of their own.
bool is_network_type(uint32_t type);

}  // namespace bpftax::bench
