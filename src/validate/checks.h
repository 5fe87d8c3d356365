// The checks of `validate`. Each is a file of its own (check_NAME.cpp) and a line in the table of checks.cpp.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "validate/finding.h"
#include "validate/result_tree.h"

namespace bpftax {

struct ResultCheck {
  const char* name;
  const char* unit;  // what it examines, in the plural
  void (*run)(const ResultTree& tree, Findings& findings);
};
const std::vector<ResultCheck>& result_checks();
// All of them, in the table's order.
Findings run_checks(const ResultTree& tree);

void check_entries(const ResultTree& tree, Findings& findings);     // links, devices, names
void check_manifests(const ResultTree& tree, Findings& findings);   // presence, sizes, checksums, unlisted
void check_journals(const ResultTree& tree, Findings& findings);    // planned and measured, with their files
void check_cases(const ResultTree& tree, Findings& findings);       // every case has the baseline's tests
void check_streams(const ResultTree& tree, Findings& findings);     // multi_4 has four
void check_traffic(const ResultTree& tree, Findings& findings);     // generators' files: sane, long enough
void check_metadata(const ResultTree& tree, Findings& findings);    // status of each window
void check_monitoring(const ResultTree& tree, Findings& findings);  // time goes forward, enough samples
void check_tools(const ResultTree& tree, Findings& findings);       // the tool lived until the end

// Shared by the checks.
inline constexpr size_t kMaxTextBytes = 64u << 20;  // a longer log or JSON file is a finding, not read
inline constexpr double kLeastDuration = 0.95;      // of what was asked for
inline constexpr double kLeastSamples = 0.8;        // of interval x duration

// metadata_{time}.json of a window (schema bpftax.window/1).
struct WindowMetadata {
  const TreeFile* file = nullptr;
  std::string status, reason, workload;
  std::optional<double> duration_s;
  bool has_tool = false;
  std::vector<std::string> command;  // of the first client
};
// nullopt: no such file; a file that is none of ours has an empty status.
std::optional<WindowMetadata> window_metadata(const ResultTree& tree, const TreeCase& owner,
                                              std::string_view time);

// Whether the window is one of those that results are made of: in a tree of ours, its metadata says success
// (a window that failed, or was cut by a crash, was measured again); elsewhere every window is.
bool window_counts(const ResultTree& tree, const TreeCase& owner, const TreeWindow& window);

// Lines of a text with its end trimmed; for files that are small by nature.
std::vector<std::string> text_lines(const std::string& text);

}  // namespace bpftax
