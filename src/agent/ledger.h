// The ledger: what must be undone on this host when everything of ours has died. One append-only file a run,
// <state-dir>/<run_id>.own; a line is written before the thing is made (format:
// docs/design/0002-agent-protocol.md). Used by the agent (writes), its keeper, the controller and `bpftax
// clean` (undo).
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "agent/cpu_setting.h"
#include "agent/process_identity.h"
#include "util/fd.h"
#include "util/result.h"

namespace bpftax {

inline constexpr char kDefaultStateDirectory[] = "/run/bpftax";
// In the environment of everything we start.
inline constexpr char kRunVariable[] = "BPFTAX_RUN";
inline constexpr char kHandleVariable[] = "BPFTAX_HANDLE";

// A folder of temporary files, and the permitted folder below which it must lie.
struct OwnedTree {
  std::string prefix;
  std::string path;
  auto operator<=>(const OwnedTree&) const = default;
};

// A setting of the processors (agent/cpu_setting.h) and the value that it had before we changed it.
struct OwnedSetting {
  std::string name;
  std::string value;
  auto operator<=>(const OwnedSetting&) const = default;
};

struct LedgerContent {
  std::string run_id;
  std::string boot_id;
  std::vector<ProcessIdentity> agents;
  std::vector<std::pair<ProcessIdentity, int64_t>> processes;  // with the handle of the start
  std::vector<std::string> netns;
  std::vector<OwnedTree> trees;
  std::vector<OwnedSetting> settings;  // in the order of their change; each name once
  int unreadable_lines = 0;            // cut by the death of a writer or a full disk; skipped
};

// 1 to 64 letters, digits, '-', '_' and '.', not beginning with '.': it becomes part of file names.
bool valid_run_id(std::string_view run_id);
// A namespace is only ever removed when its name begins with "bpftax-" and contains the run id.
bool owned_netns_name(std::string_view name, std::string_view run_id);

class Ledger {
 public:
  // Makes folder and file; an existing file is continued.
  static Result<Ledger> open(const std::string& state_directory, const std::string& run_id);

  Result<void> record_agent(const ProcessIdentity& process) const;
  Result<void> record_process(const ProcessIdentity& process, int64_t handle) const;
  Result<void> record_netns(const std::string& name) const;  // refuses names that undo_all() would not remove
  Result<void> record_tree(const OwnedTree& tree) const;     // likewise
  Result<void> record_setting(const OwnedSetting& setting) const;  // likewise
  Result<void> forget_process(const ProcessIdentity& process, int64_t handle) const;
  Result<void> forget_netns(const std::string& name) const;
  Result<void> forget_tree(const OwnedTree& tree) const;
  Result<void> forget_setting(const std::string& name) const;

  const std::string& path() const { return path_; }

 private:
  Ledger(Fd fd, std::string path, std::string run_id)
      : fd_(std::move(fd)), path_(std::move(path)), run_id_(std::move(run_id)) {}
  Result<void> append(const std::string& line) const;
  Result<bool> last_line_is_cut() const;

  Fd fd_;
  std::string path_;
  std::string run_id_;
};

std::string ledger_path(const std::string& state_directory, const std::string& run_id);
// What is recorded and not forgotten. A last line without its newline was being written when its writer died:
// the thing was not made, it does not count. Other wrong lines are counted and skipped. An empty ledger has
// no run id; a file that does not begin like a ledger is an error.
Result<LedgerContent> parse_ledger(std::string_view text, std::string_view where);
Result<LedgerContent> read_ledger(const std::string& path);
// Paths of all ledgers in a state folder; a missing folder has none.
Result<std::vector<std::string>> list_ledgers(const std::string& state_directory);
// Is one of the agent's two processes still there? Then the ledger is in use and not to be undone by others.
bool agent_alive(const LedgerContent& content);

struct UndoOptions {
  std::string netns_directory = "/run/netns";
  std::string cpu_directory = kCpuSettingsDirectory;
  int64_t term_grace_ms = 1000;  // between SIGTERM and SIGKILL
  int64_t limit_ms = 10'000;     // after this, processes that do not end are reported as problems
};

struct UndoReport {
  std::vector<int> processes;  // ended
  std::vector<std::string> netns;
  std::vector<std::string> trees;
  std::vector<OwnedSetting> settings;  // changed back to these values
  std::vector<Error> problems;         // what could not be undone; the ledger is then kept
};

// Undoes everything in the ledger and removes it (and its folder, when that is empty). Blocks, at most for
// options.limit_ms plus the time the file system takes. A ledger that does not exist (any more) is nothing to
// undo. Never ends the calling process or its ancestors.
Result<UndoReport> undo_all(const std::string& path, const UndoOptions& options = {});

}  // namespace bpftax
