// What the kernel's verifier says of its work at the end of its log (BPF_PROG_LOAD with log_level 4,
// BPF_LOG_STATS, Linux 5.2), kernel/bpf/verifier.c, print_verification_stats():
//
//     verification time 47 usec
//     stack depth 0+8
//     processed 12 insns (limit 1000000) max_states_per_insn 0 total_states 1 peak_states 1 mark_read 1
//
// Older kernels say less (4.14: "processed 12 insns"; 4.16: "processed 12 insns, stack depth 0+8"); what is
// not said is nullopt. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bpftax::bench {

struct VerifierStats {
  std::optional<uint64_t> time_us;  // rounded down by the kernel
  std::optional<uint64_t> instructions;
  std::optional<uint64_t> max_states_per_instruction;
  std::optional<uint64_t> total_states;
  std::optional<uint64_t> peak_states;
  std::optional<uint64_t> mark_read;    // the longest walk of a liveness mark
  std::optional<uint64_t> stack_depth;  // bytes, of all functions together, as veristat adds them up
};

// Never fails: an empty log has no numbers. The last line of each kind counts.
VerifierStats parse_verifier_log(std::string_view log);

// Why the program was refused: the last line of the log that is no statistics, printable and on one line.
// Empty when there is none.
std::string last_complaint(std::string_view log);

}  // namespace bpftax::bench
