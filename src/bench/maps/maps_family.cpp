#include "bench/maps/maps_family.h"

#include <CLI/CLI.hpp>
#include <memory>

#include "bench/guide/operation_tables.h"
#include "bench/maps/keyed_map.h"
#include "bench/maps/maps_plan.h"
#include "bench/maps/nested_map.h"
#include "bench/maps/queue_map.h"
#include "bench/maps/ring_map.h"
#include "bench/maps/storage_map.h"
#include "bench/maps/truth_subject.h"

namespace bpftax::bench {
namespace {

// What a benchmark needs it has when it can be set up.
template <Result<std::unique_ptr<Instance>> (*set_up)(const Task&, const Sampling&)>
Result<void> can_be_set_up(const Task& task) {
  BPFTAX_TRY(check_side(task));
  auto instance = set_up(task, Sampling{});
  if (!instance) return propagate(instance);
  return {};
}

template <Result<std::unique_ptr<Instance>> (*set_up)(const Task&, const Sampling&)>
Benchmark map_benchmark(const char* name, const char* summary) {
  return {.name = name, .summary = summary, .needs = can_be_set_up<set_up>, .setup = set_up};
}

const std::vector<Benchmark>& map_benchmarks() {
  static const std::vector<Benchmark> kBenchmarks = {
      map_benchmark<set_up_keyed>("hash", "hash table"),
      map_benchmark<set_up_keyed>("array", "array"),
      map_benchmark<set_up_keyed>("percpu_hash", "hash table, a value for each CPU"),
      map_benchmark<set_up_keyed>("percpu_array", "array, a value for each CPU"),
      map_benchmark<set_up_keyed>("lru_hash", "hash table that makes room by dropping what was not used"),
      map_benchmark<set_up_keyed>("lru_percpu_hash", "the same, a value for each CPU"),
      map_benchmark<set_up_keyed>("lpm_trie", "longest prefix match"),
      map_benchmark<set_up_queue>("queue", "first in, first out"),
      map_benchmark<set_up_queue>("stack", "last in, first out"),
      map_benchmark<set_up_queue>("bloom_filter", "bloom filter"),
      map_benchmark<set_up_nested>("hash_of_maps", "map of maps, by key"),
      map_benchmark<set_up_nested>("array_of_maps", "map of maps, by index"),
      map_benchmark<set_up_ring>("ringbuf", "ring buffer as a store (handing records over: bench submit)"),
      map_benchmark<set_up_storage>("task_storage", "an element of the current task"),
      map_benchmark<set_up_storage>("sk_storage", "an element of a socket"),
      map_benchmark<set_up_storage>("cgrp_storage", "an element of the current task's cgroup"),
      map_benchmark<set_up_storage>("inode_storage", "an element of an inode"),
      map_benchmark<set_up_truth>("truth", "no map: a known number of instructions, to be found again"),
  };
  return kBenchmarks;
}

PlanTasks set_up_maps(CLI::App& command) {
  const auto options = std::make_shared<MapsOptions>();
  const auto list = [&](const char* name, auto& values, const char* help, const char* type) {
    command.add_option(name, values, help)
        ->delimiter(',')
        ->type_name(type)
        ->expected(1)
        ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  };
  list("--types", options->types, "map types; all: all but truth, which can be added; --list shows them",
       "A,B");
  list("--side", options->sides,
       "program: loops inside BPF; user: system calls; repeat: the kernel repeats a program "
       "(BPF_PROG_TEST_RUN), "
       "for an independent count (default: program,user)",
       "A,B");
  list("--entries", options->entries, "sizes of maps (default: 1024)", "N,M");
  list("--key-size", options->key_sizes, "bytes of a key, multiples of 4 (default: 4)", "N,M");
  list("--value-size", options->value_sizes, "bytes of a value, multiples of 8 (default: 8)", "N,M");
  list("--fill", options->fills, "percent of the entries that are there and visited (default: 50)", "N,M");
  list("--threads", options->threads, "threads at once, each on a CPU of its own (default: 1)", "N,M");
  list("--contention", options->contentions,
       "keys of several threads: own; bucket: different ones under one lock; same: one key (default: own)",
       "A,B");
  list("--ops", options->ops,
       "fixed numbers of operations instead of samples of equal length; then the total time of so many, by "
       "operation "
       "and map type, is printed too",
       "N,M");
  return [options](const PlanOptions& plan) { return plan_maps(*options, plan); };
}

Result<std::string> total_times(const Document& document, int width, bool color) {
  return operation_tables_text(document, width, color);
}

}  // namespace

Family maps_family() {
  return {.name = "maps",
          .summary = "operations on maps, in programs and from user space",
          .set_up = set_up_maps,
          .benchmarks = map_benchmarks,
          .finish = total_times};
}

}  // namespace bpftax::bench
