#include "bench/load/verifier_log.h"

#include <gtest/gtest.h>

namespace bpftax::bench {
namespace {

// Recorded on Linux 6.18: BPF_PROG_LOAD with log_level 4 of eight instructions with a function.
TEST(VerifierLog, TheStatisticsOfALoadAreRead) {
  const VerifierStats stats = parse_verifier_log(
      "verification time 412 usec\n"
      "stack depth 16+8\n"
      "processed 8 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n");
  EXPECT_EQ(stats.time_us, 412u);
  EXPECT_EQ(stats.stack_depth, 24u);
  EXPECT_EQ(stats.instructions, 8u);
  EXPECT_EQ(stats.max_states_per_instruction, 0u);
  EXPECT_EQ(stats.total_states, 0u);
  EXPECT_EQ(stats.peak_states, 0u);
  EXPECT_EQ(stats.mark_read, 0u);
}

// Made by hand after the same format: each number has a place of its own.
TEST(VerifierLog, EveryNumberComesFromItsPlace) {
  const VerifierStats stats = parse_verifier_log(
      "processed 41 insns (limit 1000000) max_states_per_insn 2 total_states 5 peak_states 4 mark_read 1\n");
  EXPECT_EQ(stats.instructions, 41u);
  EXPECT_EQ(stats.max_states_per_instruction, 2u);
  EXPECT_EQ(stats.total_states, 5u);
  EXPECT_EQ(stats.peak_states, 4u);
  EXPECT_EQ(stats.mark_read, 1u);
  EXPECT_FALSE(stats.time_us);
}

// Made by hand after print_verification_stats() of those kernels.
TEST(VerifierLog, OfOlderKernelsOnlyWhatTheySayIsKnown) {
  // Linux 4.14
  VerifierStats stats = parse_verifier_log("processed 12 insns\n");
  EXPECT_EQ(stats.instructions, 12u);
  EXPECT_FALSE(stats.time_us);
  EXPECT_FALSE(stats.total_states);
  // Linux 4.16 to 5.1
  stats = parse_verifier_log("processed 907 insns (limit 131072), stack depth 0+8\n");
  EXPECT_EQ(stats.instructions, 907u);
  EXPECT_EQ(stats.stack_depth, 8u);
  EXPECT_FALSE(stats.time_us);
  stats = parse_verifier_log("processed 12 insns, stack depth 40\n");
  EXPECT_EQ(stats.instructions, 12u);
  EXPECT_EQ(stats.stack_depth, 40u);
}

TEST(VerifierLog, NumbersThatAreNoneAreUnknown) {
  for (const char* log :
       {"", "\n\n", "verification time x usec\nstack depth 8+\nprocessed  insns", "verification time -4 usec",
        "processed 99999999999999999999 insns", "verification time 4 msec", "stack depth 8+99999999999"}) {
    const VerifierStats stats = parse_verifier_log(log);
    EXPECT_FALSE(stats.time_us) << log;
    EXPECT_FALSE(stats.instructions) << log;
    EXPECT_FALSE(stats.stack_depth) << log;
  }
}

// Recorded on Linux 6.18, log_level 4.
TEST(VerifierLog, TheLastComplaintIsTheLineBeforeTheStatistics) {
  EXPECT_EQ(last_complaint("R1 invalid mem access 'pkt_end'\n"
                           "verification time 17 usec\n"
                           "stack depth 0\n"
                           "processed 2 insns (limit 1000000) max_states_per_insn 0 total_states 0 "
                           "peak_states 0 mark_read 0\n"),
            "R1 invalid mem access 'pkt_end'");
  EXPECT_EQ(last_complaint("processed 2 insns\n"), "");
  EXPECT_EQ(last_complaint("bad\x1b[31m thing\n"), "bad\\x1b[31m thing");
  EXPECT_LE(last_complaint(std::string(10'000, 'x')).size(), 300u);
}

}  // namespace
}  // namespace bpftax::bench
