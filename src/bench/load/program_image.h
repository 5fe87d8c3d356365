// A program as BPF_PROG_LOAD takes it: everything that its attributes point at, owned, so that the very same
// load can be done again and again.
#pragma once

#include <linux/bpf.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "util/fd.h"
#include "util/result.h"

namespace bpftax::bench {

class ProgramImage {
 public:
  // Instructions of our own, without BTF.
  static ProgramImage from_instructions(uint32_t type, std::string name, std::vector<bpf_insn> instructions);
  // A deep copy of the attributes that a loader hands to BPF_PROG_LOAD (`size` bytes of them). Descriptors of
  // BTF objects are duplicated; those of maps are not: whoever opened them keeps them open.
  static Result<ProgramImage> copy_of(const bpf_attr& attributes, uint32_t size);

  enum class Log {
    kNone,
    kStatistics,  // BPF_LOG_STATS: the verifier's summary alone, see verifier_log.h
  };
  struct Loaded {
    Fd fd;            // unset when refused
    int error = 0;    // errno
    uint64_t ns = 0;  // of the syscall
    std::string log;
  };
  Loaded load(Log log) const;

  uint32_t type() const { return attributes_.prog_type; }
  uint32_t expected_attach_type() const { return attributes_.expected_attach_type; }
  std::string name() const { return attributes_.prog_name; }
  const std::vector<bpf_insn>& instructions() const { return instructions_; }
  // A program that returns 0 at once, of the same type and attach type.
  ProgramImage empty() const;

 private:
  bpf_attr attributes_{};
  uint32_t size_ = 0;
  std::vector<bpf_insn> instructions_;
  std::string license_;
  std::vector<char> function_info_, line_info_, relocations_;
  std::vector<int> fd_array_;
  std::vector<Fd> fds_;  // BTF of kernel modules, owned
};

// How the refusal of a program begins where it is the reason of a row: veristat_csv.cpp knows it by that.
inline constexpr std::string_view kRefusedByKernel = "the kernel refuses the program: ";

// "Permission denied: R1 invalid mem access 'scalar'": errno's text and the verifier's last line.
std::string refusal(const ProgramImage::Loaded& loaded);

// What the kernel says of a loaded program; what it does not say is nullopt.
struct ProgramFacts {
  std::optional<uint64_t> jited_bytes;   // of machine code, all functions
  std::optional<uint64_t> xlated_bytes;  // of instructions after the verifier's rewriting
  std::optional<uint64_t> functions;     // that were compiled
  std::optional<uint64_t> verified;      // instructions processed, Linux 5.16
  std::optional<uint64_t> memory_bytes;  // that the program holds (memlock of its fdinfo)
};
Result<ProgramFacts> program_facts(int fd);

}  // namespace bpftax::bench
