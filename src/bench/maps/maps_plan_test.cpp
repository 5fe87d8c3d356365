#include "bench/maps/maps_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "bench/maps/maps_family.h"

namespace bpftax::bench {
namespace {

using testing::HasSubstr;

PlanOptions plan_with(size_t cpus, bool quick = false) {
  PlanOptions plan;
  plan.quick = quick;
  for (size_t i = 0; i < cpus; ++i) plan.cpus.push_back(static_cast<int>(i));
  return plan;
}

std::vector<Task> planned(const MapsOptions& options, const PlanOptions& plan = plan_with(2)) {
  auto tasks = plan_maps(options, plan);
  EXPECT_TRUE(tasks) << to_string(tasks.error());
  return tasks ? *tasks : std::vector<Task>();
}

std::string refusal(const MapsOptions& options, const PlanOptions& plan = plan_with(2)) {
  auto tasks = plan_maps(options, plan);
  if (tasks) return "";
  EXPECT_EQ(tasks.error().kind, ErrorKind::kUsage);
  return to_string(tasks.error()) + " | " + tasks.error().hint;
}

TEST(MapsPlan, AllTypesFromBothSidesByDefault) {
  const auto tasks = planned({});
  EXPECT_EQ(tasks.size(), 2 * map_subjects().size());
  for (const Task& task : tasks) {
    EXPECT_EQ(task.benchmark, "maps");
    EXPECT_EQ(task.cpus, std::vector<int>{0});
    EXPECT_NE(task.subject, "truth");
  }
}

TEST(MapsPlan, EveryNameHasABenchmark) {
  std::set<std::string> names;
  for (const Benchmark& benchmark : maps_family().benchmarks()) names.insert(benchmark.name);
  for (const std::string& subject : map_subjects()) EXPECT_EQ(names.count(subject), 1u) << subject;
  EXPECT_EQ(names.size(), map_subjects().size() + 1);
  EXPECT_EQ(names.count("truth"), 1u);
}

TEST(MapsPlan, QuickHasTheTypesOfDocument004) {
  const auto tasks = planned({}, plan_with(1, true));
  for (const char* type : {"hash", "array", "percpu_hash", "percpu_array", "lru_hash", "lpm_trie"})
    EXPECT_EQ(
        std::count_if(tasks.begin(), tasks.end(), [&](const Task& task) { return task.subject == type; }), 2)
        << type;
  for (const Task& task : tasks) EXPECT_TRUE(task.options["quick"].get<bool>());
}

TEST(MapsPlan, TheDefaultsAreThoseOfDocument004) {
  const auto tasks = planned({.types = {"hash"}, .sides = {"program"}});
  ASSERT_EQ(tasks.size(), 1u);
  EXPECT_EQ(tasks[0].params.dump(), R"({"entries":1024,"fill":50,"key_size":4,"threads":1,"value_size":8})");
}

TEST(MapsPlan, ListsAreCrossed) {
  MapsOptions options{.types = {"hash", "array"}, .sides = {"user"}};
  options.entries = {1024, 4096};
  options.value_sizes = {8, 64};
  options.threads = {1, 2};
  const auto tasks = planned(options);
  EXPECT_EQ(tasks.size(), 16u);
  for (const Task& task : tasks) {
    EXPECT_EQ(task.cpus.size(), task.params["threads"].get<size_t>());
    EXPECT_EQ(task.params.contains("contention"), task.cpus.size() > 1);
  }
}

TEST(MapsPlan, WhatMeansNothingToATypeDoesNotMultiplyItsRows) {
  MapsOptions options{.types = {"array", "task_storage"}, .sides = {"program"}};
  options.key_sizes = {4, 8, 16};
  const auto tasks = planned(options);
  ASSERT_EQ(tasks.size(), 2u);
  EXPECT_FALSE(tasks[0].params.contains("key_size"));
  EXPECT_FALSE(tasks[1].params.contains("entries"));
}

TEST(MapsPlan, NumbersOfOperationsAreForTheInstance) {
  MapsOptions options{.types = {"hash"}, .sides = {"program"}};
  options.ops = {1000, 10000};
  const auto tasks = planned(options);
  ASSERT_EQ(tasks.size(), 1u);
  EXPECT_EQ(tasks[0].options["ops"].dump(), "[1000,10000]");
  EXPECT_FALSE(tasks[0].params.contains("ops"));
}

// What `needs` says of each task, by type, side and threads; "": nothing against it.
std::map<std::string, std::string> impossible(const MapsOptions& options) {
  std::map<std::string, std::string> found;
  for (const Task& task : planned(options)) {
    const auto checked = check_side(task);
    const std::string name =
        task.subject + " " + task.options["side"].get<std::string>() + " " + std::to_string(task.cpus.size());
    EXPECT_TRUE(found.emplace(name, checked ? "" : checked.error().why).second) << name;
  }
  return found;
}

TEST(MapsPlan, WhatTheKernelCannotRepeatIsATaskThatSaysWhy) {
  MapsOptions options{.types = {"hash", "queue"}, .sides = {"program", "repeat"}};
  options.threads = {1, 2};
  const std::string keys = "the kernel repeats programs for maps with keys only";
  const std::string threads = "the kernel repeats a program in one thread only";
  EXPECT_EQ(impossible(options), (std::map<std::string, std::string>{{"hash program 1", ""},
                                                                     {"hash program 2", ""},
                                                                     {"hash repeat 1", ""},
                                                                     {"hash repeat 2", threads},
                                                                     {"queue program 1", ""},
                                                                     {"queue program 2", ""},
                                                                     {"queue repeat 1", keys},
                                                                     {"queue repeat 2", keys}}));
}

TEST(MapsPlan, AllSidesAreThree) {
  EXPECT_EQ(planned({.types = {"hash"}, .sides = {"all"}}).size(), 3u);
}

TEST(MapsPlan, ARunOfWhichNothingIsPossibleIsRefused) {
  EXPECT_THAT(refusal({.types = {"queue", "ringbuf"}, .sides = {"repeat"}}), HasSubstr("maps with keys"));
  MapsOptions options{.types = {"hash"}, .sides = {"repeat"}};
  options.threads = {2};
  EXPECT_THAT(refusal(options), HasSubstr("one thread only"));
}

TEST(MapsPlan, TruthIsNotForgotten) {
  const auto all = impossible({.types = {"all", "truth"}});
  EXPECT_EQ(all.size(), 2 * map_subjects().size() + 1);
  EXPECT_EQ(all.count("truth program 1"), 1u);
  EXPECT_EQ(impossible({.types = {"truth", "all"}}), all);
  EXPECT_EQ(impossible({.types = {"all", "hash"}}).size(), 2 * map_subjects().size());
  EXPECT_EQ(impossible({.types = {"hash", "truth"}, .sides = {"user"}}),
            (std::map<std::string, std::string>{{"hash user 1", ""},
                                                {"truth user 1", "truth is injected into programs only"}}));
}

TEST(MapsPlan, WhatIsImpossibleIsUnavailable) {
  for (const Task& task : planned({.types = {"hash", "truth"}, .sides = {"user"}})) {
    if (task.subject != "truth") continue;
    for (const Benchmark& benchmark : maps_family().benchmarks()) {
      if (task.subject != benchmark.name) continue;
      const auto needs = benchmark.needs(task);
      ASSERT_FALSE(needs);
      EXPECT_EQ(needs.error().why, "truth is injected into programs only");
    }
  }
}

TEST(MapsPlan, ImpossibleOptionsAreRefusedWithTheirName) {
  EXPECT_THAT(refusal({.types = {"hsh"}}), HasSubstr("did you mean 'hash'"));
  EXPECT_THAT(refusal({.sides = {"kernel"}}), HasSubstr("--side"));
  MapsOptions options;
  options.value_sizes = {12};
  EXPECT_THAT(refusal(options), HasSubstr("--value-size 12"));
  options = {};
  options.key_sizes = {2};
  EXPECT_THAT(refusal(options), HasSubstr("--key-size 2"));
  options = {};
  options.fills = {0};
  EXPECT_THAT(refusal(options), HasSubstr("--fill 0"));
  options = {};
  options.fills = {101};
  EXPECT_THAT(refusal(options), HasSubstr("--fill 101"));
  options = {};
  options.threads = {3};
  EXPECT_THAT(refusal(options), HasSubstr("there are 2 CPUs"));
  options = {};
  options.threads = {2};
  options.entries = {1};
  EXPECT_THAT(refusal(options), HasSubstr("2 threads need an element each"));
  EXPECT_THAT(refusal({.types = {"truth"}, .sides = {"user"}}), HasSubstr("programs only"));
}

}  // namespace
}  // namespace bpftax::bench
