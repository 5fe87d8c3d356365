#include "bench/load/load_family.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>

#include "bench/load/load_subjects.h"
#include "bench/load/series.h"

namespace bpftax::bench {
namespace {

Result<std::vector<Task>> plan(std::vector<std::string> arguments, bool quick = true) {
  CLI::App app;
  const PlanTasks tasks = load_family().set_up(app);
  std::reverse(arguments.begin(), arguments.end());
  app.parse(arguments);
  return tasks({.quick = quick, .cpus = {0, 1}});
}

const Benchmark* benchmark(const std::string& name) {
  for (const Benchmark& each : load_benchmarks())
    if (name == each.name) return &each;
  return nullptr;
}

TEST(LoadFamily, WithoutObjectsTheBuiltInSeriesIsRunInGrowingSizes) {
  const auto tasks = plan({});
  ASSERT_TRUE(tasks) << to_string(tasks.error());
  EXPECT_EQ(tasks->size(), all_series().size() * 3);
  for (const Task& task : *tasks) {
    EXPECT_EQ(task.benchmark, "load");
    EXPECT_NE(benchmark(task.subject), nullptr) << task.subject;
    EXPECT_EQ(task.cpus, std::vector<int>{0});
    EXPECT_TRUE(task.params.contains("size"));
  }
  EXPECT_EQ(plan({}, false)->size(), all_series().size() * 4);
}

TEST(LoadFamily, SeriesAndSizesCanBeChosen) {
  const auto tasks = plan({"--series", "loop,calls", "--sizes", "7,9"});
  ASSERT_TRUE(tasks) << to_string(tasks.error());
  ASSERT_EQ(tasks->size(), 4u);
  EXPECT_EQ((*tasks)[0].subject, "loop");
  EXPECT_EQ((*tasks)[0].params, Json({{"size", 7}}));
  EXPECT_EQ((*tasks)[3].subject, "calls");
}

TEST(LoadFamily, ProcessesOfTheRunReadTheBytesThatWereReadFirst) {
  const auto tasks = plan({BPFTAX_LOAD_SAMPLE_SMALL});
  ASSERT_TRUE(tasks) << to_string(tasks.error());
  const auto wanted = read_object(BPFTAX_LOAD_SAMPLE_SMALL);
  ASSERT_TRUE(wanted);
  for (const Task& task : *tasks) {
    const auto bytes = read_object(task.options["file"].get<std::string>());
    ASSERT_TRUE(bytes) << to_string(bytes.error());
    EXPECT_EQ(*bytes, *wanted);
    // As in a process that knows of no object yet.
    Task elsewhere = task;
    elsewhere.params["object"] = "of_another_process.bpf.o";
    ASSERT_TRUE(recall_object(elsewhere));
    ASSERT_NE(find_object("of_another_process.bpf.o"), nullptr);
    EXPECT_EQ(find_object("of_another_process.bpf.o")->bytes, *wanted);
    EXPECT_NE(benchmark(task.subject), nullptr);
  }
}

TEST(LoadFamily, EveryProgramOfAnObjectIsATaskAndSoIsTheObject) {
  const auto tasks = plan({BPFTAX_LOAD_SAMPLE_SMALL, BPFTAX_LOAD_SAMPLE_LARGE});
  ASSERT_TRUE(tasks) << to_string(tasks.error());
  std::multiset<std::string> subjects, labels;
  for (const Task& task : *tasks) {
    subjects.insert(task.subject);
    labels.insert(task.params["object"].get<std::string>());
    EXPECT_NE(benchmark(task.subject), nullptr) << task.subject;
  }
  EXPECT_EQ(subjects, (std::multiset<std::string>{"(object)", "(object)", "count_heads", "count_heads",
                                                  "reads_behind", "reads_behind", "sum_bytes", "sum_bytes"}));
  EXPECT_EQ(labels.count("load_sample_small.bpf.o"), 4u);
  EXPECT_EQ(labels.count("load_sample_large.bpf.o"), 4u);
}

TEST(LoadFamily, ProgramsCanBeChosenAndMistakesAreNamed) {
  const auto tasks = plan({BPFTAX_LOAD_SAMPLE_SMALL, "--program", "sum_bytes", "--no-attach"});
  ASSERT_TRUE(tasks) << to_string(tasks.error());
  ASSERT_EQ(tasks->size(), 2u);
  EXPECT_EQ((*tasks)[1].subject, "sum_bytes");
  EXPECT_EQ((*tasks)[1].params["attach"], "no");
  EXPECT_EQ(plan({BPFTAX_LOAD_SAMPLE_SMALL, "--program", "sum_byte"}).error().hint,
            "did you mean sum_bytes?");
  EXPECT_EQ(plan({"--series", "lop"}).error().hint, "did you mean loop?");
  EXPECT_EQ(plan({"--series", "paths", "--sizes", "1000"}).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(plan({"--program", "x"}).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(plan({BPFTAX_LOAD_SAMPLE_SMALL, "--compare"}).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(plan({BPFTAX_LOAD_SAMPLE_SMALL, "--sizes", "7"}).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(plan({BPFTAX_LOAD_SAMPLE_SMALL, BPFTAX_LOAD_SAMPLE_SMALL}).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(plan({"/nonexistent/x.o"}).error().kind, ErrorKind::kUsage);
}

TEST(LoadFamily, BenchmarksDoNotMoveWhenObjectsAddTheirs) {
  const Benchmark* const loop = benchmark("loop");
  ASSERT_NE(loop, nullptr);
  ASSERT_TRUE(plan({BPFTAX_LOAD_SAMPLE_SMALL}));
  EXPECT_EQ(benchmark("loop"), loop);
  EXPECT_EQ(load_family().benchmarks, load_benchmarks);
}

TEST(LoadFamily, WithoutItsOptionsNothingIsAddedToTheTables) {
  ASSERT_TRUE(plan({}));
  const auto text = load_family().finish({}, 100, false);
  ASSERT_TRUE(text) << to_string(text.error());
  EXPECT_EQ(*text, "");
}

}  // namespace
}  // namespace bpftax::bench
