// One tracked process tree: who is in it, and its numbers at each look.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
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
  // Walks the tree when the last walk is a second old, then reads every known member. Descriptors of members
  // stay open: looking a path up in /proc costs several times as much as reading again. A member that has not
  // run since the last look is as it was then (its memory, of which others can take some away, is up to a
  // second old): most processes of a tree sleep, and /proc/PID/stat is the dearest of the files.
  ProcessTree read(int64_t now_ns, std::string& buffer, FdBudget& budget);
  // Why run_delay_us is missing; empty when it is not.
  const std::string& run_delay_missing() const { return run_delay_missing_; }

 private:
  struct Thread {
    std::optional<SourceFile> children, schedstat;
    SchedStat last;
  };
  struct Member {
    SourceFile stat;
    std::map<int, Thread> threads;
    int thread_count = 0;              // last seen
    std::optional<ProcessStat> known;  // last seen
  };
  void walk(std::string& buffer, FdBudget& budget);
  // Reads what its threads say; has none of them run since the last look, and are they all there is?
  bool has_rested(Member& member, std::string& buffer, FdBudget& budget);
  std::vector<int> children_of(Member& member, std::string& buffer);
  Member* known_or_opened(int pid, FdBudget& budget);
  void open_threads(int pid, Member& member, FdBudget& budget);
  std::optional<ProcessStat> read_member(Member& member, bool walked, std::string& buffer, FdBudget& budget);
  void close(Thread& thread, FdBudget& budget);

  TrackedTree tree_;
  SampleRoots roots_;
  std::map<int, Member> members_;   // by pid
  std::vector<ProcessStat> stats_;  // scratch, kept for its memory
  TreeAccount account_;
  std::optional<int64_t> walked_at_ns_;
  bool no_children_files_ = false;
  int64_t ended_wait_ns_ = 0;  // of threads that have ended
  std::string run_delay_missing_;
};

}  // namespace bpftax
