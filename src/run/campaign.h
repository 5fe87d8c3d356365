// The campaign executor: runs each part of a workflow (plan/workflow.h) with the engine (engine.h) and leaves
// a run directory behind:
//
//   plan.json         the workflow document
//   journal.jsonl     what happened to the parts (campaign_journal.h)
//   parts/<id>/       plan.json, journal.jsonl, result.json of each part, as `measure` leaves them
//   result.json       all parts together, after each part
//
// Environments that share no machine run side by side, each group in a thread of its own with hosts of its
// own; parts of one group run one after the other. A part that fails does not stop the others. A lost
// connection is made again and the part resumed; a machine that cannot be reached any more ends its group
// alone. See docs/design/0007-campaigns.md.
//
// Whatever way run_campaign() returns, everything it started has been stopped as far as the machines answer,
// and global_post hooks have run; a campaign that ended early can be resumed.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "host/hosts.h"
#include "plan/workflow.h"
#include "result/model.h"
#include "run/engine.h"
#include "util/clock.h"
#include "util/result.h"

namespace bpftax {

// What the executor needs of the world. Tests have their own; `run` has SSH (cli/run.cpp).
struct EndGenerators {
  Generators both;    // what workloads are chosen by: there on both ends; paths are the client's
  Generators server;  // paths on the server
};
class CampaignWorld {
 public:
  virtual ~CampaignWorld() = default;
  // For one group of environments; made again when a machine must be reached anew from scratch. Called from
  // the group's thread.
  virtual std::unique_ptr<Hosts> make_hosts(const std::vector<std::string>& environments) = 0;
  // Of the group that has this environment; "" of the campaign itself.
  virtual Clock& clock(const std::string& environment) = 0;
  virtual Result<EndGenerators> generators(Host& server, Host& client) = 0;
  virtual Result<std::unique_ptr<Workload>> workload(const std::string& name,
                                                     const Generators& generators) = 0;
  virtual Result<HostOffset> clock_offset(Host& host, Clock& clock) = 0;
};

struct CampaignOptions {
  std::string run_dir;  // exists
  bool resume = false;
  std::function<void(RunResult&)> annotate;  // EngineOptions::annotate
};

struct CampaignOutcome {
  RunResult result;  // as in result.json
  // kInterrupted; kLost, kEnvironment: machines that could not be reached, parts are left (resumable);
  // kSubject (a global_init hook failed, or nothing at all could be measured); kUsage.
  std::optional<Error> error;
  bool resumable = false;
  std::vector<std::string> left_behind;  // what could not be undone on the machines
};

// A lost connection within one part: after so many, or so many without a new window in between, the part is
// given up.
inline constexpr int kMostLosses = 10;
inline constexpr int kMostLossesWithoutWindow = 3;

// Events carry the environment and the part; they come from one thread at a time.
CampaignOutcome run_campaign(const Workflow& workflow, CampaignWorld& world, ProgressSink& progress,
                             const CampaignOptions& options);

// The workflow of a run directory, for --resume, and whether it has one (a run of `measure` has a plan
// instead).
Result<Workflow> load_workflow(const std::string& run_dir);
bool holds_campaign(const std::string& run_dir);

inline constexpr const char* kPartsFolder = "parts";

}  // namespace bpftax
