#include "bench/submit/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>

namespace bpftax::bench {
namespace {

using testing::IsSupersetOf;

std::vector<Task> plan(const SubmitLists& lists, const std::vector<int>& cpus = {0, 1}, bool quick = false) {
  auto tasks = plan_submission(lists, cpus, quick);
  EXPECT_TRUE(tasks) << to_string(tasks.error());
  return tasks ? *tasks : std::vector<Task>();
}

bool is_stream(const Task& task) {
  return task.params.contains("consumer");
}

std::set<std::string> values(const std::vector<Task>& tasks, const char* subject, const char* key) {
  std::set<std::string> out;
  for (const Task& task : tasks)
    if (task.subject == subject && task.params.contains(key)) out.insert(task.params[key].dump());
  return out;
}

TEST(SubmitPlan, VariesEachParameterOnEachPath) {
  for (const bool quick : {false, true}) {
    const std::vector<Task> tasks = plan({}, {0, 1}, quick);
    for (const char* path : {"ringbuf", "user_ringbuf"})
      EXPECT_THAT(values(tasks, path, "wakeup"), IsSupersetOf({"\"adaptive\"", "\"none\"", "\"force\""}));
    EXPECT_THAT(values(tasks, "perf_event_array", "wakeup"), IsSupersetOf({"\"1\"", "\"64\""}));
    for (const char* path : {"ringbuf", "perf_event_array", "user_ringbuf"}) {
      EXPECT_THAT(values(tasks, path, "record_size"), IsSupersetOf({"8", "64", "1024"})) << path;
      EXPECT_THAT(values(tasks, path, "consumer"), IsSupersetOf({"\"other\"", "\"same\"", "\"none\""}))
          << path;
      EXPECT_THAT(values(tasks, path, "consumer_delay_ns"), IsSupersetOf({"0", "2000"})) << path;
      EXPECT_THAT(values(tasks, path, "rate"), IsSupersetOf({"0", "100000"})) << path;
    }
    EXPECT_THAT(values(tasks, "ringbuf", "producers"), IsSupersetOf({"1", "2"}));
    EXPECT_EQ(values(tasks, "user_ringbuf", "producers"), std::set<std::string>{"1"});
  }
}

TEST(SubmitPlan, OverloadsEachPathUnderItsFastestWakeup) {
  bool delayed = false, unread = false;
  for (const Task& task : plan({})) {
    if (task.subject != "perf_event_array" || !is_stream(task)) continue;
    if (task.params["consumer_delay_ns"] == 0 && task.params["consumer"] != "none") continue;
    EXPECT_EQ(task.params["wakeup"], "64") << task.params;
    (task.params["consumer"] == "none" ? unread : delayed) = true;
  }
  EXPECT_TRUE(delayed && unread);
}

TEST(SubmitPlan, NoTaskComesTwice) {
  std::set<std::string> seen;
  for (const Task& task : plan({.rates = {0, 0}}))
    EXPECT_TRUE(seen.insert(task.subject + task.params.dump()).second) << task.params;
}

TEST(SubmitPlan, CrossesWhatIsGiven) {
  const std::vector<Task> tasks = plan({.record_sizes = {8, 64},
                                        .wakeups = {"none", "force", "1"},
                                        .producers = {1},
                                        .consumers = {ConsumerPlace::kNone, ConsumerPlace::kSame},
                                        .consumer_delays_ns = {0},
                                        .rates = {5, 6, 7}});
  std::map<std::string, int> streams, costs;
  for (const Task& task : tasks) ++(is_stream(task) ? streams : costs)[task.subject];
  EXPECT_EQ(costs,
            (std::map<std::string, int>{{"ringbuf", 4}, {"perf_event_array", 2}, {"user_ringbuf", 4}}));
  EXPECT_EQ(streams,
            (std::map<std::string, int>{{"ringbuf", 24}, {"perf_event_array", 12}, {"user_ringbuf", 24}}));
}

TEST(SubmitPlan, AskedForWhatAPathDoesNotHaveItMakesATaskAllTheSame) {
  const std::vector<Task> tasks = plan({.wakeups = {"none"}, .producers = {2}});
  EXPECT_EQ(values(tasks, "perf_event_array", "wakeup"), std::set<std::string>{"\"none\""});
  EXPECT_EQ(values(tasks, "user_ringbuf", "producers"), std::set<std::string>{"2"});
}

TEST(SubmitPlan, ThreadsGetCpusOfTheirOwnInOrder) {
  for (const Task& task : plan({}, {3, 5, 7})) {
    const int producers = task.params["producers"];
    const bool own = is_stream(task) && task.params["consumer"] == "other";
    const std::vector<int> all = {3, 5, 7};
    EXPECT_EQ(task.cpus, std::vector<int>(all.begin(), all.begin() + producers + (own ? 1 : 0)))
        << task.params;
  }
}

TEST(SubmitPlan, AConsumerThatHasNoCpuLeftSharesOneUnlessAskedFor) {
  for (const Task& task : plan({.producers = {2}})) {
    if (is_stream(task)) {
      EXPECT_NE(task.params["consumer"], "other") << task.params;
    }
  }
  bool found = false;
  for (const Task& task : plan({.producers = {2}, .consumers = {ConsumerPlace::kOther}}))
    if (is_stream(task)) {
      found = true;
      EXPECT_EQ(task.params["consumer"], "other");
      EXPECT_EQ(task.cpus.size(), 2u);  // one is missing: unavailable
    }
  EXPECT_TRUE(found);
}

TEST(SubmitPlan, OneCpuIsEnough) {
  for (const Task& task : plan({}, {0})) {
    EXPECT_EQ(task.cpus, std::vector<int>{0});
    if (is_stream(task)) {
      EXPECT_NE(task.params["consumer"], "other");
    }
  }
}

TEST(SubmitPlan, ImpossibleValuesAreRefusedBeforeAnythingRuns) {
  const auto tasks = plan_submission({.record_sizes = {64, 13}}, {0}, false);
  ASSERT_FALSE(tasks);
  EXPECT_EQ(tasks.error().kind, ErrorKind::kUsage);
  EXPECT_EQ(tasks.error().where, "--record-size 13");
}

}  // namespace
}  // namespace bpftax::bench
