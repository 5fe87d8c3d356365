// The status of each window. One that is not "success" was measured again by the run, and is not used.
#include <fmt/format.h>

#include <map>

#include "util/strings.h"
#include "validate/checks.h"

namespace bpftax {

void check_metadata(const ResultTree& tree, Findings& findings) {
  for (const auto& [name, owner] : tree.cases()) {
    bool ours = false;
    std::map<std::string, int> good;  // by perf_type/conn
    for (const auto& [key, window] : owner.windows) {
      if (window.client.empty()) continue;
      const auto metadata = window_metadata(tree, owner, window.time);
      if (!metadata) {
        // Those of other cases of the same tree say nothing about the origin framework's.
        good[window.perf_type + "/" + window.conn] += window_counts(tree, owner, window) ? 1 : 0;
        if (!window_counts(tree, owner, window))
          findings.warn(window.folder, "it has no metadata",
                        "the run was cut in this window, and measured it again");
        continue;
      }
      ours = true;
      findings.examined();
      int& count = good[window.perf_type + "/" + window.conn];
      if (metadata->status == "success") {
        ++count;
      } else if (metadata->status.empty()) {
        findings.fail(metadata->file->path, "it is no metadata of a window",
                      "it was cut, or written by something else", "fetch it again");
      } else {
        findings.warn(metadata->file->path, "status " + metadata->status, metadata->reason);
      }
    }
    if (!ours) continue;
    for (const auto& [test, count] : good) {
      if (count == 0)
        findings.missing(owner.name(), fmt::format("no window of {} succeeded", test),
                         "the case has no result for it",
                         "the reasons are in metadata_*.json; measure it again");
    }
  }
}

}  // namespace bpftax
