#include "bench/load/bpf_calls.h"

#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "util/clock.h"

namespace bpftax::bench {
namespace {

thread_local BpfCalls* recording = nullptr;
constexpr size_t kUsualCalls = 1024;  // no allocation below

// What libbpf tries by these names (feature probes of 1.1 and 1.4) is no program of the object.
constexpr std::array<std::string_view, 2> kTrialNames = {"libbpf_nametest", "det_arg_ctx"};

bool names_a_program(uint32_t command, const bpf_attr& attributes, uint32_t size) {
  if (command != BPF_PROG_LOAD || size < offsetof(bpf_attr, prog_name) + BPF_OBJ_NAME_LEN) return false;
  const std::string_view name(attributes.prog_name, strnlen(attributes.prog_name, BPF_OBJ_NAME_LEN));
  return !name.empty() && std::find(kTrialNames.begin(), kTrialNames.end(), name) == kTrialNames.end();
}

}  // namespace

BpfCalls::BpfCalls(Keep keep) : keep_(keep) {
  calls_.reserve(kUsualCalls);
  recording = this;
}

BpfCalls::~BpfCalls() {
  recording = nullptr;
}

void BpfCalls::add(const BpfCall& call, const bpf_attr& attributes, uint32_t size) {
  calls_.push_back(call);
  calls_.back().of_program = names_a_program(call.command, attributes, size);
  if (keep_ == Keep::kTimes) return;
  if (calls_.back().of_program) keep_program(call, attributes, size);
  if (call.command == BPF_BTF_LOAD && call.result >= 0)
    btf_.assign(reinterpret_cast<const char*>(static_cast<uintptr_t>(attributes.btf)), attributes.btf_size);
}

void BpfCalls::keep_program(const BpfCall& call, const bpf_attr& attributes, uint32_t size) {
  auto image = ProgramImage::copy_of(attributes, size);
  if (!image) {
    if (state_) state_ = propagate(image);
    return;
  }
  TriedProgram tried{image->name(), call.result, std::move(*image), {}};
  if (attributes.log_level != 0 && attributes.log_buf != 0) {
    const char* log = reinterpret_cast<const char*>(static_cast<uintptr_t>(attributes.log_buf));
    tried.log.assign(log, strnlen(log, attributes.log_size));
  }
  // A refused program is tried again with a log.
  if (!programs_.empty() && programs_.back().name == tried.name && programs_.back().result < 0)
    programs_.back() = std::move(tried);
  else
    programs_.push_back(std::move(tried));
}

}  // namespace bpftax::bench

// The linker's names (--wrap=syscall).
// NOLINTBEGIN(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" {
long __real_syscall(long number, ...);

// Takes as many arguments as any system call has; those that a caller did not give are not looked at by the
// kernel either (syscall(3) of the C library does the same).
long __wrap_syscall(long number, long a, long b, long c, long d, long e, long f) {
  using bpftax::bench::recording;
  if (recording == nullptr || number != __NR_bpf) return __real_syscall(number, a, b, c, d, e, f);
  bpftax::bench::BpfCall call;
  call.command = static_cast<uint32_t>(a);
  call.start_ns = bpftax::RealClock().monotonic_ns();
  const long result = __real_syscall(number, a, b, c, d, e, f);
  const int error = errno;
  call.end_ns = bpftax::RealClock().monotonic_ns();
  call.result = result < 0 ? -error : static_cast<int>(result);
  recording->add(call, *reinterpret_cast<const bpf_attr*>(b), static_cast<uint32_t>(c));
  errno = error;
  return result;
}
}
// NOLINTEND(bugprone-reserved-identifier,readability-identifier-naming)
