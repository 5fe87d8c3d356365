#include "bench/tracing/hooks_family.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "bench/tracing/hook_kinds.h"
#include "bench/tracing/hook_selection.h"
#include "bench/tracing/uprobe_targets.h"

namespace bpftax::bench {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::vector<std::string> texts(const std::vector<Task>& tasks) {
  std::vector<std::string> out;
  for (const Task& task : tasks) out.push_back(task.subject + " " + task.params.dump());
  return out;
}

TEST(HooksFamily, EveryTracingHookOfTheIssueIsABenchmark) {
  std::set<std::string> names;
  for (const Benchmark& benchmark : hooks_family().benchmarks()) {
    EXPECT_TRUE(names.insert(benchmark.name).second) << benchmark.name << " is there twice";
    EXPECT_NE(std::string(benchmark.summary), "");
  }
  for (const char* name :
       {"tracepoint", "raw_tp", "tp_btf", "kprobe", "kretprobe", "kprobe.multi", "kretprobe.multi", "fentry",
        "fexit", "fmod_ret", "uprobe", "uretprobe", "uprobe.multi", "uretprobe.multi", "usdt", "perf_event",
        "lsm", "struct_ops", "iter"})
    EXPECT_TRUE(names.contains(name)) << name;
}

TEST(HooksFamily, NumbersOfProgramsAreTasksOfTheirOwn) {
  const auto tasks = plan_hooks({.hooks = {"raw_tp"}}, {});
  ASSERT_TRUE(tasks);
  EXPECT_THAT(
      texts(*tasks),
      ElementsAre(R"(raw_tp {"place":"hot","programs":1})", R"(raw_tp {"place":"hot","programs":2})",
                  R"(raw_tp {"place":"hot","programs":4})", R"(raw_tp {"place":"in-place","programs":1})"));
}

TEST(HooksFamily, QuickIsOneProgramInTheHotLoop) {
  const auto tasks = plan_hooks({.hooks = {"raw_tp", "iter"}}, {.quick = true, .cpus = {1, 0}});
  ASSERT_TRUE(tasks);
  for (const Task& task : *tasks) EXPECT_THAT(task.cpus, ElementsAre(1, 0));
  EXPECT_THAT(texts(*tasks),
              ElementsAre(R"(raw_tp {"place":"hot","programs":1})", R"(iter {"place":"hot","programs":1})"));
}

TEST(HooksFamily, NetworkHooksAreAtHomeInTheirTraffic) {
  const auto quick = plan_hooks({.hooks = {"xdp_native"}}, {.quick = true});
  ASSERT_TRUE(quick);
  EXPECT_THAT(texts(*quick), ElementsAre(R"(xdp_native {"packet_size":64,"place":"in-place","programs":1})"));
  const auto sizes = plan_hooks(
      {.hooks = {"xdp_native"}, .programs = {1}, .places = {"hot"}, .packet_sizes = {64, 1514}}, {});
  ASSERT_TRUE(sizes);
  EXPECT_THAT(texts(*sizes), ElementsAre(R"(xdp_native {"packet_size":64,"place":"hot","programs":1})",
                                         R"(xdp_native {"packet_size":1514,"place":"hot","programs":1})"));
  EXPECT_FALSE(plan_hooks({.packet_sizes = {20}}, {}));
}

TEST(HooksFamily, OptionsAreWhatIsPlanned) {
  const auto tasks = plan_hooks(
      {.hooks = {"fentry"}, .programs = {3}, .places = {"in-place"}, .bodies = {"count"}}, {.quick = true});
  ASSERT_TRUE(tasks);
  EXPECT_THAT(texts(*tasks), ElementsAre(R"(fentry {"place":"in-place","programs":3})"));
  const SelectedBodies chosen = selected_bodies(tasks->front());
  EXPECT_TRUE(is_body_selected(chosen, "count"));
  EXPECT_FALSE(is_body_selected(chosen, "empty"));
  const auto all = plan_hooks({.hooks = {"fentry"}}, {});
  ASSERT_TRUE(all);
  EXPECT_TRUE(is_body_selected(selected_bodies(all->front()), "empty"));
}

TEST(HooksFamily, AUprobeIsMeasuredOnEachKindOfInstruction) {
  const auto tasks = plan_hooks({.hooks = {"uprobe"}, .places = {"hot"}}, {.quick = true});
  ASSERT_TRUE(tasks);
  EXPECT_THAT(texts(*tasks), ElementsAre(R"(uprobe {"instruction":"nop","place":"hot","programs":1})",
                                         R"(uprobe {"instruction":"nop5","place":"hot","programs":1})",
                                         R"(uprobe {"instruction":"other","place":"hot","programs":1})"));
  const auto all_hooks = plan_hooks({}, {.quick = true});
  ASSERT_TRUE(all_hooks);
  EXPECT_THAT(texts(*all_hooks), Contains(R"(uprobe {"instruction":"nop","place":"hot","programs":1})"));
  EXPECT_THAT(texts(*all_hooks), Not(Contains(HasSubstr("nop5"))));
}

TEST(HooksFamily, WhatDoesNotExistIsAUsageErrorWithTheNearestName) {
  const auto hook = plan_hooks({.hooks = {"kprobe.mutli"}}, {});
  ASSERT_FALSE(hook);
  EXPECT_EQ(hook.error().kind, ErrorKind::kUsage);
  EXPECT_THAT(hook.error().hint, HasSubstr("kprobe.multi"));
  EXPECT_FALSE(plan_hooks({.places = {"cold"}}, {}));
  EXPECT_FALSE(plan_hooks({.bodies = {"full"}}, {}));
  EXPECT_FALSE(plan_hooks({.programs = {0}}, {}));
  EXPECT_FALSE(plan_hooks({.programs = {33}}, {}));
}

TEST(HooksFamily, ASecondProgramWhereThereIsRoomForOneIsRefusedWithTheReason) {
  Task task{"hooks", "iter", {{"place", "hot"}, {"programs", 2}}, {0}};
  const auto& benchmarks = hooks_family().benchmarks();
  const auto iter = std::find_if(benchmarks.begin(), benchmarks.end(),
                                 [](const Benchmark& one) { return std::string_view(one.name) == "iter"; });
  ASSERT_NE(iter, benchmarks.end());
  const auto needs = iter->needs(task);
  ASSERT_FALSE(needs);
  EXPECT_THAT(needs.error().why, HasSubstr("one program"));
  task.params = {{"place", "in-place"}, {"programs", 1}};
  EXPECT_THAT(iter->needs(task).error().why, HasSubstr("hot loop is its place"));
}

TEST(UprobeTargets, StartWithTheInstructionThatTheyAreNamedAfter) {
#if defined(__x86_64__)
  const auto first_byte = [](const char* name) {
    void (*const function)() = *uprobe_target(name);
    return *reinterpret_cast<const unsigned char*>(reinterpret_cast<uintptr_t>(function));
  };
  EXPECT_EQ(first_byte("nop"), 0x90);
  EXPECT_EQ(first_byte("nop5"), 0x0f);
  EXPECT_EQ(first_byte("other"), 0x31);
#endif
  EXPECT_FALSE(uprobe_target("jump"));
}

TEST(UprobeTargets, HaveAnOffsetInOurFile) {
  const auto first = file_offset_of(*uprobe_target("nop"));
  const auto second = file_offset_of(*uprobe_target("other"));
  ASSERT_TRUE(first && second);
  EXPECT_NE(*first, *second);
}

}  // namespace
}  // namespace bpftax::bench
