// Which process belongs to which of our starts. The agent is a subreaper, so every process that was ever
// forked below it is its descendant; whose it is follows from, in this order: seen before (pid and start
// time), the parent's membership, the session that the start made, BPFTAX_HANDLE in the environment. A
// descendant that is none of these is a stray: it belongs to nobody and is ended with the agent.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "agent/process_identity.h"

namespace bpftax {

struct TreeMember {
  ProcessIdentity process;
  int ppid = 0;
  std::string comm;
};

class TreeTracker {
 public:
  // Called once for each member when it is first seen; not for main processes.
  using OnNew = std::function<void(int64_t handle, const ProcessIdentity& process)>;

  TreeTracker(std::string run_id, OnNew on_new) : run_id_(std::move(run_id)), on_new_(std::move(on_new)) {}

  void add(int64_t handle, const ProcessIdentity& main);
  // Returns who was alive in that tree at the last look, without the main process.
  std::vector<ProcessIdentity> remove(int64_t handle);

  // One walk over the descendants of this process.
  void look();
  void look_if_older_than_ms(int64_t age_ms);
  // Also adopts processes outside our descendants whose environment names the handle: one pass over /proc.
  void look_everywhere(int64_t handle);

  // Living members at the last look, the main process (until it has been reaped) included, parents first.
  std::vector<TreeMember> members(int64_t handle) const;
  std::vector<ProcessIdentity> strays() const { return strays_; }

 private:
  struct Tree {
    ProcessIdentity main;
    std::set<ProcessIdentity> seen;  // alive at the last look, without the main process
    std::vector<TreeMember> living;
  };
  int64_t owner_of(const ProcessIdentity& process, int ppid, int session,
                   const std::map<int, int64_t>& handles) const;
  void join(int64_t handle, TreeMember member);

  std::string run_id_;
  OnNew on_new_;
  std::map<int64_t, Tree> trees_;
  std::vector<ProcessIdentity> strays_;
  int64_t looked_ns_ = 0;
};

}  // namespace bpftax
