// Hooks and custom monitors of a part: around its tools, its arms and its windows, in the order
//
//   tool_init  { case_init  subject starts  monitors(case)
//                  { test_init monitors(test)  window  monitors end  test_post }
//                monitors end  subject stops  case_post }  tool_post
//
// once for each tool of the part; baseline arms too, with the tool's variables unset. All of it does nothing
// where Environment::tasks is nullptr. docs/hooks.md tells users.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "config/model.h"
#include "config/variables.h"
#include "run/hooks.h"
#include "run/session.h"

namespace bpftax {

struct PartTasks {
  std::map<std::string, std::vector<HookTask>> hooks;  // by level; global_* are not the part's
  std::vector<CustomMonitor> monitors;
  Variables variables;                                 // of the environment
  std::map<std::string, Variables> subject_variables;  // subject id -> its case's, with tool_id and case_id
  // By role ("server", "client", "tool_host").
  std::map<std::string, std::string> workdirs, interfaces;
};

class ArmTasks {
 public:
  explicit ArmTasks(Session& session) : session_(session) {}

  // tool_init of each tool that is still measured. A tool whose hook fails is taken out.
  Result<void> begin_tools();
  // tool_post of those whose tool_init was begun, also after a failure. Never fails: what goes wrong is told.
  void end_tools();

  // case_init. Why the arm cannot be run; nullopt when it can. An Error is the host's.
  Result<std::optional<Error>> begin_case(int block, const std::string& arm);
  // The subject runs (0: a baseline, which has no process).
  Result<void> begin_monitors(int block, const std::string& arm, int pid);
  void end_monitors();
  void end_case(int block, const std::string& arm);

  Result<std::optional<Error>> begin_test(int block, const std::string& arm, const PlannedWorkload& workload);
  void end_test(int block, const std::string& arm, const PlannedWorkload& workload);

 private:
  struct Place {
    std::string level;
    int block = 0;
    std::string arm, workload, tool;
  };
  struct Monitor {
    std::string name, lifecycle;
    Host* host = nullptr;
    ProcessHandle process;
  };
  bool any(const std::string& level) const;
  Result<std::optional<Error>> run_level(const Place& place);
  void run_post(const Place& place);
  std::vector<HookTarget> targets(const Place& place) const;
  Variables variables(const Place& place, const std::string& time) const;
  Result<void> start_monitors(const std::string& lifecycle, const Place& place);
  void stop_monitors(const std::string& lifecycle);
  void stop_monitor(const Monitor& monitor);
  void tell_failure(const HookRecord& record);

  Session& session_;
  std::set<std::string> begun_tools_;
  std::vector<Monitor> monitors_;
  int pid_ = 0;  // of the running subject
};

}  // namespace bpftax
