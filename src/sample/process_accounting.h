// The CPU time of a tree of processes over its whole life, though its members come and go between two looks.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "sample/process_tree.h"

namespace bpftax {

// Sum over living members of their own time and that of children they have waited for; plus what ended
// members had used when last seen, unless the ancestor that waited for them already shows it. So short-lived
// processes count even when no look ever caught them, and no time counts twice.
class TreeAccount {
 public:
  // All members that still have an entry in /proc, dead but not yet waited-for ones too.
  void update(const std::vector<ProcessStat>& members);
  // Never fall from one update to the next.
  int64_t user_us() const { return user_us_; }
  int64_t system_us() const { return system_us_; }

 private:
  std::map<int, ProcessStat> last_;  // by pid
  int64_t ended_user_us_ = 0, ended_system_us_ = 0;
  int64_t user_us_ = 0, system_us_ = 0;
};

}  // namespace bpftax
