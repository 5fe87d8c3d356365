// One tracked process tree: who is in it, and its numbers at each look.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "sample/paths.h"
#include "sample/process_accounting.h"
#include "sample/sampler.h"
#include "sample/source_file.h"
#include "sample/types.h"

namespace bpftax {

class TreeSampler {
 public:
  TreeSampler(TrackedTree tree, SampleRoots roots) : tree_(std::move(tree)), roots_(std::move(roots)) {}
  // Walks the tree when the last walk is half a second old, then reads every known member.
  ProcessTree read(int64_t now_ns, std::string& buffer, FdBudget& budget);
  // Why run_delay_us is missing; empty when it is not.
  const std::string& run_delay_missing() const { return run_delay_missing_; }

 private:
  struct Member {
    SourceFile stat;
    std::map<int, SourceFile> schedstats;  // by thread
    std::map<int, int64_t> waits_ns;       // by thread, last seen
  };
  void walk(FdBudget& budget);
  void open_member(int pid, FdBudget& budget);
  void read_waits(Member& member, std::string& buffer, FdBudget& budget);

  TrackedTree tree_;
  SampleRoots roots_;
  std::map<int, Member> members_;   // by pid
  std::vector<ProcessStat> stats_;  // scratch, kept for its memory
  TreeAccount account_;
  int64_t walked_at_ns_ = INT64_MIN;
  int64_t ended_wait_ns_ = 0;  // of threads that have ended
  std::string run_delay_missing_;
};

}  // namespace bpftax
