#include "run/session.h"

#include <algorithm>

#include "stats/descriptive.h"

namespace bpftax {
namespace {
constexpr int kPortsPerWorkload = 16;
// Beside readiness: the 500 ms in which the programs must not change, and looking for what stayed behind.
constexpr double kStartOverheadS = 0.6;
}  // namespace

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
  context.line_rate = line_rate_;
  return context;
}

double Session::window_s(const PlannedWorkload& planned) const {
  return bpftax::window_s(plan, planned);
}

double Session::traffic_s(const PlannedWorkload& planned) const {
  return window_s(planned) + workload(planned.name).omit_s(context(planned));
}

double Session::window_cost_s(const PlannedWorkload& planned) const {
  return traffic_s(planned) + kWindowCostS;
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

bool Session::fits_budget(double seconds) const {
  return plan.stopping.budget_s <= 0 || active_s() + seconds <= plan.stopping.budget_s;
}

double Session::block_s() const {
  double longest_s = 0;
  for (const auto& [number, block] : state.blocks()) {
    if (!block.ended || !(block.valid || number == 0)) continue;
    longest_s =
        std::max(longest_s, static_cast<double>(block.ended_active_ns - block.began_active_ns) * 1e-9);
  }
  return longest_s > 0 ? longest_s : estimated_duration_s(plan, 1) - estimated_duration_s(plan, 0);
}

double Session::subject_cost_s(const std::string& id) const {
  const SubjectState& subject = state.subject(id);
  const auto ready_ms = median(subject.ready_ms);
  if (!ready_ms) return kSubjectCostS;
  // A tool that has become slow stays it, most likely.
  const double expected_ms = std::max(*ready_ms, subject.ready_ms.back());
  return (expected_ms + median(subject.stop_ms).value_or(0)) * 1e-3 + kStartOverheadS;
}

std::set<std::string> Session::missing_entries(const std::string& id) const {
  std::set<std::string> hooks;
  const auto add = [&](const std::vector<ProgramRecord>& programs) {
    for (const ProgramRecord& program : programs) hooks.insert(entry_hook(program.attach));
  };
  const SubjectState& subject = state.subject(id);
  const bool wanted = std::any_of(plan.workloads.begin(), plan.workloads.end(), [&](const auto& w) {
    return state.attribution_wanted(id, w.name, plan.attribution_starts);
  });
  if (wanted) add(subject.programs);
  for (const auto& [workload, attempts] : subject.attribution)
    for (const AttributionRecord& record : attempts) add(record.programs);
  std::erase_if(hooks,
                [&](const std::string& hook) { return hook.empty() || state.entry_costs().contains(hook); });
  return hooks;
}

double Session::attribution_s() const {
  if (!plan.attribution) return 0;
  double total_s = 0;
  std::set<std::string> entries;
  for (const PlannedSubject& subject : plan.subjects) {
    if (subject.kind != PlannedSubject::Kind::kTool || state.subject(subject.id).removed) continue;
    const SubjectState& known = state.subject(subject.id);
    int starts = 0;
    for (const PlannedWorkload& planned : plan.workloads) {
      if (!state.attribution_wanted(subject.id, planned.name, plan.attribution_starts)) continue;
      const int missing = plan.attribution_starts - state.attributed_windows(subject.id, planned.name);
      starts = std::max(starts, missing);
      total_s += missing * window_cost_s(planned);
    }
    total_s += starts * subject_cost_s(subject.id);
    entries.merge(missing_entries(subject.id));
    if (known.ready_ms.empty()) total_s += kEntryCostS;
  }
  return total_s + static_cast<double>(entries.size()) * kEntryCostS;
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
