// The servers of the workloads: started when a workload is first measured, kept for the session, started
// again when they have ended or when their workload failed. Never waited for by sleeping: a server is there
// when its port is.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "run/session.h"

namespace bpftax {

class ServerPool {
 public:
  explicit ServerPool(Session& session) : session_(session) {}

  // Servers of that workload run and listen. subject, time: of the window, for the names of fresh servers'
  // files (Environment::fresh_servers).
  Result<void> ensure(const PlannedWorkload& planned, const std::string& subject, const std::string& time);
  // The next ensure() starts new ones: after a failed window a server may still be busy with the old test.
  Result<void> reset(const std::string& workload);
  // Ends all; goes on after a failure and gives the first one.
  Result<void> stop_all();

 private:
  Result<void> start(const PlannedWorkload& planned, const std::string& subject, const std::string& time);
  Session& session_;
  std::map<std::string, std::vector<ProcessHandle>> running_;
};

}  // namespace bpftax
