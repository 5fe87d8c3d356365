// global_init and global_post: once for each machine that a task targets, over all environments, before the
// first part and after the last.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "run/campaign_group.h"
#include "run/raw_results.h"

namespace bpftax {

class CampaignHooks {
 public:
  explicit CampaignHooks(CampaignShared& shared) : shared_(shared) {}

  // An Error: a required task of global_init failed (kEnvironment), or the user interrupted. A machine that
  // cannot be reached is told and left out: its group will fail by itself.
  Result<void> run(const std::string& level, const std::vector<std::unique_ptr<CampaignGroup>>& groups);
  // The results of all global hooks of this campaign go into the manifests.
  Result<void> list_files(const std::vector<std::unique_ptr<CampaignGroup>>& groups);

 private:
  Result<void> run_task(const std::string& level, const HookTask& task, CampaignGroup& group,
                        const std::string& environment, std::set<std::string>& done);

  CampaignShared& shared_;
  UniqueTimes times_;
};

}  // namespace bpftax
