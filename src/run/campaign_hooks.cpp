#include "run/campaign_hooks.h"

#include <algorithm>

#include "run/manifest_writer.h"

namespace bpftax {

Result<void> CampaignHooks::run(const std::string& level,
                                const std::vector<std::unique_ptr<CampaignGroup>>& groups) {
  const auto tasks = shared_.workflow.hooks.find(level);
  if (tasks == shared_.workflow.hooks.end()) return {};
  const bool post = level == "global_post";
  for (const HookTask& task : tasks->second) {
    std::set<std::string> done;  // names of hosts
    for (const auto& group : groups) {
      for (const std::string& environment : group->environments()) {
        auto ran = run_task(level, task, *group, environment, done);
        if (!ran && !post) return ran;
        if (!ran) shared_.note(environment, "", to_string(ran.error()));
      }
    }
  }
  return {};
}

Result<void> CampaignHooks::run_task(const std::string& level, const HookTask& task, CampaignGroup& group,
                                     const std::string& environment, std::set<std::string>& done) {
  const ConfiguredEnvironment& configured = *shared_.workflow.environment(environment);
  auto targets = campaign_targets(shared_.workflow, configured, group.hosts());
  if (!targets) {
    if (targets.error().kind == ErrorKind::kInterrupted) return propagate(std::move(targets));
    shared_.note(environment, "", level + " hook " + task.name + ": " + to_string(targets.error()));
    return {};
  }
  HookCall call;
  call.level = level;
  call.run_id = shared_.workflow.run_id;
  call.values = campaign_variables(shared_.workflow, configured);
  Clock& clock = shared_.world.clock(environment);
  call.time = times_.next(clock.realtime_ns());
  call.values["timestamp"] = call.time;
  for (const HookTarget* target : targets_of(task.targets, *targets)) {
    if (done.insert(target->host->name()).second) call.targets.push_back(*target);
  }
  if (call.targets.empty()) return {};
  // Its own targets are all that are left; the role decides only which machines they were.
  HookTask narrowed = task;
  narrowed.targets.clear();
  for (const HookTarget& target : call.targets) narrowed.targets.push_back(target.role);
  auto ran = run_hooks({narrowed}, call, clock);
  if (!ran) {
    if (ran.error().kind == ErrorKind::kInterrupted) return propagate(std::move(ran));
    shared_.note(environment, "", level + " hook " + task.name + ": " + to_string(ran.error()));
    return {};
  }
  for (const HookRecord& record : ran->records) {
    BPFTAX_TRY(shared_.journal.append({{"type", "hook"},
                                       {"level", record.level},
                                       {"name", record.name},
                                       {"host", record.host},
                                       {"ok", record.ok},
                                       {"required", record.required},
                                       {"why", record.why},
                                       {"took_ms", record.took_ms},
                                       {"file", "hook_results_" + call.time + ".json"}}));
    if (!record.ok)
      shared_.note(environment, "",
                   record.host + ": " + level + " hook " + record.name + " failed: " + record.why);
  }
  if (!ran->failed) return {};
  Error error = std::move(*ran->failed);
  error.kind = ErrorKind::kEnvironment;
  return tl::unexpected<Error>(std::move(error));
}

Result<void> CampaignHooks::list_files(const std::vector<std::unique_ptr<CampaignGroup>>& groups) {
  const CampaignState state = shared_.journal.state();
  if (state.hook_files.empty()) return {};
  std::set<std::string> done;
  for (const auto& group : groups) {
    for (const std::string& environment : group->environments()) {
      for (const std::string& id : host_ids(*shared_.workflow.environment(environment))) {
        const auto host = group->hosts().host(id);
        if (!host) continue;
        const auto files = state.hook_files.find((*host)->name());
        if (files == state.hook_files.end() || !done.insert((*host)->name()).second) continue;
        const auto added = add_to_manifest(
            **host, results_root(shared_.workflow, id), shared_.workflow.run_id, files->second,
            [&](const std::string& text) { shared_.note(environment, "", text); });
        if (!added) shared_.note(environment, "", to_string(added.error()));
      }
    }
  }
  return {};
}

}  // namespace bpftax
