#include "analyze/layout.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <map>

#include "result/tree_names.h"

namespace bpftax {
namespace {

constexpr size_t kMaxDepth = 5;  // RUNS/iteration_001/hosts/NAME/performance-test-results
constexpr std::string_view kHostsFolder = "hosts";

struct FoundRoot {
  std::vector<std::string> parts;  // of the path above the results folder; without it
  std::string path;
  bool in_run = false;  // the folder above it is a run directory, not that of a host
};

// What a run leaves beside its results.
bool has_run_files(const std::vector<FolderEntry>& entries) {
  return std::any_of(entries.begin(), entries.end(), [](const FolderEntry& entry) {
    return entry.kind == EntryKind::kFile && (entry.name == "plan.json" || entry.name == "journal.jsonl");
  });
}

bool has_folder(const std::vector<FolderEntry>& entries, std::string_view name) {
  return std::any_of(entries.begin(), entries.end(), [&](const FolderEntry& entry) {
    return entry.kind == EntryKind::kFolder && entry.name == name;
  });
}

class RootSearch {
 public:
  RootSearch(FolderAccess& access, WarningSink& warnings) : access_(access), warnings_(warnings) {}

  void search(const Folder& folder, std::vector<std::string> parts, bool in_run) {
    if (++folders_ > access_.limits().max_searched_folders) return;
    const auto entries = access_.list(folder, warnings_);
    const bool named = !parts.empty() && parts.back() == kResultsFolderName;
    if (named || has_folder(entries, "baseline") || has_folder(entries, "ebpf")) {
      if (named) parts.pop_back();
      found_.push_back({std::move(parts), folder.path(), in_run});
      return;
    }
    if (parts.size() >= kMaxDepth) return;
    const bool run = has_run_files(entries);
    for (const FolderEntry& entry : entries) {
      if (entry.kind != EntryKind::kFolder) continue;
      const auto inner = access_.open(folder, entry.name, warnings_);
      if (!inner) continue;
      parts.push_back(entry.name);
      search(*inner, parts, run);
      parts.pop_back();
    }
  }

  // Then some were not looked into.
  bool too_many() const { return folders_ > access_.limits().max_searched_folders; }
  std::vector<FoundRoot> take() { return std::move(found_); }

 private:
  FolderAccess& access_;
  WarningSink& warnings_;
  size_t folders_ = 0;
  std::vector<FoundRoot> found_;
};

bool is_iteration(const std::string& name) {
  return name.starts_with("iteration");
}

std::string joined_parts(const std::vector<std::string>& parts) {
  std::string path;
  for (const std::string& part : parts) {
    if (!path.empty()) path += '/';
    path += part;
  }
  return path;
}

// The folder's own name, for what is in no folder below it.
std::string own_name(const std::string& folder) {
  std::error_code error;
  std::filesystem::path path = std::filesystem::canonical(folder, error);
  if (error) path = folder;
  std::string name = path.filename().string();
  // A bare results folder has the name of all results folders: that of the host above it says more.
  if (name == kResultsFolderName && path.has_parent_path() && !path.parent_path().filename().empty())
    name = path.parent_path().filename().string();
  return name.empty() ? "results" : name;
}

}  // namespace

Result<TreeLayout> find_layout(const std::string& folder, FolderAccess& access, WarningSink& warnings) {
  BPFTAX_ASSIGN(Folder top, Folder::open(folder));
  const auto entries = access.list(top, warnings);
  const bool run_directory = has_folder(entries, kHostsFolder) || has_run_files(entries);
  // Listed anew: a folder is read once only.
  BPFTAX_ASSIGN(Folder again, Folder::open(folder));
  RootSearch search(access, warnings);
  search.search(again, {}, false);
  if (search.too_many()) {
    return fail(ErrorKind::kUsage, "cannot analyse", folder,
                fmt::format("more than {} folders would have to be searched for results",
                            access.limits().max_searched_folders),
                "analyse its iterations one by one");
  }
  auto found = search.take();
  if (found.empty()) {
    return fail(
        ErrorKind::kUsage, "cannot analyse", folder, "there are no results in it",
        "name a run directory (after `bpftax fetch` where hosts took part), a folder of iterations or a "
        "performance-test-results folder");
  }
  std::map<std::string, IterationLayout> groups;  // by root
  for (FoundRoot& root : found) {
    std::string host;
    // iteration_001/performance-test-results, or that of a run in the lab: one host, and no folder for it.
    if (!root.parts.empty() && !root.in_run && !is_iteration(root.parts.back())) {
      host = root.parts.back();
      root.parts.pop_back();
    }
    if (!root.parts.empty() && root.parts.back() == kHostsFolder) root.parts.pop_back();
    const std::string path = joined_parts(root.parts);
    IterationLayout& group = groups[path];
    group.root = path;
    group.name = root.parts.empty() ? own_name(folder) : root.parts.back();
    group.roots.push_back({std::move(host), std::move(root.path)});
  }
  TreeLayout layout;
  layout.top = std::move(again);
  std::map<std::string, int> names;
  for (auto& [path, group] : groups) {
    std::sort(group.roots.begin(), group.roots.end(),
              [](const ResultsRoot& a, const ResultsRoot& b) { return a.host < b.host; });
    ++names[group.name];
    layout.iterations.push_back(std::move(group));
  }
  for (IterationLayout& iteration : layout.iterations) {
    // Two of one name in different folders: the whole path tells them apart.
    if (names[iteration.name] < 2 || iteration.root.empty()) continue;
    iteration.name = iteration.root;
    std::replace(iteration.name.begin(), iteration.name.end(), '/', '_');
  }
  std::sort(layout.iterations.begin(), layout.iterations.end(),
            [](const IterationLayout& a, const IterationLayout& b) { return a.name < b.name; });
  const IterationLayout& first = layout.iterations.front();
  const bool bare = first.roots.size() == 1 && first.root.empty() && first.roots.front().host.empty();
  layout.kind = layout.iterations.size() > 1 || !first.root.empty() ? TreeKind::kIterations
                : run_directory                                     ? TreeKind::kRunDirectory
                : bare                                              ? TreeKind::kBare
                                                                    : TreeKind::kIteration;
  return layout;
}

}  // namespace bpftax
