// Sees the bpf(2) calls that libbpf makes in this thread: when, how long, and what programs it loads with.
//
// libbpf has no hook between relocating an object and loading its programs that would not replace its own
// preparation of them. All its system calls go through syscall(3); the linker puts __wrap_syscall() of
// bpf_calls.cpp in its place (--wrap=syscall, CMakeLists.txt). Where nobody records, that is one test of a
// thread-local pointer, below a nanosecond.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <string>
#include <vector>

#include "bench/load/program_image.h"
#include "util/result.h"

namespace bpftax::bench {

struct BpfCall {
  uint32_t command = 0;
  bool of_program = false;           // BPF_PROG_LOAD of a program with a name; libbpf's own trials have none
  int64_t start_ns = 0, end_ns = 0;  // CLOCK_MONOTONIC
  int result = 0;                    // or -errno
};

// What a loader tried to load.
struct TriedProgram {
  std::string name;  // cut to 15 bytes
  int result = 0;    // or -errno
  ProgramImage image;
  std::string log;  // of the last attempt that asked for one
};

// Records from construction to destruction; one at a time in a thread.
class BpfCalls {
 public:
  enum class Keep {
    kTimes,     // nothing but `calls`: does as little as possible between them
    kPrograms,  // and copies of what is loaded
  };
  explicit BpfCalls(Keep keep);
  ~BpfCalls();
  BpfCalls(const BpfCalls&) = delete;
  BpfCalls& operator=(const BpfCalls&) = delete;

  const std::vector<BpfCall>& calls() const { return calls_; }
  std::vector<TriedProgram>& programs() { return programs_; }
  // The BTF that was loaded last.
  const std::string& btf() const { return btf_; }
  // The first copy that failed.
  const Result<void>& state() const { return state_; }

  // For __wrap_syscall().
  void add(const BpfCall& call, const bpf_attr& attributes, uint32_t size);

 private:
  void keep_program(const BpfCall& call, const bpf_attr& attributes, uint32_t size);
  Keep keep_;
  std::vector<BpfCall> calls_;
  std::vector<TriedProgram> programs_;
  std::string btf_;
  Result<void> state_;
};

}  // namespace bpftax::bench
