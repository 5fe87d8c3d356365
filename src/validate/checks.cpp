#include "validate/checks.h"

#include <algorithm>

#include "util/json.h"
#include "util/strings.h"
#include "validate/declared.h"

namespace bpftax {

const std::vector<ResultCheck>& result_checks() {
  static const std::vector<ResultCheck> kChecks = {
      {"entries", "files", check_entries},
      {"manifest", "listed files", check_manifests},
      {"journal", "recorded windows", check_journals},
      {"cases", "cases", check_cases},
      {"streams", "windows", check_streams},
      {"traffic", "generator files", check_traffic},
      {"metadata", "windows with metadata", check_metadata},
      {"monitoring", "monitoring logs", check_monitoring},
      {"tool", "tools' monitoring logs", check_tools},
  };
  return kChecks;
}

Findings run_checks(const ResultTree& tree) {
  Findings findings;
  findings.declare(declared_failures(tree));
  for (const ResultCheck& check : result_checks()) {
    findings.begin(check.name, check.unit);
    check.run(tree, findings);
    findings.end();
  }
  return findings;
}

std::optional<WindowMetadata> window_metadata(const ResultTree& tree, const TreeCase& owner,
                                              std::string_view time) {
  const std::string name = "metadata_" + std::string(time) + ".json";
  for (const TreeFile* file : owner.own) {
    if (!file->path.ends_with("/" + name)) continue;
    WindowMetadata metadata;
    metadata.file = file;
    const auto text = tree.read(file->path, kMaxTextBytes);
    const auto json = text ? parse_json(*text, file->path) : tl::unexpected<Error>(text.error());
    if (!json || !json->is_object()) return metadata;
    metadata.status = json_string(*json, "status").value_or(std::nullopt).value_or("");
    metadata.reason = json_string(*json, "reason").value_or(std::nullopt).value_or("");
    const auto start = json_integer(*json, "start_monotonic_ns").value_or(std::nullopt);
    const auto end = json_integer(*json, "end_monotonic_ns").value_or(std::nullopt);
    if (start && end) metadata.duration_s = (static_cast<double>(*end) - static_cast<double>(*start)) / 1e9;
    if (const Json* test_case = find_path(*json, "test_case"); test_case != nullptr && test_case->is_object())
      metadata.workload = json_string(*test_case, "workload").value_or(std::nullopt).value_or("");
    const Json* tool = find_path(*json, "tool");
    metadata.has_tool = tool != nullptr && tool->is_object();
    const Json* commands = find_path(*json, "client_commands");
    if (commands != nullptr && commands->is_array() && !commands->empty() && (*commands)[0].is_array()) {
      for (const Json& word : (*commands)[0]) {
        if (word.is_string()) metadata.command.push_back(word.get<std::string>());
      }
    }
    return metadata;
  }
  return std::nullopt;
}

bool window_counts(const ResultTree& tree, const TreeCase& owner, const TreeWindow& window) {
  const bool ours = std::any_of(owner.own.begin(), owner.own.end(), [](const TreeFile* file) {
    return file->path.find("/metadata_") != std::string::npos;
  });
  if (!ours) return true;
  const auto metadata = window_metadata(tree, owner, window.time);
  return metadata && metadata->status == "success";
}

std::vector<std::string> text_lines(const std::string& text) {
  std::vector<std::string> lines;
  for (const std::string_view line : split(text, '\n')) lines.emplace_back(trim(line));
  return lines;
}

}  // namespace bpftax
