#include "bench/tracing/hook_instance.h"

#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "bench/tracing/hook_bodies.h"
#include "sample/bpf_stats.h"

namespace bpftax::bench {
namespace {

using testing::HasSubstr;

constexpr uint64_t kEvents = 3000;  // the hash is filled and written over

const std::vector<BodyKind> kAllKinds(kBodyKinds.begin(), kBodyKinds.end());

std::unique_ptr<HookInstance> instance_of(const HookTask& task, bool attaching = false) {
  auto made = HookInstance::make(task, kAllKinds, attaching);
  EXPECT_TRUE(made) << to_string(made.error());
  return made ? std::move(*made) : nullptr;
}

size_t operation_of(const HookInstance& instance, const std::string& name) {
  for (size_t i = 0; i < instance.operations().size(); ++i)
    if (instance.operations()[i].name == name) return i;
  ADD_FAILURE() << "no operation " << name;
  return 0;
}

// Prepared and run, not checked.
void prepare_and_run(HookInstance& instance, size_t operation, uint64_t n) {
  const auto prepared = instance.prepare(operation, n);
  ASSERT_TRUE(prepared) << to_string(prepared.error());
  const auto stretch = instance.run(operation, n);
  ASSERT_TRUE(stretch) << to_string(stretch.error());
  EXPECT_GE(stretch->operations, n);
  EXPECT_GT(stretch->ns, 0u);
}

TEST(HookEnvironment, IsFit) {
  for (const char* name : {"raw_tp", "tp_btf", "uprobe", "perf_event"}) {
    const auto tried = try_hook({.wish = {.name = name}});
    EXPECT_TRUE(tried) << name << ": " << to_string(tried.error());
  }
}

struct HookCase {
  const char* hook;
  Place place;
  const char* instruction = "";
};
class EveryHook : public testing::TestWithParam<HookCase> {};

// The real hook, with two programs on it where there is room: what each body counted, wrote and submitted is
// what the trigger fired.
TEST_P(EveryHook, DoesWhatTheTriggerCounts) {
  const HookCase& which = GetParam();
  HookTask task{.wish = {which.hook, which.place, which.instruction}};
  if (const auto tried = try_hook(task); !tried) GTEST_SKIP() << tried.error().why;
  const bool plain = which.place == Place::kHot && task.wish.instruction.empty();
  task.programs = plain && find_hook_kind(which.hook)->only_one == nullptr ? 2 : 1;
  const bool timer = std::string_view(which.hook) == "perf_event" && which.place == Place::kInPlace;
  const uint64_t n = timer ? 100 : kEvents;
  const auto instance = instance_of(task, plain);
  ASSERT_TRUE(instance);
  for (size_t i = 0; i < instance->operations().size(); ++i) {
    const Operation& operation = instance->operations()[i];
    const uint64_t some = operation.fixed_n ? 1 : n;
    prepare_and_run(*instance, i, some);
    const auto checked = instance->check(i, some);
    // How many periods a computation takes is not exact where others compute too.
    if (!timer) {
      EXPECT_TRUE(checked) << operation.name << ": " << checked.error().why;
    } else if (operation.name == "count") {
      EXPECT_TRUE(instance->ran_last());
    }
  }
}

// Every hook in the hot loop; the rest once for each piece of code, since many wait for grace periods of the
// kernel.
std::vector<HookCase> cases() {
  std::vector<HookCase> all;
  for (const HookKind& kind : hook_kinds()) all.push_back({kind.name, Place::kHot});
  for (const char* hook : {"raw_tp", "fentry", "fmod_ret", "lsm", "kprobe", "uprobe", "perf_event"})
    all.push_back({hook, Place::kInPlace});
  for (const char* instruction : {"nop5", "other"}) all.push_back({"uprobe", Place::kHot, instruction});
  return all;
}

std::string case_name(const testing::TestParamInfo<HookCase>& info) {
  std::string name = info.param.hook;
  for (char& c : name)
    if (c == '.') c = '_';
  return name + (info.param.place == Place::kHot ? "_hot" : "_in_place") + info.param.instruction;
}
INSTANTIATE_TEST_SUITE_P(All, EveryHook, testing::ValuesIn(cases()), case_name);

// ---- what was not done is noticed ----

class WrongWork : public testing::Test {
 protected:
  void SetUp() override {
    instance_ = instance_of({.wish = {.name = "raw_tp"}});
    ASSERT_TRUE(instance_);
  }
  Body& body(BodyKind kind) { return *instance_->bodies(kind).front(); }
  void run(const char* name) {
    operation_ = operation_of(*instance_, name);
    prepare_and_run(*instance_, operation_, kEvents);
  }
  std::string refusal() {
    const auto checked = instance_->check(operation_, kEvents);
    return checked ? std::string("accepted") : checked.error().why;
  }

  std::unique_ptr<HookInstance> instance_;
  size_t operation_ = 0;
};

TEST_F(WrongWork, ACorruptedCountIsRefused) {
  run("count");
  const int map = body(BodyKind::kCount).map_fd("hook_counters");
  const uint32_t key = 0;
  std::vector<uint64_t> counts = *body(BodyKind::kCount).counts();
  counts[0] += 1;
  ASSERT_EQ(bpf_map_update_elem(map, &key, counts.data(), BPF_ANY), 0);
  EXPECT_THAT(refusal(), HasSubstr("the program ran 3001 times, the hook fired 3000 times"));
}

TEST_F(WrongWork, ACorruptedEntryOfTheHashIsRefused) {
  run("hash_update");
  const int map = body(BodyKind::kHashUpdate).map_fd("hook_table");
  const uint32_t key = 7;
  const uint64_t value = 8;
  ASSERT_EQ(bpf_map_update_elem(map, &key, &value, BPF_ANY), 0);
  EXPECT_THAT(refusal(), HasSubstr("entry 7 of the hash holds 8"));
}

TEST_F(WrongWork, AMissingEntryOfTheHashIsRefused) {
  run("hash_update");
  const uint32_t key = 7;
  ASSERT_EQ(bpf_map_delete_elem(body(BodyKind::kHashUpdate).map_fd("hook_table"), &key), 0);
  EXPECT_THAT(refusal(), HasSubstr("the hash has 1023 entries"));
}

TEST_F(WrongWork, LostEventsAreRefused) {
  run("event");
  ASSERT_EQ(*body(BodyKind::kEvent).drain(true), kEvents);  // somebody else took them
  EXPECT_THAT(refusal(), HasSubstr("3000 runs of the program left 0 events"));
}

TEST_F(WrongWork, AnEmptyProgramThatIsNotAttachedIsRefused) {
  run("empty");
  EXPECT_EQ(refusal(), "accepted");
  const size_t floor = operation_of(*instance_, "trigger");
  ASSERT_TRUE(instance_->prepare(floor, 1));
  EXPECT_THAT(refusal(), HasSubstr("the program ran 0 times, the hook fired 1000 times"));
}

TEST_F(WrongWork, AnEventIsNotMoreThanTheRingHolds) {
  const size_t event = operation_of(*instance_, "event");
  const uint64_t most = instance_->most(event);
  EXPECT_LE(most * kHookEventRoom, static_cast<uint64_t>(kHookRingBytes));
  prepare_and_run(*instance_, event, most);
  EXPECT_TRUE(instance_->check(event, most));
}

}  // namespace
}  // namespace bpftax::bench
