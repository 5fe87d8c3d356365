// The state of the machine in which tasks are measured: idle, under load, with power states switched off.
// Several conditions of one run are visited in turn, each several times, so that they can be compared.
#pragma once

#include <string>

#include "util/json.h"
#include "util/result.h"

namespace bpftax::bench {

class Condition {
 public:
  virtual ~Condition() = default;
  // Row::condition: "idle", "cpu:80", "mem:75", "cstates:off", "cpu:80,cstates:off"
  virtual std::string name() const = 0;
  // Returns when the state is reached. kEnvironment: this machine cannot (rows become `unavailable`).
  virtual Result<void> enter() = 0;
  // Undoes all of enter() and returns what was reached meanwhile, by samples (docs/format-bench.md):
  // {"cpu_percent": {"mean", "min", "max", "samples"}, "memory_percent": {...}, ...}
  virtual Result<Json> leave() = 0;
};

}  // namespace bpftax::bench
