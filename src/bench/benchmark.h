// What one benchmark is: {name, needs, setup, run, check, teardown} in one file
// (docs/adding_a_benchmark.md).
//
// A task (a benchmark with its parameters) runs in processes of its own, many times, in random order with all
// other tasks of the run. In each process every operation and every floor is sampled in turn, so that what is
// subtracted was measured beside that which it is subtracted from.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "util/json.h"
#include "util/result.h"

namespace bpftax::bench {

struct Task {
  std::string benchmark;          // the family
  std::string subject;            // Benchmark::name
  Json params = Json::object();   // flat, becomes Row::params
  std::vector<int> cpus;          // where its threads are pinned, in order; never empty when it runs
  Json options = Json::object();  // what setup() must know beside them (which operations); in no row
};

// What a process is asked to sample.
struct Sampling {
  uint64_t stretch_ns = 10'000'000;  // how long a sample should take; iterations are calibrated to it
  int samples = 5;                   // of each operation in each process
  uint64_t seed = 0;                 // another one in each process; orders, keys
};

// An operation of an instance: a row of the result, or a floor.
struct Operation {
  std::string name;              // Row::op
  std::string side;              // Row::side
  Json params = Json::object();  // added to the task's
  bool is_floor = false;
  std::string floor;                // name (same side) of the floor to subtract; "": nothing is subtracted
  std::optional<uint64_t> fixed_n;  // operations of a sample, where they are not to be calibrated
  std::string absent;               // why it cannot be done with this subject; such a row is `unavailable`
  bool n_is_given = false;          // fixed_n is the user's number, which may take longer than there is time
};

struct SampleMetric {
  std::string name, unit;
  double value = 0;
};

// What one sample took.
struct Stretch {
  uint64_t ns = 0;                    // wall time of the slowest thread, by one clock, floors included
  uint64_t operations = 0;            // that were really executed by each thread; counted, not assumed
  std::vector<SampleMetric> metrics;  // averaged over the samples of a process
};

// A benchmark that has been set up, in its own process. Its destructor is the teardown; everything else that
// it owns must also vanish when the process is killed (descriptors, links, unnamed namespaces).
class Instance {
 public:
  virtual ~Instance() = default;
  // The same for all calls.
  virtual const std::vector<Operation>& operations() const = 0;
  // Brings the subject into the state that the operation needs (an insert needs absent keys); not timed.
  virtual Result<void> prepare(size_t operation, uint64_t n) = 0;
  // Does the operation n times. Called twice in a row with no prepare() between only by nobody.
  virtual Result<Stretch> run(size_t operation, uint64_t n) = 0;
  // Was the work done? Looks at counters and at the contents of maps; after each run. An error makes the row
  // invalid, with Error::why as its reason.
  virtual Result<void> check(size_t operation, uint64_t n) = 0;
  // The greatest n that one run can do (an insert into a map of 1000 entries: 1000).
  virtual uint64_t most(size_t /*operation*/) const { return UINT64_MAX; }
};

struct Benchmark {
  const char* name;     // Row::subject
  const char* summary;  // a short sentence for --list
  // Asks this machine, without leaving anything behind. An error means `unavailable`, its `why` is the
  // reason. Runs in a process of its own.
  Result<void> (*needs)(const Task& task);
  Result<std::unique_ptr<Instance>> (*setup)(const Task& task, const Sampling& sampling);
};

}  // namespace bpftax::bench
