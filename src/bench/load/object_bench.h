// The life of an object file up to its loaded programs: open, kernel BTF, own BTF, maps, relocation, load.
#pragma once

#include <memory>
#include <string>

#include "bench/benchmark.h"

namespace bpftax::bench {

// The parts of one bpf_object__load() are rows of their own; they come from the same loads. kSubject when
// libbpf does not even open it.
Result<std::unique_ptr<Instance>> make_object_instance(std::string bytes, std::string name);

}  // namespace bpftax::bench
