// The three paths on the running kernel: what is made is consumed or lost, exactly; what is not, is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include "bench/submit/channel.h"
#include "bench/submit/cost.h"
#include "bench/submit/stream.h"
#include "bench/submit/submission.h"
#include "bench/submit/submit_family.h"

namespace bpftax::bench {
namespace {

constexpr uint64_t kSmallBuffer = 1 << 16;
constexpr Sampling kShort = {.stretch_ns = 1'000'000};  // streams of 20000 records, or 5 ms
constexpr Sampling kLong = {.stretch_ns = 10'000'000};  // 200000, or 50 ms

struct PathCase {
  const char* name;
  OpenChannel open;
  const char* wakeup;
  const Benchmark& (*benchmark)();
};

const PathCase kPathCases[] = {
    {"ringbuf", open_ringbuf, "adaptive", ringbuf_submission},
    {"perf_event_array", open_perf_event_array, "64", perf_event_array_submission},
    {"user_ringbuf", open_user_ringbuf, "adaptive", user_ringbuf_submission},
};

std::vector<int> our_cpus() {
  cpu_set_t set;
  CPU_ZERO(&set);
  sched_getaffinity(0, sizeof set, &set);
  std::vector<int> cpus;
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu)
    if (CPU_ISSET(static_cast<size_t>(cpu), &set)) cpus.push_back(cpu);
  return cpus;
}

// All CPUs that the test program may use; threads of the benchmarks are pinned, and this one too.
class SubmitOnKernel : public testing::Test {
 protected:
  static void SetUpTestSuite() { all_cpus_ = our_cpus(); }
  void TearDown() override {
    cpu_set_t set;
    CPU_ZERO(&set);
    for (const int cpu : all_cpus_) CPU_SET(static_cast<size_t>(cpu), &set);
    sched_setaffinity(0, sizeof set, &set);
  }

  static SubmitSettings cost(const PathCase& path, uint32_t record_size = 64) {
    return {
        .record_size = record_size, .wakeup = path.wakeup, .buffer_size = kSmallBuffer, .cpus = all_cpus_};
  }
  static SubmitSettings stream(const PathCase& path, ConsumerPlace place, uint64_t delay_ns = 0) {
    SubmitSettings settings = cost(path);
    settings.is_stream = true;
    settings.stream.consumer = place;
    settings.stream.consumer_delay_ns = delay_ns;
    return settings;
  }

  static std::unique_ptr<Instance> open(const PathCase& path, SubmitSettings settings,
                                        SwallowRecord swallow = nullptr, const Sampling& sampling = kShort) {
    const bool is_stream = settings.is_stream;
    auto channel = path.open({std::move(settings), std::move(swallow)});
    EXPECT_TRUE(channel) << path.name << ": " << to_string(channel.error());
    if (!channel) return nullptr;
    return is_stream ? make_stream_instance(std::move(*channel), sampling)
                     : make_cost_instance(std::move(*channel));
  }

  static Result<Stretch> sample(Instance& instance, size_t operation, uint64_t n) {
    BPFTAX_TRY(instance.prepare(operation, n));
    BPFTAX_ASSIGN(Stretch stretch, instance.run(operation, n));
    BPFTAX_TRY(instance.check(operation, n));
    return stretch;
  }

  // A stream of each operation, as long as the instance wants it.
  static std::vector<Stretch> streams(const PathCase& path, const SubmitSettings& settings,
                                      const Sampling& sampling = kShort) {
    std::vector<Stretch> out;
    const auto instance = open(path, settings, nullptr, sampling);
    if (!instance) return out;
    for (size_t i = 0; i < instance->operations().size(); ++i) {
      const auto stretch = sample(*instance, i, *instance->operations()[i].fixed_n);
      EXPECT_TRUE(stretch) << path.name << ": " << to_string(stretch.error());
      if (stretch) out.push_back(*stretch);
    }
    EXPECT_FALSE(out.empty()) << path.name;
    return out;
  }

  static inline std::vector<int> all_cpus_;
};

double metric(const Stretch& stretch, std::string_view name) {
  for (const SampleMetric& metric : stretch.metrics)
    if (metric.name == name) return metric.value;
  ADD_FAILURE() << "no metric " << name;
  return -1;
}

bool has_metric(const Stretch& stretch, std::string_view name) {
  return std::any_of(stretch.metrics.begin(), stretch.metrics.end(),
                     [&](const SampleMetric& metric) { return metric.name == name; });
}

TEST(Environment, IsRoot) {
  ASSERT_EQ(geteuid(), 0u) << "this tier needs root";
}

TEST_F(SubmitOnKernel, EachWayIsMeasuredAndEachRecordArrives) {
  for (const PathCase& path : kPathCases)
    for (const uint32_t size : {8u, 64u, 1024u, 4096u}) {
      const auto instance = open(path, cost(path, size));
      ASSERT_TRUE(instance);
      for (size_t i = 0; i < instance->operations().size(); ++i)
        for (const uint64_t n : {1u, 2u, 5000u}) {  // the last one fills the buffer several times
          const auto stretch = sample(*instance, i, n);
          ASSERT_TRUE(stretch) << path.name << " " << instance->operations()[i].name << " " << size << ": "
                               << to_string(stretch.error());
          EXPECT_EQ(stretch->operations, n);
          EXPECT_GT(stretch->ns, 0u);
        }
    }
}

TEST_F(SubmitOnKernel, EachWakeupPolicyDeliversEachRecord) {
  for (const PathCase& path : kPathCases)
    for (const char* wakeup : {"adaptive", "none", "force", "1", "64"}) {
      PathCase other = path;
      other.wakeup = wakeup;
      SubmitSettings settings = stream(other, ConsumerPlace::kSame);
      settings.stream.rate = 1'000'000;
      if (const auto channel = other.open({settings, nullptr}); !channel) {
        EXPECT_EQ(channel.error().what, "no such wake-up policy") << path.name << " " << wakeup;
        continue;
      }
      for (const Stretch& stretch : streams(other, settings)) EXPECT_GT(metric(stretch, "records"), 0);
    }
}

TEST_F(SubmitOnKernel, ProducersOnCpusOfTheirOwnKeepTheirRecordsApart) {
  if (all_cpus_.size() < 2) GTEST_SKIP() << "needs two CPUs";
  for (const PathCase& path : {kPathCases[0], kPathCases[1]}) {
    SubmitSettings settings = cost(path);
    settings.producers = 2;
    const auto instance = open(path, settings);
    ASSERT_TRUE(instance);
    for (size_t i = 0; i < instance->operations().size(); ++i) {
      const auto stretch = sample(*instance, i, 5000);
      ASSERT_TRUE(stretch) << path.name << ": " << to_string(stretch.error());
    }
    settings = stream(path, ConsumerPlace::kSame);
    settings.producers = 2;
    EXPECT_FALSE(streams(path, settings).empty());
  }
}

TEST_F(SubmitOnKernel, AStreamAddsUpWithAConsumerThatKeepsUp) {
  for (const PathCase& path : kPathCases) {
    SubmitSettings settings = stream(path, ConsumerPlace::kSame);
    settings.buffer_size = 1 << 22;  // has room for all of it
    for (const Stretch& stretch : streams(path, settings)) {
      EXPECT_EQ(metric(stretch, "lost"), 0) << path.name;
      EXPECT_GT(metric(stretch, "records"), 0) << path.name;
      EXPECT_GT(metric(stretch, "consumer_cpu"), 0) << path.name;
      EXPECT_TRUE(has_metric(stretch, "wakeups")) << path.name;
    }
  }
}

// 64-byte records: some 900 fit, and a consumer that takes 20 us for each cannot follow for 50 ms.
TEST_F(SubmitOnKernel, AnOverloadedConsumerLosesRecordsAndTheyAreAllCounted) {
  for (const PathCase& path : kPathCases)
    for (const Stretch& stretch : streams(path, stream(path, ConsumerPlace::kSame, 20'000), kLong)) {
      EXPECT_GT(metric(stretch, "lost"), 0.1) << path.name;
      EXPECT_LT(metric(stretch, "lost"), 1) << path.name;
    }
}

TEST_F(SubmitOnKernel, WithoutAConsumerWhatFitsArrivesAndTheRestIsLost) {
  for (const PathCase& path : kPathCases)
    for (const Stretch& stretch : streams(path, stream(path, ConsumerPlace::kNone))) {
      EXPECT_GT(metric(stretch, "lost"), 0.9) << path.name;
      EXPECT_LT(metric(stretch, "lost"), 1) << path.name;
      EXPECT_EQ(metric(stretch, "records"), 0) << path.name;
      EXPECT_FALSE(has_metric(stretch, "consumer_cpu")) << path.name;
    }
}

TEST_F(SubmitOnKernel, ARecordThatVanishesUnreportedIsRefused) {
  for (const PathCase& path : kPathCases)
    for (const uint64_t which : {0u, 17u, 499u}) {
      const auto swallow = [which](uint64_t number) { return number == which; };
      const auto once = open(path, cost(path), swallow);
      ASSERT_TRUE(once);
      for (size_t i = 0; i < once->operations().size(); ++i) {
        if (once->operations()[i].is_floor) continue;
        const auto stretch = sample(*once, i, 500);
        ASSERT_FALSE(stretch) << path.name << " " << which;
        EXPECT_EQ(stretch.error().kind, ErrorKind::kWorkload);
      }
      const auto streaming = open(path, stream(path, ConsumerPlace::kSame), swallow);
      ASSERT_TRUE(streaming);
      const auto stretch = sample(*streaming, 0, 1000);
      ASSERT_FALSE(stretch) << path.name << " " << which;
      EXPECT_THAT(stretch.error().why, testing::HasSubstr("reported lost"));
    }
}

TEST_F(SubmitOnKernel, ASampleAfterARefusedOneIsNotHarmedByIt) {
  for (const PathCase& path : kPathCases) {
    int samples = 0;
    const auto instance = open(path, stream(path, ConsumerPlace::kSame), [&](uint64_t number) {
      if (number == 0) ++samples;
      return samples == 1 && number == 5;
    });
    ASSERT_TRUE(instance);
    EXPECT_FALSE(sample(*instance, 0, 1000)) << path.name;
    const auto second = sample(*instance, 0, 1000);
    EXPECT_TRUE(second) << path.name << ": " << to_string(second.error());
  }
}

TEST_F(SubmitOnKernel, WhatAPathCannotDoIsSaidByItsNeeds) {
  Task task{.benchmark = "submit", .cpus = {all_cpus_.front()}};
  SubmitSettings settings = cost(kPathCases[2]);
  settings.producers = 2;
  task.params = to_params(settings);
  task.cpus = all_cpus_;
  const auto two = user_ringbuf_submission().needs(task);
  ASSERT_FALSE(two);
  EXPECT_NE(two.error().why, "");

  task.params = to_params(stream(kPathCases[0], ConsumerPlace::kOther));
  task.cpus = {all_cpus_.front()};
  const auto alone = ringbuf_submission().needs(task);
  ASSERT_FALSE(alone);
  EXPECT_EQ(alone.error().why, "1 producers and a consumer on a CPU of its own need 2 CPUs, there are 1");
}

TEST_F(SubmitOnKernel, BenchmarksSetUpWhatTheirTasksSay) {
  for (const PathCase& path : kPathCases) {
    const Benchmark& benchmark = path.benchmark();
    EXPECT_STREQ(benchmark.name, path.name);
    for (const SubmitSettings& settings : {cost(path), stream(path, ConsumerPlace::kSame)}) {
      const Task task{
          .benchmark = "submit", .subject = path.name, .params = to_params(settings), .cpus = all_cpus_};
      ASSERT_TRUE(benchmark.needs(task)) << path.name;
      const auto instance = benchmark.setup(task, kShort);
      ASSERT_TRUE(instance) << path.name << ": " << to_string(instance.error());
      const auto& operations = (*instance)->operations();
      const bool streams = std::any_of(operations.begin(), operations.end(),
                                       [](const Operation& op) { return op.name.substr(0, 7) == "stream_"; });
      EXPECT_EQ(streams, settings.is_stream) << path.name;
    }
  }
}

}  // namespace
}  // namespace bpftax::bench
