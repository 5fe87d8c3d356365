// The built-in series: generated XDP programs of growing size, each with a result that is known beforehand.
//
// They read one number from their context that the verifier cannot know (the receive queue; 0 in
// BPF_PROG_TEST_RUN), so that nothing of them can be folded away. What grows differs:
//
//   straight_line  instructions in a row                 each is verified once; the JIT has most to do
//   branches       conditional jumps on unknown values   both ways are looked at, and meet again (pruned)
//   paths          ways through the program              all differ in a value that matters: none is pruned
//   loop           iterations of a short bounded loop    the verifier walks every one; the JIT's part is tiny
//   calls          calls of eight small functions        a callee is verified anew at each call
//
// Pure: the same name and size give the same program.
#pragma once

#include <linux/bpf.h>

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "util/result.h"

namespace bpftax::bench {

struct SeriesProgram {
  std::vector<bpf_insn> instructions;
  uint32_t result = 0;  // what it returns in BPF_PROG_TEST_RUN
};

struct Series {
  const char* name;
  const char* grows;    // what `size` counts
  const char* summary;  // for --list
  uint64_t least, most;
  std::array<uint64_t, 3> quick;
  std::array<uint64_t, 4> full;
  SeriesProgram (*make)(uint64_t size);  // least <= size <= most
};

// In the order of the list above.
const std::vector<Series>& all_series();
const Series* find_series(std::string_view name);
// kUsage when the size is out of range, or (paths) no power of two.
Result<SeriesProgram> make_series_program(const Series& series, uint64_t size);

// r0 = 0; exit: what a floor runs.
std::vector<bpf_insn> empty_program();

}  // namespace bpftax::bench
