// Which cases of a configuration a filter leaves. Internal to plan/.
#pragma once

#include <vector>

#include "plan/workflow.h"

namespace bpftax {

// In the configuration's order; a part of the filter that is empty lets everything pass. kUsage when one of
// its words fits no case at all (with the nearest that would) or nothing fits all parts together.
Result<std::vector<const TestCase*>> filtered_cases(const CampaignConfig& config,
                                                    const WorkflowFilter& filter);

}  // namespace bpftax
