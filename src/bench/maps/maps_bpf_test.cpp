// Each type and operation on the running kernel: measured, with the right counts and contents; and wrong
// work, made on purpose, is refused.
#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "bench/maps/keyed_map.h"
#include "bench/maps/maps_family.h"
#include "bench/maps/maps_plan.h"
#include "bench/maps/nested_map.h"
#include "bench/maps/queue_map.h"
#include "bench/maps/ring_map.h"
#include "bench/maps/storage_map.h"
#include "bench/sampling.h"
#include "util/clock.h"

namespace bpftax::bench {
namespace {

using testing::HasSubstr;

TEST(Environment, CanLoadBpfPrograms) {
  ASSERT_EQ(geteuid(), 0u) << "this tier needs root";
  ASSERT_TRUE(check_kernel()) << "this tier needs a kernel with BTF";
  LibbpfLog::instance();
}

std::vector<int> cpus_of_test() {
  cpu_set_t set;
  sched_getaffinity(0, sizeof set, &set);
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
  return cpus;
}

std::vector<Task> tasks_of(MapsOptions options) {
  if (options.entries.empty()) options.entries = {64};
  PlanOptions plan;
  plan.cpus = cpus_of_test();
  auto tasks = plan_maps(options, plan);
  EXPECT_TRUE(tasks) << to_string(tasks.error());
  return tasks ? *tasks : std::vector<Task>();
}

const Benchmark& benchmark_of(const Task& task) {
  for (const Benchmark& benchmark : maps_family().benchmarks())
    if (benchmark.name == task.subject) return benchmark;
  ADD_FAILURE() << task.subject;
  return maps_family().benchmarks()[0];
}

// Prepared, run and checked, as the core does it.
Result<Stretch> once(Instance& instance, size_t operation, uint64_t n) {
  BPFTAX_TRY(instance.prepare(operation, n));
  BPFTAX_ASSIGN(Stretch stretch, instance.run(operation, n));
  BPFTAX_TRY(instance.check(operation, n));
  return stretch;
}

// Each of their updates waits for all programs to end that may use the old map: milliseconds.
bool waits(const Task& task, const Operation& operation) {
  return task.subject.ends_with("_of_maps") && operation.side == "user" &&
         (operation.name == "update" || operation.name == "insert" || operation.name == "delete");
}

struct Found {
  std::set<std::string> measured, absent;
};

// Runs every operation of the task with several numbers of operations, first and last ones among them.
Found run_all(const Task& task) {
  SCOPED_TRACE(task.subject + " " + task.params.dump() + " " + task.options.dump());
  Found found;
  const Benchmark& benchmark = benchmark_of(task);
  if (const auto needs = benchmark.needs(task); !needs) {
    ADD_FAILURE() << to_string(needs.error());
    return found;
  }
  auto made = benchmark.setup(task, Sampling{.seed = 42});
  if (!made) {
    ADD_FAILURE() << to_string(made.error());
    return found;
  }
  Instance& instance = **made;
  for (size_t i = 0; i < instance.operations().size(); ++i) {
    const Operation& operation = instance.operations()[i];
    SCOPED_TRACE(operation.side + " " + operation.name);
    EXPECT_EQ(operation.side, task.options["side"]);
    if (!operation.absent.empty()) {
      found.absent.insert(operation.name);
      continue;
    }
    found.measured.insert(operation.name);
    const std::vector<uint64_t> counts =
        waits(task, operation) ? std::vector<uint64_t>{2} : std::vector<uint64_t>{1, 7, 64, 333};
    for (const uint64_t n : counts) {
      const auto stretch = once(instance, i, n);
      if (!stretch) {
        ADD_FAILURE() << n << ": " << to_string(stretch.error());
        break;
      }
      EXPECT_GE(stretch->operations, n);
      EXPECT_GT(stretch->ns, 0u);
      if (!operation.is_floor && task.subject != "truth") {
        EXPECT_FALSE(stretch->metrics.empty());  // memory
      }
    }
  }
  return found;
}

// ---- everything runs, and the counts are right ----

class KeyedKinds : public testing::TestWithParam<const char*> {};

TEST_P(KeyedKinds, DoEveryOperationFromBothSides) {
  const std::string type = GetParam();
  const bool array = type.ends_with("array"), trie = type == "lpm_trie", lru = type.starts_with("lru");
  for (const Task& task : tasks_of({.types = {type}})) {
    const Found found = run_all(task);
    std::set<std::string> wanted = {"lookup", "lookup_miss", "update", "key_generation"};
    const bool user = task.options["side"] == "user";
    if (!array) wanted.insert({"insert", "delete"});
    if (user || !trie) wanted.insert("iterate");
    if (lru) wanted.insert("insert_evict");
    wanted.insert(user ? "syscall" : "empty_loop");
    if (user) wanted.insert({"lookup_batch", "update_batch"});
    if (user && !array) wanted.insert("delete_batch");
    for (const std::string& name : wanted) EXPECT_EQ(found.measured.count(name), 1u) << name;
    if (array) {
      EXPECT_EQ(found.absent.count("delete"), 1u);
      EXPECT_EQ(found.absent.count("insert"), 1u);
    }
  }
}
INSTANTIATE_TEST_SUITE_P(All, KeyedKinds,
                         testing::Values("hash", "array", "percpu_hash", "percpu_array", "lru_hash",
                                         "lru_percpu_hash", "lpm_trie"),
                         [](const auto& kind) { return std::string(kind.param); });

TEST(QueueKinds, PushPopAndPeekFromBothSides) {
  for (const Task& task : tasks_of({.types = {"queue", "stack"}})) {
    const Found found = run_all(task);
    for (const char* name : {"push", "pop", "peek"}) EXPECT_EQ(found.measured.count(name), 1u) << name;
    for (const char* name : {"lookup", "insert", "update", "delete", "iterate"})
      EXPECT_EQ(found.absent.count(name), 1u) << name;
  }
}

TEST(QueueKinds, AFilterIsAddedToAndAsked) {
  for (const Task& task : tasks_of({.types = {"bloom_filter"}})) {
    const Found found = run_all(task);
    for (const char* name : {"push", "peek", "peek_miss"}) EXPECT_EQ(found.measured.count(name), 1u) << name;
    EXPECT_EQ(found.absent.count("pop"), 1u);
  }
}

TEST(NestedKinds, AreLookedUpInProgramsAndChangedFromUserSpace) {
  for (const Task& task : tasks_of({.types = {"hash_of_maps", "array_of_maps"}, .entries = {16}})) {
    const Found found = run_all(task);
    EXPECT_EQ(found.measured.count("lookup"), 1u);
    EXPECT_EQ(found.measured.count("update"), task.options["side"] == "user" ? 1u : 0u);
  }
}

TEST(StorageKinds, OfTasksAndSockets) {
  for (const Task& task : tasks_of({.types = {"task_storage", "sk_storage"}})) {
    const Found found = run_all(task);
    for (const char* name : {"lookup", "lookup_miss", "update", "insert_delete"})
      EXPECT_EQ(found.measured.count(name), 1u) << name;
  }
}

// Not every machine has an owner for these (a unified cgroup hierarchy, an LSM that gives inodes storage).
TEST(StorageKinds, OfCgroupsAndInodesWhereTheyExist) {
  for (const Task& task : tasks_of({.types = {"cgrp_storage", "inode_storage"}})) {
    if (const auto needs = benchmark_of(task).needs(task); !needs) {
      EXPECT_FALSE(needs.error().why.empty());
      continue;
    }
    const Found found = run_all(task);
    EXPECT_FALSE(found.measured.empty() && found.absent.empty());
  }
}

TEST(RingKind, IsFilledByProgramsAndEmptiedByUserSpace) {
  for (const Task& task : tasks_of({.types = {"ringbuf"}})) {
    const Found found = run_all(task);
    const bool user = task.options["side"] == "user";
    EXPECT_EQ(found.measured.count("push"), user ? 0u : 1u);
    EXPECT_EQ(found.measured.count("pop"), user ? 1u : 0u);
  }
}

TEST(RepeatSide, CountsTheSameWork) {
  for (const Task& task : tasks_of({.types = {"hash", "array"}, .sides = {"repeat"}})) {
    const Found found = run_all(task);
    EXPECT_EQ(found.measured, (std::set<std::string>{"key_generation", "lookup", "update"}));
  }
}

TEST(TruthSubject, MultipliesAsOftenAsItSays) {
  for (const Task& task : tasks_of({.types = {"truth"}})) run_all(task);
}

TEST(Sizes, KeysValuesAndFillOtherThanTheDefaults) {
  MapsOptions options{.types = {"hash", "percpu_hash", "lpm_trie", "percpu_array", "queue", "ringbuf"}};
  options.entries = {50};
  options.key_sizes = {20};
  options.value_sizes = {264};
  options.fills = {90};
  for (const Task& task : tasks_of(options)) run_all(task);
}

TEST(Threads, EachContention) {
  if (cpus_of_test().size() < 2) GTEST_SKIP() << "needs two CPUs";
  MapsOptions options{.types = {"hash", "percpu_hash", "array", "lru_hash", "lpm_trie", "queue", "ringbuf"}};
  options.threads = {2};
  options.contentions = {"own", "bucket", "same"};
  for (const Task& task : tasks_of(options)) run_all(task);
}

TEST(FixedNumbers, AreRowsOfTheirOwn) {
  MapsOptions options{.types = {"hash"}, .sides = {"program"}};
  options.ops = {100, 1000};
  for (const Task& task : tasks_of(options)) {
    auto made = benchmark_of(task).setup(task, Sampling{});
    ASSERT_TRUE(made) << to_string(made.error());
    std::vector<uint64_t> lookups;
    for (const Operation& operation : (*made)->operations()) {
      EXPECT_EQ(operation.fixed_n.has_value(), !operation.is_floor && operation.absent.empty());
      if (operation.name == "lookup") lookups.push_back(operation.params["ops"].get<uint64_t>());
    }
    EXPECT_EQ(lookups, (std::vector<uint64_t>{100, 1000}));
  }
}

// An update of a map of maps waits for a grace period: milliseconds.
TEST(FixedNumbers, ThatTakeTooLongAreUnavailableAndTheOtherRowsLive) {
  MapsOptions options{.types = {"hash_of_maps"}, .sides = {"user"}};
  options.ops = {10, 1'000'000};
  for (const Task& task : tasks_of(options)) {
    const SamplingRequest request{.sampling = {.samples = 2}, .check_proportion = false, .hints = {}};
    auto made = benchmark_of(task).setup(task, request.sampling);
    ASSERT_TRUE(made) << to_string(made.error());
    const ProcessResult result =
        sample_instance(**made, request, [] { return static_cast<uint64_t>(RealClock().monotonic_ns()); });
    ASSERT_EQ(result.status, Status::kMeasured) << result.reason;
    for (const OperationSamples& samples : result.operations) {
      SCOPED_TRACE(samples.operation.name + samples.operation.params.dump());
      const bool waits_too_long = samples.n == 1'000'000 && waits(task, samples.operation);
      EXPECT_EQ(samples.status, waits_too_long ? Status::kUnavailable : Status::kMeasured) << samples.reason;
      if (waits_too_long) EXPECT_THAT(samples.reason, HasSubstr("1000000 operations would take"));
    }
  }
}

// ---- wrong work is refused ----

MapShape shape_named(const char* type, const char* side = "program") {
  MapShape shape;
  shape.kind = map_kind(type);
  shape.entries = 64;
  shape.side = side;
  return shape;
}

template <class Subject>
struct Rig {
  std::unique_ptr<LoopInstance> instance;
  Subject* subject = nullptr;

  size_t index(const std::string& name) const {
    for (size_t i = 0; i < instance->operations().size(); ++i)
      if (instance->operations()[i].name == name) return i;
    ADD_FAILURE() << "no operation " << name;
    return 0;
  }
  // What check() says after `between` was done to what a run of 200 operations left.
  template <class Between>
  std::string verdict(const std::string& name, Between between) {
    const size_t operation = index(name);
    if (auto done = instance->prepare(operation, 200); !done) return to_string(done.error());
    if (auto done = instance->run(operation, 200); !done) return to_string(done.error());
    between();
    const auto checked = instance->check(operation, 200);
    return checked ? "right" : checked.error().why;
  }
  std::string verdict(const std::string& name) {
    return verdict(name, [] {});
  }
};

template <class Subject>
Rig<Subject> rig_of(Result<std::unique_ptr<Subject>> made) {
  Rig<Subject> rig;
  EXPECT_TRUE(made) << to_string(made.error());
  rig.subject = made->get();
  auto team = ThreadTeam::start({cpus_of_test()[0]});
  EXPECT_TRUE(team);
  rig.instance = std::make_unique<LoopInstance>(std::move(*made), std::move(*team), std::vector<uint64_t>());
  return rig;
}

Rig<KeyedProgram> keyed_program(const char* type) {
  return rig_of(KeyedProgram::make(shape_named(type), {cpus_of_test()[0]}, 1));
}
Rig<KeyedUser> keyed_user(const char* type) {
  return rig_of(KeyedUser::make(shape_named(type, "user"), 1));
}

TEST(WrongWork, ALoopThatRunsOnceLessIsRefusedInEveryOperation) {
  auto rig = keyed_program("hash");
  for (const char* name :
       {"empty_loop", "key_generation", "lookup", "lookup_miss", "update", "insert", "delete", "iterate"}) {
    EXPECT_EQ(rig.verdict(name), "right") << name;
    rig.subject->programs().tamper_with([](LoopControl& control) { --control.count; });
    EXPECT_THAT(rig.verdict(name), HasSubstr(" instead of ")) << name;
    rig.subject->programs().tamper_with(nullptr);
  }
}

TEST(WrongWork, ALoopOverOtherKeysIsRefused) {
  auto rig = keyed_program("hash");
  rig.subject->programs().tamper_with([](LoopControl& control) { control.cursor.step = 0; });
  EXPECT_THAT(rig.verdict("lookup"), HasSubstr("what was read adds up to"));
  EXPECT_THAT(rig.verdict("update"), HasSubstr("holds"));
  EXPECT_THAT(rig.verdict("key_generation"), HasSubstr("what was read adds up to"));
}

TEST(WrongWork, ALoopThatWritesSomethingElseIsRefused) {
  for (const char* type : {"hash", "array", "percpu_hash", "percpu_array", "lru_hash", "lpm_trie"}) {
    auto rig = keyed_program(type);
    rig.subject->programs().tamper_with([](LoopControl& control) { ++control.value; });
    EXPECT_THAT(rig.verdict("update"), HasSubstr("holds")) << type;
  }
}

TEST(WrongWork, OperationsThatFailAreRefused) {
  auto rig = keyed_program("hash");
  ASSERT_TRUE(rig.instance->prepare(rig.index("lookup"), 200));
  rig.subject->elements().access().remove(rig.subject->elements().keys(0, Action::kLookup).index_at(3));
  ASSERT_TRUE(rig.instance->run(rig.index("lookup"), 200));
  const auto checked = rig.instance->check(rig.index("lookup"), 200);
  ASSERT_FALSE(checked);
  EXPECT_THAT(checked.error().why, HasSubstr("of 200 operations succeeded"));
}

template <class Subject>
void corrupt_contents(Rig<Subject> rig, const std::string& type) {
  MapAccess& access = rig.subject->elements().access();
  const uint32_t key = rig.subject->elements().keys(0, Action::kUpdate).index_at(0);
  const bool array = type.ends_with("array");
  EXPECT_EQ(rig.verdict("update"), "right") << type;
  EXPECT_THAT(rig.verdict("update", [&] { access.update(key, 1, BPF_ANY); }), HasSubstr("holds 0x1 instead"))
      << type;
  EXPECT_THAT(rig.verdict("lookup", [&] { access.update(key, 1, BPF_ANY); }), HasSubstr("holds 0x1 instead"))
      << type;
  if (array) return;
  EXPECT_THAT(rig.verdict("update", [&] { access.remove(key); }), HasSubstr("elements in the map instead of"))
      << type;
  EXPECT_THAT(rig.verdict("insert", [&] { access.remove(key); }), HasSubstr("elements in the map instead of"))
      << type;
  EXPECT_THAT(rig.verdict("insert",
                          [&] {
                            access.remove(key);
                            access.update(0x7000u, 1, BPF_ANY);
                          }),
              HasSubstr("is not in the map"))
      << type;
  EXPECT_THAT(rig.verdict("delete", [&] { access.update(key, 1, BPF_ANY); }),
              HasSubstr("elements in the map instead of"))
      << type;
}

TEST(WrongWork, ContentsThatTheLoopDidNotLeaveAreRefused) {
  for (const char* type : {"hash", "array", "percpu_hash", "percpu_array", "lru_hash", "lpm_trie"}) {
    corrupt_contents(keyed_program(type), type);
    corrupt_contents(keyed_user(type), type);
  }
}

TEST(WrongWork, ASampleOfItIsInvalidWithTheReason) {
  auto rig = keyed_program("hash");
  rig.subject->programs().tamper_with([](LoopControl& control) {
    if (control.count > 100) --control.count;
  });
  SamplingRequest request;
  request.sampling = {.stretch_ns = 100'000, .samples = 1, .seed = 1};
  request.check_proportion = false;
  const ProcessResult result = sample_instance(
      *rig.instance, request, [] { return static_cast<uint64_t>(RealClock().monotonic_ns()); });
  const OperationSamples& lookup = result.operations[rig.index("lookup")];
  EXPECT_EQ(lookup.status, Status::kInvalid);
  EXPECT_THAT(lookup.reason, HasSubstr("operations were executed instead of"));
  EXPECT_TRUE(lookup.ns.empty());
}

TEST(WrongWork, QueuesThatHoldSomethingElseAreRefused) {
  for (const char* type : {"queue", "stack"}) {
    for (const char* side : {"program", "user"}) {
      auto rig = rig_of(QueueMap::make(shape_named(type, side), 1));
      const int fd = rig.subject->map_fd();
      uint64_t value = 1;
      EXPECT_EQ(rig.verdict("push"), "right");
      EXPECT_THAT(rig.verdict("push", [&] { bpf_map_update_elem(fd, nullptr, &value, 0); }),
                  HasSubstr("elements in the map instead of"));
      EXPECT_THAT(rig.verdict("push",
                              [&] {
                                uint64_t taken = 0;
                                bpf_map_lookup_and_delete_elem(fd, nullptr, &taken);
                                bpf_map_update_elem(fd, nullptr, &value, 0);
                              }),
                  HasSubstr("holds"));
      EXPECT_THAT(rig.verdict("pop", [&] { bpf_map_update_elem(fd, nullptr, &value, 0); }),
                  HasSubstr("elements in the map instead of"));
      EXPECT_THAT(rig.verdict("peek", [&] { bpf_map_lookup_and_delete_elem(fd, nullptr, &value); }),
                  HasSubstr("elements in the map instead of"));
    }
    auto rig = rig_of(QueueMap::make(shape_named(type), 1));
    rig.subject->programs().tamper_with([](LoopControl& control) { --control.count; });
    EXPECT_THAT(rig.verdict("push"),
                HasSubstr("193 operations were executed instead of 200"));  // one less in each of 7 chunks
  }
}

TEST(WrongWork, StorageRingAndNestedContentsAreLookedAtToo) {
  auto storage = rig_of(StorageMap::make(shape_named("task_storage"), 1));
  const int owner = storage.subject->owner_fd();
  EXPECT_EQ(storage.verdict("update"), "right");
  EXPECT_EQ(storage.verdict("update", [&] { bpf_map_delete_elem(storage.subject->map_fd(), &owner); }),
            "the owner has no element");

  auto ring = rig_of(RingMap::make(shape_named("ringbuf"), 1));
  EXPECT_EQ(ring.verdict("push"), "right");
  EXPECT_THAT(ring.verdict("push", [&] { ring.subject->reader().take(1, [](uint64_t) {}); }),
              HasSubstr("records in the ring buffer instead of"));

  auto nested = rig_of(NestedMap::make(shape_named("hash_of_maps"), 1));
  EXPECT_EQ(nested.verdict("lookup"), "right");
  const uint32_t key = 3;
  EXPECT_THAT(nested.verdict("lookup", [&] { bpf_map_delete_elem(nested.subject->map_fd(), &key); }),
              HasSubstr("is not in the map"));
}

}  // namespace
}  // namespace bpftax::bench
