#include "bench/run.h"

#include <gmock/gmock.h>

#include <climits>
#include <map>
#include <set>

#include "host/interrupt.h"

namespace bpftax::bench {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FakeCondition : public Condition {
 public:
  FakeCondition(std::string name, std::vector<std::string>& log) : name_(std::move(name)), log_(log) {}
  std::string name() const override { return name_; }
  Result<void> enter() override {
    if (!refusal.empty()) return fail(ErrorKind::kEnvironment, "cannot enter", name_, refusal);
    log_.push_back("enter " + name_);
    return {};
  }
  Result<Json> leave() override {
    log_.push_back("leave " + name_);
    if (!broken.empty() && broken_visits-- > 0)
      return fail(ErrorKind::kWorkload, "did not hold", name_, broken);
    return Json{{"cpu_percent", {{"mean", 80.0}, {"min", 78.0}, {"max", 82.0}, {"samples", 10}}}};
  }
  std::string refusal, broken;
  int broken_visits = INT_MAX;  // the first ones

 private:
  std::string name_;
  std::vector<std::string>& log_;
};

class RunTest : public ::testing::Test {
 protected:
  RunTest() {
    for (const char* name : {"hash", "array", "queue"}) tasks_.push_back({"maps", name, Json::object(), {0}});
    options_.runs = 8;
    options_.seed = 5;
  }
  FakeCondition& add_condition(const std::string& name) {
    auto condition = std::make_unique<FakeCondition>(name, log_);
    FakeCondition& ref = *condition;
    conditions_.push_back(std::move(condition));
    return ref;
  }
  MeasureTask measure_ = [this](const Task& task, const SamplingRequest& request) -> Result<ProcessResult> {
    log_.push_back(task.subject);
    requests_.push_back(request);
    clock_.advance_ns(kNsPerS);
    ProcessResult result;
    OperationSamples samples;
    samples.operation.name = "lookup";
    samples.n = 1000;
    samples.ns = {1, 2, 3};
    result.operations = {samples};
    return result;
  };
  Result<RunRecord> run() { return run_tasks(tasks_, conditions_, options_, measure_, clock_, observer_); }
  long count(const std::string& what) const { return std::count(log_.begin(), log_.end(), what); }

  std::vector<Task> tasks_;
  std::vector<std::unique_ptr<Condition>> conditions_;
  RunOptions options_;
  FakeClock clock_;
  RunObserver observer_;
  std::vector<std::string> log_;
  std::vector<SamplingRequest> requests_;
};

TEST_F(RunTest, EveryTaskRunsSoOftenInEveryCondition) {
  add_condition("idle");
  add_condition("cpu:80");
  const auto record = run();
  ASSERT_TRUE(record);
  EXPECT_THAT(record->processes, SizeIs(2 * 3 * 8));
  std::map<std::tuple<size_t, size_t, int>, int> seen;
  std::set<uint64_t> seeds;
  for (const ProcessRecord& process : record->processes) {
    ++seen[{process.condition, process.task, process.repetition}];
    seeds.insert(process.seed);
  }
  EXPECT_THAT(seen, SizeIs(2 * 3 * 8));
  EXPECT_THAT(seeds, SizeIs(2 * 3 * 8));
  EXPECT_EQ(record->conditions[0].repetitions, 8);
  EXPECT_EQ(record->conditions[0].visits, 4);
  EXPECT_EQ(count("enter cpu:80"), 4);
  EXPECT_EQ(count("leave cpu:80"), 4);
  EXPECT_EQ(record->conditions[1].reached["cpu_percent"]["samples"], 40);
}

TEST_F(RunTest, TheOrderIsRandomAndFollowsTheSeed) {
  add_condition("idle");
  add_condition("cpu:80");
  ASSERT_TRUE(run());
  const auto first = std::exchange(log_, {});
  ASSERT_TRUE(run());
  EXPECT_EQ(log_, first);
  log_.clear();
  options_.seed = 6;
  ASSERT_TRUE(run());
  EXPECT_NE(log_, first);
  // Orders of one task after another are not all the same.
  std::set<std::string> orders;
  std::string order;
  for (const std::string& what : log_) {
    if (what.starts_with("enter") || what.starts_with("leave")) continue;
    order += what[0];
    if (order.size() == 3) orders.insert(std::exchange(order, {}));
  }
  EXPECT_GT(orders.size(), 2u);
}

TEST_F(RunTest, OnlyTheFirstProcessChecksTheProportionAndTheOthersKnowN) {
  add_condition("idle");
  ASSERT_TRUE(run());
  int checks = 0;
  for (const SamplingRequest& request : requests_) {
    checks += request.check_proportion ? 1 : 0;
    EXPECT_EQ(request.hints.empty(), request.check_proportion);
  }
  EXPECT_EQ(checks, 3);
  EXPECT_THAT(requests_.back().hints, ElementsAre(1000));
}

TEST_F(RunTest, WhatIsUnavailableIsNotRepeated) {
  add_condition("idle");
  const MeasureTask measure = measure_;
  measure_ = [&](const Task& task, const SamplingRequest& request) -> Result<ProcessResult> {
    if (task.subject != "queue") return measure(task, request);
    log_.push_back("queue");
    ProcessResult result;
    result.status = Status::kUnavailable;
    result.reason = "this kernel has none";
    return result;
  };
  const auto record = run();
  ASSERT_TRUE(record);
  EXPECT_EQ(count("queue"), 1);
  EXPECT_EQ(count("hash"), 8);
}

TEST_F(RunTest, TheTimeEndsItButNotBeforeThreeProcesses) {
  add_condition("idle");
  options_.time_s = 16;  // a repetition takes 3 s: five of them
  auto record = run();
  ASSERT_TRUE(record);
  EXPECT_THAT(record->processes, SizeIs(15));
  EXPECT_THAT(record->warnings, ElementsAre(HasSubstr("used up after 5 of 8")));
  options_.time_s = 1;
  record = run();
  ASSERT_TRUE(record);
  EXPECT_THAT(record->processes, SizeIs(9));
}

TEST_F(RunTest, WithSeveralConditionsTheTimeEndsItForAllOfThemAlike) {
  add_condition("idle");
  add_condition("cpu:80");
  options_.time_s = 30;  // a round takes 2 conditions x 3 s
  const auto record = run();
  ASSERT_TRUE(record);
  EXPECT_EQ(record->conditions[0].repetitions, 5);
  EXPECT_EQ(record->conditions[1].repetitions, 5);
}

TEST_F(RunTest, WithATimeConditionsAreVisitedForARepetitionEachAndTheTimeIsKept) {
  for (const char* name : {"idle", "cpu:80", "mem:75"}) add_condition(name);
  options_.runs = 24;
  options_.time_s = 75;  // a round takes 9 s: eight of them
  auto record = run();
  ASSERT_TRUE(record);
  EXPECT_LE(clock_.monotonic_ns(), 75 * kNsPerS);
  for (const ConditionRecord& condition : record->conditions) {
    EXPECT_EQ(condition.repetitions, 8) << condition.name;
    EXPECT_EQ(condition.visits, 8) << condition.name;
  }
  options_.time_s = 5;
  record = run();
  ASSERT_TRUE(record);
  for (const ConditionRecord& condition : record->conditions) EXPECT_EQ(condition.repetitions, kFewestRuns);
}

TEST_F(RunTest, AConditionThatCannotBeEnteredIsUnavailableAndNotTriedAgain) {
  add_condition("idle");
  add_condition("cstates:off").refusal = "there is no cpuidle";
  const auto record = run();
  ASSERT_TRUE(record);
  EXPECT_EQ(record->conditions[1].unavailable, "there is no cpuidle");
  EXPECT_THAT(record->processes, SizeIs(3 * 8));
  EXPECT_THAT(log_, testing::Not(Contains("leave cstates:off")));
}

TEST_F(RunTest, AVisitInWhichTheConditionDidNotHoldIsLeftOut) {
  add_condition("idle");
  add_condition("mem:75").broken = "stress-ng was killed";
  const auto record = run();
  ASSERT_TRUE(record);
  EXPECT_THAT(record->processes, SizeIs(3 * 8));
  for (const ProcessRecord& process : record->processes) EXPECT_EQ(process.condition, 0u);
  EXPECT_EQ(record->conditions[1].unavailable, "stress-ng was killed");
  EXPECT_THAT(record->warnings, Contains(HasSubstr("left out with its 6 processes")));
}

TEST_F(RunTest, WhatWasLearntInAVisitThatIsLeftOutIsLearntAgain) {
  FakeCondition& condition = add_condition("mem:75");
  condition.broken = "stress-ng was killed";
  condition.broken_visits = 1;
  const MeasureTask measure = measure_;
  measure_ = [&](const Task& task, const SamplingRequest& request) -> Result<ProcessResult> {
    BPFTAX_ASSIGN(ProcessResult result, measure(task, request));
    if (task.subject == "queue") result = {Status::kUnavailable, "this kernel has none", {}};
    return result;
  };
  const auto record = run();  // four visits of two repetitions
  ASSERT_TRUE(record);
  std::map<size_t, int> processes;
  std::string reason;
  for (const ProcessRecord& process : record->processes) {
    ++processes[process.task];
    if (process.task == 2) reason = process.result.reason;
  }
  EXPECT_EQ(processes, (std::map<size_t, int>{{0, 6}, {1, 6}, {2, 1}}));
  EXPECT_EQ(reason, "this kernel has none");
  EXPECT_EQ(record->conditions[0].repetitions, 6);
  EXPECT_EQ(record->conditions[0].repetitions_dropped, 2);
  EXPECT_EQ(record->conditions[0].unavailable, "");
  // Those that were left out came first; of the others, each task's first one checks the proportion.
  const auto kept = requests_.end() - static_cast<ptrdiff_t>(record->processes.size());
  EXPECT_EQ(
      std::count_if(kept, requests_.end(), [](const auto& request) { return request.check_proportion; }), 3);
}

TEST_F(RunTest, AConditionWhoseOnlyVisitIsLeftOutIsUnavailable) {
  add_condition("mem:75").broken = "stress-ng was killed";
  options_.runs = 1;
  const auto record = run();
  ASSERT_TRUE(record);
  EXPECT_THAT(record->processes, IsEmpty());
  EXPECT_EQ(record->conditions[0].unavailable, "stress-ng was killed");
  EXPECT_EQ(record->conditions[0].repetitions, 0);
}

TEST_F(RunTest, AnInterruptEndsItAndKeepsWhatWasMeasured) {
  add_condition("cpu:80");
  const MeasureTask measure = measure_;
  measure_ = [&](const Task& task, const SamplingRequest& request) -> Result<ProcessResult> {
    if (requests_.size() == 7) {
      request_interrupt(SIGINT);
      return fail_interrupted("cannot measure");
    }
    return measure(task, request);
  };
  const auto record = run();
  reset_interrupts();
  ASSERT_TRUE(record);
  EXPECT_TRUE(record->interrupted);
  EXPECT_THAT(record->processes, SizeIs(7));
  EXPECT_EQ(count("enter cpu:80"), count("leave cpu:80"));
}

TEST_F(RunTest, AnErrorEndsItAndLeavesTheCondition) {
  add_condition("cpu:80");
  measure_ = [](const Task&, const SamplingRequest&) -> Result<ProcessResult> {
    return fail(ErrorKind::kEnvironment, "cannot fork");
  };
  EXPECT_FALSE(run());
  EXPECT_EQ(count("leave cpu:80"), 1);
}

TEST_F(RunTest, EveryRepetitionIsHandedOverBeforeTheNextBegins) {
  class Watching : public RunObserver {
   public:
    Result<void> process_done(const ProcessRecord&) override {
      ++processes;
      return {};
    }
    Result<void> repetition_done(const RunRecord& record) override {
      seen.push_back(record.processes.size());
      return processes == static_cast<int>(record.processes.size())
                 ? Result<void>()
                 : Result<void>(fail(ErrorKind::kInternal, "not told of every process"));
    }
    int processes = 0;
    std::vector<size_t> seen;
  } watching;
  add_condition("idle");
  options_.runs = 3;
  ASSERT_TRUE(run_tasks(tasks_, conditions_, options_, measure_, clock_, watching));
  EXPECT_THAT(watching.seen, ElementsAre(3, 6, 9));
}

TEST(MergeReachedTest, WeighsMeansBySamplesAndKeepsTheExtremes) {
  const Json a = {{"cpu_percent", {{"mean", 80.0}, {"min", 70.0}, {"max", 81.0}, {"samples", 30}}}};
  const Json b = {{"cpu_percent", {{"mean", 84.0}, {"min", 79.0}, {"max", 90.0}, {"samples", 10}}},
                  {"note", "x"}};
  const Json merged = merge_reached(a, b);
  EXPECT_DOUBLE_EQ(merged["cpu_percent"]["mean"].get<double>(), 81.0);
  EXPECT_DOUBLE_EQ(merged["cpu_percent"]["min"].get<double>(), 70.0);
  EXPECT_DOUBLE_EQ(merged["cpu_percent"]["max"].get<double>(), 90.0);
  EXPECT_EQ(merged["cpu_percent"]["samples"], 40);
  EXPECT_EQ(merged["note"], "x");
  EXPECT_EQ(merge_reached(Json::object(), b), b);
  EXPECT_EQ(merge_reached(a, Json()), a);
}

}  // namespace
}  // namespace bpftax::bench
