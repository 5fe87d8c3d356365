// Runs one window: servers, clients, samplers, raw output, measurement, exclusions.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "run/arm_tasks.h"
#include "run/servers.h"
#include "run/session.h"
#include "subject/subject.h"

namespace bpftax {

struct WindowRequest {
  int block = 0;
  std::string arm;      // "A1", "A2" or the subject's id
  std::string purpose;  // "timed" | "warmup" | "attribution"
  const PlannedWorkload* workload = nullptr;
  SubjectRunner* subject = nullptr;  // running and ready; nullptr for a baseline
  // Called every reading_interval_s while the clients run; an error that it returns ends the window.
  std::function<Result<void>()> reading;
  double reading_interval_s = 0;
};

struct WindowRun {
  WindowRecord record;
  // The subject ended or lost its programs: the window is not valid, and that is why.
  std::optional<Error> subject_error;
  // The client's monotonic clock minus the controller's: 0 in the lab, give or take the time of a call.
  int64_t client_ahead_ns = 0;
};

class WindowRunner {
 public:
  WindowRunner(Session& session, ServerPool& servers, ArmTasks& tasks)
      : session_(session), servers_(servers), tasks_(tasks) {}

  // A workload or subject that did not do what was asked makes the window not valid; an Error is the host's
  // and ends the session. Nothing that it started runs when it returns.
  Result<WindowRun> run(const WindowRequest& request);

 private:
  struct Traffic;
  Result<WindowRun> measure(const WindowRequest& request);
  Result<void> start(const WindowRequest& request, Traffic& traffic);
  Result<void> wait(const WindowRequest& request, Traffic& traffic);
  Result<void> collect(Traffic& traffic);
  void clean_up(Traffic& traffic);
  Result<std::map<Host*, ClockReading>> clocks();
  void announce(const WindowRequest& request, const Traffic& traffic);
  // What must be added to a time on that host's clock to have it on the client's.
  int64_t behind_client_ns(Host& host, const Traffic& traffic) const;
  void warn_of_clocks(Traffic& traffic, const WindowRequest& request, WindowRun& run) const;
  void judge(const WindowRequest& request, const Traffic& traffic, WindowRun& run);
  Result<void> write_raw(const WindowRequest& request, const Traffic& traffic, const WindowRun& run);

  Session& session_;
  ServerPool& servers_;
  ArmTasks& tasks_;
};

}  // namespace bpftax
