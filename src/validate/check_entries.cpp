// What lies in the tree and is no regular file with an honest name.
#include "validate/checks.h"

namespace bpftax {

void check_entries(const ResultTree& tree, Findings& findings) {
  findings.examined(static_cast<int64_t>(tree.files().size()));
  for (const OddEntry& entry : tree.odd())
    findings.fail(entry.path, entry.why, "it was not read, and nothing behind it either",
                  "results hold regular files and folders only: look at who put it there, and remove it");
}

}  // namespace bpftax
