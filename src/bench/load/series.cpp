#include "bench/load/series.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstddef>

namespace bpftax::bench {
namespace {

// The kernel's limits: a million instructions (BPF_COMPLEXITY_LIMIT_INSNS, Linux 5.2), 8192 branches that
// wait to be looked at (BPF_COMPLEXITY_LIMIT_JMP_SEQ).
constexpr uint64_t kMostInstructions = 1'000'000;
constexpr uint64_t kMostBranches = 8000;
constexpr uint32_t kMultiplier = 1103515245, kIncrement = 12345;  // of ISO C's rand(); any odd pair would do
constexpr uint32_t kStep = 31;
constexpr uint64_t kFunctions = 8;

constexpr bpf_insn instruction(int code, int dst, int src, int off, int32_t imm) {
  bpf_insn made{};
  made.code = static_cast<__u8>(code);
  made.dst_reg = static_cast<__u8>(dst) & 0xf;
  made.src_reg = static_cast<__u8>(src) & 0xf;
  made.off = static_cast<__s16>(off);
  made.imm = imm;
  return made;
}
bpf_insn move32(int dst, int src) {
  return instruction(BPF_ALU | BPF_MOV | BPF_X, dst, src, 0, 0);
}
bpf_insn set32(int dst, uint32_t value) {
  return instruction(BPF_ALU | BPF_MOV | BPF_K, dst, 0, 0, static_cast<int32_t>(value));
}
bpf_insn add32(int dst, uint32_t value) {
  // NOLINTNEXTLINE(misc-redundant-expression): two of them are 0
  return instruction(BPF_ALU | BPF_ADD | BPF_K, dst, 0, 0, static_cast<int32_t>(value));
}
bpf_insn add32_register(int dst, int src) {
  return instruction(BPF_ALU | BPF_ADD | BPF_X, dst, src, 0, 0);
}
bpf_insn multiply32(int dst, uint32_t value) {
  return instruction(BPF_ALU | BPF_MUL | BPF_K, dst, 0, 0, static_cast<int32_t>(value));
}
bpf_insn leave() {
  return instruction(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
}
// Jumps over `skipped` instructions if the 32 bits of dst, as a signed number, are below 0.
bpf_insn skip_if_negative(int dst, int skipped) {
  return instruction(BPF_JMP32 | BPF_JSLT | BPF_K, dst, 0, skipped, 0);
}
// A number that the verifier knows nothing of.
bpf_insn read_unknown(int dst) {
  return instruction(BPF_LDX | BPF_MEM | BPF_W, dst, 1, offsetof(xdp_md, rx_queue_index), 0);
}

SeriesProgram straight_line(uint64_t size) {
  SeriesProgram program;
  auto& code = program.instructions;
  code.reserve(size);
  code.push_back(read_unknown(0));
  while (code.size() < size - 1) {
    if (code.size() % 2 == 1) {
      code.push_back(multiply32(0, kStep));
      program.result *= kStep;
    } else {
      const auto value = static_cast<uint32_t>(code.size());
      code.push_back(add32(0, value));
      program.result += value;
    }
  }
  code.push_back(leave());
  return program;
}

// One conditional jump: adds `value` to r0 where the pseudo-random number in r6 is not negative.
void add_branch(SeriesProgram& program, uint32_t& random, uint32_t value) {
  auto& code = program.instructions;
  code.push_back(multiply32(6, kMultiplier));
  code.push_back(add32(6, kIncrement));
  code.push_back(skip_if_negative(6, 1));
  code.push_back(add32(0, value));
  random = random * kMultiplier + kIncrement;
  if (static_cast<int32_t>(random) >= 0) program.result += value;
}

SeriesProgram branches(uint64_t size) {
  SeriesProgram program;
  program.instructions = {read_unknown(6), set32(0, 0)};
  uint32_t random = 0;
  for (uint64_t i = 0; i < size; ++i) add_branch(program, random, static_cast<uint32_t>(i + 1));
  program.instructions.push_back(leave());
  return program;
}

SeriesProgram paths(uint64_t size) {
  SeriesProgram program;
  program.instructions = {read_unknown(6), set32(0, 0)};
  uint32_t random = 0;
  const int depth = std::countr_zero(size);
  for (int i = 0; i < depth; ++i) add_branch(program, random, 1u << i);
  // The verifier knows r0 on each path, and that this jump is never taken: that makes r0 "precise", and
  // states that differ in it are different states.
  program.instructions.push_back(instruction(BPF_JMP | BPF_JGT | BPF_K, 0, 0, 1, 1 << 30));
  program.instructions.push_back(add32(0, 1));
  program.instructions.push_back(leave());
  program.result += 1;
  return program;
}

SeriesProgram loop(uint64_t size) {
  SeriesProgram program;
  const auto iterations = static_cast<int32_t>(size);
  program.instructions = {read_unknown(0),
                          set32(6, 0),
                          multiply32(0, kStep),
                          add32_register(0, 6),
                          add32(6, 1),
                          instruction(BPF_JMP32 | BPF_JLT | BPF_K, 6, 0, -4, iterations),
                          leave()};
  for (uint32_t i = 0; i < size; ++i) program.result = program.result * kStep + i;
  return program;
}

SeriesProgram calls(uint64_t size) {
  constexpr uint64_t kPerCall = 3, kPerFunction = 4;
  SeriesProgram program;
  auto& code = program.instructions;
  code.push_back(read_unknown(6));
  const uint64_t functions = std::min(size, kFunctions);
  const uint64_t first = 1 + kPerCall * size + 2;
  for (uint64_t i = 0; i < size; ++i) {
    code.push_back(move32(1, 6));
    const uint64_t target = first + kPerFunction * (i % functions);
    const auto distance = static_cast<int32_t>(target - code.size() - 1);
    code.push_back(instruction(BPF_JMP | BPF_CALL, 0, BPF_PSEUDO_CALL, 0, distance));
    code.push_back(move32(6, 0));
    program.result = program.result * kStep + static_cast<uint32_t>(i % functions) + 1;
  }
  code.push_back(move32(0, 6));
  code.push_back(leave());
  for (uint64_t i = 0; i < functions; ++i) {
    code.push_back(move32(0, 1));
    code.push_back(multiply32(0, kStep));
    code.push_back(add32(0, static_cast<uint32_t>(i + 1)));
    code.push_back(leave());
  }
  return program;
}

}  // namespace

const std::vector<Series>& all_series() {
  static const std::vector<Series> kSeries = {
      {"straight_line",
       "instructions",
       "instructions in a row: each is verified once",
       3,
       kMostInstructions,
       {100, 1000, 10'000},
       {100, 1000, 10'000, 100'000},
       straight_line},
      {"branches",
       "conditional jumps",
       "jumps on unknown values, whose ways meet again",
       1,
       kMostBranches,
       {10, 100, 1000},
       {10, 100, 1000, 8000},
       branches},
      {"paths",
       "ways through the program",
       "ways that differ in a value that matters: none is pruned",
       2,
       1 << 16,
       {16, 128, 1024},
       {16, 128, 1024, 16'384},
       paths},
      {"loop",
       "iterations",
       "a bounded loop: the verifier walks every iteration",
       1,
       240'000,
       {100, 1000, 10'000},
       {100, 1000, 10'000, 100'000},
       loop},
      {"calls",
       "calls",
       "BPF-to-BPF calls: the callee is verified at each",
       1,
       120'000,
       {10, 100, 1000},
       {10, 100, 1000, 10'000},
       calls},
  };
  return kSeries;
}

const Series* find_series(std::string_view name) {
  for (const Series& series : all_series())
    if (series.name == name) return &series;
  return nullptr;
}

Result<SeriesProgram> make_series_program(const Series& series, uint64_t size) {
  if (size < series.least || size > series.most)
    return fail(ErrorKind::kUsage, "the size is out of range", fmt::format("{}={}", series.name, size), {},
                fmt::format("from {} to {} {}", series.least, series.most, series.grows));
  if (series.make == paths && !std::has_single_bit(size))
    return fail(ErrorKind::kUsage, "the number of paths is no power of two", fmt::format("paths={}", size),
                {}, fmt::format("take {} or {}", std::bit_floor(size), std::bit_ceil(size)));
  return series.make(size);
}

std::vector<bpf_insn> empty_program() {
  return {set32(0, 0), leave()};
}

}  // namespace bpftax::bench
