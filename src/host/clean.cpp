#include "host/clean.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "agent/ledger.h"
#include "host/kept_lab.h"
#include "util/clock.h"

namespace bpftax {

namespace {

// An agent makes its ledger and then writes itself into it; a ledger without agents that is younger than this
// may be in between.
constexpr int64_t kStartingNs = 10'000'000'000;

bool is_young(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) != 0) return false;
  const int64_t changed_ns = info.st_mtim.tv_sec * int64_t{1'000'000'000} + info.st_mtim.tv_nsec;
  const int64_t age_ns = RealClock().realtime_ns() - changed_ns;
  return age_ns >= 0 && age_ns < kStartingNs;
}

void clean_ledger(const std::string& path, const LabOptions& options, CleanReport& report) {
  const auto content = read_ledger(path);
  if (!content) {
    // It ended by itself between the listing and now.
    if (::access(path.c_str(), F_OK) == 0 || errno != ENOENT) report.problems.push_back(content.error());
    return;
  }
  if (agent_alive(*content) || (content->agents.empty() && is_young(path))) {
    report.live.push_back(content->run_id);
    return;
  }
  UndoOptions undo;
  undo.netns_directory = options.netns_dir;
  const auto undone = undo_all(path, undo);
  if (!undone) {
    report.problems.push_back(undone.error());
    return;
  }
  for (const int pid : undone->processes) report.removed.push_back(fmt::format("process {}", pid));
  for (const std::string& name : undone->netns) report.removed.push_back("network namespace " + name);
  for (const std::string& tree : undone->trees) report.removed.push_back("folder " + tree);
  for (const Error& problem : undone->problems) report.problems.push_back(problem);
  if (undone->problems.empty()) report.removed.push_back("the record of the run " + content->run_id);
}

}  // namespace

Result<CleanReport> clean(const LabOptions& options) {
  CleanReport report;
  BPFTAX_ASSIGN(const std::vector<std::string> ledgers, list_ledgers(options.state_dir));
  for (const std::string& path : ledgers) clean_ledger(path, options, report);
  const auto labs = list_labs(options);
  if (!labs) {
    report.problems.push_back(labs.error());
    return report;
  }
  for (const KeptLab& lab : *labs) {
    if (!lab.gone()) continue;
    const std::string path = lab_record_path(options, lab.info.run_id);
    if (::unlink(path.c_str()) == 0) {
      report.removed.push_back("the record of the lab " + lab.info.run_id);
    } else if (errno != ENOENT) {
      report.problems.push_back(fail_errno(errno, "cannot remove the record of a lab", path).value());
    }
  }
  return report;
}

}  // namespace bpftax
