// Loading on the running kernel: the built-in series, and the sample object.
#include <bpf/bpf.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <map>

#include "bench/load/attach_way.h"
#include "bench/load/load_family.h"
#include "bench/load/load_subjects.h"
#include "bench/load/object_bench.h"
#include "bench/load/program_bench.h"
#include "bench/load/series.h"
#include "bench/load/test_run.h"
#include "bench/load/verifier_log.h"
#include "probes/attach.h"
#include "util/files.h"

namespace bpftax::bench {
namespace {

constexpr Sampling kShort{.stretch_ns = 1000, .samples = 1, .seed = 1};

TEST(Environment, CanLoadBpfProgramsWithTheKernelsTypes) {
  ASSERT_EQ(geteuid(), 0u) << "this tier needs root";
  ASSERT_TRUE(check_kernel()) << "this tier needs a kernel with BTF";
  const auto loaded = ProgramImage::from_instructions(BPF_PROG_TYPE_XDP, "empty", empty_program())
                          .load(ProgramImage::Log::kStatistics);
  ASSERT_TRUE(loaded.fd) << "this tier needs BPF: " << refusal(loaded);
}

struct LoadedSeries {
  VerifierStats stats;
  ProgramFacts facts;
  uint32_t result = 0, expected = 0;
};

LoadedSeries load_series(const char* name, uint64_t size) {
  LoadedSeries out;
  const auto program = make_series_program(*find_series(name), size);
  EXPECT_TRUE(program);
  const auto loaded = ProgramImage::from_instructions(BPF_PROG_TYPE_XDP, name, program->instructions)
                          .load(ProgramImage::Log::kStatistics);
  EXPECT_TRUE(loaded.fd) << name << " " << size << ": " << refusal(loaded);
  if (!loaded.fd) return out;
  out.stats = parse_verifier_log(loaded.log);
  EXPECT_TRUE(out.stats.time_us && out.stats.instructions && out.stats.total_states) << loaded.log;
  const auto facts = program_facts(loaded.fd.get());
  EXPECT_TRUE(facts);
  if (facts) out.facts = *facts;
  EXPECT_EQ(out.facts.verified, out.stats.instructions) << "the log and the kernel's own field";
  const auto ran = test_run(loaded.fd.get(), BPF_PROG_TYPE_XDP, 1);
  EXPECT_TRUE(ran) << to_string(ran.error());
  if (ran) out.result = ran->result;
  out.expected = program->result;
  return out;
}

TEST(LoadSeries, EverySizeLoadsAndReturnsItsResult) {
  for (const Series& series : all_series()) {
    for (const uint64_t size : series.quick) {
      const LoadedSeries loaded = load_series(series.name, size);
      EXPECT_EQ(loaded.result, loaded.expected) << series.name << " " << size;
    }
  }
}

TEST(LoadSeries, WhatTheVerifierHasToDoGrowsAsEachSeriesSays) {
  // Each instruction once, no more and no less.
  EXPECT_EQ(load_series("straight_line", 1000).stats.instructions, 1000u);
  EXPECT_EQ(load_series("straight_line", 10'000).stats.instructions, 10'000u);
  // Both ways of a branch are looked at, and pruned where they meet: linear.
  const LoadedSeries few = load_series("branches", 100), many = load_series("branches", 1000);
  EXPECT_GE(*few.stats.instructions, 400u);
  EXPECT_GE(*many.stats.instructions, 4000u);
  EXPECT_LE(*many.stats.instructions, 12 * *few.stats.instructions);
  // No way is pruned: each has an end of its own, of two instructions at least.
  EXPECT_GE(*load_series("paths", 1024).stats.instructions, 2 * 1024u);
  EXPECT_GE(*load_series("paths", 4096).stats.instructions, 2 * 4096u);
  // Every iteration is walked; the program does not grow.
  const LoadedSeries short_loop = load_series("loop", 100), long_loop = load_series("loop", 10'000);
  EXPECT_GE(*short_loop.stats.instructions, 400u);
  EXPECT_GE(*long_loop.stats.instructions, 40'000u);
  EXPECT_EQ(short_loop.facts.xlated_bytes, long_loop.facts.xlated_bytes);
  // A callee is verified at each call.
  const LoadedSeries calls = load_series("calls", 1000);
  EXPECT_GE(*calls.stats.instructions, 7 * 1000u);
  EXPECT_EQ(calls.facts.functions, 9u);
}

// Runs each operation once, as the sampler does; what is absent must say why.
std::map<std::string, Stretch> run_all(Instance& instance) {
  std::map<std::string, Stretch> stretches;
  for (size_t i = 0; i < instance.operations().size(); ++i) {
    const Operation& operation = instance.operations()[i];
    if (!operation.absent.empty()) continue;
    const uint64_t n = operation.fixed_n.value_or(3);
    const auto prepared = instance.prepare(i, n);
    EXPECT_TRUE(prepared) << operation.name << ": " << to_string(prepared.error());
    const auto stretch = instance.run(i, n);
    EXPECT_TRUE(stretch) << operation.name << ": " << to_string(stretch.error());
    const auto checked = instance.check(i, n);
    EXPECT_TRUE(checked) << operation.name << ": " << to_string(checked.error());
    if (!stretch) continue;
    EXPECT_EQ(stretch->operations, n) << operation.name;
    stretches[operation.name] = *stretch;
  }
  return stretches;
}

std::string absent(const Instance& instance, const std::string& name) {
  for (const Operation& operation : instance.operations())
    if (operation.name == name) return operation.absent;
  return "there is no operation " + name;
}

double metric(const Stretch& stretch, const std::string& name) {
  for (const SampleMetric& each : stretch.metrics)
    if (each.name == name) return each.value;
  return -1;
}

Result<std::unique_ptr<Instance>> series_instance(const char* name, uint64_t size, uint32_t wrong_by = 0) {
  auto program = make_series_program(*find_series(name), size);
  ProgramSubject subject;
  subject.image = ProgramImage::from_instructions(BPF_PROG_TYPE_XDP, name, std::move(program->instructions));
  subject.result = program->result + wrong_by;
  return make_program_instance(std::move(subject), kShort);
}

TEST(ProgramBench, AProgramsWholeLifeIsMeasured) {
  auto instance = series_instance("straight_line", 1000);
  ASSERT_TRUE(instance) << to_string(instance.error());
  const auto stretches = run_all(**instance);
  for (const char* name : {"load", "verify", "jit_and_rest", "attach", "first_run", "run", "detach",
                           "empty_run", "empty_first_run"}) {
    EXPECT_EQ(absent(**instance, name), "") << name;
    ASSERT_TRUE(stretches.contains(name)) << name;
    EXPECT_GT(stretches.at(name).ns, 0u) << name;
  }
  EXPECT_EQ(metric(stretches.at("verify"), "processed"), 1000);
  EXPECT_EQ(metric(stretches.at("load"), "instructions"), 1000);
  EXPECT_GT(metric(stretches.at("jit_and_rest"), "jited"), 1000);
}

TEST(ProgramBench, WhatIsCompiledInsideTheVerificationIsNotSaidToBeTheJit) {
  auto instance = series_instance("calls", 10);
  ASSERT_TRUE(instance) << to_string(instance.error());
  EXPECT_NE(absent(**instance, "jit_and_rest").find("9 functions"), std::string::npos);
  EXPECT_EQ(metric(run_all(**instance).at("load"), "functions"), 9);
}

TEST(AttachWay, DetachingDetachesOnceAndSaysSoTheSecondTime) {
  for (const uint32_t type : {BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_XDP}) {
    const auto loaded =
        ProgramImage::from_instructions(type, "empty", empty_program()).load(ProgramImage::Log::kNone);
    ASSERT_TRUE(loaded.fd) << refusal(loaded);
    const AttachWay way = attach_way(type, 0, nullptr);
    ASSERT_EQ(way.absent, "");
    auto attached = way.attach(loaded.fd.get());
    ASSERT_TRUE(attached) << to_string(attached.error());
    const auto detached = (*attached)->detach();
    EXPECT_TRUE(detached) << type << ": " << to_string(detached.error());
    const auto again = (*attached)->detach();
    ASSERT_FALSE(again) << type;
    EXPECT_EQ(again.error().errno_value, type == BPF_PROG_TYPE_SOCKET_FILTER ? ENOENT : EBADF);
  }
}

TEST(AttachWay, ASocketThatIsLetGoHasNoFilter) {
  const auto loaded = ProgramImage::from_instructions(BPF_PROG_TYPE_SOCKET_FILTER, "empty", empty_program())
                          .load(ProgramImage::Log::kNone);
  ASSERT_TRUE(loaded.fd) << refusal(loaded);
  const AttachWay way = attach_way(BPF_PROG_TYPE_SOCKET_FILTER, 0, nullptr);
  ASSERT_EQ(way.absent, "");
  auto first = way.attach(loaded.fd.get());
  ASSERT_TRUE(first) << to_string(first.error());
  auto second = way.attach(loaded.fd.get());  // in the first one's place, on the same socket
  ASSERT_TRUE(second) << to_string(second.error());
  first->reset();
  const auto left = (*second)->detach();
  ASSERT_FALSE(left) << "what was let go was still attached";
  EXPECT_EQ(left.error().errno_value, ENOENT);
}

TEST(ProgramBench, ASocketFilterIsAttachedAndDetached) {
  ProgramSubject subject;
  subject.image = ProgramImage::from_instructions(BPF_PROG_TYPE_SOCKET_FILTER, "empty", empty_program());
  auto instance = make_program_instance(std::move(subject), kShort);
  ASSERT_TRUE(instance) << to_string(instance.error());
  const auto stretches = run_all(**instance);
  EXPECT_TRUE(stretches.contains("attach"));
  EXPECT_TRUE(stretches.contains("detach"));
}

TEST(ProgramBench, AWrongResultMakesEveryLoadAndRunInvalid) {
  auto instance = series_instance("loop", 100, 1);
  ASSERT_TRUE(instance) << to_string(instance.error());
  for (size_t i = 0; i < (*instance)->operations().size(); ++i) {
    const Operation& operation = (*instance)->operations()[i];
    if (!operation.absent.empty() || operation.is_floor) continue;
    if (operation.name == "attach" || operation.name == "detach") continue;
    ASSERT_TRUE((*instance)->prepare(i, 1));
    auto stretch = (*instance)->run(i, 1);
    const auto checked = stretch ? (*instance)->check(i, 1) : propagate(stretch);
    ASSERT_FALSE(checked) << operation.name;
    EXPECT_NE(checked.error().why.find("the program returned"), std::string::npos) << checked.error().why;
  }
}

TEST(ObjectBench, AnObjectsWholeLifeIsMeasuredWithoutTheProgramThatIsRefused) {
  const auto bytes = read_object(BPFTAX_LOAD_SAMPLE_SMALL);
  ASSERT_TRUE(bytes);
  auto instance = make_object_instance(*bytes, "sample.o");
  ASSERT_TRUE(instance) << to_string(instance.error());
  const auto stretches = run_all(**instance);
  for (const char* name :
       {"open", "close", "btf", "probe", "kernel_btf", "maps", "relocate", "load_programs", "load"}) {
    EXPECT_EQ(absent(**instance, name), "") << name;
    ASSERT_TRUE(stretches.contains(name)) << name;
    EXPECT_GT(stretches.at(name).ns, 0u) << name;
  }
  EXPECT_EQ(metric(stretches.at("load"), "programs"), 2);
  EXPECT_EQ(metric(stretches.at("load"), "refused"), 1);
  EXPECT_EQ(metric(stretches.at("maps"), "maps"), 2);  // and .rodata
  // The parts are of the same load.
  uint64_t parts = 0;
  for (const char* name : {"btf", "probe", "kernel_btf", "maps", "relocate", "load_programs"})
    if (std::string(name) != "btf") parts += stretches.at(name).ns;
  EXPECT_LE(parts, stretches.at("load").ns);
}

class ObjectPrograms : public testing::Test {
 protected:
  void SetUp() override { ASSERT_TRUE(add_objects({BPFTAX_LOAD_SAMPLE_SMALL, BPFTAX_LOAD_SAMPLE_LARGE})); }

  static Task task(const char* program, const char* object = "load_sample_small.bpf.o") {
    Task made;
    made.benchmark = "load";
    made.subject = program;
    made.params = {{"object", object}};
    made.cpus = {0};
    return made;
  }
  static Result<std::unique_ptr<Instance>> set_up(const Task& task) {
    for (const Benchmark& benchmark : load_benchmarks())
      if (task.subject == benchmark.name) return benchmark.setup(task, kShort);
    return fail(ErrorKind::kInternal, "no such benchmark");
  }
};

TEST_F(ObjectPrograms, AreLoadedAgainJustAsLibbpfLoadedThem) {
  auto instance = set_up(task("count_heads"));
  ASSERT_TRUE(instance) << to_string(instance.error());
  const auto stretches = run_all(**instance);
  for (const char* name : {"load", "verify", "jit_and_rest", "attach", "first_run", "run", "detach"})
    EXPECT_EQ(absent(**instance, name), "") << name;
  EXPECT_GT(metric(stretches.at("verify"), "processed"), 10);
}

TEST_F(ObjectPrograms, OfTwoBuildsDifferInWhatTheVerifierProcesses) {
  auto small = set_up(task("sum_bytes")), large = set_up(task("sum_bytes", "load_sample_large.bpf.o"));
  ASSERT_TRUE(small) << to_string(small.error());
  ASSERT_TRUE(large) << to_string(large.error());
  const double processed_small = metric(run_all(**small).at("verify"), "processed");
  const double processed_large = metric(run_all(**large).at("verify"), "processed");
  EXPECT_GE(processed_large, processed_small + 198);
}

TEST_F(ObjectPrograms, ARefusedProgramIsUnavailableWithTheVerifiersLastLine) {
  const Task refused = task("reads_behind");
  for (const Benchmark& benchmark : load_benchmarks()) {
    if (refused.subject != benchmark.name) continue;
    const auto needs = benchmark.needs(refused);
    ASSERT_FALSE(needs);
    EXPECT_EQ(needs.error().why.find(kRefusedByKernel), 0u) << needs.error().why;
    EXPECT_NE(needs.error().why.find("pkt_end"), std::string::npos) << needs.error().why;
  }
}

TEST_F(ObjectPrograms, CanBeKeptFromBeingAttached) {
  Task quiet = task("count_heads");
  quiet.params["attach"] = "no";
  auto instance = set_up(quiet);
  ASSERT_TRUE(instance) << to_string(instance.error());
  EXPECT_EQ(absent(**instance, "attach"), "--no-attach");
  EXPECT_EQ(absent(**instance, "detach"), "--no-attach");
}

TEST_F(ObjectPrograms, PinNothing) {
  ASSERT_TRUE(set_up(task("count_heads")));
  ASSERT_TRUE(set_up(task(kObjectSubject)));
  EXPECT_FALSE(path_exists("/sys/fs/bpf/bpftax_bench_never_pinned"));
}

}  // namespace
}  // namespace bpftax::bench
