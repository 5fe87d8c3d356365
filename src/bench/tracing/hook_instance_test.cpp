#include "bench/tracing/hook_instance.h"

#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cerrno>
#include <memory>

#include "bench/this_thread.h"
#include "bench/tracing/hook_bodies.h"
#include "bench/tracing/kernel_testing.h"
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

// What a hook needs of the kernel.
struct HookNeed {
  const char* hook;
  const char* feature;  // of the feature probe; nullptr: it knows nothing of this hook
  KernelVersion version = {};
  const char* symbol = nullptr;
};
constexpr HookNeed kNeeds[] = {{"tracepoint", "tracepoint"},
                               {"raw_tp", "raw_tp"},
                               {"tp_btf", "tp_btf"},
                               {"kprobe", "kprobe"},
                               {"kretprobe", "kretprobe"},
                               {"kprobe.multi", "kprobe_multi"},
                               {"kretprobe.multi", "kprobe_multi"},
                               {"fentry", "fentry"},
                               {"fexit", "fexit"},
                               {"fmod_ret", "fentry"},
                               {"uprobe", "uprobe"},
                               {"uretprobe", "uprobe"},
                               {"uprobe.multi", "uprobe", {6, 6}, "bpf_uprobe_multi_link_attach"},
                               {"uretprobe.multi", "uprobe", {6, 6}, "bpf_uprobe_multi_link_attach"},
                               {"usdt", "uprobe"},
                               {"perf_event", "perf_event"},
                               {"lsm", "lsm"},
                               {"struct_ops", nullptr, {6, 4}, "bpf_struct_ops_link_create"},
                               {"iter", nullptr, {5, 9}, "bpf_iter_link_attach"}};

const HookNeed* need_of(std::string_view hook) {
  for (const HookNeed& need : kNeeds)
    if (hook == need.hook) return &need;
  return nullptr;
}

// "" where the kernel has all that the hook needs: then it must work.
std::string lacking_for(const HookCase& which) {
  const HookNeed* need = need_of(which.hook);
  if (need == nullptr) return "";
  std::string lacking = first_lacking({need->feature != nullptr ? lacks_feature(need->feature) : "",
                                       lacks_version(need->version),
                                       need->symbol != nullptr ? lacks_symbol(need->symbol) : ""});
  if (!lacking.empty()) return lacking;
  const std::string_view hook = which.hook;
  const bool calls_function = hook.find("probe") != hook.npos && hook[0] == 'k';
  const bool kfunc = lacks_btf("bpf_modify_return_test_tp", BTF_KIND_FUNC).empty();
  if (hook == "lsm") return lacks_bpf_lsm();
  if (hook == "struct_ops") return lacks_btf("bpf_struct_ops_tcp_congestion_ops", BTF_KIND_STRUCT);
  if (hook == "fmod_ret")
    return which.place == Place::kHot ? lacks_btf("bpf_modify_return_test_tp", BTF_KIND_FUNC)
                                      : lacks_btf("security_file_permission", BTF_KIND_FUNC);
  if (which.place == Place::kHot && (calls_function || hook == "fentry" || hook == "fexit"))
    return lacks_version({5, 17});  // bpf_loop()
  if (which.place == Place::kHot && hook == "tracepoint" && !kfunc &&
      kernel_config("CONFIG_FTRACE_SYSCALLS") == "")
    return "no tracepoints of system calls";
  return "";
}

TEST(HookEnvironment, SaysWhatEachHookNeeds) {
  for (const HookKind& kind : hook_kinds()) EXPECT_NE(need_of(kind.name), nullptr) << kind.name;
  // With these IsFit begins: no excuse may be found for them.
  for (const char* name : {"raw_tp", "tp_btf", "uprobe", "perf_event"})
    EXPECT_EQ(lacking_for({name, Place::kHot}), "") << name;
}

class EveryHook : public testing::TestWithParam<HookCase> {};

// The real hook, with two programs on it where there is room: what each body counted, wrote and submitted is
// what the trigger fired.
TEST_P(EveryHook, DoesWhatTheTriggerCounts) {
  const HookCase& which = GetParam();
  HookTask task{.wish = {which.hook, which.place, which.instruction}};
  if (const auto tried = try_hook(task); !tried) {
    // The names of its algorithms exist once in a kernel.
    const bool taken = std::string_view(which.hook) == "struct_ops" && tried.error().errno_value == EEXIST;
    const std::string lacking = taken ? "another run holds the names" : lacking_for(which);
    ASSERT_NE(lacking, "") << which.hook
                           << " does not work on a kernel that has all it needs: " << tried.error().why;
    GTEST_SKIP() << lacking << " (" << tried.error().why << ")";
  }
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

// ---- a body that is refused ----

// A real hook of which the kernel takes all bodies but one.
class RefusingHook : public Hook {
 public:
  RefusingHook(std::unique_ptr<Hook> real, BodyKind refused, ErrorKind error)
      : real_(std::move(real)), refused_(refused), error_(error) {}
  Result<std::unique_ptr<Body>> load(BodyKind kind) override {
    if (kind == refused_) return fail(error_, "the program is refused", "", "no ring buffers here");
    return real_->load(kind);
  }
  Result<void> get_ready() override { return real_->get_ready(); }
  Result<HookLink> attach(Body& body) override { return real_->attach(body); }
  Result<HookLink> attach_floor() override { return real_->attach_floor(); }
  Result<Fired> fire(uint64_t n) override { return real_->fire(n); }
  std::string target() const override { return real_->target(); }
  Slack slack() const override { return real_->slack(); }

 private:
  std::unique_ptr<Hook> real_;
  BodyKind refused_;
  ErrorKind error_;
};

Result<std::unique_ptr<HookInstance>> refusing(BodyKind refused, const std::vector<BodyKind>& kinds,
                                               ErrorKind error = ErrorKind::kEnvironment) {
  const HookTask task{.wish = {.name = "raw_tp"}, .programs = 2};
  BPFTAX_TRY(pin_to_cpu(task.cpu));
  BPFTAX_ASSIGN(auto real, find_hook_kind("raw_tp")->make(task.wish));
  return HookInstance::make(task, std::make_unique<RefusingHook>(std::move(real), refused, error), kinds,
                            true);
}

TEST(RefusedBody, TakesItsOwnOperationAwayAndNoOther) {
  const auto instance = refusing(BodyKind::kEvent, kAllKinds);
  ASSERT_TRUE(instance) << to_string(instance.error());
  ASSERT_EQ((*instance)->operations().size(), 7u);
  for (size_t i = 0; i < (*instance)->operations().size(); ++i) {
    const Operation& operation = (*instance)->operations()[i];
    EXPECT_EQ(operation.absent, operation.name == "event" ? "no ring buffers here" : "") << operation.name;
    if (!operation.absent.empty()) continue;
    const uint64_t some = operation.fixed_n ? 1 : kEvents;
    prepare_and_run(**instance, i, some);
    const auto checked = (*instance)->check(i, some);
    EXPECT_TRUE(checked) << operation.name << ": " << checked.error().why;
  }
}

TEST(RefusedBody, WithoutTheCountingOneNothingIsAttachedForItself) {
  const auto instance = refusing(BodyKind::kCount, {BodyKind::kEmpty});
  ASSERT_TRUE(instance) << to_string(instance.error());
  for (const Operation& operation : (*instance)->operations()) {
    const bool attaches = operation.name == "attach" || operation.name == "detach";
    EXPECT_EQ(operation.absent, attaches ? "no ring buffers here" : "") << operation.name;
  }
}

TEST(RefusedBody, IsNotWhatABugIs) {
  const auto instance = refusing(BodyKind::kEvent, kAllKinds, ErrorKind::kInternal);
  ASSERT_FALSE(instance);
  EXPECT_EQ(instance.error().kind, ErrorKind::kInternal);
}

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
