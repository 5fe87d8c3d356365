#include "sample/bpf_stats.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <vector>

#include "sample/process_tree.h"
#include "stats/descriptive.h"
#include "util/files.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// A socket filter that lets nothing pass: r0 = 0; exit.
constexpr std::array<bpf_insn, 2> kEmptyProgram = {bpf_insn{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0},
                                                   bpf_insn{BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};

Result<Fd> load_empty_program() {
  const int fd = bpf_prog_load(BPF_PROG_TYPE_SOCKET_FILTER, "bpftax_empty", "Dual MIT/GPL",
                               kEmptyProgram.data(), kEmptyProgram.size(), nullptr);
  if (fd < 0) {
    return fail_errno(-fd, "cannot load a BPF program", "socket_filter", ErrorKind::kEnvironment,
                      fd == -EPERM ? "run as root, or with CAP_BPF" : "");
  }
  return Fd(fd);
}

int64_t thread_cpu_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

// Mean CPU nanoseconds per run. The kernel's own figure is cut to whole nanoseconds and contains the time in
// which the thread did not run; the thread's CPU clock has neither fault, and the syscall's own cost is
// spread over all runs.
Result<double> run(const Fd& program, int repeat) {
  std::array<unsigned char, 64> packet{};  // an Ethernet header at least, or the kernel refuses
  bpf_test_run_opts options{};
  options.sz = sizeof options;
  options.data_in = packet.data();
  options.data_size_in = packet.size();
  options.repeat = repeat;
  const int64_t before = thread_cpu_ns();
  const int error = bpf_prog_test_run_opts(program.get(), &options);
  const int64_t after = thread_cpu_ns();
  if (error != 0) return fail_errno(-error, "cannot run a BPF program", "BPF_PROG_TEST_RUN");
  return static_cast<double>(after - before) / repeat;
}

Result<uint64_t> run_count(const Fd& program) {
  bpf_prog_info info{};
  __u32 size = sizeof info;
  const int error = bpf_obj_get_info_by_fd(program.get(), &info, &size);
  if (error != 0) return fail_errno(-error, "cannot look at a BPF program", "BPF_OBJ_GET_INFO_BY_FD");
  return uint64_t{info.run_cnt};
}

Result<bool> counts_runs(const Fd& program) {
  BPFTAX_ASSIGN(const uint64_t before, run_count(program));
  BPFTAX_TRY(run(program, 4));
  BPFTAX_ASSIGN(const uint64_t after, run_count(program));
  return after != before;
}

// Who keeps the statistics on: the sysctl, or processes that hold a descriptor for it.
std::string who_enabled(const SampleRoots& roots) {
  const auto sysctl = read_file(roots.proc + paths::kBpfStatsEnabled);
  if (sysctl && trim(*sysctl) == "1") return "sysctl kernel.bpf_stats_enabled is 1";
  std::vector<std::string> holders;
  for (const int pid : all_processes(roots.proc)) {
    const std::string directory = roots.proc + "/" + std::to_string(pid);
    for (const int fd : numbered_files(directory + "/fd")) {
      std::array<char, 64> target{};
      const std::string link = directory + "/fd/" + std::to_string(fd);
      const ssize_t size = ::readlink(link.c_str(), target.data(), target.size());
      if (size <= 0 || std::string_view(target.data(), static_cast<size_t>(size)) != "anon_inode:bpf-stats")
        continue;
      const auto stat = read_process_stat(roots.proc, pid);
      holders.push_back(std::to_string(pid) + (stat ? " (" + printable(stat->comm) + ")" : ""));
      break;
    }
  }
  return holders.empty() ? "somebody keeps them on" : "kept on by process " + join(holders, ", ");
}

}  // namespace

Result<BpfStats> BpfStats::enable() {
  const int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);
  if (fd < 0) {
    return fail_errno(-fd, "cannot turn on BPF run-time statistics", "BPF_ENABLE_STATS",
                      ErrorKind::kEnvironment,
                      fd == -EINVAL ? "needs Linux 5.8; before that: sysctl kernel.bpf_stats_enabled=1" : "");
  }
  return BpfStats(Fd(fd));
}

Result<bool> bpf_stats_active() {
  BPFTAX_ASSIGN(const Fd program, load_empty_program());
  return counts_runs(program);
}

Result<BpfStatsUse> bpf_stats_use(const SampleRoots& roots) {
  BPFTAX_ASSIGN(const bool active, bpf_stats_active());
  return BpfStatsUse{active, active ? who_enabled(roots) : ""};
}

Result<StatsCostMeasurement> measure_stats_cost(const SampleRoots& roots) {
  constexpr int kRounds = 15;
  BPFTAX_ASSIGN(const Fd program, load_empty_program());
  BPFTAX_ASSIGN(const bool active, counts_runs(program));
  if (active) {
    return fail(ErrorKind::kEnvironment, "cannot measure what BPF run-time statistics cost",
                "they are on already, and not by us", who_enabled(roots),
                "turn them off: sysctl kernel.bpf_stats_enabled=0, or end those processes");
  }
  // As many runs as take about 2 ms; the median over the rounds resists interruptions.
  constexpr int kFirst = 20'000;
  BPFTAX_ASSIGN(const double first_ns, run(program, kFirst));
  const int repeat = static_cast<int>(std::clamp(2e6 / std::max(first_ns, 1.0), 20'000.0, 500'000.0));
  std::vector<double> off, on;
  for (int round = 0; round < kRounds; ++round) {
    BPFTAX_ASSIGN(const double off_ns, run(program, repeat));
    off.push_back(off_ns);
    BPFTAX_ASSIGN(const BpfStats stats, BpfStats::enable());
    BPFTAX_ASSIGN(const double on_ns, run(program, repeat));
    on.push_back(on_ns);
  }
  return StatsCostMeasurement{*median(off), *median(on), kRounds};
}

}  // namespace bpftax
