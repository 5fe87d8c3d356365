// The life of one program: load, verification, JIT, attach, first run, runs, detach.
#pragma once

#include <memory>
#include <optional>

#include "bench/benchmark.h"
#include "bench/load/object_file.h"
#include "bench/load/program_image.h"

namespace bpftax::bench {

struct ProgramSubject {
  ProgramImage image;
  std::optional<uint32_t> result;        // what a run must return; nullopt: not known
  ObjectPtr object;                      // keeps maps and BTF open; may be nullptr
  const bpf_program* program = nullptr;  // of `object`
  bool may_attach = true;                // --no-attach
};

// kSubject when the kernel refuses the program: why = the verifier's last line.
Result<std::unique_ptr<Instance>> make_program_instance(ProgramSubject subject, const Sampling& sampling);

}  // namespace bpftax::bench
