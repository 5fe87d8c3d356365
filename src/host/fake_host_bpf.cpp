// The BPF side of FakeHost: programs that come and go with their processes, and their run-time statistics.
#include <algorithm>

#include "host/fake_host.h"

namespace bpftax {

void FakeHost::add_programs(const Process& process) {
  for (const FakeProgram& fake : process.script.programs) {
    LiveProgram live;
    live.fake = fake;
    live.owner = process.handle.id;
    live.born_ns = process.handle.started_ns;
    BpfProgram& program = live.fake.program;
    if (program.id == 0) program.id = next_bpf_id_++;
    program.loaded_at_ns = live.born_ns + fake.appears_after_ns;
    for (BpfMap& map : live.fake.maps) {
      if (map.id == 0) map.id = next_bpf_id_++;
      program.map_ids.push_back(map.id);
    }
    live.link_id = fake.link_id != 0 ? fake.link_id : next_bpf_id_++;
    programs_.push_back(std::move(live));
  }
}

void FakeHost::remove_programs(int64_t owner) {
  count_runs();
  std::erase_if(programs_, [&](const LiveProgram& live) {
    return live.owner == owner && !(live.fake.left_behind && visible(live));
  });
  for (LiveProgram& live : programs_) {
    if (live.owner == owner) live.owner = 0;
  }
}

bool FakeHost::visible(const LiveProgram& live) const {
  const int64_t age = clock_.monotonic_ns() - live.born_ns;
  return age >= live.fake.appears_after_ns &&
         (!live.fake.vanishes_after_ns || age < *live.fake.vanishes_after_ns);
}

// Adds the runs since the last call; called before anything changes that decides about them.
void FakeHost::count_runs() {
  const int64_t now = clock_.monotonic_ns();
  if (stats_on_) {
    for (LiveProgram& live : programs_) {
      const int64_t from = std::max(counted_until_ns_, live.born_ns + live.fake.appears_after_ns);
      int64_t until = now;
      if (live.fake.vanishes_after_ns) until = std::min(until, live.born_ns + *live.fake.vanishes_after_ns);
      if (until <= from) continue;
      live.counted_runs += live.fake.runs_per_s * static_cast<double>(until - from) * 1e-9;
    }
  }
  counted_until_ns_ = now;
}

BpfInventory FakeHost::inventory(std::optional<int64_t> owner) const {
  BpfInventory found;
  for (const LiveProgram& live : programs_) {
    if ((owner && live.owner != *owner) || !visible(live)) continue;
    BpfProgram program = live.fake.program;
    program.run_count += static_cast<int64_t>(live.counted_runs);
    program.run_time_ns += static_cast<int64_t>(live.counted_runs * live.fake.ns_per_run);
    found.maps.insert(found.maps.end(), live.fake.maps.begin(), live.fake.maps.end());
    if (live.fake.attached) {
      found.attached.push_back(program.id);
      found.links.push_back({live.link_id, program.type, program.id, program.attach});
    }
    found.programs.push_back(std::move(program));
  }
  return found;
}

Result<BpfInventory> FakeHost::bpf_of(const ProcessHandle& handle) {
  BPFTAX_TRY(enter("bpf_of"));
  BPFTAX_ASSIGN(const Process* process, find(handle, "bpf_of"));
  if (process->ended) return BpfInventory{};
  return inventory(handle.id);
}

Result<BpfInventory> FakeHost::bpf_all() {
  BPFTAX_TRY(enter("bpf_all"));
  return inventory(std::nullopt);
}

Result<std::vector<BpfPin>> FakeHost::bpf_pins() {
  BPFTAX_TRY(enter("bpf_pins"));
  return pins_;
}

Result<void> FakeHost::bpf_stats(bool on) {
  BPFTAX_TRY(enter("bpf_stats", on));
  if (stats_on_ != on) record(on ? "stats on" : "stats off");
  stats_on_ = on;
  return {};
}

Result<BpfStatsUse> FakeHost::bpf_stats_use() {
  BPFTAX_TRY(enter("bpf_stats_use"));
  return stats_use_;
}

Result<Host::StatsCost> FakeHost::bpf_stats_cost() {
  BPFTAX_TRY(enter("bpf_stats_cost"));
  return stats_cost_;
}

Result<EntryCost> FakeHost::bpf_entry_cost(const std::string& hook) {
  BPFTAX_TRY(enter("bpf_entry_cost"));
  record("entry cost of " + hook);
  BPFTAX_TRY(pass_time_to(clock_.monotonic_ns() + entry_cost_takes_ns_, "bpf_entry_cost", true));
  if (!entry_cost_) return fail(ErrorKind::kEnvironment, "cannot measure what entering a hook costs", hook);
  EntryCost cost = *entry_cost_;
  cost.hook = hook;
  return cost;
}

}  // namespace bpftax
