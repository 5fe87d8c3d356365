#include "analyze/reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>
#include <tuple>

#include "analyze/case_reader.h"
#include "analyze/folder_access.h"
#include "analyze/layout.h"
#include "result/tree_names.h"

namespace bpftax {
namespace {

constexpr size_t kMostReaders = 8;

// baseline/ or one folder of ebpf/, on all hosts of an iteration. What a thread takes at a time.
struct CaseTask {
  size_t iteration = 0;
  CaseKey key;
  std::vector<std::pair<std::string, std::string>> folders;  // the host's name and the path, of each host
  std::vector<AnalysedCase> cases;                           // one for each environment
  std::vector<AnalysisWarning> warnings;
};

class TreeReader {
 public:
  TreeReader(const std::string& folder, const ReadLimits& limits)
      : limits_(limits), access_(limits, counters_) {
    tree_.folder = folder;
  }

  Result<AnalysedTree> read() {
    BPFTAX_ASSIGN(layout_, find_layout(tree_.folder, access_, warnings_));
    tree_.kind = layout_.kind;
    find_tasks();
    run_tasks();
    if (access_.too_many()) {
      return fail(ErrorKind::kUsage, "cannot analyse", tree_.folder,
                  fmt::format("more than {} files and folders are in it", limits_.max_entries),
                  "analyse its iterations one by one");
    }
    tree_.warnings = warnings_.take();
    assemble();
    tree_.files_read = counters_.files;
    tree_.bytes_read = counters_.bytes;
    return std::move(tree_);
  }

 private:
  void find_tasks() {
    for (size_t i = 0; i < layout_.iterations.size(); ++i) {
      const IterationLayout& layout = layout_.iterations[i];
      AnalysedIteration iteration;
      iteration.name = layout.name;
      iteration.root = layout.root;
      std::map<std::string, CaseTask> cases;  // by folder; "" = the baseline
      for (const ResultsRoot& root : layout.roots) {
        if (!root.host.empty()) iteration.hosts.push_back(root.host);
        add_host(root, cases);
      }
      for (auto& [folder, task] : cases) {
        task.iteration = i;
        tasks_.push_back(std::move(task));
      }
      tree_.iterations.push_back(std::move(iteration));
    }
  }

  void add_host(const ResultsRoot& root, std::map<std::string, CaseTask>& cases) {
    CaseTask& baseline = cases[""];
    baseline.key.folder = "baseline";
    const std::string below = root.path.empty() ? "" : root.path + "/";
    baseline.folders.emplace_back(root.host, below + "baseline");
    const auto ebpf = access_.open(*layout_.top, below + "ebpf", warnings_);
    if (!ebpf) return;
    for (const FolderEntry& entry : access_.list(*ebpf, warnings_)) {
      if (entry.kind != EntryKind::kFolder) continue;
      CaseTask& task = cases[entry.name];
      task.key = key_of(entry.name);
      task.folders.emplace_back(root.host, ebpf->path_of(entry.name));
    }
  }

  static CaseKey key_of(const std::string& folder) {
    CaseKey key;
    key.folder = folder;
    if (auto name = split_case(folder)) {
      key.tool_id = std::move(name->tool_id);
      key.case_id = name->case_id;
      key.protocol = std::move(name->protocol);
      key.direction = std::move(name->direction);
      key.hash6 = std::move(name->hash6);
    } else {
      key.tool_id = folder;
    }
    return key;
  }

  void run_tasks() {
    const auto work = [this] {
      FolderAccess access(limits_, counters_);
      Iperf3Reader iperf3;
      ReadTools tools{access, iperf3};
      while (true) {
        const size_t at = next_++;
        if (at >= tasks_.size() || access.too_many()) return;
        run(tasks_[at], tools);
      }
    };
    std::vector<std::thread> others;
    const size_t wanted = limits_.threads > 0
                              ? static_cast<size_t>(limits_.threads)
                              : std::clamp<size_t>(std::thread::hardware_concurrency(), 1, kMostReaders);
    const size_t count = std::min(wanted, std::max<size_t>(tasks_.size(), 1));
    for (size_t i = 1; i < count; ++i) others.emplace_back(work);
    work();
    for (std::thread& other : others) other.join();
  }

  void run(CaseTask& task, ReadTools& tools) const {
    WarningSink warnings(limits_.max_warnings_of_a_case);
    std::map<std::string, std::vector<CaseSide>> environments;
    for (const auto& [host, path] : task.folders) {
      const auto folder = tools.access.open(*layout_.top, path, warnings);
      if (!folder) continue;
      for (const FolderEntry& entry : tools.access.list(*folder, warnings)) {
        if (entry.kind != EntryKind::kFolder) continue;
        auto environment = tools.access.open(*folder, entry.name, warnings);
        if (environment) environments[entry.name].push_back({host, std::move(*environment)});
      }
    }
    for (auto& [name, sides] : environments)
      task.cases.push_back(
          read_case(task.key, name, std::move(sides), tools, limits_.max_warnings_of_a_case));
    task.warnings = warnings.take();
  }

  void assemble() {
    std::vector<std::map<std::string, AnalysedEnvironment>> environments(tree_.iterations.size());
    for (CaseTask& task : tasks_) {
      std::move(task.warnings.begin(), task.warnings.end(), std::back_inserter(tree_.warnings));
      for (AnalysedCase& one : task.cases) {
        AnalysedEnvironment& environment = environments[task.iteration][one.environment];
        environment.name = one.environment;
        if (one.baseline()) {
          environment.baseline = std::move(one);
        } else {
          environment.cases.push_back(std::move(one));
        }
      }
    }
    for (size_t i = 0; i < environments.size(); ++i) {
      for (auto& [name, environment] : environments[i]) {
        std::sort(environment.cases.begin(), environment.cases.end(),
                  [](const AnalysedCase& a, const AnalysedCase& b) {
                    return std::tie(a.key.tool_id, a.key.case_id, a.key.folder) <
                           std::tie(b.key.tool_id, b.key.case_id, b.key.folder);
                  });
        compare_with_baseline(tree_.iterations[i], environment);
        tree_.iterations[i].environments.push_back(std::move(environment));
      }
    }
  }

  // What a case lacks of its baseline's windows, and a baseline that is not there.
  void compare_with_baseline(const AnalysedIteration& iteration, AnalysedEnvironment& environment) {
    if (!environment.baseline || environment.baseline->windows.empty()) {
      if (!environment.cases.empty())
        tree_.warnings.push_back({std::string(warning_code::kBaselineMissing), iteration.root,
                                  fmt::format("{}: environment '{}' has no baseline: nothing can be compared",
                                              iteration.name, environment.name)});
      return;
    }
    std::set<std::pair<std::string, std::string>> kinds;
    for (const AnalysedWindow& window : environment.baseline->windows) {
      if (window.counts()) kinds.insert({window.perf_type, window.conn});
    }
    for (AnalysedCase& one : environment.cases) {
      for (const auto& kind : kinds) {
        const auto& [perf_type, conn] = kind;
        const bool there =
            std::any_of(one.windows.begin(), one.windows.end(), [&](const AnalysedWindow& window) {
              return window.counts() && std::pair(window.perf_type, window.conn) == kind;
            });
        if (!there)
          one.warnings.push_back(
              {std::string(warning_code::kWindowMissing), one.key.folder,
               fmt::format("it has no window {}/{}, which its baseline has", perf_type, conn)});
      }
    }
  }

  const ReadLimits limits_;
  ReadCounters counters_;
  FolderAccess access_;
  TreeLayout layout_;
  std::vector<CaseTask> tasks_;
  std::atomic<size_t> next_ = 0;
  AnalysedTree tree_;
  WarningSink warnings_{10'000};
};

}  // namespace

Result<AnalysedTree> read_analysed_tree(const std::string& folder, const ReadLimits& limits) {
  return TreeReader(folder, limits).read();
}

}  // namespace bpftax
