// Where the results lie in a folder that the user named: its iterations, and in each the results folder of
// every host. A host's results folder is named performance-test-results, or holds baseline/ or ebpf/.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "analyze/folder_access.h"
#include "analyze/tree.h"

namespace bpftax {

// Paths, not open folders: there may be more of them than a process may have open.
struct ResultsRoot {
  std::string host;  // "host-client"; "" where no folder of a host is above it
  std::string path;  // below the named folder; "" = that one itself
};

struct IterationLayout {
  std::string name, root;          // see AnalysedIteration
  std::vector<ResultsRoot> roots;  // by host
};

struct TreeLayout {
  std::optional<Folder> top;  // the named folder, always there
  TreeKind kind = TreeKind::kBare;
  std::vector<IterationLayout> iterations;  // by name
};

// kUsage when there are no results at all.
Result<TreeLayout> find_layout(const std::string& folder, FolderAccess& access, WarningSink& warnings);

}  // namespace bpftax
