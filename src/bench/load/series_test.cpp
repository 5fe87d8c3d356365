#include "bench/load/series.h"

#include <gtest/gtest.h>

#include <array>

namespace bpftax::bench {
namespace {

// Runs what the series are made of, one instruction after the other; the context's number is 0.
uint32_t interpret(const std::vector<bpf_insn>& code) {
  std::array<uint64_t, 11> r{};
  struct Frame {
    size_t back;
    std::array<uint64_t, 11> saved;
  };
  std::vector<Frame> frames;
  for (size_t at = 0; at < code.size(); ++at) {
    const bpf_insn& i = code[at];
    const uint64_t other = (i.code & BPF_X) != 0 ? r[i.src_reg] : static_cast<uint64_t>(int64_t{i.imm});
    const auto low = [](uint64_t value) { return static_cast<uint32_t>(value); };
    switch (i.code) {
      case BPF_LDX | BPF_MEM | BPF_W:
        r[i.dst_reg] = 0;
        break;
      case BPF_ALU | BPF_MOV | BPF_X:
      case BPF_ALU | BPF_MOV | BPF_K:
        r[i.dst_reg] = low(other);
        break;
      case BPF_ALU | BPF_ADD | BPF_X:
      case BPF_ALU | BPF_ADD | BPF_K:
        r[i.dst_reg] = low(low(r[i.dst_reg]) + low(other));
        break;
      case BPF_ALU | BPF_MUL | BPF_K:
        r[i.dst_reg] = low(low(r[i.dst_reg]) * low(other));
        break;
      case BPF_JMP32 | BPF_JSLT | BPF_K:
        if (static_cast<int32_t>(low(r[i.dst_reg])) < i.imm) at += static_cast<size_t>(int64_t{i.off});
        break;
      case BPF_JMP32 | BPF_JLT | BPF_K:
        if (low(r[i.dst_reg]) < low(other)) at += static_cast<size_t>(int64_t{i.off});
        break;
      case BPF_JMP | BPF_JGT | BPF_K:
        if (r[i.dst_reg] > other) at += static_cast<size_t>(int64_t{i.off});
        break;
      case BPF_JMP | BPF_CALL:
        EXPECT_EQ(i.src_reg, BPF_PSEUDO_CALL);
        frames.push_back({at, r});
        at += static_cast<size_t>(int64_t{i.imm});
        break;
      case BPF_JMP | BPF_EXIT: {
        if (frames.empty()) return low(r[0]);
        const uint64_t result = r[0];
        r = frames.back().saved;
        r[0] = result;
        at = frames.back().back;
        frames.pop_back();
        break;
      }
      default:
        ADD_FAILURE() << "instruction " << at << " has code " << int{i.code};
        return 0;
    }
  }
  ADD_FAILURE() << "the program has no end";
  return 0;
}

TEST(Series, EveryProgramReturnsWhatItsMakerSays) {
  for (const Series& series : all_series()) {
    for (const uint64_t size : series.full) {
      const auto program = make_series_program(series, size);
      ASSERT_TRUE(program) << series.name;
      EXPECT_EQ(interpret(program->instructions), program->result) << series.name << " " << size;
    }
    const auto least = make_series_program(series, series.least);
    ASSERT_TRUE(least) << series.name;
    EXPECT_EQ(interpret(least->instructions), least->result) << series.name;
  }
}

TEST(Series, ResultsDifferBetweenSizesSoThatAWrongProgramIsSeen) {
  for (const Series& series : all_series())
    for (size_t i = 1; i < series.full.size(); ++i)
      EXPECT_NE(make_series_program(series, series.full[i])->result,
                make_series_program(series, series.full[i - 1])->result)
          << series.name << " " << series.full[i];
}

TEST(Series, ProgramsGrowAsTheirNamesSay) {
  EXPECT_EQ(make_series_program(*find_series("straight_line"), 1000)->instructions.size(), 1000u);
  EXPECT_EQ(make_series_program(*find_series("branches"), 1000)->instructions.size(), 4003u);
  EXPECT_EQ(make_series_program(*find_series("loop"), 10)->instructions.size(),
            make_series_program(*find_series("loop"), 10'000)->instructions.size());
  EXPECT_EQ(make_series_program(*find_series("calls"), 1000)->instructions.size(), 3003u + 32u);
  EXPECT_EQ(make_series_program(*find_series("paths"), 1024)->instructions.size(), 2u + 40u + 3u);
}

TEST(Series, SizesThatTheKernelCannotTakeAreRefusedWithTheRange) {
  const Series& branches = *find_series("branches");
  EXPECT_EQ(make_series_program(branches, 0).error().kind, ErrorKind::kUsage);
  EXPECT_NE(make_series_program(branches, 8001).error().hint.find("8000"), std::string::npos);
  EXPECT_EQ(make_series_program(*find_series("paths"), 1000).error().hint, "take 512 or 1024");
  EXPECT_EQ(make_series_program(*find_series("straight_line"), UINT64_MAX).error().kind, ErrorKind::kUsage);
  EXPECT_EQ(find_series("nothing"), nullptr);
}

TEST(Series, TheEmptyProgramReturnsZero) {
  EXPECT_EQ(interpret(empty_program()), 0u);
}

}  // namespace
}  // namespace bpftax::bench
