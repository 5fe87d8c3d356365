// A folder of results as `validate` sees it: every regular file, sorted into hosts, cases and windows by the
// names of formats.md section 4. Works for a run directory, a fetched tree, the origin framework's iterations
// and a bare performance-test-results. Files are read through ConfinedFiles: no link leads out of the folder.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "agent/confined_files.h"
#include "result/tree_names.h"
#include "util/result.h"

namespace bpftax {

struct TreeFile {
  std::string path;  // below the folder
  int64_t size = 0;
  // The folder that holds "baseline" and "ebpf", and where the file lies in it. Both empty for files outside.
  std::string results;  // "iteration_001/host-server/performance-test-results"; "." = the folder itself
  std::string below;    // "baseline/host/client_results/pps/single_20261120_184329/pps_single_tcp.json"
};

// One run of one workload, from all hosts.
struct TreeWindow {
  std::string perf_type, conn, time;                      // "pps", "multi_4", "20261120_184329"
  std::string folder;                                     // the client's, or the server's when there is none
  std::map<std::string, const TreeFile*> client, server;  // by name
  int streams() const;                                    // 4 of "multi_4", else 1
};

// One case (or the baseline) of one iteration or run, from all hosts.
struct TreeCase {
  std::string group;   // "iteration_001", "hosts", "": what lies beside each other
  std::string folder;  // "ebpf/pktcount_case_1_tcp_rx_9d5e19/host"
  bool baseline = false;
  std::map<std::string, TreeWindow> windows;  // "pps/single_20261120_184329"
  std::vector<const TreeFile*> monitoring, ebpf_monitoring;
  std::vector<const TreeFile*> own;  // in the case's folder itself: metadata, logs
  std::string name() const { return group.empty() ? folder : group + "/" + folder; }
};

struct OddEntry {
  std::string path, why;
};

class ResultTree {
 public:
  // kUsage: no such folder, or nothing in it looks like results.
  static Result<ResultTree> scan(const std::string& folder);

  const std::string& folder() const { return folder_; }
  const std::vector<TreeFile>& files() const { return files_; }
  const std::map<std::string, TreeCase>& cases() const { return cases_; }  // by name()
  const std::vector<std::string>& results() const { return results_; }     // all results folders
  const std::vector<OddEntry>& odd() const { return odd_; }  // links, devices, names that must not be
  const TreeFile* find(const std::string& path) const;

  // At most max_bytes; a longer file is an error.
  Result<std::string> read(const std::string& path, size_t max_bytes) const;
  Result<FileSum> checksum(const std::string& path) const;

 private:
  ResultTree(ConfinedFiles reader, std::string folder)
      : reader_(std::move(reader)), folder_(std::move(folder)) {}
  Result<void> walk();
  void sort_into_cases();
  void place(const TreeFile& file);

  ConfinedFiles reader_;
  std::string folder_;           // absolute
  std::vector<TreeFile> files_;  // by path
  std::vector<std::string> results_;
  std::vector<OddEntry> odd_;
  std::map<std::string, TreeCase> cases_;
  std::map<std::string, size_t> index_;
};

}  // namespace bpftax
