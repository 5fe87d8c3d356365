#include "agent/stale_runs.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "util/clock.h"
#include "util/json.h"
#include "util/strings.h"

namespace bpftax {
namespace {

// An agent makes its ledger and then writes itself into it; a ledger without agents that is younger than this
// may be in between.
constexpr int64_t kStartingNs = 10'000'000'000;

bool is_young(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return false;
  const int64_t changed_ns = info.st_mtim.tv_sec * kNsPerS + info.st_mtim.tv_nsec;
  const int64_t age_ns = RealClock().realtime_ns() - changed_ns;
  return age_ns >= 0 && age_ns < kStartingNs;
}

bool in_use(const LedgerContent& content, const std::string& path) {
  return agent_alive(content) || (content.agents.empty() && is_young(path));
}

void undo(const std::string& path, const std::string& run_id, const UndoOptions& options,
          CleanReport& report) {
  const auto undone = undo_all(path, options);
  if (!undone) {
    report.problems.push_back(undone.error());
    return;
  }
  for (const int pid : undone->processes) report.removed.push_back("process " + std::to_string(pid));
  for (const std::string& name : undone->netns) report.removed.push_back("network namespace " + name);
  for (const std::string& tree : undone->trees) report.removed.push_back("folder " + tree);
  for (const OwnedSetting& setting : undone->settings)
    report.restored.push_back("setting " + setting.name + " to " + setting.value);
  for (const Error& problem : undone->problems) report.problems.push_back(problem);
  if (undone->problems.empty()) report.removed.push_back("the record of the run " + run_id);
}

// Calls visit(path, content) for each ledger that can be read. One that its agent has removed since the
// listing is none.
template <class Visit>
Result<void> for_each_ledger(const std::string& state_directory, std::vector<Error>& problems, Visit visit) {
  BPFTAX_ASSIGN(const std::vector<std::string> paths, list_ledgers(state_directory));
  for (const std::string& path : paths) {
    const auto content = read_ledger(path);
    if (content) {
      visit(path, *content);
    } else if (::access(path.c_str(), F_OK) == 0 || errno != ENOENT) {
      problems.push_back(content.error());
    }
  }
  return {};
}

// Sends the signal to the agents of a ledger; true: one of them was there.
bool signal_agents(const LedgerContent& content, int signal_number, CleanReport& report) {
  bool there = false;
  for (const ProcessIdentity& agent : content.agents) {
    const auto sent = send_signal(agent, signal_number);
    if (!sent) report.problems.push_back(sent.error());
    there |= sent.value_or(false);
  }
  return there;
}

bool gone_within(const LedgerContent& content, int64_t limit_ms) {
  const int64_t until_ns = monotonic_now_ns() + limit_ms * kNsPerMs;
  while (agent_alive(content)) {
    if (monotonic_now_ns() >= until_ns) return false;
    ::usleep(20'000);
  }
  return true;
}

void end_run(const std::string& path, const LedgerContent& content, int64_t grace_ms,
             const UndoOptions& options, CleanReport& report) {
  if (agent_alive(content) && signal_agents(content, SIGTERM, report)) {
    report.removed.push_back("the agent of the run " + content.run_id);
    if (!gone_within(content, grace_ms)) {
      // The worker alone first: its keeper, which was recorded before it, then knows best how to clean up.
      (void)send_signal(content.agents.back(), SIGKILL);  // refused: it is still there below and reported
      if (!gone_within(content, options.limit_ms)) signal_agents(content, SIGKILL, report);
      if (!gone_within(content, options.limit_ms)) {
        report.problems.push_back(
            fail(ErrorKind::kEnvironment, "cannot end the agent of the run", content.run_id).value());
        return;
      }
    }
  }
  if (::access(path.c_str(), F_OK) == 0) undo(path, content.run_id, options, report);
}

}  // namespace

nlohmann::json to_json(const CleanReport& report) {
  Json problems = Json::array();
  for (const Error& problem : report.problems) problems.push_back(to_string(problem));
  return {{"removed", report.removed},
          {"restored", report.restored},
          {"live", report.live},
          {"problems", problems}};
}

Result<std::vector<std::string>> dead_runs(const std::string& state_directory) {
  std::vector<std::string> dead;
  std::vector<Error> unreadable;
  BPFTAX_TRY(
      for_each_ledger(state_directory, unreadable, [&](const auto& path, const LedgerContent& content) {
        if (!in_use(content, path)) dead.push_back(content.run_id);
      }));
  if (!unreadable.empty()) return tl::unexpected<Error>(unreadable.front());
  return dead;
}

Result<CleanReport> undo_dead_runs(const std::string& state_directory, const UndoOptions& options) {
  CleanReport report;
  BPFTAX_TRY(
      for_each_ledger(state_directory, report.problems, [&](const auto& path, const LedgerContent& content) {
        if (in_use(content, path)) {
          report.live.push_back(content.run_id);
        } else {
          undo(path, content.run_id, options, report);
        }
      }));
  return report;
}

Result<CleanReport> end_runs(const std::string& state_directory, std::string_view prefix, int64_t grace_ms,
                             const UndoOptions& options) {
  if (prefix.empty()) return fail(ErrorKind::kUsage, "cannot end runs", {}, "no id was given");
  CleanReport report;
  BPFTAX_TRY(
      for_each_ledger(state_directory, report.problems, [&](const auto& path, const LedgerContent& content) {
        if (content.run_id.starts_with(prefix)) end_run(path, content, grace_ms, options, report);
      }));
  return report;
}

}  // namespace bpftax
