// Functions of ours for uprobes, with a known first instruction, and a static probe (USDT).
#pragma once

#include <cstdint>
#include <string>

#include "util/result.h"

namespace bpftax::bench {

inline constexpr const char* kUsdtProvider = "bpftax";
inline constexpr const char* kUsdtName = "bench";

// What is under the probe decides what the kernel has to do after the program has run:
//   nop    a nop of one byte: nothing
//   nop5   a nop of five bytes, which newer kernels replace by a call (x86-64, Linux 6.18): no trap at all
//   other  an instruction that does something: it is executed elsewhere, by single step
// kEnvironment: this architecture has no such thing.
Result<void (*)()> uprobe_target(const std::string& instruction);
// Passes the static probe bpftax:bench once.
void pass_usdt();
// Where it is in our file, as uprobes want it: an offset in bytes. kInternal when it is in no segment.
Result<uint64_t> file_offset_of(void (*function)());

}  // namespace bpftax::bench
