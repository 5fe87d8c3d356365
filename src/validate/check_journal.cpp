// What the run was to do (plan.json) and says it did (journal.jsonl), against the files that are there.
#include <fmt/format.h>

#include <set>

#include "util/json.h"
#include "util/strings.h"
#include "validate/checks.h"

namespace bpftax {
namespace {

constexpr size_t kMaxJournalBytes = 512u << 20;
constexpr const char* kFetchFirst =
    "bpftax fetch brings what is missing; what no host has must be measured again";

// "/root/x/performance-test-results/ebpf/..." -> "ebpf/...": where files lie differs from host to host.
std::string below_results(const std::string& path) {
  const std::string mark = std::string(kResultsFolderName) + "/";
  const size_t at = path.rfind(mark);
  return at == std::string::npos ? path : path.substr(at + mark.size());
}

std::string text_at(const Json& json, const char* path) {
  const Json* value = find_path(json, path);
  return value != nullptr && value->is_string() ? value->get<std::string>() : "";
}

class JournalCheck {
 public:
  JournalCheck(const ResultTree& tree, Findings& findings) : tree_(tree), findings_(findings) {
    for (const TreeFile& file : tree.files()) {
      if (!file.below.empty()) below_.insert(file.below);
    }
  }

  void run() {
    for (const TreeFile& file : tree_.files()) {
      const auto parts = split(file.path, '/');
      const bool own = file.path == "journal.jsonl";
      const bool part = parts.size() == 3 && parts[0] == "parts" && parts[2] == "journal.jsonl";
      if (own || part) check_journal(file);
    }
    if (const TreeFile* plan = tree_.find("plan.json")) check_plan(*plan);
  }

 private:
  void check_journal(const TreeFile& file) {
    const auto text = tree_.read(file.path, kMaxJournalBytes);
    if (!text) return findings_.fail(file.path, "it cannot be read", text.error().why);
    bool measured = false;
    int64_t number = 0;
    std::string_view rest = *text;
    while (!rest.empty()) {
      const size_t end = rest.find('\n');
      ++number;
      if (end == std::string_view::npos) {
        findings_.warn(file.path, fmt::format("line {} was cut", number),
                       "the run was killed while it wrote it");
        break;
      }
      const auto record = parse_json(rest.substr(0, end), file.path);
      rest.remove_prefix(end + 1);
      if (!record || !record->is_object()) {
        findings_.fail(file.path, fmt::format("line {} is no record", number),
                       record ? "" : record.error().why,
                       "the journal is written line by line and never changed: it was damaged later");
        return;
      }
      const std::string type = text_at(*record, "type");
      if (type == "measured") measured = true;
      if (type == "window" || type == "attribution") check_window(file, *record, number);
      if (type == "failure")
        findings_.warn(file.path, fmt::format("line {}: {} failed", number, text_at(*record, "arm")),
                       text_at(*record, "reason"));
    }
    if (!measured)
      findings_.fail(file.path, "the run did not come to its end", "its journal has no record of the end",
                     "bpftax run --resume DIR (or bpftax measure --resume DIR) completes it");
  }

  void check_window(const TreeFile& journal, const Json& record, int64_t number) {
    const Json* valid = find_path(record, "window.valid");
    const Json* files = find_path(record, "files");
    if (valid == nullptr || *valid != Json(true) || files == nullptr || !files->is_array()) return;
    findings_.examined();
    for (const Json& file : *files) {
      if (!file.is_string()) continue;
      const std::string path = below_results(file.get<std::string>());
      if (below_.count(path) == 0)
        findings_.fail(path, "the journal has it as measured and the file is not there",
                       fmt::format("{} line {}", journal.path, number), kFetchFirst);
    }
  }

  // Parts and cycles of a campaign; the plan of a `measure` run has neither.
  void check_plan(const TreeFile& file) {
    const auto text = tree_.read(file.path, kMaxJournalBytes);
    const auto plan = text ? parse_json(*text, file.path) : tl::unexpected<Error>(text.error());
    if (!plan || !plan->is_object())
      return findings_.fail(file.path, "it is no plan", plan ? "" : plan.error().why);
    if (const Json* parts = find_path(*plan, "parts"); parts != nullptr && parts->is_array()) {
      for (const Json& part : *parts) {
        const std::string id = text_at(part, "id");
        if (!id.empty() && tree_.find("parts/" + id + "/journal.jsonl") == nullptr)
          findings_.fail("parts/" + id, "this part of the campaign was not run", "it has no journal",
                         "bpftax run --resume DIR completes it");
      }
    }
    if (const Json* cycles = find_path(*plan, "test_sequence"); cycles != nullptr && cycles->is_array()) {
      for (const Json& cycle : *cycles) check_cycle(cycle);
    }
  }

  void check_cycle(const Json& cycle) {
    const std::string id = text_at(cycle, "cycle_id"), folder = below_results(text_at(cycle, "result_path"));
    const Json* tests = find_path(cycle, "test_cycle.performance_tests");
    if (folder.empty() || tests == nullptr || !tests->is_array()) return;
    std::set<std::string> there;
    for (const auto& [name, owner] : tree_.cases()) {
      if (owner.folder != folder && !owner.folder.starts_with(folder + "/")) continue;
      for (const auto& [key, window] : owner.windows) {
        if (!window.client.empty() && window_counts(tree_, owner, window))
          there.insert(window.perf_type + "/" + window.conn);
      }
    }
    for (const Json& test : *tests) {
      const std::string planned = text_at(test, "type") + "/" + text_at(test, "conn");
      findings_.examined();
      if (there.count(planned) == 0)
        findings_.missing(folder, fmt::format("{} of {} was planned and has no result", planned, id),
                          "no window of it succeeded, or its files are not here", kFetchFirst);
    }
  }

  const ResultTree& tree_;
  Findings& findings_;
  std::set<std::string> below_;
};

}  // namespace

void check_journals(const ResultTree& tree, Findings& findings) {
  JournalCheck(tree, findings).run();
}

}  // namespace bpftax
