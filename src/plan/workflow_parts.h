// How a campaign is cut into parts, and what each part's plan is. Shared by make_workflow(), which makes
// them, and workflow_from_json(), which makes those that a document leaves out and checks the others.
// Internal to plan/.
#pragma once

#include "plan/workflow.h"

namespace bpftax {

// Path below {workdir}, and of a test's windows ("{timestamp}" stands in it as it is).
std::string cycle_result_path(const Workflow& workflow, const WorkflowCycle& cycle);
std::string test_result_path(const WorkflowCycle& cycle, const PerformanceTest& test);

// The same tests with the same durations: cycles that can share a part.
bool same_tests(const std::vector<PerformanceTest>& a, const std::vector<PerformanceTest>& b);

// Hosts in the order in which the environments come to them; those that none needs are left out.
void order_hosts(Workflow& workflow);

// Puts into each baseline the tests of its environment's cases that it lacks, in the cases' order.
void complete_baselines(Workflow& workflow);

// The hook tasks that run around each case, by name, in the order in which they run.
std::vector<std::string> init_tasks(const Workflow& workflow, bool baseline);
std::vector<std::string> post_tasks(const Workflow& workflow, bool baseline);

// Cuts each environment's cases, in order, into parts of at most measurement.cases_per_block; a tool's cases
// stay together where that fits, and cases of different tests never share a part. Parts get an id and their
// subjects' ids; cycles get their part.
void make_parts(Workflow& workflow);

// The seed of a part follows from the campaign's seed and the part's id, so that the other parts keep theirs
// when one is removed. Below 2^53.
uint64_t part_seed(uint64_t campaign_seed, const std::string& part_id);

// Fills each part's plan from its cycles (those that its subjects name; they must exist) and the settings,
// then the durations, numbers of windows and sizes of the whole. kUsage when a plan cannot be executed;
// `where` is then the JSON path.
Result<void> complete_plans(Workflow& workflow);

// Durations, windows, sizes, from the parts' plans.
void estimate(Workflow& workflow);

}  // namespace bpftax
