#include "bench/load/program_image.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "bench/load/verifier_log.h"
#include "util/clock.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax::bench {
namespace {

constexpr uint32_t kLogStatistics = 4;  // BPF_LOG_STATS of the kernel's bpf_verifier.h
constexpr size_t kLogBytes = 64 * 1024;
constexpr int kMostAttempts = 5;  // EAGAIN: a signal came; libbpf does as many

template <class T>
__u64 address_of(const T* pointer) {
  return static_cast<__u64>(reinterpret_cast<uintptr_t>(pointer));
}

std::vector<char> copied_records(__u64 address, uint64_t count, uint64_t bytes_each) {
  if (address == 0 || count == 0) return {};
  const char* start = reinterpret_cast<const char*>(static_cast<uintptr_t>(address));
  return {start, start + count * bytes_each};
}

Result<Fd> duplicate(int fd) {
  Fd copy(fcntl(fd, F_DUPFD_CLOEXEC, 0));
  if (!copy) return fail_errno(errno, "cannot duplicate a descriptor of BTF");
  return copy;
}

bool is_two_part(const bpf_insn& instruction) {
  return instruction.code == (BPF_LD | BPF_IMM | BPF_DW);
}

// How many descriptors the loader's array must hold: calls of functions of kernel modules name them by index.
size_t descriptors_used(const std::vector<bpf_insn>& instructions) {
  size_t used = 0;
  for (size_t i = 0; i < instructions.size(); ++i) {
    const bpf_insn& at = instructions[i];
    if (at.code == (BPF_JMP | BPF_CALL) && at.src_reg == BPF_PSEUDO_KFUNC_CALL && at.off > 0)
      used = std::max(used, static_cast<size_t>(at.off) + 1);
    if (is_two_part(at)) ++i;
  }
  return used;
}

}  // namespace

ProgramImage ProgramImage::from_instructions(uint32_t type, std::string name,
                                             std::vector<bpf_insn> instructions) {
  ProgramImage image;
  image.instructions_ = std::move(instructions);
  image.license_ = "Dual MIT/GPL";
  image.attributes_.prog_type = type;
  name.copy(image.attributes_.prog_name, BPF_OBJ_NAME_LEN - 1);
  image.size_ = offsetof(bpf_attr, expected_attach_type) + sizeof(image.attributes_.expected_attach_type);
  return image;
}

Result<ProgramImage> ProgramImage::copy_of(const bpf_attr& attributes, uint32_t size) {
  ProgramImage image;
  image.size_ = std::min<uint32_t>(size, sizeof image.attributes_);
  std::memcpy(&image.attributes_, &attributes, image.size_);
  bpf_attr& to = image.attributes_;
  const auto* code = reinterpret_cast<const bpf_insn*>(static_cast<uintptr_t>(to.insns));
  image.instructions_.assign(code, code + to.insn_cnt);
  image.license_ = reinterpret_cast<const char*>(static_cast<uintptr_t>(to.license));
  image.function_info_ = copied_records(to.func_info, to.func_info_cnt, to.func_info_rec_size);
  image.line_info_ = copied_records(to.line_info, to.line_info_cnt, to.line_info_rec_size);
  image.relocations_ = copied_records(to.core_relos, to.core_relo_cnt, to.core_relo_rec_size);
  to.log_level = to.log_size = 0;
  to.log_buf = 0;

  // libbpf closes the BTF of kernel modules when the object is loaded; later loads need it again.
  const size_t used = to.fd_array != 0 ? descriptors_used(image.instructions_) : 0;
  const auto* descriptors = reinterpret_cast<const int*>(static_cast<uintptr_t>(to.fd_array));
  for (size_t i = 0; i < used; ++i) {
    image.fd_array_.push_back(0);
    if (descriptors[i] <= 0) continue;
    BPFTAX_ASSIGN(Fd copy, duplicate(descriptors[i]));
    image.fd_array_.back() = copy.get();
    image.fds_.push_back(std::move(copy));
  }
  if (to.attach_btf_obj_fd != 0) {
    BPFTAX_ASSIGN(Fd copy, duplicate(static_cast<int>(to.attach_btf_obj_fd)));
    to.attach_btf_obj_fd = static_cast<__u32>(copy.get());
    image.fds_.push_back(std::move(copy));
  }
  for (size_t i = 0; i + 1 < image.instructions_.size(); ++i) {
    if (!is_two_part(image.instructions_[i])) continue;
    bpf_insn& second = image.instructions_[i + 1];
    if (image.instructions_[i].src_reg == BPF_PSEUDO_BTF_ID && second.imm > 0) {
      BPFTAX_ASSIGN(Fd copy, duplicate(second.imm));
      second.imm = copy.get();
      image.fds_.push_back(std::move(copy));
    }
    ++i;
  }
  return image;
}

ProgramImage ProgramImage::empty() const {
  ProgramImage image = from_instructions(
      type(), "empty",
      {bpf_insn{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0}, bpf_insn{BPF_JMP | BPF_EXIT, 0, 0, 0, 0}});
  image.attributes_.expected_attach_type = expected_attach_type();
  image.attributes_.prog_flags = attributes_.prog_flags;
  return image;
}

ProgramImage::Loaded ProgramImage::load(Log log) const {
  Loaded loaded;
  bpf_attr asked = attributes_;
  asked.insns = address_of(instructions_.data());
  asked.insn_cnt = static_cast<__u32>(instructions_.size());
  asked.license = address_of(license_.c_str());
  asked.func_info = function_info_.empty() ? 0 : address_of(function_info_.data());
  asked.line_info = line_info_.empty() ? 0 : address_of(line_info_.data());
  asked.core_relos = relocations_.empty() ? 0 : address_of(relocations_.data());
  if (!fd_array_.empty()) asked.fd_array = address_of(fd_array_.data());
  if (log == Log::kStatistics) {
    loaded.log.resize(kLogBytes);
    asked.log_level = kLogStatistics;
    asked.log_size = kLogBytes;
    asked.log_buf = address_of(loaded.log.data());
  }
  for (int attempt = 1;; ++attempt) {
    const int64_t start_ns = RealClock().monotonic_ns();
    const auto fd = static_cast<int>(syscall(__NR_bpf, BPF_PROG_LOAD, &asked, size_));
    const int error = errno;
    loaded.ns = static_cast<uint64_t>(RealClock().monotonic_ns() - start_ns);
    loaded.fd.reset(fd);
    loaded.error = fd < 0 ? error : 0;
    if (loaded.error != EAGAIN || attempt == kMostAttempts) break;
  }
  loaded.log.resize(strnlen(loaded.log.c_str(), loaded.log.size()));
  return loaded;
}

std::string refusal(const ProgramImage::Loaded& loaded) {
  const std::string complaint = last_complaint(loaded.log);
  const std::string error = strerror(loaded.error);
  return complaint.empty() ? error : error + ": " + complaint;
}

Result<ProgramFacts> program_facts(int fd) {
  bpf_prog_info info{};
  __u32 size = sizeof info;
  if (bpf_obj_get_info_by_fd(fd, &info, &size) != 0)
    return fail_errno(errno, "cannot ask the kernel for a program", "", ErrorKind::kInternal);
  // 0 where the kernel has no such field, or does not tell.
  const auto unless_zero = [](uint64_t value) { return value == 0 ? std::nullopt : std::optional(value); };
  ProgramFacts facts;
  facts.jited_bytes = unless_zero(info.jited_prog_len);
  facts.xlated_bytes = unless_zero(info.xlated_prog_len);
  facts.functions = unless_zero(info.nr_jited_func_lens);
  facts.verified = unless_zero(info.verified_insns);
  if (const auto text = read_file(fmt::format("/proc/self/fdinfo/{}", fd)))
    for (const std::string_view line : split(*text, '\n'))
      if (const auto words = split_blank(line); words.size() == 2 && words[0] == "memlock:")
        facts.memory_bytes = to_uint64(words[1]);
  return facts;
}

}  // namespace bpftax::bench
