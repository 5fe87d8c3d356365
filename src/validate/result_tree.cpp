#include "validate/result_tree.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <set>

#include "result/manifest.h"
#include "util/strings.h"

namespace bpftax {
namespace {

constexpr size_t kMaxFiles = 2'000'000;
constexpr size_t kMaxOdd = 10'000;

std::string joined(const std::vector<std::string_view>& parts, size_t from, size_t to) {
  std::string text;
  for (size_t i = from; i < to; ++i) {
    if (i > from) text += '/';
    text += parts[i];
  }
  return text;
}

// The folder beside which other hosts' results of the same run lie: "iteration_001/host-server/perf..." and
// "iteration_001/host-client/perf..." make one group.
std::string group_of(const std::string& results) {
  auto parts = split(results, '/');
  if (!parts.empty() && parts.back() == kResultsFolderName) parts.pop_back();
  if (!parts.empty()) parts.pop_back();  // the host
  return joined(parts, 0, parts.size());
}

}  // namespace

int TreeWindow::streams() const {
  return streams_of(conn);
}

Result<ResultTree> ResultTree::scan(const std::string& folder) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::canonical(folder, error);
  if (error || !std::filesystem::is_directory(absolute, error)) {
    return fail(ErrorKind::kUsage, "cannot validate", folder, error ? error.message() : "it is no folder",
                "name a run directory, a fetched tree or a performance-test-results folder");
  }
  BPFTAX_ASSIGN(ConfinedFiles reader, ConfinedFiles::open({absolute.string()}));
  ResultTree tree(std::move(reader), absolute.string());
  BPFTAX_TRY(tree.walk());
  tree.sort_into_cases();
  if (tree.results_.empty()) {
    return fail(ErrorKind::kUsage, "cannot validate", folder, "there are no results in it",
                "name a run directory, a fetched tree or a performance-test-results folder");
  }
  return tree;
}

Result<void> ResultTree::walk() {
  std::vector<std::string> folders = {""};
  const auto odd = [&](const std::string& path, std::string why) {
    if (odd_.size() < kMaxOdd) odd_.push_back({path, std::move(why)});
  };
  while (!folders.empty()) {
    const std::string at = std::move(folders.back());
    folders.pop_back();
    auto entries = reader_.list(at.empty() ? folder_ : folder_ + "/" + at);
    if (!entries && at.empty()) return propagate(std::move(entries));
    if (!entries) {
      odd(at, "it cannot be listed: " + entries.error().why);
      continue;
    }
    for (const FileInfo& entry : *entries) {
      const std::string path = at.empty() ? entry.name : at + "/" + entry.name;
      const std::string fault = path_fault(path);
      if (!fault.empty()) {
        odd(path, fault);
      } else if (entry.is_link) {
        odd(path, "it is a symbolic link: a host's results hold none");
      } else if (entry.is_special) {
        odd(path, "it is no regular file");
      } else if (entry.is_directory) {
        folders.push_back(path);
      } else if (files_.size() == kMaxFiles) {
        return fail(ErrorKind::kUsage, "cannot validate", folder_,
                    fmt::format("more than {} files", kMaxFiles), "validate its parts one by one");
      } else {
        files_.push_back({path, entry.size, "", ""});
      }
    }
  }
  std::sort(files_.begin(), files_.end(),
            [](const TreeFile& a, const TreeFile& b) { return a.path < b.path; });
  for (size_t i = 0; i < files_.size(); ++i) index_[files_[i].path] = i;
  return {};
}

void ResultTree::sort_into_cases() {
  std::set<std::string> results;
  const std::string own_name = folder_.substr(folder_.rfind('/') + 1);
  for (TreeFile& file : files_) {
    const auto parts = split(file.path, '/');
    size_t root = parts.size();
    for (size_t i = 0; i + 1 < parts.size(); ++i) {
      if (parts[i] == kResultsFolderName) {
        root = i + 1;
        break;
      }
    }
    if (root < parts.size()) {
      file.results = joined(parts, 0, root);
    } else if ((parts.size() > 1 && (parts[0] == "baseline" || parts[0] == "ebpf")) ||
               own_name == kResultsFolderName) {
      root = 0;
      file.results = ".";
    } else {
      continue;
    }
    file.below = joined(parts, root, parts.size());
    results.insert(file.results);
  }
  results_.assign(results.begin(), results.end());
  for (const TreeFile& file : files_) {
    if (!file.results.empty()) place(file);
  }
}

void ResultTree::place(const TreeFile& file) {
  const auto parts = split(file.below, '/');
  // baseline/ENV/..., ebpf/CASE/ENV/...
  const bool baseline = parts[0] == "baseline";
  const size_t depth = baseline ? 2 : 3;
  if ((!baseline && parts[0] != "ebpf") || parts.size() <= depth) return;
  const std::string folder = joined(parts, 0, depth);
  const std::string group = group_of(file.results);
  TreeCase& found = cases_[group.empty() ? folder : group + "/" + folder];
  found.group = group;
  found.folder = folder;
  found.baseline = baseline;
  const std::string_view kind = parts[depth];
  if (parts.size() == depth + 1) {
    found.own.push_back(&file);
  } else if (kind == "monitoring") {
    found.monitoring.push_back(&file);
  } else if (kind == "ebpf_monitoring") {
    found.ebpf_monitoring.push_back(&file);
  } else if ((kind == "client_results" || kind == "server_results") && parts.size() == depth + 4) {
    const auto conn = split_time(parts[depth + 2]);
    if (!conn) return;
    TreeWindow& window = found.windows[joined(parts, depth + 1, depth + 3)];
    window.perf_type = parts[depth + 1];
    window.conn = conn->name;
    window.time = conn->time;
    const bool client = kind == "client_results";
    if (client || window.folder.empty()) window.folder = file.path.substr(0, file.path.rfind('/'));
    (client ? window.client : window.server)[std::string(parts.back())] = &file;
  }
}

const TreeFile* ResultTree::find(const std::string& path) const {
  const auto found = index_.find(path);
  return found == index_.end() ? nullptr : &files_[found->second];
}

Result<std::string> ResultTree::read(const std::string& path, size_t max_bytes) const {
  return reader_.read(folder_ + "/" + path, max_bytes);
}

Result<FileSum> ResultTree::checksum(const std::string& path) const {
  return reader_.checksum(folder_ + "/" + path);
}

}  // namespace bpftax
