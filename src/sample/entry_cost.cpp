#include "sample/entry_cost.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <fmt/format.h>

#include <vector>

#include "sample/bpf_stats.h"
#include "sample/empty_program.h"
#include "sample/in_place.h"
#include "stats/descriptive.h"

namespace bpftax {
namespace {

constexpr const char* kWhat = "cannot measure what entering a hook costs";
constexpr int kCountedParts = 20;
constexpr int kCountedMessages = 200;  // in each
constexpr int kEntryStretches = 6;

// Both are passed once by each packet that is received.
const char* target_of(const std::string& hook) {
  if (hook == "tracepoint") return "net/netif_receive_skb";
  if (hook == "raw_tp" || hook == "tp_btf") return "netif_receive_skb";
  return "tcp_v4_rcv";
}

Result<bpf_prog_info> info_of(int program) {
  bpf_prog_info info{};
  __u32 size = sizeof info;
  const int error = bpf_obj_get_info_by_fd(program, &info, &size);
  if (error != 0) return fail_errno(-error, kWhat, "BPF_OBJ_GET_INFO_BY_FD");
  return info;
}

// What the statistics say that a run takes, which is their own clock and the call: the median of parts,
// because a single interruption inside the program outweighs them all.
Result<double> counted_run_ns(const EmptyProgram& program, LoopbackTraffic& traffic) {
  BPFTAX_ASSIGN(const BpfStats stats, BpfStats::enable());
  BPFTAX_ASSIGN(const Fd attached, program.attach());
  BPFTAX_TRY(traffic.exchange(kCountedMessages));
  std::vector<double> ns_per_run;
  for (int part = 0; part < kCountedParts; ++part) {
    BPFTAX_ASSIGN(const bpf_prog_info before, info_of(program.fd()));
    BPFTAX_TRY(traffic.exchange(kCountedMessages));
    BPFTAX_ASSIGN(const bpf_prog_info after, info_of(program.fd()));
    const auto runs = static_cast<double>(after.run_cnt - before.run_cnt);
    if (runs < 0.98 * kCountedMessages)
      return fail(ErrorKind::kEnvironment, kWhat, {},
                  fmt::format("the program ran {:.0f} times for {} packets", runs, kCountedMessages));
    ns_per_run.push_back(static_cast<double>(after.run_time_ns - before.run_time_ns) / runs);
  }
  return *median(ns_per_run);
}

}  // namespace

Result<EntryCost> measure_entry_cost(const std::string& hook) {
  BPFTAX_ASSIGN(const bool active, bpf_stats_active());
  if (active)
    return fail(ErrorKind::kEnvironment, kWhat, hook, "somebody else has the run-time statistics on");
  BPFTAX_ASSIGN(const EmptyProgram program, EmptyProgram::load(hook, target_of(hook)));
  BPFTAX_ASSIGN(LoopbackTraffic traffic, LoopbackTraffic::start(4, TrafficPriority::kOrdinary));
  Fd attached;
  InPlaceProgram in_place;
  in_place.attach = [&]() -> Result<void> {
    BPFTAX_ASSIGN(attached, program.attach());
    return {};
  };
  in_place.detach = [&] { attached.reset(); };
  BPFTAX_ASSIGN(const InPlaceCost cost, measure_in_place(in_place, traffic, kEntryStretches));
  EntryCost entry;
  entry.hook = hook;
  entry.in_place_ns = cost.ns;
  entry.error_ns = cost.error_ns;
  BPFTAX_ASSIGN(entry.run_ns, counted_run_ns(program, traffic));
  return entry;
}

}  // namespace bpftax
