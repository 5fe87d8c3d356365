// HostSampler: one Sample of a host after the other, cheaply. All files are opened once and read again with
// pread; nothing is forked. Process trees are walked once a second and their members' numbers are read each
// time; memory is read twice a second and frequencies once, samples in between repeat them.
//
// Ownership: owns its file descriptors (about 10, 8 per CPU, 3 per process), at most half of what
// RLIMIT_NOFILE leaves free. Holds a network namespace alive by the open net/dev file only, for as long as
// the sampler lives.
//
// Threads: one at a time.
//
// Failure: a source that this host does not have is no error; its field stays empty or nullopt and
// unavailable() says why, by the name of Sample's field ("pressure", "frequency_khz", "run_delay_us",
// "interfaces:NETNS", "links:NETNS").
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "sample/paths.h"
#include "sample/types.h"
#include "util/result.h"

namespace bpftax {

struct TrackedTree {
  int64_t handle = 0;
  // Who belongs to the tree now, the root too; called from take(), about once a second. Give one where the
  // caller knows more than /proc does (orphans adopted by a subreaper). Without one: root_pid and its
  // descendants, and whatever was once seen as a member until it ends.
  std::function<std::vector<int>()> members;
  int root_pid = 0;
  // Open files that the tree writes its output to, each once; borrowed, must outlive the sampler. Their sizes
  // together are output_bytes.
  std::vector<int> output_fds;
  // Added to that: bytes which the caller has already removed from the files. May be empty.
  std::function<int64_t()> removed_output_bytes;
};

class HostSampler {
 public:
  // Fails only where nothing can be sampled at all (no /proc/stat) or a named namespace does not exist.
  static Result<HostSampler> open(const SamplingSpec& spec, std::vector<TrackedTree> trees,
                                  SampleRoots roots = {});
  HostSampler(HostSampler&&) noexcept;
  HostSampler& operator=(HostSampler&&) noexcept;
  ~HostSampler();

  // last: of a series; its interfaces have their states whenever they were read before.
  Sample take(bool last = false);
  const std::map<std::string, std::string>& unavailable() const;

 private:
  class Impl;
  explicit HostSampler(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace bpftax
