#include "bench/load/test_run.h"

#include <bpf/bpf.h>

#include <array>
#include <cerrno>

#include "bench/load/attach_way.h"
#include "sample/bpf_names.h"
#include "util/clock.h"

namespace bpftax::bench {
namespace {

constexpr int kNotSupported = 524;  // ENOTSUPP, which the C library has no text for

// 02:00:00:00:00:01 <- 02:00:00:00:00:02, 192.0.2.1 -> 198.51.100.1, UDP port 9 (discard), no data.
constexpr std::array<uint8_t, 64> kFrame = {
    0x02, 0, 0, 0,  0, 1,  0x02, 0, 0,  0,  0,    2,    0x08, 0x00,                         // Ethernet
    0x45, 0, 0, 50, 0, 0,  0,    0, 64, 17, 0x8e, 0x85, 192,  0,    2, 1, 198, 51, 100, 1,  // IPv4
    0,    9, 0, 9,  0, 30, 0,    0};                                                        // UDP
constexpr std::array<uint64_t, 12> kContext = {};  // MAX_BPF_FUNC_ARGS: raw tracepoints take no more

}  // namespace

bool can_repeat(uint32_t type) {
  return is_network_type(type);
}

Result<TestRun> test_run(int program_fd, uint32_t type, uint32_t times) {
  TestRun total;
  const bool repeats = can_repeat(type);
  const uint32_t calls = repeats ? 1 : times;
  for (uint32_t i = 0; i < calls; ++i) {
    bpf_test_run_opts options{};
    options.sz = sizeof options;
    if (repeats) {
      options.data_in = kFrame.data();
      options.data_size_in = kFrame.size();
      options.repeat = static_cast<int>(times);
    } else {
      options.ctx_in = kContext.data();
      options.ctx_size_in = sizeof kContext;
    }
    const int64_t start_ns = RealClock().monotonic_ns();
    const int failed = bpf_prog_test_run_opts(program_fd, &options);
    const int64_t end_ns = RealClock().monotonic_ns();
    if (failed != 0) {
      const std::string name = program_type_name(type);
      if (-failed == kNotSupported || -failed == EOPNOTSUPP)
        return fail(ErrorKind::kEnvironment, "BPF_PROG_TEST_RUN", name,
                    "the kernel has no BPF_PROG_TEST_RUN for programs of type " + name);
      return fail_errno(-failed, "BPF_PROG_TEST_RUN", name);
    }
    total.wall_ns += static_cast<uint64_t>(end_ns - start_ns);
    total.own_ns = options.duration;
    total.result = options.retval;
  }
  return total;
}

}  // namespace bpftax::bench
