#include "run/session.h"

#include <algorithm>

namespace bpftax {
namespace {
constexpr int kPortsPerWorkload = 16;
}

Result<void> Session::record(RecordBody body) {
  const JournalRecord record{env.clock->realtime_ns(), std::move(body)};
  BPFTAX_TRY(journal_.append(record));
  return state.apply(record);
}

Result<void> Session::replay(const std::vector<JournalRecord>& records) {
  for (const JournalRecord& record : records) BPFTAX_TRY(state.apply(record));
  return {};
}

void Session::tell(ProgressEvent event) {
  event.blocks_done = static_cast<int>(state.valid_blocks().size());
  event.blocks_min = plan.stopping.looks.front();
  event.blocks_max = plan.stopping.looks.back();
  event.elapsed_s = session_s();
  event.eta_s = std::max(0.0, eta_s() - event.window_elapsed_s);
  if (event.subject.empty() && !event.arm.empty()) {
    const PlannedSubject* subject = planned_subject(event.arm);
    event.subject = subject == nullptr ? "baseline" : subject->name;
  }
  progress_.on_event(event);
}

void Session::note(ProgressEvent::Kind kind, std::string text) {
  ProgressEvent event;
  event.kind = kind;
  event.text = std::move(text);
  tell(std::move(event));
}

const PlannedSubject* Session::planned_subject(const std::string& id) const {
  for (const PlannedSubject& subject : plan.subjects) {
    if (subject.id == id) return &subject;
  }
  return nullptr;
}

const Workload& Session::workload(const std::string& name) const {
  return *env.find_workload(name);
}

WorkloadContext Session::context(const PlannedWorkload& planned) const {
  WorkloadContext context;
  context.generators = env.generators;
  context.server_address = env.server_address;
  context.server_netns = env.server_netns;
  context.client_netns = env.client_netns;
  context.server_interface = env.server_interface;
  context.client_interface = env.client_interface;
  context.server_cpus = planned.server_cpus;
  context.client_cpus = planned.client_cpus;
  const auto place = std::find_if(plan.workloads.begin(), plan.workloads.end(),
                                  [&](const PlannedWorkload& w) { return w.name == planned.name; });
  context.base_port = env.base_port + kPortsPerWorkload * static_cast<int>(place - plan.workloads.begin());
  context.window_s = window_s(planned);
  context.target_bandwidth = planned.target_bandwidth;
  context.omit_s = plan.omit_s;
  return context;
}

double Session::window_s(const PlannedWorkload& planned) const {
  return bpftax::window_s(plan, planned);
}

Result<void> Session::ensure_folder(Host& host, const std::string& path) {
  if (folders_.count({&host, path}) != 0) return {};
  BPFTAX_TRY(host.make_directories(path));
  folders_.emplace(&host, path);
  return {};
}

std::vector<Host*> Session::hosts() const {
  std::vector<Host*> all = {env.server, env.client, env.tool_host};
  for (const WatchedHost& watched : env.watched) all.push_back(watched.host);
  std::vector<Host*> unique;
  for (Host* host : all) {
    if (std::find(unique.begin(), unique.end(), host) == unique.end()) unique.push_back(host);
  }
  return unique;
}

const std::string& Session::results_of(const Host& host) const {
  if (&host == env.server) return env.server_results;
  if (&host == env.client) return env.client_results;
  for (const WatchedHost& watched : env.watched) {
    if (&host == watched.host) return watched.results;
  }
  return env.tool_results;
}

void Session::announce_file(const Host& host, const std::string& path) {
  if (path.empty()) return;
  const std::string root = results_of(host) + "/";
  announced_.files[host.name()].push_back(path.starts_with(root) ? path.substr(root.size()) : path);
}

Result<void> Session::files_announced() {
  if (announced_.files.empty()) return {};
  return record(std::exchange(announced_, {}));
}

Result<void> Session::compare_clocks(int block, const std::string& arm) {
  const std::vector<Host*> all = hosts();
  if (!env.clock_offset || all.size() < 2) return {};
  ClockOffsetsRecord record_of_all{block, arm, {}};
  for (Host* host : all) {
    BPFTAX_ASSIGN(HostOffset offset, env.clock_offset(*host));
    offset.host = host->name();
    offsets_[host] = offset;
    record_of_all.offsets.push_back(std::move(offset));
  }
  return record(std::move(record_of_all));
}

const HostOffset* Session::clock_offset(const Host& host) const {
  const auto found = offsets_.find(&host);
  return found == offsets_.end() ? nullptr : &found->second;
}

double Session::session_s() const {
  return static_cast<double>(env.clock->monotonic_ns() - began_ns_) * 1e-9;
}

double Session::active_s() const {
  const int64_t since_last_ns = env.clock->realtime_ns() - state.last_at_ns();
  return static_cast<double>(state.active_ns() + std::max<int64_t>(0, since_last_ns)) * 1e-9;
}

double Session::block_s() const {
  double longest_s = 0;
  for (const auto& [number, block] : state.blocks()) {
    if (block.ended && (block.valid || number == 0))
      longest_s = std::max(longest_s, static_cast<double>(block.ended_at_ns - block.began_at_ns) * 1e-9);
  }
  const double planned_s = estimated_duration_s(plan, 1) - estimated_duration_s(plan, 0);
  // A block that was continued after an interruption contains the pause.
  if (longest_s == 0) return planned_s;
  return std::min(longest_s, 2 * planned_s);
}

double Session::attribution_s() const {
  if (!plan.attribution) return 0;
  Plan none = plan;
  none.attribution = false;
  const double all_s = estimated_duration_s(plan, 0) - estimated_duration_s(none, 0);
  int tools = 0, missing = 0, wanted = 0;
  for (const PlannedSubject& subject : plan.subjects) {
    if (subject.kind != PlannedSubject::Kind::kTool) continue;
    ++tools;
    for (const PlannedWorkload& planned : plan.workloads) {
      wanted += plan.attribution_starts;
      if (state.attribution_wanted(subject.id, planned.name, plan.attribution_starts))
        missing += plan.attribution_starts - state.attributed_windows(subject.id, planned.name);
    }
  }
  return tools == 0 || wanted == 0 ? 0 : all_s * missing / wanted;
}

double Session::eta_s() const {
  double rest_s = attribution_s();
  if (!state.measured()) {
    const int done = static_cast<int>(state.valid_blocks().size());
    const bool warm = state.blocks().count(0) != 0;
    rest_s += block_s() * (plan.stopping.looks.back() - done + (warm ? 0 : 1));
  }
  if (plan.stopping.budget_s > 0) rest_s = std::min(rest_s, plan.stopping.budget_s - active_s());
  return std::max(0.0, rest_s);
}

}  // namespace bpftax
