// Runs the programs of loop.bpf.h, one BPF_PROG_TEST_RUN for each loop of each thread.
#pragma once

#include <bpf/libbpf.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "bench/maps/loop_control.h"
#include "bench/maps/loop_instance.h"
#include "bench/maps/thread_keys.h"
#include "util/result.h"

namespace bpftax::bench {

enum class LoopEntry {
  kRawTracepoint,  // the number of the thread is its argument
  kPacket,         // tc: for programs that need a socket; always control 0
};

class ProgramLoop {
 public:
  ProgramLoop() = default;
  // controls: kMaxLoopThreads of them, mapped into this process for as long as this is used.
  explicit ProgramLoop(LoopControl* controls) : controls_(controls) {}

  // Operations [first, first + count) over `keys`; operation i writes value + i. What is read is added to
  // `sum`.
  Result<LoopTotal> run(int program, LoopEntry entry, size_t thread, const ThreadKeys& keys, uint64_t value,
                        uint64_t first, uint64_t count, uint64_t sum = 0);
  // The kernel's own loop and its own clock: TEST_RUN with repeat. `runs` of the program from number
  // `first_run` on, each of which does kOperationsPerRun operations.
  Result<LoopTotal> repeat(int program, const ThreadKeys& keys, uint64_t value, uint64_t first_run,
                           uint64_t runs);
  // For tests of the checks: called when a control has been set, right before the program runs.
  void tamper_with(std::function<void(LoopControl&)> tamper) { tamper_ = std::move(tamper); }

 private:
  LoopControl* controls_ = nullptr;
  std::function<void(LoopControl&)> tamper_;
};

// Only the named programs of the object are loaded.
void load_only(bpf_object* object, const std::vector<std::string>& programs);

}  // namespace bpftax::bench
