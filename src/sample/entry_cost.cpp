#include "sample/entry_cost.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>

#include <fmt/format.h>

#include <vector>

#include "sample/bpf_stats.h"
#include "sample/empty_program.h"
#include "sample/in_place.h"
#include "stats/descriptive.h"
#include "stats/effect.h"

namespace bpftax {
namespace {

constexpr const char* kWhat = "cannot measure what entering a hook costs";
constexpr int kCountedParts = 20;
constexpr int kCountedMessages = 200;  // in each
// The same program costs 5 to 15 ns more or less in another process and another place in memory, which no
// length of one measurement shows.
constexpr int kRoundsOfEntry = 4;
constexpr int kStretchesOfRound = 2;

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

Result<double> cost_in_place(const EmptyProgram& program, LoopbackTraffic& traffic) {
  Fd attached;
  InPlaceProgram in_place;
  in_place.attach = [&]() -> Result<void> {
    BPFTAX_ASSIGN(attached, program.attach());
    return {};
  };
  in_place.detach = [&] { attached.reset(); };
  BPFTAX_ASSIGN(const InPlaceCost cost, measure_in_place(in_place, traffic, kStretchesOfRound));
  return cost.ns;
}

}  // namespace

Result<EntryCost> measure_entry_cost(const std::string& hook) {
  BPFTAX_ASSIGN(const bool active, bpf_stats_active());
  if (active)
    return fail(ErrorKind::kEnvironment, kWhat, hook, "somebody else has the run-time statistics on");
  std::vector<double> in_place_ns, run_ns, entry_ns;
  for (int round = 0; round < kRoundsOfEntry; ++round) {
    BPFTAX_ASSIGN(const EmptyProgram program, EmptyProgram::load(hook, target_of(hook)));
    BPFTAX_ASSIGN(LoopbackTraffic traffic, LoopbackTraffic::start(4, TrafficPriority::kOrdinary));
    BPFTAX_ASSIGN(const double in_place, cost_in_place(program, traffic));
    BPFTAX_ASSIGN(const double run, counted_run_ns(program, traffic));
    in_place_ns.push_back(in_place);
    run_ns.push_back(run);
    entry_ns.push_back(in_place - run);
  }
  const auto estimated = estimate(entry_ns, 0.05);
  if (!estimated) return fail(ErrorKind::kInternal, kWhat, hook, "no finite numbers");
  EntryCost entry;
  entry.hook = hook;
  entry.in_place_ns = *mean(in_place_ns);
  entry.run_ns = *mean(run_ns);
  entry.error_ns = estimated->ci.high - estimated->mean;
  return entry;
}

}  // namespace bpftax
